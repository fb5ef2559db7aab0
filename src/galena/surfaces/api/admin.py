"""The workspace and its people: an overview, members and roles, keys, the audit trail."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from galena.domain.access import SCOPE_WORDS, ApiKey, Scope
from galena.domain.events import AuditEntry
from galena.domain.tenancy import Role, User
from galena.stores import (
    api_keys,
    audit,
    connections,
    notifications,
    statistics,
    users,
    webhooks,
    workspaces,
)
from galena.surfaces.api.caller import PROBLEMS, NotAllowedError
from galena.surfaces.api.paging import Cursor, Page, PageSize, cut, read_cursor, with_next
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.values import Name, Short
from galena.surfaces.api.versions import CHANGED, IfMatch, ensure_unchanged, tag_of
from galena.surfaces.api.workplace import CLASH, GONE, Administrator, Looker
from galena.workflows.api_access import make_key, revoke_key
from galena.workflows.people import add_person, change_role, remove_person, reset_sign_in, restore_person

router = APIRouter(prefix="/admin", tags=["admin"], responses=PROBLEMS, route_class=RepeatableRoute)


class WorkspaceOverview(BaseModel):
    """The workspace, in figures."""

    id: UUID
    slug: str
    name: str
    playbook: str
    created_at: datetime
    leads: int
    leads_by_status: dict[str, int]
    leads_by_tier: dict[str, int]
    imports_by_status: dict[str, int]
    sources_by_state: dict[str, int]
    quarantined: int = Field(description="Rows that wait to be corrected.")
    signals_waiting: int = Field(description="Signals that wait for a lead.")
    tenants: int
    members: int
    webhooks: int
    notifications: int = Field(description="That nobody has seen yet.")
    last_import_at: datetime | None
    last_scored_at: datetime | None


class Member(BaseModel):
    """A person of the workspace, or of one of its tenants."""

    id: UUID
    email: str
    name: str
    role: Role
    tenant_id: UUID | None = Field(description="null: one of the workspace's own people")
    has_password: bool = Field(description="Else they sign in by a link, or at a provider.")
    created_at: datetime


class Members(Page):
    """A page of people."""

    items: list[Member]


class NewMember(BaseModel):
    """Somebody to add."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"email": "ann@example.com", "name": "Ann", "role": "viewer"}]}
    )

    email: Name
    name: Name
    role: Role = Field(description="Admins belong to no tenant; members and tenants' admins to one.")
    tenant_id: UUID | None = None


class MemberPatch(BaseModel):
    """What to change of somebody."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "viewer"}]})

    role: Role


class KeyItem(BaseModel):
    """A key, without its secret."""

    id: UUID
    name: str
    begins: str = Field(description="The first characters of its secret, to tell keys apart.")
    user_id: UUID = Field(description="Whose it is; it may never do more than they may.")
    tenant_id: UUID | None
    may: list[Scope]
    calls_per_minute: int
    good: bool = Field(description="Whether it opens anything now.")
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="To the hour.")


class Keys(Page):
    """A page of keys."""

    items: list[KeyItem]


class NewKey(BaseModel):
    """A key to make."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "website", "may": ["read", "ingest"]}]}
    )

    name: Name
    may: list[Scope] = Field(
        default=[Scope.READ],
        min_length=1,
        max_length=len(Scope),
        description="; ".join(f"{scope}: {words}" for scope, words in SCOPE_WORDS.items()),
    )
    user_id: UUID | None = Field(None, description="Whose it is; left out: who asks.")
    days: int | None = Field(None, ge=1, le=3_650, description="Left out: until it is revoked.")
    calls_per_minute: int = Field(100, ge=1, le=100_000)


class KeyShown(BaseModel):
    """A key that was just made. Its secret is in this answer and nowhere else."""

    key: KeyItem
    secret: str


