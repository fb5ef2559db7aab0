"""Members: who belongs to the workspace, or to a tenant; invited by a link, given roles, removed and brought back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.domain.tenancy import ROLE_WORDS, Role, User, roles_for
from galena.kit.errors import InputError, NotFoundError
from galena.stores import second_factors, sign_in, users
from galena.surfaces.web.answers import onward
from galena.surfaces.web.entrance import own_address
from galena.surfaces.web.pages.audit import detail_words
from galena.surfaces.web.people import author_words, names_of_people
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import Manager, SignedIn, Visitor, galena_of, managed
from galena.surfaces.web.whose import ForWhom, Whose
from galena.surfaces.web.words import moment_words
from galena.workflows.people import (
    LINK_LASTS,
    SIGN_IN_ACTIONS,
    Invitation,
    change_role,
    invite,
    is_own_operator,
    make_link,
    membership_history,
    remove_person,
    restore_person,
)

router = APIRouter(prefix="/settings/members")

LOOKED_AT, SHOWN = 200, 20
_TOLD = ("role", "before", "after")
"""Of what the trail says of a change, what people read here."""

MAY = {
    Role.ADMIN: "runs the workspace",
    Role.TENANT_ADMIN: "works leads, says who belongs here and what you want",
    Role.MEMBER: "works leads",
    Role.VIEWER: "looks only",
}


@router.get("", response_class=HTMLResponse)
def show(request: Request, visitor: SignedIn, whose: ForWhom) -> HTMLResponse:
    """Who belongs here."""
    return _page(request, visitor, whose)


@router.post("", response_class=HTMLResponse)
def add(
    request: Request,
    visitor: Manager,
    whose: ForWhom,
    email: Annotated[str, Form(max_length=300)] = "",
    name: Annotated[str, Form(max_length=200)] = "",
    role: Annotated[str, Form(max_length=20)] = Role.VIEWER.value,
) -> HTMLResponse:
    """Invite somebody; the page shows their link, this once."""
    place = _place(request, visitor, whose)
    with managed(galena_of(request), visitor) as session:
        made = invite(
            session,
            galena_of(request).clock(),
            email=email,
            name=name,
            role=_role(role, place),
            tenant_id=place,
        )
    return _page(request, visitor, whose, made)


@router.post("/{user_id}/link", response_class=HTMLResponse)
def link(request: Request, visitor: Manager, whose: ForWhom, user_id: UUID) -> HTMLResponse:
    """A new link for somebody who lost theirs, or their password."""
    user = _theirs(request, visitor, whose, user_id)
    with managed(galena_of(request), visitor) as session:
        made = make_link(session, user.id, galena_of(request).clock())
    return _page(request, visitor, whose, made)


@router.post("/{user_id}/role")
def set_role(
    request: Request,
    visitor: Manager,
    whose: ForWhom,
    user_id: UUID,
    role: Annotated[str, Form(max_length=20)] = "",
) -> RedirectResponse:
    """Give somebody another role, at once."""
    user = _theirs(request, visitor, whose, user_id)
    with managed(galena_of(request), visitor) as session:
        changed = change_role(session, user.id, _role(role, user.tenant_id))
    told = f"{changed.name} is {ROLE_WORDS[changed.role]} now: {MAY[changed.role]}."
    return onward(whose.to("/settings/members"), told)


@router.post("/{user_id}/remove")
def remove(request: Request, visitor: Manager, whose: ForWhom, user_id: UUID) -> RedirectResponse:
    """Let nothing open for somebody any more."""
    user = _theirs(request, visitor, whose, user_id)
    with managed(galena_of(request), visitor) as session:
        remove_person(session, user.id, galena_of(request).clock())
    return onward(
        whose.to("/settings/members"),
        f"{user.name} is signed out; nothing opens for them, nor for their keys.",
        undo=whose.to(f"/settings/members/{user.id}/restore"),
    )


@router.post("/{user_id}/restore")
def restore(request: Request, visitor: Manager, whose: ForWhom, user_id: UUID) -> RedirectResponse:
    """Bring somebody back who was removed."""
    user = _theirs(request, visitor, whose, user_id)
    with managed(galena_of(request), visitor) as session:
        restore_person(session, user.id)
    return onward(whose.to("/settings/members"), f"{user.name} is back, with the role they had.")


def _page(request: Request, visitor: Visitor, whose: Whose, made: Invitation | None = None) -> HTMLResponse:
    galena, place = galena_of(request), _place(request, visitor, whose)
    now = galena.clock()
    with managed(galena, visitor) as session:
        everybody = [user for user in users.list_all(session) if user.tenant_id == place]
        seen = sign_in.last_seen(session, now=now)
        coded = {user.id for user in everybody if _has_codes(session, user)}
        fixed = {user.id for user in everybody if is_own_operator(session, user)} | {visitor.user.id}
    history = _history(request, visitor, whose, everybody) if visitor.can_manage else []
    present = [user for user in everybody if user.removed_at is None]
    removed = [user for user in everybody if user.removed_at is not None]
    return page(
        request,
        "settings_people.html",
        visitor,
        here="members",
        whose=whose.choices(request, visitor),
        to=whose.to,
        people=[_line(user, visitor, user.id in coded, seen.get(user.id), now) for user in present],
        history=history,
        removed=[{"id": user.id, "name": user.name, "email": user.email} for user in removed],
        fixed=fixed,
        roles=[
            {"value": role.value, "words": ROLE_WORDS[role], "may": MAY[role]} for role in roles_for(place)
        ],
        can_manage=visitor.can_manage,
        lasts_days=LINK_LASTS.days,
        made=made
        and {
            "name": made.user.name,
            "email": made.user.email,
            "address": f"{own_address(request)}/invited/{made.token}",
        },
    )


def _history(
    request: Request, visitor: Visitor, whose: Whose, everybody: Sequence[User]
) -> list[dict[str, str]]:
    """What was done to who belongs here, and by whom; somebody the place does not know is the operator."""
    now = galena_of(request).clock()
    roles = {role.value: words for role, words in ROLE_WORDS.items()}
    here = {f"user:{user.id}": user.name for user in everybody}
    with whose.entered(request, visitor) as session:
        names = names_of_people(session)
        found = [each for each in membership_history(session, LOOKED_AT) if each.subject in here]
    return [
        {
            "when": moment_words(each.at, now),
            "what": SIGN_IN_ACTIONS[each.action],
            "who": here[each.subject],
            "by": author_words(each.actor, names),
            "detail": detail_words({name: each.detail.get(name) for name in _TOLD}, roles),
        }
        for each in found[:SHOWN]
    ]


def _line(
    user: User, visitor: Visitor, has_codes: bool, seen_at: datetime | None, now: datetime
) -> dict[str, Any]:
    signs_in = "by password" if user.password_hash else "by link"
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "role": user.role.value,
        "role_words": ROLE_WORDS[user.role],
        "is_me": user.id == visitor.user.id,
        "signs_in": signs_in + (", with codes" if has_codes else ""),
        "seen": moment_words(seen_at, now) if seen_at else "",
    }


def _has_codes(session: Any, user: User) -> bool:
    factor = second_factors.find(session, user.id)
    return factor is not None and factor.confirmed_at is not None


def _place(request: Request, visitor: Visitor, whose: Whose) -> UUID | None:
    """The tenant whose people are meant; None: the workspace's own.

    Raises:
        NotFoundError: there is no such tenant.
    """
    with whose.entered(request, visitor) as session:
        return session.tenant_or_none


def _theirs(request: Request, visitor: Visitor, whose: Whose, user_id: UUID) -> User:
    """Somebody of the place that is looked at.

    Raises:
        NotFoundError: there is nobody like this.
    """
    with whose.entered(request, visitor) as session:
        user = users.load_even_removed(session, user_id)
        if user.tenant_id != session.tenant_or_none:
            raise NotFoundError("Nobody like this belongs here.", remedy="Look at the list of members.")
    return user


def _role(text: str, tenant_id: UUID | None) -> Role:
    for role in roles_for(tenant_id):
        if role.value == text:
            return role
    raise InputError(
        f"{text!r} is no role here.", remedy=f"Choose one of: {', '.join(roles_for(tenant_id))}."
    )
