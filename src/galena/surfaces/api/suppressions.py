"""Suppressions: who must not be contacted; added, asked for, lifted with a reason."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from galena.domain.suppression import Suppression
from galena.stores import suppressions, workspaces
from galena.surfaces.api.caller import PROBLEMS
from galena.surfaces.api.paging import Cursor, Page, PageSize, read_cursor, with_next
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.values import Name, Why
from galena.surfaces.api.workplace import CLASH, GONE, Administrator, Desk, Looker, context_of
from galena.workflows.suppress import ban_contact, check, lift

router = APIRouter(
    prefix="/suppressions", tags=["suppressions"], responses=PROBLEMS, route_class=RepeatableRoute
)


class SuppressionItem(BaseModel):
    """A ban that stands, or was lifted."""

    id: UUID
    kind: str = Field(description="email, phone or lead")
    value: str | None = Field(description="null: a lead is meant, or the address was erased")
    lead_id: UUID | None = Field(description="The lead it came from; of kind lead the lead itself.")
    tenant_id: UUID | None = Field(description="Whom it binds; null: everybody in the workspace.")
    disposition_id: UUID | None = Field(description="The outcome it came from.")
    reason: str
    author: str
    at: datetime
    lifted_at: datetime | None
    lifted_because: str | None


class Suppressions(Page):
    """A page of bans, the newest first."""

    items: list[SuppressionItem]


class NewSuppression(BaseModel):
    """Whom nobody may contact."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"whom": "ann@example.com", "reason": "Asked by letter."}]}
    )

    whom: Name = Field(description="An e-mail address, a telephone number, or a lead by its key or id.")
    reason: Why
    tenant_id: UUID | None = Field(None, description="For this tenant alone; left out: for everybody.")


class Suppressed(BaseModel):
    """What a ban did."""

    added: int = Field(description="Bans that are new; 0: it was banned already.")
    leads_stopped: list[UUID] = Field(description="Leads that may not be contacted any more.")


class Asking(BaseModel):
    """Of whom it is asked."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"whom": "+1 512 555 0101"}]})

    whom: Name = Field(description="An e-mail address, a telephone number, or a lead by its key or id.")


class Answer(BaseModel):
    """Whether somebody may be contacted, and the bans that bear on it, lifted ones too."""

    may_be_contacted: bool
    suppressions: list[SuppressionItem]


class Lifting(BaseModel):
    """Why a ban no longer holds."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Signed up again on 3 March."}]})

    reason: Why


@router.get("", operation_id="list_suppressions")
def list_suppressions(
    caller: Looker,
    lifted: Annotated[bool, Query(description="Those that were lifted, too.")] = False,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> Suppressions:
    """The bans, the newest first."""
    before = read_cursor(cursor, UUID)[0] if cursor else None
    with caller.entered() as session:
        rows = suppressions.list_(session, lifted=lifted, before=before, limit=limit + 1)
    found, following = with_next(rows, limit, lambda each: (each.id,))
    return Suppressions(items=[_item(each) for each in found], next=following)


@router.post("", operation_id="add_suppression", status_code=201, responses=GONE | CLASH)
def add_suppression(caller: Desk, new: NewSuppression) -> Suppressed:
    """Ban an address, a number, or a lead with everything it is reached by; whatever is planned stops at once."""
    context = context_of(caller)
    with caller.entered() as session:
        if new.tenant_id is not None:
            workspaces.load_tenant(session, new.tenant_id)
        done = ban_contact(
            session, context.playbook, new.whom, new.reason, context.clock(), tenant_id=new.tenant_id
        )
    return Suppressed(added=done.added, leads_stopped=list(done.leads))


@router.post("/check", operation_id="check_suppression", responses=GONE | CLASH)
def check_suppression(caller: Looker, asking: Asking) -> Answer:
    """Whether somebody may be contacted now, and why not."""
    context = context_of(caller)
    with caller.entered() as session:
        found = check(session, context.playbook, asking.whom)
    return Answer(
        may_be_contacted=all(each.lifted_at is not None for each in found),
        suppressions=[_item(each) for each in found],
    )


@router.post(
    "/{suppression_id}/lift", operation_id="lift_suppression", status_code=201, responses=GONE | CLASH
)
def lift_suppression(caller: Administrator, suppression_id: UUID, lifting: Lifting) -> SuppressionItem:
    """End a ban, as the administrator; who lifted it and why stays on record."""
    with caller.entered() as session:
        lift(session, suppression_id, because=lifting.reason, at=caller.galena.clock())
        return _item(suppressions.load(session, suppression_id))


def _item(ban: Suppression) -> SuppressionItem:
    return SuppressionItem(**{name: getattr(ban, name) for name in SuppressionItem.model_fields})
