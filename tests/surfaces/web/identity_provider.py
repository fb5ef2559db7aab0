"""A sign-in provider that speaks OpenID Connect over HTTP on this machine: discovery, authorization with PKCE, tokens,
keys, the person's details. Whoever comes is signed in as `person`; `lies` change what it says."""

import base64
import hashlib
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

import orjson
from joserfc import jwt
from joserfc.jwk import ECKey, Key, KeySet, OctKey

CLIENT, SECRET = "galena", "a secret / with signs"


@dataclass
class IdentityProvider:
    """The provider.

    Attributes:
        person: the claims of who is signed in there.
        lies: claims, header (`alg`, `kid`) or metadata that it states against the truth.
        granted: codes that were handed out, with what they were asked with; each is taken once.
        asked: the paths that were asked, in their order.
    """

    clock: Callable[[], datetime]
    issuer: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    lies: dict[str, Any] = field(default_factory=dict)
    granted: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    key: Key = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "one"}))
    published: Key | None = None

    def metadata(self) -> dict[str, Any]:
        found = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/person",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "code_challenge_methods_supported": ["S256"],
        }
        return found | self.lies.get("metadata", {})

    def keys(self) -> dict[str, Any]:
        return KeySet([self.published or self.key]).as_dict(private=False)

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser is sent back to."""
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["state"]) >= 32
        assert len(asked["nonce"]) >= 32
        if "error" in self.lies:
            return (
                f"{asked['redirect_uri']}?{urlencode({'error': self.lies['error'], 'state': asked['state']})}"
            )
        code = secrets.token_urlsafe(16)
        self.granted[code] = asked
        back = {"code": code, "state": self.lies.get("state", asked["state"]), "iss": self.issuer}
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        pair = f"{quote(CLIENT, safe='')}:{quote(SECRET, safe='')}"
        if authorization != "Basic " + base64.b64encode(pair.encode()).decode():
            return 401, {"error": "invalid_client"}
        asked = self.granted.pop(form.get("code", ""), None)
        challenge = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        fits = asked is not None and (
            base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() == asked["code_challenge"]
            and form["redirect_uri"] == asked["redirect_uri"]
            and form["grant_type"] == "authorization_code"
        )
        if asked is None or not fits:
            return 400, {"error": "invalid_grant"}
        access = secrets.token_urlsafe(16)
        self.tokens[access] = self.person
        now = int(self.clock().timestamp())
        half = hashlib.sha256(access.encode()).digest()[:16]
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
            **({"sub": self.person["sub"]} if self.lies.get("thin") else self.person),
            **self.lies.get("claims", {}),
        }
        header = {"alg": "ES256", "kid": "one", **self.lies.get("header", {})}
        key = OctKey.import_key(SECRET) if header["alg"] == "HS256" else self.key
        signed = jwt.encode(header, claims, key, algorithms=[header["alg"]])
        if self.lies.get("unsigned"):
            head = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
            signed = f"{head}.{signed.split('.')[1]}."
        return 200, {"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": signed}


@contextmanager
def running_provider(clock: Callable[[], datetime]) -> Iterator[IdentityProvider]:
    """A provider that listens on loopback while the block lasts."""
    provider = IdentityProvider(clock)

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            place = urlsplit(self.path)
            provider.asked.append(place.path)
            asked = {name: values[0] for name, values in parse_qs(place.query).items()}
            if place.path == "/.well-known/openid-configuration":
                self._say(200, provider.metadata())
            elif place.path == "/keys":
                self._say(200, provider.keys())
            elif place.path == "/authorize":
                self.send_response(302)
                self.send_header("location", provider.authorize(asked))
                self.end_headers()
            elif place.path == "/person":
                token = self.headers.get("authorization", "").removeprefix("Bearer ")
                person = provider.tokens.get(token)
                self._say(200 if person else 401, (person or {}) | provider.lies.get("person", {}))
            else:
                self._say(404, {})

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {unquote(name): values[0] for name, values in parse_qs(body).items()}
            self._say(*provider.token(form, self.headers.get("authorization", "")))

        def _say(self, status: int, what: dict[str, Any]) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(orjson.dumps(what))

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        provider.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()