class AuditItem(BaseModel):
    """Who did what to what; written once and never changed."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str = Field(description="What it was done to: a noun, a colon, an id.")
    detail: dict[str, Any]
    correlation_id: str | None = Field(description="Ties together what one piece of work wrote.")


class AuditTrail(Page):
    """A page of the audit trail, the newest first."""

    items: list[AuditItem]


@router.get("/workspace", operation_id="get_workspace")
def get_workspace(caller: Looker) -> WorkspaceOverview:
    """The workspace at a glance."""
    with caller.entered() as session:
        found, workspace = statistics.overview(session), workspaces.load(session)
        return WorkspaceOverview(
            id=workspace.id,
            slug=workspace.slug,
            name=workspace.name,
            playbook=workspace.playbook,
            created_at=workspace.created_at,
            leads=found.leads,
            leads_by_status=found.leads_by_status,
            leads_by_tier=found.leads_by_tier,
            imports_by_status=found.imports_by_status,
            sources_by_state=connections.count_by_state(session),
            quarantined=found.quarantined,
            signals_waiting=found.signals_waiting,
            tenants=len(workspaces.list_tenants(session)),
            members=len(users.list_present(session)),
            webhooks=len(webhooks.list_all(session)),
            notifications=notifications.count_open(session),
            last_import_at=found.last_import_at,
            last_scored_at=found.last_scored_at,
        )


@router.get("/members", operation_id="list_members")
def list_members(caller: Administrator, limit: PageSize = 50, cursor: Cursor = None) -> Members:
    """Everybody, of the workspace and of its tenants."""
    with caller.entered() as session:
        found, following = cut(users.list_present(session), limit, cursor, lambda each: each.id)
    return Members(items=[_member(each) for each in found], next=following)


@router.post("/members", operation_id="add_member", status_code=201, responses=GONE | CLASH)
def add_member(caller: Administrator, new: NewMember) -> Member:
    """Add somebody; they sign in by a link sent to this address, or at the sign-in provider."""
    with caller.entered() as session:
        if new.tenant_id is not None:
            workspaces.load_tenant(session, new.tenant_id)
        made = add_person(session, email=new.email, name=new.name, role=new.role, tenant_id=new.tenant_id)
    return _member(made)


@router.get("/members/{user_id}", operation_id="get_member", responses=GONE)
def get_member(caller: Administrator, response: Response, user_id: UUID) -> Member:
    """One person. The ETag guards changes."""
    with caller.entered() as session:
        found = _member(users.load(session, user_id))
    response.headers["etag"] = tag_of(found)
    return found


@router.patch("/members/{user_id}", operation_id="change_member", responses=GONE | CLASH | CHANGED)
def change_member(
    caller: Administrator, response: Response, user_id: UUID, patch: MemberPatch, if_match: IfMatch = None
) -> Member:
    """Give somebody another role, at once and for all their keys."""
    with caller.entered() as session:
        ensure_unchanged(if_match, tag_of(_member(users.load(session, user_id))))
        changed = _member(change_role(session, user_id, patch.role))
    response.headers["etag"] = tag_of(changed)
    return changed


@router.delete("/members/{user_id}", operation_id="remove_member", responses=GONE | CLASH)
def remove_member(caller: Administrator, user_id: UUID) -> Member:
    """Remove somebody: signed out, their links and keys open nothing. What they did stays; they can be brought back."""
    with caller.entered() as session:
        return _member(remove_person(session, user_id, caller.galena.clock(), by=caller.user.id))


@router.post("/members/{user_id}/restore", operation_id="restore_member", responses=GONE)
def restore_member(caller: Administrator, user_id: UUID) -> Member:
    """Bring somebody back who was removed, with the role they had."""
    with caller.entered() as session:
        return _member(restore_person(session, user_id))


@router.post(
    "/members/{user_id}/reset-sign-in", operation_id="reset_sign_in", status_code=204, responses=GONE
)
def reset_member(caller: Administrator, user_id: UUID) -> None:
    """Take away somebody's codes, linked accounts and sessions, for one who lost their phone or their account."""
    with caller.entered() as session:
        reset_sign_in(session, user_id)


@router.get("/keys", operation_id="list_keys")
def list_keys(caller: Administrator, limit: PageSize = 50, cursor: Cursor = None) -> Keys:
    """The keys that were ever made."""
    now = caller.galena.clock()
    with caller.entered() as session:
        found, following = cut(api_keys.list_all(session), limit, cursor, lambda each: each.id)
    return Keys(items=[_key(each, now) for each in found], next=following)


@router.post("/keys", operation_id="add_key", status_code=201, responses=GONE)
def add_key(caller: Administrator, new: NewKey) -> KeyShown:
    """Make a key, that may never do more than its owner. It cannot be shown again."""
    now = caller.galena.clock()
    if beyond := sorted(set(new.may) - caller.scopes):
        raise NotAllowedError(
            "A key can give no more than it may itself.",
            facts={"beyond": ", ".join(beyond)},
            remedy="Leave these out, or make the key on the command line: `galena key make`.",
        )
    with caller.entered() as session:
        user = users.load(session, new.user_id or caller.user.id)
        made = make_key(
            session,
            user,
            new.name,
            new.may,
            now,
            days=new.days,
            calls_per_minute=new.calls_per_minute,
        )
    return KeyShown(key=_key(made.key, now), secret=made.secret)


@router.post("/keys/{key_id}/revoke", operation_id="revoke_key", status_code=201, responses=GONE | CLASH)
def revoke_one(caller: Administrator, key_id: UUID) -> KeyItem:
    """Make a key open nothing from now on."""
    now = caller.galena.clock()
    with caller.entered() as session:
        revoke_key(session, key_id, now)
        return _key(api_keys.load(session, key_id), now)


@router.get("/audit", operation_id="list_audit")
def list_audit(
    caller: Administrator,
    subject: Annotated[Short | None, Query(description="Only of this, such as lead:ID or drop:ID.")] = None,
    actor: Annotated[Short | None, Query(description="Only what this one did.")] = None,
    action: Annotated[Short | None, Query(description="Only this, such as commit_drop.")] = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> AuditTrail:
    """Who did what to what, the newest first."""
    before = read_cursor(cursor, _number)[0] if cursor else None
    with caller.entered() as session:
        rows = audit.list_(
            session, subject=subject, actor=actor, action=action, before=before, limit=limit + 1
        )
    found, following = with_next(rows, limit, lambda each: (each.id,))
    return AuditTrail(items=[_entry(each) for each in found], next=following)


def _number(text: str) -> int:
    found = int(text)
    if not 0 <= found < 2**63:
        raise ValueError(text)
    return found


def _member(user: User) -> Member:
    told = {name: getattr(user, name) for name in Member.model_fields if name != "has_password"}
    return Member(**told, has_password=user.password_hash is not None)


def _key(key: ApiKey, now: datetime) -> KeyItem:
    names = KeyItem.model_fields.keys() - {"begins", "may", "good"}
    told = {name: getattr(key, name) for name in names}
    return KeyItem(**told, begins=key.prefix, may=sorted(key.scopes), good=key.is_good(now))


def _entry(each: AuditEntry) -> AuditItem:
    told = {name: getattr(each, name) for name in AuditItem.model_fields}
    return AuditItem(**told | {"detail": dict(each.detail)})
