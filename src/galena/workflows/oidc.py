"""Signing in by a provider (OpenID Connect, authorization code flow with PKCE).

Galena sends the browser to the provider with a state, a nonce and a challenge that only it can answer, and exchanges
the code that comes back for an ID token. The token is believed when the provider's published key signed it, by an
algorithm with a public key, and when it was issued for this client, now, and for this very request.
"""

import hmac
import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from authlib.common.urls import add_params_to_uri  # type: ignore[import-untyped]
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from authlib.oidc.discovery import get_well_known_url  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from galena.domain.sign_in import ProviderIdentity
from galena.kit.clock import Clock, system_clock
from galena.kit.errors import GalenaError
from galena.kit.web import AddressGuard, Limits, WebClient
from galena.kit.web.errors import WebError
from galena.kit.web.exchange import Call
from galena.settings import Settings

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
"""Signatures by a private key alone: with a shared secret, or none, whoever knows the client could sign."""

SCOPE = "openid email profile"
LEEWAY_S = 60
METADATA_KEPT = timedelta(minutes=10)
_LIMITS = Limits(bytes=1_000_000, connect_s=5, read_s=10, total_s=15, attempts=2, longest_wait_s=2)


class SignInRefusedError(GalenaError):
    """The provider's word does not let this person in."""

    http_status = 401


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that is under way; kept, sealed, by the browser until the provider sends it back."""

    state: str
    nonce: str
    verifier: str


class OidcProvider:
    """The sign-in provider of an installation."""

    def __init__(self, settings: Settings, clock: Clock = system_clock) -> None:
        """Args: settings: those of `is_set_up`."""
        assert settings.oidc_issuer
        assert settings.oidc_client_id
        self.issuer = settings.oidc_issuer
        self.name = settings.oidc_name
        self._client_id = settings.oidc_client_id
        secret = settings.oidc_client_secret
        self._secret = secret.get_secret_value() if secret else None
        self._private_ok = settings.oidc_private_ok
        self._clock = clock
        self._known: tuple[datetime, Mapping[str, Any]] | None = None

    def begin(self, come_back: str) -> tuple[str, Begun]:
        """The address to send the browser to, and what to keep until it comes back.

        Raises:
            SignInRefusedError: the provider cannot be asked, or says what cannot be.
        """
        begun = Begun(*(secrets.token_urlsafe(32) for _ in range(3)))
        with self._web() as web:
            at = self._metadata(web)
        asked = [
            ("response_type", "code"),
            ("client_id", self._client_id),
            ("redirect_uri", come_back),
            ("scope", SCOPE),
            ("state", begun.state),
            ("nonce", begun.nonce),
            ("code_challenge", create_s256_code_challenge(begun.verifier)),
            ("code_challenge_method", "S256"),
        ]
        return str(add_params_to_uri(at["authorization_endpoint"], asked)), begun

    def finish(self, begun: Begun, come_back: str, answer: Mapping[str, str]) -> ProviderIdentity:
        """Who has signed in there.

        Args:
            answer: the parameters the browser came back with.

        Raises:
            SignInRefusedError: the provider refused, or its answer is not to be believed.
        """
        if not hmac.compare_digest(answer.get("state", "").encode(), begun.state.encode()):
            raise SignInRefusedError("This sign-in was not begun here.", remedy="Sign in once more.")
        if "code" not in answer:
            why = answer.get("error", "no code")[:60]
            raise SignInRefusedError(f"{self.name} did not sign you in.", facts={"it says": why})
        with self._web() as web:
            at = self._metadata(web)
            if answer.get("iss", self.issuer) != self.issuer:
                raise self._unbelievable("another issuer answered")
            told = self._exchange(web, at, begun, come_back, answer["code"])
            keys = self._asked(web, Call(at["jwks_uri"], label="sign-in keys"))
            claims = self._verified(told, keys, begun)
            if "email" not in claims and "userinfo_endpoint" in at:
                claims |= self._user_info(web, at, told, claims["sub"])
        return self._identity(claims)

    def _metadata(self, web: WebClient) -> Mapping[str, Any]:
        now = self._clock()
        if self._known is None or now - self._known[0] > METADATA_KEPT:
            self._known = now, self._fetched_metadata(web)
        return self._known[1]

    def _fetched_metadata(self, web: WebClient) -> Mapping[str, Any]:
        found = self._asked(
            web, Call(get_well_known_url(self.issuer, external=True), label="sign-in provider")
        )
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if found.get("issuer") != self.issuer or any(not isinstance(found.get(name), str) for name in needed):
            raise self._unbelievable("it describes another issuer, or itself in parts only")
        for name in needed:
            if not found[name].startswith(("https:", "http:")):
                raise self._unbelievable("it names an address that is none")
            if self.issuer.startswith("https:") and not found[name].startswith("https:"):
                raise self._unbelievable("it names an address that is not encrypted")
        return found

    def _exchange(
        self, web: WebClient, at: Mapping[str, Any], begun: Begun, come_back: str, code: str
    ) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": come_back,
            "client_id": self._client_id,
            "code_verifier": begun.verifier,
        }
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        means = at.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if self._secret and "client_secret_basic" in means:
            pair = f"{quote(self._client_id, safe='')}:{quote(self._secret, safe='')}"
            headers["authorization"] = "Basic " + b64encode(pair.encode()).decode()
        elif self._secret:
            form["client_secret"] = self._secret
        call = Call(
            at["token_endpoint"],
            "POST",
            headers=headers,
            body=urlencode(form).encode(),
            label="sign-in token",
        )
        return self._asked(web, call)

    def _verified(self, told: Mapping[str, Any], keys: Mapping[str, Any], begun: Begun) -> dict[str, Any]:
        try:
            published: Any = {"keys": [key for key in keys["keys"] if key.get("use", "sig") == "sig"]}
            token = jwt.decode(str(told["id_token"]), KeySet.import_key_set(published), algorithms=ALGORITHMS)
            expected = {"nonce": begun.nonce, "client_id": self._client_id}
            options = {
                "iss": {"essential": True, "value": self.issuer},
                "aud": {"essential": True, "value": self._client_id},
            }
            with_access = {**expected, "access_token": told.get("access_token")}
            claims = CodeIDToken(token.claims, token.header, options, with_access)
            claims.validate(now=int(self._clock().timestamp()), leeway=LEEWAY_S)
        except (JoseError, KeyError, TypeError, ValueError) as fault:
            raise self._unbelievable(f"its token does not hold ({type(fault).__name__})") from None
        return dict(claims)

    def _user_info(
        self, web: WebClient, at: Mapping[str, Any], told: Mapping[str, Any], subject: str
    ) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {told.get('access_token', '')}"}
        info = self._asked(web, Call(at["userinfo_endpoint"], headers=headers, label="sign-in person"))
        if info.get("sub") != subject:
            raise self._unbelievable("it speaks of somebody else")
        return {name: info[name] for name in ("email", "email_verified") if name in info}

    def _identity(self, claims: Mapping[str, Any]) -> ProviderIdentity:
        email = claims.get("email")
        verified = claims.get("email_verified")
        if not isinstance(email, str) or not (verified is True or verified == "true"):
            raise SignInRefusedError(
                f"{self.name} does not say that your e-mail is verified.",
                remedy="Verify it there, or sign in by password.",
            )
        return ProviderIdentity(self.issuer, str(claims["sub"]), email.strip().lower())

    def _asked(self, web: WebClient, call: Call) -> Mapping[str, Any]:
        try:
            found = web.send(call).json()
        except WebError as fault:
            raise SignInRefusedError(
                f"{self.name} cannot be asked just now.",
                facts={"why": fault.what},
                remedy="Try again in a minute, or sign in by password.",
            ) from fault
        if not isinstance(found, dict):
            raise self._unbelievable("its answer is no object")
        return found

    def _unbelievable(self, why: str) -> SignInRefusedError:
        return SignInRefusedError(
            f"What {self.name} said cannot be believed.", facts={"why": why}, remedy="Sign in once more."
        )

    def _web(self) -> WebClient:
        guard = AddressGuard(private_ok=self._private_ok)
        return WebClient("sign-in provider", guard=guard, limits=_LIMITS)


def is_set_up(settings: Settings) -> bool:
    """Whether people may sign in by a provider."""
    return bool(settings.oidc_issuer and settings.oidc_client_id)
