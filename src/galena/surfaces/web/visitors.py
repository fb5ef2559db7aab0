"""Who asks: the signed-in person behind a request, and the door they may go through."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends, Form, Request

from galena.bootstrap import Galena
from galena.domain.access import SCOPES_OF, Scope
from galena.domain.tenancy import Role, User, Workspace
from galena.kit.errors import GalenaError, NotFoundError
from galena.stores import notifications, sign_in, users, workspaces
from galena.stores.door import OPERATOR, Session
from galena.surfaces.web.security import SESSION_COOKIE, form_token, new_token, same_token
from galena.workflows.people import ensure_operator

LINK_LIFETIME = timedelta(hours=12)
SEEN_TO = timedelta(minutes=10)
"""The last use of a session is kept no more exactly than so, so that looking costs no writing."""

STREAM = "/events"
"""Pages ask for it by themselves: it is no sign that somebody is there, and keeps nobody signed in."""


class SignInNeededError(GalenaError):
    """Nobody is signed in, or no longer; the page to come back to is in `next_page`."""

    http_status = 401

    def __init__(self, next_page: str) -> None:
        super().__init__("Please sign in.")
        self.next_page = next_page

    @property
    def address(self) -> str:
        """Where to sign in."""
        return f"/sign-in?next={quote(self.next_page)}"


class ForbiddenError(GalenaError):
    """The person may look but not do this."""

    http_status = 403


@dataclass(frozen=True, slots=True)
class Visitor:
    """The signed-in person behind a request.

    Attributes:
        token: the session's secret, from the cookie; it never goes onto a page.
        news: notifications that nobody has seen yet; 0 for a tenant's people, who are told none.
    """

    user: User
    workspace: Workspace
    token: str
    news: int = 0

    @property
    def form_token(self) -> str:
        """What forms carry to show that a page of ours made them."""
        return form_token(self.token)

    @property
    def can_edit(self) -> bool:
        """Whether the person runs this workspace."""
        return Scope.CONFIGURE in SCOPES_OF[self.user.role]

    @property
    def can_manage(self) -> bool:
        """Whether the person says who belongs here: admins, of the workspace or of a tenant."""
        return self.user.role in (Role.ADMIN, Role.TENANT_ADMIN)

    @property
    def can_work(self) -> bool:
        """Whether the person may say what became of leads: who runs the workspace, and a tenant's members."""
        return Scope.WRITE in SCOPES_OF[self.user.role]


def galena_of(request: Request) -> Galena:
    """The installation behind a request."""
    found: Galena = request.app.state.galena
    return found


def visitor_of(request: Request) -> Visitor:
    """The signed-in person; the session's end moves on with use.

    Raises:
        SignInNeededError: there is no valid session.
    """
    galena = galena_of(request)
    token = request.cookies.get(SESSION_COOKIE, "")
    now = galena.clock()
    here = request.url.path if request.method == "GET" and request.url.path != STREAM else "/"
    with galena.door.lobby() as lobby:
        found = sign_in.find_session(lobby, token, now=now) if token else None
    if found is None:
        raise SignInNeededError(here)
    lifetime = timedelta(hours=galena.settings.session_lifetime_hours)
    with galena.door.enter(found.workspace_id, tenant_id=OPERATOR, actor=str(found.user_id)) as session:
        try:
            user = users.load(session, found.user_id)
        except NotFoundError:
            raise SignInNeededError(here) from None
        stale = found.seen_at is None or now - found.seen_at >= min(SEEN_TO, lifetime / 2)
        if stale and request.url.path != STREAM:
            sign_in.prolong_session(session, token, expires_at=now + lifetime, now=now)
        news = notifications.count_open(session) if user.tenant_id is None else 0
        visitor = request.state.visitor = Visitor(user, workspaces.load(session), token, news)
        return visitor


SignedIn = Annotated[Visitor, Depends(visitor_of)]
"""A page for people who are signed in."""


def operator_of(visitor: SignedIn) -> Visitor:
    """The signed-in person, one of the operator's own.

    Raises:
        ForbiddenError: they belong to a tenant.
    """
    if visitor.user.tenant_id is not None:
        raise ForbiddenError("This page is for the people who run this workspace.")
    return visitor


Operator = Annotated[Visitor, Depends(operator_of)]
"""A page for the operator's people, to change things or to look."""


