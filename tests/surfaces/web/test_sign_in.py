"""Signing in and out."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from httpx import Response

from galena.domain.tenancy import Role
from galena.kit.clock import fixed_clock
from galena.stores import users
from galena.surfaces.web.pages.sign_in import hasher
from galena.surfaces.web.security import SESSION_COOKIE
from galena.surfaces.web.throttle import KEYS_KEPT, TRIES, TRIES_WINDOW, Throttle
from galena.surfaces.web.visitors import sign_in_link

from .conftest import NOW, Site

Send = Callable[..., Response]
PASSWORD = "a long enough password"


def test_a_link_signs_in_once(site: Site) -> None:
    link = sign_in_link(site.galena, site.workspace, "")
    assert site.visitor().get(link).status_code == 303
    again = site.visitor().get(link)
    assert again.status_code == 401
    assert "has been used" in again.text


def test_a_link_that_nobody_made_signs_nobody_in(site: Site) -> None:
    browser = site.visitor()
    assert browser.get("/sign-in/abc").status_code == 401
    assert SESSION_COOKIE not in browser.cookies


def test_the_cookie_cannot_be_read_by_scripts_nor_sent_from_elsewhere(site: Site) -> None:
    cookie = site.visitor().get(sign_in_link(site.galena, site.workspace, "")).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


@pytest.mark.parametrize("page", ["/leads", "/imports", "/quarantine", "/rules", "/account"])
def test_whoever_is_not_signed_in_is_asked_to_and_comes_back(shown: Site, page: str) -> None:
    assert shown.visitor().get(page).headers["location"] == f"/sign-in?next={page}"


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "evil"])
def test_signing_in_never_leads_elsewhere(site: Site, elsewhere: str) -> None:
    _with_password(site)
    assert f'value="{elsewhere}"' not in site.visitor().get("/sign-in", params={"next": elsewhere}).text
    answer = _try(site, PASSWORD, next=elsewhere)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"


def test_a_password_signs_in_and_a_wrong_one_does_not(site: Site) -> None:
    _with_password(site)
    wrong = _try(site, "another password")
    assert wrong.status_code == 401
    assert "do not fit together" in wrong.text
    assert _try(site, PASSWORD, next="/rules").headers["location"] == "/rules"


def test_after_five_failures_the_next_try_waits_even_with_the_right_password(site: Site) -> None:
    _with_password(site)
    for _ in range(TRIES):
        assert _try(site, "wrong password").status_code == 401
    assert _try(site, PASSWORD).status_code == 429


def test_waiting_ends_after_five_minutes() -> None:
    throttle = Throttle()
    for _ in range(TRIES):
        throttle.failed("key", NOW)
    assert throttle.is_closed("key", NOW + TRIES_WINDOW - timedelta(seconds=1))
    assert not throttle.is_closed("key", NOW + TRIES_WINDOW)
    assert not throttle.is_closed("another", NOW)


def test_invented_keys_fill_no_memory() -> None:
    throttle = Throttle()
    for number in range(KEYS_KEPT + 100):
        throttle.failed(str(number), NOW)
    assert len(throttle._failures) == KEYS_KEPT


def test_setting_a_password_signs_other_browsers_out(site: Site, send: Send) -> None:
    one, other = site.admin(), site.admin()
    assert send(one, "/account", password=PASSWORD).status_code == 200
    assert one.get("/leads").status_code == 200
    assert other.get("/leads").status_code == 303


def test_a_short_password_is_refused(site: Site, send: Send) -> None:
    assert "too short" in send(site.admin(), "/account", password="short").text


def test_signing_out_ends_the_session(site: Site, send: Send) -> None:
    browser = site.admin()
    token = browser.cookies[SESSION_COOKIE]
    assert "Sign in to Galena" in send(browser, "/sign-out").text
    browser.cookies.set(SESSION_COOKIE, token, domain="testserver.local")
    assert browser.get("/leads").status_code == 303


def test_a_session_ends_when_nothing_is_done_and_goes_on_when_something_is(site: Site) -> None:
    browser = site.admin()
    hours = site.galena.settings.session_lifetime_hours
    later = fixed_clock(NOW + timedelta(hours=hours - 1))
    object.__setattr__(site.galena, "clock", later)
    assert browser.get("/leads").status_code == 200
    object.__setattr__(site.galena, "clock", fixed_clock(NOW + timedelta(hours=hours + 1)))
    assert browser.get("/leads").status_code == 200
    object.__setattr__(site.galena, "clock", fixed_clock(NOW + timedelta(hours=3 * hours)))
    assert browser.get("/leads").status_code == 303


def _with_password(site: Site) -> None:
    user_id = site.add_user("ann@example.org", Role.ADMIN)
    with site.enter() as session:
        users.set_password(session, user_id, hasher.hash(PASSWORD))


def _try(site: Site, password: str, **more: str) -> Response:
    return site.visitor().post("/sign-in", data={"email": "Ann@example.org", "password": password, **more})
