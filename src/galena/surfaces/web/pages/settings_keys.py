"""Keys with which programs use the API: made for a person, shown once, revoked."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.domain.access import SCOPE_WORDS, SCOPES_OF, ApiKey, Scope
from galena.kit.errors import InputError
from galena.stores import api_keys, users
from galena.surfaces.web.answers import onward
from galena.surfaces.web.entrance import own_address
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import Manager, SignedIn, Visitor, entered, galena_of, managed
from galena.surfaces.web.words import day, near_day
from galena.workflows.api_access import NewKey, make_key, restore_key, revoke_key

router = APIRouter(prefix="/settings/keys")

DAYS = {"30": "30 days", "90": "90 days", "365": "a year", "": "until it is revoked"}


@router.get("", response_class=HTMLResponse)
def show(request: Request, visitor: SignedIn, all: Annotated[bool, Query()] = False) -> HTMLResponse:  # noqa: A002 - the address says all
    """The keys: one's own, and for admins everybody's."""
    return _page(request, visitor, with_ended=all)


@router.post("", response_class=HTMLResponse)
def add(
    request: Request,
    visitor: Manager,
    name: Annotated[str, Form(max_length=200)] = "",
    may: Annotated[list[str], Form()] = [],  # noqa: B006 - read only
    whose: Annotated[UUID | None, Form()] = None,
    days: Annotated[str, Form(max_length=5)] = "90",
) -> HTMLResponse:
    """Make a key; the page shows its secret, this once."""
    if days not in DAYS:
        raise InputError("A key lasts as long as the list says.", remedy="Choose one of its entries.")
    wanted = [scope for scope in Scope if scope.value in may]
    now = galena_of(request).clock()
    with entered(galena_of(request), visitor) as session:
        owner = users.load(session, whose or visitor.user.id)
    with managed(galena_of(request), visitor) as session:
        made = make_key(session, owner, name, wanted, now, days=int(days) if days else None)
    return _page(request, visitor, made)


@router.post("/{key_id}/revoke")
def revoke(request: Request, visitor: Manager, key_id: UUID) -> RedirectResponse:
    """Make a key open nothing any more."""
    _theirs(request, visitor, key_id)
    with managed(galena_of(request), visitor) as session:
        key = revoke_key(session, key_id, galena_of(request).clock())
    told = f"{key.name} opens nothing any more; programs that use it are refused."
    return onward("/settings/keys", told, undo=f"/settings/keys/{key_id}/restore")


@router.post("/{key_id}/restore")
def restore(request: Request, visitor: Manager, key_id: UUID) -> RedirectResponse:
    """Take a revocation back, soon after it."""
    _theirs(request, visitor, key_id)
    with managed(galena_of(request), visitor) as session:
        key = restore_key(session, key_id, galena_of(request).clock())
    return onward("/settings/keys", f"{key.name} opens again what it did.")


def _theirs(request: Request, visitor: Visitor, key_id: UUID) -> None:
    """That the key is of the visitor's place.

    Raises:
        NotFoundError: there is none such.
    """
    with entered(galena_of(request), visitor) as session:
        api_keys.load(session, key_id)


def _page(
    request: Request, visitor: Visitor, made: NewKey | None = None, *, with_ended: bool = False
) -> HTMLResponse:
    galena = galena_of(request)
    now = galena.clock()
    with entered(galena, visitor) as session:
        known = api_keys.list_all(session)
        people = {user.id: user for user in users.list_all(session)}
    own = [each for each in known if visitor.can_manage or each.user_id == visitor.user.id]
    shown = [each for each in own if with_ended or each.is_good(now)]
    return page(
        request,
        "settings_keys.html",
        visitor,
        here="keys",
        keys=[_line(each, people, now) for each in shown],
        ended=0 if with_ended else len(own) - len(shown),
        can_manage=visitor.can_manage,
        scopes=[
            {"value": scope.value, "words": SCOPE_WORDS[scope], "on": scope is Scope.READ}
            for scope in Scope
            if scope in SCOPES_OF[visitor.user.role]
        ],
        owners=[
            {"id": user.id, "name": user.name, "on": user.id == visitor.user.id}
            for user in people.values()
            if user.removed_at is None
        ],
        days=DAYS,
        made=made and {"name": made.key.name, "secret": made.secret, "may": sorted(made.key.scopes)},
        address=f"{own_address(request)}/api/v1",
    )


def _line(key: ApiKey, people: Any, now: datetime) -> dict[str, Any]:
    owner = people.get(key.user_id)
    if key.revoked_at is not None:
        stands, colour = f"revoked {near_day(key.revoked_at, now)}", "red"
    elif owner is not None and owner.removed_at is not None:
        stands, colour = "its owner was removed", "red"
    elif not key.is_good(now):
        stands, colour = "its time is over", "grey"
    else:
        stands, colour = f"until {day(key.expires_at)}" if key.expires_at else "until it is revoked", "green"
    return {
        "id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "may": ", ".join(sorted(key.scopes)),
        "whose": owner.name if owner else "somebody",
        "used": near_day(key.last_used_at, now) if key.last_used_at else "never",
        "stands": stands,
        "colour": colour,
        "is_good": key.is_good(now),
    }
