"""Who calls: the key behind a request, what it may do, and the door it may go through."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from galena.bootstrap import Galena
from galena.domain.access import ApiKey, Scope, scopes_for
from galena.domain.tenancy import User
from galena.kit.errors import GalenaError
from galena.stores import api_keys
from galena.stores.door import OPERATOR, Session
from galena.surfaces.api.limits import KEYS_KEPT, Limits
from galena.workflows.sealing import box_of
from galena.workflows.tokens import looks_like_token, read_token

bearer = HTTPBearer(
    auto_error=False, description="A key, as `galena key make` shows it once, or a token got for one."
)


class KeyNeededError(GalenaError):
    """There is no key, or it opens nothing."""

    http_status = 401
    headers = {"www-authenticate": "Bearer"}  # noqa: RUF012 - the same for all


class NotAllowedError(GalenaError):
    """The key may not do this."""

    http_status = 403


class TooOftenError(GalenaError):
    """The key has asked too often in this minute."""

    http_status = 429
    retriable = True

    def __init__(self, what: str, headers: dict[str, str]) -> None:
        super().__init__(what, remedy="Wait as long as Retry-After says.")
        self.headers = headers


@dataclass(frozen=True, slots=True)
class Caller:
    """The key behind a request and whose it is.

    Attributes:
        token_scopes: what the token it was asked with may do of what the key may; None: the key itself was sent.
    """

    galena: Galena
    workspace_id: UUID
    key: ApiKey
    user: User
    token_scopes: frozenset[Scope] | None = None

    @property
    def scopes(self) -> frozenset[Scope]:
        """What it may do now: never more than its owner may, nor than its token says."""
        allowed = scopes_for(self.user.role, self.key.scopes)
        return allowed if self.token_scopes is None else allowed & self.token_scopes

    @contextmanager
    def entered(self) -> Iterator[Session]:
        """One transaction that sees what the owner of the key may see."""
        tenant = self.user.tenant_id or OPERATOR
        with self.galena.door.enter(
            self.workspace_id, tenant_id=tenant, actor=f"api_key:{self.key.id}"
        ) as session:
            yield session

    @contextmanager
    def as_operator(self) -> Iterator[Session]:
        """One transaction on what belongs to the key itself, which tenants' people cannot reach."""
        with self.galena.door.enter(
            self.workspace_id, tenant_id=OPERATOR, actor=f"api_key:{self.key.id}"
        ) as session:
            yield session


Given = Annotated[HTTPAuthorizationCredentials | None, Security(bearer)]


def caller_of(request: Request, response: Response, given: Given) -> Caller:
    """The caller, counted.

    Raises:
        KeyNeededError: there is no key, or it opens nothing.
        TooOftenError: it has asked too often.
    """
    caller = known_caller(request.app.state.galena, given.credentials if given else "")
    limits: Limits = request.app.state.limits
    turn = limits.take(caller.key.id, caller.key.calls_per_minute, caller.galena.clock())
    if not turn.allowed:
        raise TooOftenError(f"This key may ask {turn.limit} times a minute.", turn.headers)
    response.headers.update(turn.headers)
    return caller


def bringer_of(request: Request, response: Response, given: Given) -> Caller:
    """The caller who brings something in, counted by the second and apart from what it asks.

    Raises:
        KeyNeededError: there is no key, or it opens nothing.
        TooOftenError: it has brought too much.
    """
    caller = known_caller(request.app.state.galena, given.credentials if given else "")
    limits: Limits = request.app.state.ingest_limits
    turn = limits.take(caller.key.id, caller.galena.settings.ingest_per_second, caller.galena.clock())
    if not turn.allowed:
        raise TooOftenError(f"This key may bring something in {turn.limit} times a second.", turn.headers)
    response.headers.update(turn.headers)
    return caller


def known_caller(galena: Galena, secret: str) -> Caller:
    """Whose key this is; a token stands for the key it was got for.

    Raises:
        KeyNeededError: nobody's, or it is expired or revoked.
    """
    refused = KeyNeededError(
        "A key is needed.", remedy="Send `Authorization: Bearer KEY`; `galena key make NAME` makes one."
    )
    now = galena.clock()
    place = _place_of(galena, secret, now)
    if place is None:
        raise refused
    workspace_id, key_id, token_scopes = place
    with galena.door.enter(workspace_id, tenant_id=OPERATOR, actor=f"api_key:{key_id}") as session:
        found = api_keys.find_with_owner(session, key_id)
        if found is None:
            _PLACES.forget(secret)
            raise refused
        key, user = found
        if not key.is_good(now) or user.removed_at is not None:
            raise refused
        api_keys.note_use(session, key, now)
    return Caller(galena, workspace_id, key, user, token_scopes)


def _place_of(
    galena: Galena, secret: str, now: datetime
) -> tuple[UUID, UUID, frozenset[Scope] | None] | None:
    """The workspace and the id of a key, or of the key that a token was got for, and what the token may do."""
    if looks_like_token(secret):
        token = read_token(galena.door, box_of(galena.settings), secret, now)
        return None if token is None else (token.workspace_id, token.key_id, token.scopes)
    place = _PLACES.find(galena, secret) if secret else None
    return None if place is None else (*place, None)


class _Places:
    """In which workspace the keys lie that were used here lately, by the hash of their secrets.

    That never changes, so that it is looked up once. Whether the key is still good is asked of the database each time.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, tuple[UUID, UUID]] = OrderedDict()

    def find(self, galena: Galena, secret: str) -> tuple[UUID, UUID] | None:
        """The workspace and the id of the key with this secret."""
        mark = api_keys.hashed(secret)
        if known := self._known.get(mark):
            return known
        with galena.door.lobby() as lobby:
            found = api_keys.find_place(lobby, mark)
        if found is not None:
            self._known[mark] = found
            if len(self._known) > KEYS_KEPT:
                self._known.popitem(last=False)
        return found

    def forget(self, secret: str) -> None:
        """It was not there."""
        self._known.pop(api_keys.hashed(secret), None)


_PLACES = _Places()


def may(scope: Scope) -> Callable[[Caller], Awaitable[Caller]]:
    """A caller who may do this."""
    counted = bringer_of if scope is Scope.INGEST else caller_of

    # Asynchronous, for it waits for nothing: another thread would cost more than the look.
    async def allowed(caller: Annotated[Caller, Depends(counted)]) -> Caller:
        if scope not in caller.scopes:
            raise NotAllowedError(
                f"This key may not {scope}.",
                facts={"may": ", ".join(sorted(caller.scopes)) or "nothing"},
                remedy=f"Make one with `galena key make NAME --may {scope}`.",
            )
        return caller

    return allowed


Reader = Annotated[Caller, Depends(may(Scope.READ))]
Writer = Annotated[Caller, Depends(may(Scope.WRITE))]

PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "There is no key, or it opens nothing."},
    403: {"description": "The key may not do this."},
    422: {"description": "Something in the request cannot be used."},
    429: {"description": "The key has asked too often; Retry-After says how long to wait."},
}
