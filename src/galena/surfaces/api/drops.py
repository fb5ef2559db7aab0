"""Drops: planned and tried, shown with what is missing and why, committed, undone."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from galena.domain.drop import KeptDrop
from galena.stores import drops
from galena.surfaces.api.caller import PROBLEMS
from galena.surfaces.api.paging import Cursor, Page, PageSize, cut
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.values import Day, Why
from galena.surfaces.api.versions import CHANGED, IfMatch, ensure_unchanged, tag_of
from galena.surfaces.api.workplace import CLASH, GONE, Desk, Looker, context_of
from galena.workflows.drop_commit import commit_drop, undo_drop
from galena.workflows.drop_plan import plan_next_drop
from galena.workflows.drop_report import STATE_WORDS, DropReport, ReportLine, TenantReport, drop_report
from galena.workflows.drop_trial import try_drop

router = APIRouter(prefix="/drops", tags=["drops"], responses=PROBLEMS, route_class=RepeatableRoute)

MOST_DROPS = 10_000


class DropItem(BaseModel):
    """A drop, in a list."""

    id: UUID
    drop_on: date = Field(description="The day on which tenants see their leads.")
    state: str = Field(description="; ".join(f"{name}: {words}" for name, words in STATE_WORDS.items()))
    policy: str = Field(description="How leads were shared out.")
    places: int = Field(description="Leads that tenants may receive.")
    leads: int = Field(description="Leads planned; of a committed drop, leads given.")
    planned_at: datetime
    committed_at: datetime | None
    undo_until: datetime | None = Field(description="Until when it can be taken back as a whole.")


class Drops(Page):
    """A page of drops, the newest first; plans that were replaced are left out."""

    items: list[DropItem]


class TierShare(BaseModel):
    """A tenant's places of a tier."""

    tier: str
    places: int
    planned: int
    given: int | None = Field(description="null before the commit")
    shortfall: str | None = Field(description="Why places stay empty; null: none does.")


class TenantShare(BaseModel):
    """What one tenant gets."""

    tenant_id: UUID
    tenant: str
    places: int
    leads: int
    value: float = Field(description="What its leads are taken to be worth.")
    visible_at: datetime | None
    tiers: list[TierShare]


class TenantOut(BaseModel):
    """A tenant that takes no part."""

    tenant: str
    why: str


class DropDetail(BaseModel):
    """A drop with each tenant's part, what is missing and why."""

    id: UUID | None = Field(description="null: only tried, and not kept")
    drop_on: date
    state: str
    policy: str
    places: int
    leads: int
    gini: float | None = Field(description="Evenness of value over tenants: 0 is all the same.")
    planned_at: datetime
    committed_at: datetime | None
    undo_until: datetime | None
    ended_reason: str | None
    tenants: list[TenantShare]
    out: list[TenantOut]


class DropLine(BaseModel):
    """One lead of a drop."""

    lead_id: UUID
    key: str
    title: str
    tenant_id: UUID
    tenant: str
    tier: str
    score: float = Field(description="0 to 100")
    value: float
    why: str = Field(description="Why this lead went to this tenant.")
    left_out: str | None = Field(description="Why the commit did not give it; null: it did, or is to come.")
    state: str | None = Field(description="How the assignment stands now; null before the commit.")


class DropLines(Page):
    """A page of the leads of a drop, by tenant, the best first."""

    items: list[DropLine]


class Planning(BaseModel):
    """Which drop to plan."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"on": "2026-11-24"}, {"dry_run": True}]})

    on: Day | None = Field(None, description="The day of the drop; left out: the next one.")
    dry_run: bool = Field(False, description="Only show it: nothing is kept, and a plan that waits stays.")


class Undone(BaseModel):
    """Why a drop is taken back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"why": "A gate was set wrongly."}]})

    why: Why


class UndoneDrop(BaseModel):
    """What became of the leads of a drop that was taken back."""

    id: UUID
    back: int = Field(description="Leads that are back in the pool.")
    stay: int = Field(description="Leads that stay with their tenants, who have contacted them.")


@router.get("", operation_id="list_drops")
def list_drops(caller: Looker, limit: PageSize = 50, cursor: Cursor = None) -> Drops:
    """The drops and the plan that waits, the newest first."""
    with caller.entered() as session:
        found, after = cut(drops.list_(session, limit=MOST_DROPS), limit, cursor, lambda each: each.id)
    return Drops(items=[_item(each) for each in found], next=after)


