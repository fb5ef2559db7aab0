"""Codes of an authenticator app: set up, asked for, used once, recovered from, turned off."""

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pyotp
from httpx import Client, Response

from galena.domain.tenancy import Role
from galena.kit.clock import fixed_clock
from galena.stores import audit, second_factors, sign_in, users
from galena.surfaces.web.passwords import hasher
from galena.surfaces.web.security import SESSION_COOKIE
from galena.surfaces.web.throttle import TRIES
from galena.workflows.people import reset_sign_in

from .conftest import NOW, Site, form_token

Send = Callable[..., Response]
PASSWORD = "a long enough password"


def _person(site: Site) -> Client:
    """Somebody with a password, signed in."""
    user_id = site.add_user("ann@example.org", Role.ADMIN)
    with site.enter() as session:
        users.set_password(session, user_id, hasher.hash(PASSWORD))
    return _at_the_door(site)


def _at_the_door(site: Site) -> Client:
    """A browser that has given the password."""
    browser = site.visitor()
    answer = browser.post(
        "/sign-in", data={"email": "ann@example.org", "password": PASSWORD, "next": "/rules"}
    )
    assert answer.status_code == 303
    return browser


def _give(browser: Client, code: str) -> Response:
    """The page's own form, sent with this code."""
    page = browser.get("/sign-in/code")
    token = form_token(page) if page.status_code == 200 else ""
    return browser.post("/sign-in/code", data={"code": code, "csrf_token": token})


def _turned_on(site: Site, send: Send) -> tuple[pyotp.TOTP, list[str]]:
    browser = _person(site)
    page = browser.get("/account/code").text
    secret = re.search(r"Key: <code>([A-Z2-7 ]+)</code>", page)[1].replace(" ", "")
    assert "data:image/svg+xml" in page
    app = pyotp.TOTP(secret)
    shown = send(browser, "/account/code", code=app.at(site.galena.clock()))
    codes = re.findall(r"<li><code>([0-9a-f-]+)</code>", html.unescape(shown.text))
    assert len(set(codes)) == 10
    return app, codes


def _later(site: Site, **time: int) -> None:
    object.__setattr__(site.galena, "clock", fixed_clock(NOW + timedelta(**time)))


def test_with_codes_on_a_password_alone_opens_nothing(site: Site, send: Send) -> None:
    app, _ = _turned_on(site, send)
    _later(site, minutes=2)
    browser = _at_the_door(site)
    assert SESSION_COOKIE not in browser.cookies
    assert browser.get("/leads").status_code == 303
    assert _give(browser, "000 000").status_code == 401
    right = _give(browser, app.at(site.galena.clock()))
    assert right.headers["location"] == "/rules"
    assert browser.get("/leads").status_code == 200
    with site.enter() as session:
        user = users.find(session, "ann@example.org")
        told = [(e.action, e.detail.get("why"), e.detail.get("code")) for e in
                audit.list_(session, subject=f"user:{user.id}")]  # fmt: skip
        kept = second_factors.find(session, user.id)
    assert told[:2] == [("sign_in", None, True), ("fail_sign_in", "code", None)]
    assert app.secret.encode() not in kept.sealed


def test_a_code_is_taken_by_our_own_form_alone(site: Site, send: Send) -> None:
    app, _ = _turned_on(site, send)
    _later(site, minutes=2)
    browser, other = _at_the_door(site), _at_the_door(site)
    code = app.at(site.galena.clock())
    for token in ("", "é", form_token(other.get("/sign-in/code"))):
        answer = browser.post("/sign-in/code", data={"code": code, "csrf_token": token})
        assert answer.status_code == 403, token
        assert "out of date" in answer.text
    assert _give(browser, code).status_code == 303  # the refused tries did not use it up


def test_a_code_opens_once(site: Site, send: Send) -> None:
    app, _ = _turned_on(site, send)
    _later(site, minutes=2)
    code = app.at(site.galena.clock())
    assert _give(_at_the_door(site), code).status_code == 303
    assert _give(_at_the_door(site), code).status_code == 401


def test_a_clock_may_be_half_a_minute_off_and_no_more(site: Site, send: Send) -> None:
    app, _ = _turned_on(site, send)
    for off_s, status in ((-60, 401), (60, 401), (-30, 303), (30, 303)):
        _later(site, minutes=100 + off_s)
        code = app.at(site.galena.clock() + timedelta(seconds=off_s))
        assert _give(_at_the_door(site), code).status_code == status, off_s


def test_a_recovery_code_opens_once(site: Site, send: Send) -> None:
    _, codes = _turned_on(site, send)
    assert _give(_at_the_door(site), f" {codes[3].upper()} ").status_code == 303
    again = _at_the_door(site)
    assert _give(again, codes[3]).status_code == 401
    assert _give(again, codes[4]).status_code == 303
    assert "8 recovery codes left" in again.get("/account").text


def test_codes_cannot_be_guessed_at_speed(site: Site, send: Send) -> None:
    app, _ = _turned_on(site, send)
    _later(site, minutes=2)
    for _ in range(TRIES):
        assert _give(_at_the_door(site), "123456").status_code == 401
    right = app.at(site.galena.clock())
    assert _give(_at_the_door(site), right).status_code == 429


def test_the_half_sign_in_ends_and_cannot_be_made_up(site: Site, send: Send) -> None:
    app, _ = _turned_on(site, send)
    browser = _at_the_door(site)
    _later(site, minutes=11)
    answer = _give(browser, app.at(site.galena.clock()))
    assert answer.headers["location"] == "/sign-in"
    invented = site.visitor()
    invented.cookies.set("galena_half", "aGVsbG8=", domain="testserver.local", path="/sign-in")
    assert invented.get("/sign-in/code").headers["location"] == "/sign-in"


def test_turning_codes_off_takes_a_code(site: Site, send: Send) -> None:
    _, codes = _turned_on(site, send)
    browser = _at_the_door(site)
    _give(browser, codes[0])
    assert "does not fit" in send(browser, "/account/code/off", code="1").text
    assert "Codes are off" in send(browser, "/account/code/off", code=codes[1]).text
    assert _at_the_door(site).get("/leads").status_code == 200


def test_who_lost_their_phone_is_reset(site: Site, send: Send) -> None:
    _turned_on(site, send)
    with site.enter() as session:
        reset_sign_in(session, users.find(session, "ann@example.org").id)
    assert _at_the_door(site).get("/leads").status_code == 200


def test_sessions_are_listed_and_signed_out(site: Site, send: Send) -> None:
    phone, desk = _person(site), _at_the_door(site)
    page = desk.get("/account").text
    assert page.count("Signed in by password") == 2
    assert page.count('name="session_id"') == 1
    assert "1 session was signed out" in send(desk, "/account/sessions/close").text
    assert phone.get("/leads").status_code == 303
    assert desk.get("/leads").status_code == 200


def test_a_new_password_takes_the_one_before(site: Site, send: Send) -> None:
    browser = _person(site)
    wrong = send(browser, "/account", current="another", password="a longer password")
    assert "not your password" in wrong.text
    assert "is set" in send(browser, "/account", current=PASSWORD, password="a longer password").text


def test_another_s_session_cannot_be_ended(site: Site, send: Send) -> None:
    other, browser = site.admin(), _person(site)
    with site.enter() as session:
        operator = users.find(session, "operator@demo.localhost")
        theirs = sign_in.list_sessions(session, operator.id, now=site.galena.clock())
    for each in theirs:
        send(browser, "/account/sessions/close", session_id=str(each.id))
    assert other.get("/leads").status_code == 200
