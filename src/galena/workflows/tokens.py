"""Short-lived tokens (JWT, RFC 7519) for programs: got for a key, signed by a key of the workspace that is replaced
every day, and worth no more than the key they were got for is worth at the moment they are used.

The signing key lies sealed in the database, so every process knows it and a copy of the database signs nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.jws import extract_compact

from galena.domain.access import ApiKey, Scope
from galena.kit.ids import new_id
from galena.kit.secrets import SealError, SecretBox
from galena.stores import audit, signing_keys
from galena.stores.door import OPERATOR, Door, Session

ALGORITHM = "Ed25519"
ISSUER = "galena"
AUDIENCE = "galena/api/v1"
SIGNS_FOR = timedelta(days=1)
"""A key signs for so long; what it signed goes on until its own end."""

DEFAULT_MINUTES = 15
MOST_MINUTES = 60
LEEWAY_S = 5


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just signed."""

    text: str
    expires_at: datetime
    scopes: frozenset[Scope]


@dataclass(frozen=True, slots=True)
class ReadToken:
    """What a token that holds says: the key it was got for, and what of that it may do."""

    workspace_id: UUID
    key_id: UUID
    scopes: frozenset[Scope]


def looks_like_token(text: str) -> bool:
    """Whether this is meant as a token: keys have no dots."""
    return text.count(".") == 2


def issue_token(
    session: Session,
    box: SecretBox,
    key: ApiKey,
    scopes: Collection[Scope],
    now: datetime,
    *,
    minutes: int = DEFAULT_MINUTES,
) -> NewToken:
    """A token for a key.

    Args:
        scopes: what it may do, at most what the key may do.
        minutes: 1 to MOST_MINUTES.
    """
    allowed = frozenset(scopes) & key.scopes
    expires_at = now + timedelta(minutes=min(max(minutes, 1), MOST_MINUTES))
    if key.expires_at is not None:
        expires_at = min(expires_at, key.expires_at)
    signing_id, signing_key = _signing_key(session, box, now)
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(key.user_id),
        "key": str(key.id),
        "scope": " ".join(sorted(allowed)),
        "iat": int(now.timestamp()),
        "exp": int(expires_at.timestamp()),
        "jti": str(new_id()),
    }
    header = {"alg": ALGORITHM, "kid": f"{session.workspace_id.hex}.{signing_id.hex}"}
    text = jwt.encode(header, claims, signing_key, algorithms=[ALGORITHM])
    return NewToken(text, expires_at, allowed)


def read_token(door: Door, box: SecretBox, text: str, now: datetime) -> ReadToken | None:
    """What a token says; None where it does not hold: not ours, changed, for others, or past its end."""
    try:
        header = extract_compact(text.encode()).headers()
        workspace, _, signing = str(header.get("kid", "")).partition(".")
        workspace_id, signing_id = UUID(hex=workspace), UUID(hex=signing)
        with door.enter(workspace_id, tenant_id=OPERATOR, actor="token") as session:
            sealed = signing_keys.find(session, signing_id)
        if sealed is None:
            return None
        token = jwt.decode(text, _opened(box, signing_id, sealed), algorithms=[ALGORITHM])
        essential = {name: {"essential": True} for name in ("exp", "iat", "sub", "key", "scope")}
        wanted = {"iss": {"essential": True, "value": ISSUER}, "aud": {"essential": True, "value": AUDIENCE}}
        rules = jwt.JWTClaimsRegistry(now=int(now.timestamp()), leeway=LEEWAY_S, **essential, **wanted)  # type: ignore[arg-type]
        rules.validate(token.claims)
        scopes = frozenset(Scope(name) for name in str(token.claims["scope"]).split())
        return ReadToken(workspace_id, UUID(token.claims["key"]), scopes)
    except (JoseError, SealError, ValueError, UnicodeEncodeError):
        return None


def rotate_signing_key(session: Session, now: datetime) -> int:
    """Forgets the signing keys there are: every token given out opens nothing any more. Says how many keys went."""
    gone = signing_keys.remove_made_before(session, now + timedelta(seconds=1))
    audit.record(session, "rotate_signing_key", f"workspace:{session.workspace_id}", {"keys": gone})
    return gone


def _signing_key(session: Session, box: SecretBox, now: datetime) -> tuple[UUID, OKPKey]:
    found = signing_keys.find_newest(session, now - SIGNS_FOR)
    if found is not None:
        return found[0], _opened(box, *found)
    key_id, key = new_id(), OKPKey.generate_key("Ed25519")
    text = orjson.dumps(key.as_dict(private=True)).decode()
    signing_keys.add(session, key_id, box.seal(text, place=_place(key_id)), now)
    # What the last of them signed has ended by then, so nobody is turned away.
    signing_keys.remove_made_before(session, now - SIGNS_FOR - timedelta(minutes=2 * MOST_MINUTES))
    return key_id, key


def _opened(box: SecretBox, key_id: UUID, sealed: bytes) -> OKPKey:
    return OKPKey.import_key(orjson.loads(box.open(sealed, place=_place(key_id))))


def _place(key_id: UUID) -> str:
    return f"signing_key:{key_id}"
