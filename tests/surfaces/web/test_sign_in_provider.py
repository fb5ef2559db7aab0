"""Signing in by a provider that really speaks OpenID Connect, and one that lies."""

import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import Client, Response
from joserfc.jwk import ECKey
from pydantic import SecretStr

from galena.domain.tenancy import Role
from galena.kit.clock import fixed_clock
from galena.stores import audit, users
from galena.workflows.people import reset_sign_in

from .conftest import NOW, Site
from .identity_provider import CLIENT, SECRET, IdentityProvider, running_provider

ANN = {"sub": "24400320", "email": "Ann@Example.org", "email_verified": True}


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@pytest.fixture
def provider(site: Site) -> Iterator[IdentityProvider]:
    object.__setattr__(site.galena, "clock", fixed_clock(NOW))
    with running_provider(lambda: site.galena.clock()) as found:
        found.person = dict(ANN)
        known = {
            "oidc_issuer": found.issuer,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": SecretStr(SECRET),
            "oidc_name": "Example & Co",
            "oidc_private_ok": True,
        }
        object.__setattr__(site.galena, "settings", site.galena.settings.model_copy(update=known))
        yield found


@pytest.fixture
def ann(site: Site) -> UUID:
    return site.add_user("ann@example.org", Role.VIEWER)


def _through(browser: Client, next_page: str = "/rules") -> Response:
    """The way a browser goes: to the provider, and back with what it says."""
    to = browser.get("/sign-in/provider", params={"next": next_page})
    assert to.status_code == 303, to.text
    opener = urllib.request.build_opener(_Stay)
    try:
        opener.open(to.headers["location"], timeout=10)
    except urllib.request.HTTPError as answer:
        back = answer.headers["location"]
        answer.close()
    return browser.get(back)


def test_somebody_known_here_signs_in_there(site: Site, provider: IdentityProvider, ann: UUID) -> None:
    browser = site.visitor()
    assert "Sign in with Example &amp; Co" in browser.get("/sign-in").text
    answer = _through(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/rules")
    assert browser.get("/leads").status_code == 200
    assert "Save and score again" not in browser.get("/rules").text  # a viewer stays one
    assert provider.asked == ["/.well-known/openid-configuration", "/authorize", "/token", "/keys"]
    with site.enter() as session:
        actions = [each.action for each in audit.list_(session, subject=f"user:{ann}")]
    assert actions == ["sign_in", "link_provider"]
    assert _through(site.visitor()).headers["location"] == "/rules"


def test_nobody_gets_an_account_by_signing_in_there(site: Site, provider: IdentityProvider) -> None:
    before = _people(site)
    answer = _through(site.visitor())
    assert answer.status_code == 401
    assert "Nobody here has this e-mail" in answer.text
    assert _people(site) == before


def test_an_e_mail_that_is_not_verified_opens_nothing(
    site: Site, provider: IdentityProvider, ann: UUID
) -> None:
    for said in (False, "false", None, 1):
        provider.person["email_verified"] = said
        answer = _through(site.visitor())
        assert answer.status_code == 401, said
        assert "is verified" in answer.text


def test_another_account_there_with_the_same_e_mail_does_not_get_in(
    site: Site, provider: IdentityProvider, ann: UUID
) -> None:
    assert _through(site.visitor()).status_code == 303
    provider.person["sub"] = "somebody-else"
    assert "tied to another account" in _through(site.visitor()).text
    with site.enter() as session:
        reset_sign_in(session, ann)
    assert _through(site.visitor()).status_code == 303


def test_the_account_of_one_cannot_be_taken_for_another(
    site: Site, provider: IdentityProvider, ann: UUID
) -> None:
    assert _through(site.visitor()).status_code == 303
    site.add_user("bob@example.org", Role.ADMIN)
    provider.person["email"] = "bob@example.org"
    assert _through(site.visitor()).status_code == 401


LIES = {
    "another audience": {"claims": {"aud": "somebody else"}},
    "another issuer": {"claims": {"iss": "https://elsewhere.example"}},
    "another nonce": {"claims": {"nonce": "x" * 43}},
    "expired": {"claims": {"exp": int((NOW - timedelta(minutes=5)).timestamp())}},
    "not yet": {"claims": {"nbf": int((NOW + timedelta(minutes=5)).timestamp())}},
    "for another access token": {"claims": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}},
    "for another party": {"claims": {"aud": [CLIENT, "other"], "azp": "other"}},
    "signed with the client's secret": {"header": {"alg": "HS256"}},
    "not signed": {"unsigned": True},
    "another state": {"state": "x" * 43},
    "refused there": {"error": "access_denied"},
    "describes another issuer": {"metadata": {"issuer": "https://elsewhere.example"}},
    "names a file": {"metadata": {"token_endpoint": "file:///etc/passwd"}},
}


@pytest.mark.parametrize("lie", LIES)
def test_what_does_not_hold_opens_nothing(
    site: Site, provider: IdentityProvider, ann: UUID, lie: str
) -> None:
    provider.lies = LIES[lie]
    browser = site.visitor()
    is_early = "metadata" in provider.lies
    answer = browser.get("/sign-in/provider") if is_early else _through(browser)
    assert answer.status_code in (400, 401), answer.headers
    assert browser.get("/leads").status_code == 303
    assert SECRET not in answer.text


def test_a_token_signed_by_another_key_opens_nothing(
    site: Site, provider: IdentityProvider, ann: UUID
) -> None:
    provider.published = ECKey.generate_key("P-256", {"kid": "one"})
    assert _through(site.visitor()).status_code == 401


def test_the_details_are_asked_for_where_the_token_leaves_them_out(
    site: Site, provider: IdentityProvider, ann: UUID
) -> None:
    provider.lies = {"thin": True}
    assert _through(site.visitor()).status_code == 303
    provider.lies = {"thin": True, "person": {"sub": "somebody-else"}}
    assert _through(site.visitor()).status_code == 401


def test_what_was_begun_in_another_browser_does_not_end_here(
    site: Site, provider: IdentityProvider, ann: UUID
) -> None:
    to = site.visitor().get("/sign-in/provider").headers["location"]
    opener = urllib.request.build_opener(_Stay)
    with pytest.raises(urllib.request.HTTPError) as sent:
        opener.open(to, timeout=10)
    back = sent.value.headers["location"]
    sent.value.close()
    victim = site.visitor()
    assert victim.get(back).status_code == 401
    assert victim.get("/leads").status_code == 303


def test_a_provider_inside_is_asked_only_where_that_is_allowed(
    site: Site, provider: IdentityProvider, ann: UUID
) -> None:
    known = site.galena.settings.model_copy(update={"oidc_private_ok": False})
    object.__setattr__(site.galena, "settings", known)
    answer = site.visitor().get("/sign-in/provider")
    assert answer.status_code == 401
    assert "cannot be asked" in answer.text
    assert provider.asked == []


def test_without_a_provider_there_is_no_button_and_no_page(shown: Site) -> None:
    assert "/sign-in/provider" not in shown.visitor().get("/sign-in").text
    assert shown.visitor().get("/sign-in/provider").status_code == 404


def _people(site: Site) -> int:
    with site.enter() as session:
        return len(users.list_all(session))