@router.post("", operation_id="plan_drop", status_code=201, responses=CLASH)
def plan_drop(caller: Desk, planning: Planning) -> DropDetail:
    """Plan the next drop, or only try it; nothing is given. A plan takes the place of the day's plan of before."""
    context = context_of(caller)
    if planning.dry_run:
        return _detail(try_drop(context, planning.on), is_kept=False)
    drop_id = plan_next_drop(context, planning.on)
    with caller.entered() as session:
        return _detail(drop_report(session, drop_id))


@router.get("/{drop_id}", operation_id="get_drop", responses=GONE)
def get_drop(
    caller: Looker,
    response: Response,
    drop_id: UUID,
    tenant_id: Annotated[UUID | None, Query(description="Only this tenant's part.")] = None,
) -> DropDetail:
    """A drop: who gets how many of each tier, what is missing and why, and who takes no part."""
    with caller.entered() as session:
        found = _detail(drop_report(session, drop_id, tenant_id=tenant_id))
    if tenant_id is None:
        response.headers["etag"] = tag_of(found)
    return found


@router.get("/{drop_id}/lines", operation_id="list_drop_lines", responses=GONE)
def list_drop_lines(
    caller: Looker,
    drop_id: UUID,
    tenant_id: Annotated[UUID | None, Query(description="Only this tenant's.")] = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> DropLines:
    """Every lead of a drop with the reason why it went to its tenant, and those that fell out at the commit."""
    with caller.entered() as session:
        report = drop_report(session, drop_id, tenant_id=tenant_id)
    lines = [(each, line) for each in report.tenants for line in each.lines]
    found, after = cut(lines, limit, cursor, lambda pair: pair[1].lead_id)
    return DropLines(items=[_line(*pair) for pair in found], next=after)


@router.post(
    "/{drop_id}/commit", operation_id="commit_drop", status_code=201, responses=GONE | CLASH | CHANGED
)
def commit_plan(caller: Desk, response: Response, drop_id: UUID, if_match: IfMatch = None) -> DropDetail:
    """Give the leads of a plan, all or none; a second time changes nothing. If-Match: only the plan you saw."""
    if if_match is not None:
        with caller.entered() as session:
            ensure_unchanged(if_match, tag_of(_detail(drop_report(session, drop_id))))
    commit_drop(context_of(caller), drop_id)
    with caller.entered() as session:
        found = _detail(drop_report(session, drop_id))
    response.headers["etag"] = tag_of(found)
    return found


@router.post("/{drop_id}/undo", operation_id="undo_drop", status_code=201, responses=GONE | CLASH)
def undo_committed(caller: Desk, drop_id: UUID, undone: Undone) -> UndoneDrop:
    """Take a whole drop back while there is time; leads that a tenant has contacted stay with it."""
    back, stay = undo_drop(context_of(caller), drop_id, undone.why)
    return UndoneDrop(id=drop_id, back=back, stay=stay)


def _item(each: KeptDrop) -> DropItem:
    measures = _measures(each)
    return DropItem(
        **{name: getattr(each, name) for name in DropItem.model_fields if name not in ("places", "leads")},
        places=int(measures.get("places", 0)),
        leads=int(each.figures.get("given", measures.get("filled", 0))),
    )


def _detail(report: DropReport, *, is_kept: bool = True) -> DropDetail:
    kept = report.drop
    gini = _measures(kept).get("gini")
    return DropDetail(
        id=kept.id if is_kept else None,
        drop_on=kept.drop_on,
        state=kept.state,
        policy=kept.policy,
        places=report.quota,
        leads=report.got,
        gini=None if gini is None else float(gini),
        planned_at=kept.planned_at,
        committed_at=kept.committed_at,
        undo_until=kept.undo_until,
        ended_reason=kept.ended_reason,
        tenants=[_share(each) for each in report.tenants],
        out=[TenantOut(tenant=name, why=why) for name, why in report.out],
    )


def _measures(each: KeptDrop) -> Mapping[str, Any]:
    found: Mapping[str, Any] = each.figures.get("measures", {})
    return found


def _share(each: TenantReport) -> TenantShare:
    return TenantShare(
        tenant_id=each.tenant_id,
        tenant=each.name,
        places=each.quota,
        leads=each.got,
        value=each.value,
        visible_at=each.visible_at,
        tiers=[
            TierShare(
                tier=share.tier,
                places=share.quota,
                planned=share.planned,
                given=share.given,
                shortfall=share.why.get("words"),
            )
            for share in each.shares
        ],
    )


def _line(each: TenantReport, line: ReportLine) -> DropLine:
    return DropLine(
        lead_id=line.lead_id,
        key=line.key,
        title=line.title,
        tenant_id=each.tenant_id,
        tenant=each.name,
        tier=line.tier,
        score=line.points,
        value=line.value,
        why=line.words,
        left_out=line.left_out,
        state=line.stands,
    )