def check_editor(visitor: Visitor, csrf_token: str) -> Visitor:
    """The visitor, when they are allowed to change things and a form of ours says so.

    Raises:
        ForbiddenError: they may only look, or the form is not ours.
    """
    check_sender(visitor, csrf_token)
    if not visitor.can_edit:
        raise ForbiddenError(
            "You may look, but not change this.", remedy="Ask the person who runs this workspace."
        )
    return visitor


def check_sender(visitor: Visitor, csrf_token: str) -> Visitor:
    """The visitor, when a form of ours sent what came; for what everybody may do.

    Raises:
        ForbiddenError: the form is not ours.
    """
    if not same_token(csrf_token, visitor.form_token):
        raise ForbiddenError("This form is out of date.", remedy="Open the page again and send it once more.")
    return visitor


def editor_of(visitor: SignedIn, csrf_token: Annotated[str, Form()] = "") -> Visitor:
    """The signed-in person, allowed to change things, by a form of ours."""
    return check_editor(visitor, csrf_token)


def sender_of(visitor: SignedIn, csrf_token: Annotated[str, Form()] = "") -> Visitor:
    """The signed-in person, by a form of ours; for what everybody may do."""
    return check_sender(visitor, csrf_token)


def worker_of(visitor: SignedIn, csrf_token: Annotated[str, Form()] = "") -> Visitor:
    """The signed-in person, allowed to say what became of leads, by a form of ours.

    Raises:
        ForbiddenError: they may only look, or the form is not ours.
    """
    check_sender(visitor, csrf_token)
    if not visitor.can_work:
        raise ForbiddenError(
            "You may look, but not change this.", remedy="Ask the person who runs this workspace."
        )
    return visitor


def manager_of(visitor: SignedIn, csrf_token: Annotated[str, Form()] = "") -> Visitor:
    """The signed-in person, an admin of the workspace or of a tenant, by a form of ours.

    Raises:
        ForbiddenError: they are none, or the form is not ours.
    """
    check_sender(visitor, csrf_token)
    if not visitor.can_manage:
        raise ForbiddenError("You may look, but not change this.", remedy="Ask one of your admins.")
    return visitor


Worker = Annotated[Visitor, Depends(worker_of)]
Manager = Annotated[Visitor, Depends(manager_of)]
Editor = Annotated[Visitor, Depends(editor_of)]
Sender = Annotated[Visitor, Depends(sender_of)]


@contextmanager
def entered(galena: Galena, visitor: Visitor) -> Iterator[Session]:
    """One transaction that sees what this person may see."""
    tenant = visitor.user.tenant_id or OPERATOR
    with galena.door.enter(visitor.workspace.id, tenant_id=tenant, actor=str(visitor.user.id)) as session:
        yield session


@contextmanager
def managed(galena: Galena, visitor: Visitor) -> Iterator[Session]:
    """One transaction for what a tenant's admin changes of their own place, which tenants cannot write by themselves.

    It sees the whole workspace: find by `entered`, or name the visitor's own tenant, before anything is changed in it.
    """
    with galena.door.enter(visitor.workspace.id, tenant_id=OPERATOR, actor=str(visitor.user.id)) as session:
        yield session


def open_session(
    galena: Galena, workspace_id: UUID, user_id: UUID, *, agent: str = "", means: str = ""
) -> str:
    """A new session; its secret goes into the cookie and nowhere else.

    Args:
        agent, means: the kind of browser and what was signed in with, for the list of sessions.
    """
    token = new_token()
    now = galena.clock()
    with galena.door.enter(workspace_id, tenant_id=OPERATOR, actor=str(user_id)) as session:
        sign_in.prune_sessions(session, now=now)
        expires_at = now + timedelta(hours=galena.settings.session_lifetime_hours)
        told = {"agent": agent, "means": means}
        sign_in.open_session(session, user_id=user_id, token=token, expires_at=expires_at, now=now, **told)
    return token


def sign_in_link(galena: Galena, workspace: Workspace, address: str) -> str:
    """A link that signs the workspace's operator in, once; the operator is made on first use."""
    token = new_token()
    with galena.door.enter(workspace.id, tenant_id=OPERATOR, actor="galena up") as session:
        operator = ensure_operator(session, workspace)
        sign_in.add_link(session, user_id=operator.id, token=token, expires_at=galena.clock() + LINK_LIFETIME)
    return f"{address}/sign-in/{token}"
