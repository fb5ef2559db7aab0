"""Tokens for programs: short-lived, narrower than their key, ended with it, and never to be made up."""

import base64
from datetime import timedelta
from uuid import UUID, uuid4

import orjson
import pytest
from httpx import Client
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from galena.domain.access import Scope
from galena.domain.tenancy import Role
from galena.kit.clock import fixed_clock
from galena.stores import users
from galena.workflows.api_access import make_key, revoke_key
from galena.workflows.people import change_role, ensure_operator
from galena.workflows.tokens import SIGNS_FOR, rotate_signing_key

from .conftest import NOW, Site

ROOT = "/api/v1"


@pytest.fixture
def still(site: Site) -> Site:
    """The site at a moment that stands still."""
    object.__setattr__(site.galena, "clock", fixed_clock(NOW))
    return site


def _with(site: Site, secret: str) -> Client:
    browser = site.visitor()
    browser.headers["authorization"] = f"Bearer {secret}"
    return browser


def _key(site: Site, *scopes: Scope, user=None, **options):
    with site.enter() as session:
        user = user or ensure_operator(session, site.workspace)
        return make_key(session, user, "a program", scopes, site.galena.clock(), **options)


def _token(site: Site, secret: str, **wish) -> str:
    answer = _with(site, secret).post(f"{ROOT}/tokens", json=wish)
    assert answer.status_code == 201, answer.text
    return answer.json()["access_token"]


def _works(site: Site, token: str) -> bool:
    status = _with(site, token).get(f"{ROOT}/me").status_code
    assert status in (200, 401)
    return status == 200


def test_a_token_does_what_its_key_does_and_no_more(still: Site) -> None:
    made = _key(still, Scope.READ, Scope.WRITE)
    answer = _with(still, made.secret).post(f"{ROOT}/tokens", json={"may": ["read"]}).json()
    assert (answer["token_type"], answer["expires_in"], answer["may"]) == ("Bearer", 900, ["read"])
    narrow = _with(still, answer["access_token"])
    assert narrow.get(f"{ROOT}/me").json()["may"] == ["read"]
    lead_id = still.lead_ids()[0]
    refused = narrow.post(f"{ROOT}/leads/{lead_id}/feedback", json={"reason": "No."})
    assert refused.status_code == 403
    wide = _with(still, _token(still, made.secret))
    assert wide.post(f"{ROOT}/leads/{lead_id}/feedback", json={"reason": "Yes."}).status_code == 201
    assert _with(still, made.secret).post(f"{ROOT}/tokens", json={"may": ["admin"]}).status_code == 403
    assert wide.post(f"{ROOT}/tokens").status_code == 403


def test_a_token_ends_by_itself_with_its_key_and_with_its_owner_s_role(still: Site) -> None:
    made = _key(still, Scope.READ)
    token = _token(still, made.secret, minutes=10)
    object.__setattr__(still.galena, "clock", fixed_clock(NOW + timedelta(minutes=9, seconds=59)))
    assert _works(still, token)
    object.__setattr__(still.galena, "clock", fixed_clock(NOW + timedelta(minutes=10, seconds=6)))
    assert not _works(still, token)
    token = _token(still, made.secret)
    with still.enter() as session:
        revoke_key(session, made.key.id, still.galena.clock())
    assert not _works(still, token)
    with still.enter() as session:
        user = users.add(session, email="boss@example.org", name="B", role=Role.ADMIN)
    wide = _token(still, _key(still, Scope.READ, Scope.CONFIGURE, user=user).secret)
    with still.enter() as session:
        change_role(session, user.id, Role.VIEWER)
    assert _with(still, wide).get(f"{ROOT}/me").json()["may"] == ["read"]


def test_a_token_never_outlives_its_key(still: Site) -> None:
    made = _key(still, Scope.READ, days=1)
    object.__setattr__(still.galena, "clock", fixed_clock(NOW + timedelta(hours=23, minutes=55)))
    assert _with(still, made.secret).post(f"{ROOT}/tokens").json()["expires_in"] == 300


def test_the_signing_key_is_replaced_every_day_and_nobody_is_turned_away(still: Site) -> None:
    made = _key(still, Scope.READ)
    object.__setattr__(still.galena, "clock", fixed_clock(NOW))
    kids = [_part(_token(still, made.secret), 0)["kid"] for _ in range(2)]
    object.__setattr__(still.galena, "clock", fixed_clock(NOW + SIGNS_FOR - timedelta(minutes=1)))
    before = _token(still, made.secret)
    object.__setattr__(still.galena, "clock", fixed_clock(NOW + SIGNS_FOR + timedelta(minutes=1)))
    after = _token(still, made.secret)
    assert kids[0] == kids[1] == _part(before, 0)["kid"] != _part(after, 0)["kid"]
    assert _works(still, before)
    assert _works(still, after)
    with still.enter() as session:
        assert rotate_signing_key(session, still.galena.clock()) == 2
    assert not _works(still, before)
    assert not _works(still, after)
    assert _works(still, made.secret)


def test_a_token_that_was_changed_or_made_up_opens_nothing(still: Site) -> None:
    made = _key(still, Scope.READ)
    token = _token(still, made.secret)
    header, claims = _part(token, 0), _part(token, 1)
    more = {**claims, "scope": "admin configure read"}
    stranger = OKPKey.generate_key("Ed25519")
    forged = [
        _joined(header, more, token.rpartition(".")[2]),
        jwt.encode(header, more, stranger, algorithms=["Ed25519"]),
        jwt.encode({**header, "alg": "HS256"}, more, OctKey.import_key("a" * 32), algorithms=["HS256"]),
        _joined({**header, "alg": "none"}, more, ""),
        jwt.encode({**header, "kid": f"{uuid4().hex}.{uuid4().hex}"}, more, stranger, algorithms=["Ed25519"]),
        jwt.encode({**header, "kid": "../../etc"}, more, stranger, algorithms=["Ed25519"]),
        "a.b.c",
        "..",
        "é.é.é",
        f"{token}x",
        token.replace(".", ".A", 1),
    ]
    for each in forged:
        headers = {"authorization": f"Bearer {each}".encode()}
        assert still.visitor().get(f"{ROOT}/me", headers=headers).status_code == 401, each
    assert _works(still, token)


def test_a_token_for_somebody_else_opens_nothing(still: Site) -> None:
    from galena.stores import signing_keys
    from galena.workflows.sealing import box_of

    token = _token(still, _key(still, Scope.READ).secret)
    header, claims = _part(token, 0), _part(token, 1)
    key_id = UUID(hex=header["kid"].partition(".")[2])
    with still.enter() as session:
        sealed = signing_keys.find(session, key_id)
    text = box_of(still.galena.settings).open(sealed, place=f"signing_key:{key_id}")
    key = OKPKey.import_key(orjson.loads(text))
    assert b'"d"' not in sealed
    for change in (
        {"aud": "another"},
        {"iss": "another"},
        {"aud": None},
        {"exp": None},
        {"key": str(uuid4())},
    ):
        wrong = {name: value for name, value in (claims | change).items() if value is not None}
        assert not _works(still, jwt.encode(header, wrong, key, algorithms=["Ed25519"])), change
    assert _works(still, jwt.encode(header, claims, key, algorithms=["Ed25519"]))


def _part(token: str, number: int) -> dict:
    text = token.split(".")[number]
    return orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def _joined(header: dict, claims: dict, signature: str) -> str:
    parts = (base64.urlsafe_b64encode(orjson.dumps(each)).rstrip(b"=").decode() for each in (header, claims))
    return ".".join((*parts, signature))
