"""The leads a tenant has: where each stands, what is to be done next, and by when; offers to take or leave."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.domain.assignment import Assignment
from galena.domain.dispositions import STAND_WORDS, STEP_WORDS, NextStep, Stand
from galena.engines.explanation import shown_points
from galena.kit.csv_text import write_csv
from galena.kit.errors import NotFoundError
from galena.stores import assignments, leads, tenants
from galena.stores.door import Session
from galena.stores.workspaces import list_tenants
from galena.surfaces.web.answers import onward
from galena.surfaces.web.pages.prospects_together import ON_A_PAGE, TOGETHER
from galena.surfaces.web.pages.prospects_together import router as together
from galena.surfaces.web.pages.views import views_of
from galena.surfaces.web.pages.work import context_of
from galena.surfaces.web.people import author_words, names_of_people
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import SignedIn, Visitor, Worker, entered, galena_of
from galena.surfaces.web.words import day, moment_words, nouns_of, plain
from galena.workflows.offers import accept, decline, return_lead
from galena.workflows.prospects import ProspectRow, list_prospects

router = APIRouter()
router.include_router(together)

LOOKED_AT = 5_000
STAND_COLOURS: Mapping[Stand, str] = {
    Stand.NEW: "accent",
    Stand.WORKING: "accent",
    Stand.PENDING: "yellow",
    Stand.GREY: "grey",
    Stand.REFUSED: "red",
    Stand.BANNED: "black",
    Stand.BOOKED: "green",
    Stand.DECIDING: "yellow",
    Stand.CLOSING: "green",
    Stand.WON: "green",
    Stand.LOST: "red",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which prospects are looked at, as the address says.

    Attributes:
        q: words of the name or of what stands below it; every one must be there.
    """

    tenant: UUID | None
    stand: Stand | None
    q: str
    tier: str

    @property
    def query(self) -> str:
        """What addresses of the page carry on."""
        parts = {
            "stand": self.stand.value if self.stand else "",
            "tenant": str(self.tenant or ""),
            "q": self.q,
            "tier": self.tier,
        }
        return urlencode({name: value for name, value in parts.items() if value})

    def fits(self, row: ProspectRow) -> bool:
        """Whether a row is shown, wherever it stands."""
        known = f"{row.entry.title} {row.entry.subtitle or ''} {row.entry.lead.key}".casefold()
        return (not self.tier or self.tier == row.tier) and all(
            word in known for word in self.q.casefold().split()
        )


def filters_of(
    visitor: SignedIn,
    tenant: Annotated[UUID | None, Query()] = None,
    stand: Annotated[Stand | None, Query()] = None,
    q: Annotated[str, Query(max_length=200)] = "",
    tier: Annotated[str, Query(max_length=40)] = "",
) -> Filters:
    """The filters of the address; a tenant's people see their own, whatever it says."""
    return Filters(None if visitor.user.tenant_id else tenant, stand, plain(q).strip(), plain(tier))


Filtered = Annotated[Filters, Depends(filters_of)]


@dataclass(frozen=True, slots=True)
class Listed:
    """What there is: the prospects that fit but for where they stand."""

    rows: tuple[ProspectRow, ...]
    names: Mapping[UUID, str]
    today: date


def list_rows(session: Session, visitor: Visitor, filters: Filters, now: datetime) -> Listed:
    """What is due first, then what is new, then by score.

    Raises:
        NotFoundError: there is no such tenant.
    """
    who = visitor.user.tenant_id or filters.tenant
    names = {each.id: each.name for each in list_tenants(session)}
    if filters.tenant is not None and filters.tenant not in names:
        raise NotFoundError("There is no such tenant.")
    rows = list_prospects(session, now, tenant_id=who, limit=LOOKED_AT)
    zones = tenants.list_zones(session, now, [who]) if who else {}
    today = now.astimezone(zones.get(who, UTC) if who else UTC).date()
    return Listed(tuple(row for row in rows if filters.fits(row)), names, today)


@router.get("/prospects", response_class=HTMLResponse)
def show(
    request: Request,
    visitor: SignedIn,
    filters: Filtered,
    begin: Annotated[int, Query(ge=0, le=LOOKED_AT)] = 0,
) -> HTMLResponse:
    """What is due first, then what is new, then by score; of one tenant, or for the operator of all."""
    galena, playbook = galena_of(request), context_of(request, visitor).playbook
    now, who = galena.clock(), visitor.user.tenant_id or filters.tenant
    with entered(galena, visitor) as session:
        found = list_rows(session, visitor, filters, now)
        offers = [
            each for each in assignments.list_open(session, tenant_id=who, limit=LOOKED_AT) if each.is_offer
        ]
        titles = {
            id_: each.title for id_, each in leads.load_many(session, [o.lead_id for o in offers]).items()
        }
        kept = views_of(session, visitor, "prospects", filters.query)
    chosen = [row for row in found.rows if filters.stand is None or row.stand == filters.stand]
    shown = chosen[begin : begin + ON_A_PAGE]
    counts = Counter(row.stand for row in found.rows)
    tiers = {tier.name: tier for tier in playbook.rules.tiers}
    return page(
        request,
        "prospects.html",
        visitor,
        here="prospects",
        words=nouns_of(playbook),
        whose=found.names.get(who, "") if who and not visitor.user.tenant_id else "",
        tenant=filters.tenant,
        of_all=visitor.user.tenant_id is None,
        tenants=[]
        if visitor.user.tenant_id
        else [{"id": id_, "name": name} for id_, name in found.names.items()],
        all_count=len(found.rows),
        views=kept,
        query=filters.query,
        kept=urlencode(
            {
                name: value
                for name, value in (("tenant", filters.tenant), ("q", filters.q), ("tier", filters.tier))
                if value
            }
        ),
        q=filters.q,
        tier=filters.tier,
        tiers=playbook.rules.tiers,
        stands=[
            {
                "name": each.value,
                "words": STAND_WORDS[each],
                "count": counts[each],
                "on": each == filters.stand,
            }
            for each in Stand
            if counts[each]
        ],
        stand=filters.stand.value if filters.stand else "",
        due=sum(1 for row in found.rows if row.task and row.task.due_on <= found.today),
        rows=[_row(row, found, tiers) for row in shown],
        begin=begin,
        end=begin + len(shown),
        chosen=len(chosen),
        earlier=max(0, begin - ON_A_PAGE) if begin else None,
        later=begin + ON_A_PAGE if begin + ON_A_PAGE < len(chosen) else None,
        offers=[_offer(each, titles, tiers, found.names, now) for each in offers if each.lead_id in titles],
        can_answer=visitor.user.tenant_id is not None and visitor.can_work,
        can_work=visitor.can_work,
        together=TOGETHER,
    )


@router.get("/prospects.csv")
def export(request: Request, visitor: SignedIn, filters: Filtered) -> Response:
    """Every prospect that the filters show, as a table."""
    playbook = context_of(request, visitor).playbook
    with entered(galena_of(request), visitor) as session:
        found = list_rows(session, visitor, filters, galena_of(request).clock())
        people = names_of_people(session)
    labels = {tier.name: tier.label for tier in playbook.rules.tiers}
    head = (
        *("key", "name", "score", "tier", "machine's score", "machine's tier", "whose word", "why"),
        *("stands", "to do next", "due", "tenant", "given"),
    )
    rows = [
        (
            row.entry.lead.key,
            row.entry.title,
            _points(row.micropoints),
            labels.get(row.tier, row.tier),
            _points(row.machine_micropoints),
            labels.get(row.machine_tier, row.machine_tier),
            author_words(row.override.author, people) if row.override else "",
            row.override.reason if row.override else "",
            STAND_WORDS[row.stand],
            STEP_WORDS[NextStep(row.task.step)] if row.task else "",
            row.task.due_on.isoformat() if row.task else "",
            found.names.get(row.assignment.tenant_id, ""),
            row.assignment.visible_at.date().isoformat(),
        )
        for row in found.rows
        if filters.stand is None or row.stand == filters.stand
    ]
    headers = {"content-disposition": 'attachment; filename="prospects.csv"'}
    return Response(write_csv(head, rows), media_type="text/csv; charset=utf-8", headers=headers)


def _row(row: ProspectRow, found: Listed, tiers: Mapping[str, Any]) -> dict[str, Any]:
    lead_id, given = row.entry.lead.id, row.assignment
    task, tier, machine = row.task, tiers.get(row.tier), tiers.get(row.machine_tier)
    return {
        "lead_id": lead_id,
        "title": row.entry.title or row.entry.lead.key,
        "subtitle": row.entry.subtitle or row.entry.lead.key,
        "tenant": found.names.get(given.tenant_id, ""),
        "tier": tier.label if tier else row.tier,
        "colour": tier.colour if tier else "grey",
        "points": _points(row.micropoints),
        "said": {
            "points": _points(row.machine_micropoints),
            "tier": machine.label if machine else row.machine_tier,
            "why": row.override.reason,
        }
        if row.override
        else None,
        "stand": STAND_WORDS[row.stand],
        "stand_colour": STAND_COLOURS[row.stand],
        "step": STEP_WORDS[NextStep(task.step)] if task else "",
        "due": due_words(task.due_on, found.today) if task else "",
        "overdue": row.is_overdue(found.today),
        "given": day(given.visible_at),
    }


def _points(micropoints: int) -> int:
    """Of 100; what waits for its score has none."""
    return shown_points(max(0, micropoints))


def due_words(due: date, today: date) -> str:
    """today; tomorrow; 3 Nov 2026."""
    days = (due - today).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    return near.get(days, day(due))


def _offer(
    each: Assignment,
    titles: Mapping[UUID, str],
    tiers: Mapping[str, Any],
    names: Mapping[UUID, str],
    now: Any,
) -> dict[str, Any]:
    tier = tiers.get(each.tier)
    return {
        "lead_id": each.lead_id,
        "title": titles[each.lead_id],
        "tenant": names.get(each.tenant_id, ""),
        "tier": tier.label if tier else each.tier,
        "colour": tier.colour if tier else "grey",
        "price": "" if each.price is None else f"{each.price:,.2f}",
        "until": moment_words(each.accept_by, now) if each.accept_by else "",
        "why": str(each.why.get("words", "")),
    }


@router.post("/leads/{lead_id}/accept")
def take(request: Request, visitor: Worker, lead_id: UUID) -> RedirectResponse:
    """The tenant takes a lead that it was offered."""
    accept(context_of(request, visitor), lead_id, tenant_of(visitor))
    return onward(f"/leads/{lead_id}", "It is yours.")


@router.post("/leads/{lead_id}/decline")
def leave(
    request: Request, visitor: Worker, lead_id: UUID, why: Annotated[str, Form(max_length=500)] = ""
) -> RedirectResponse:
    """The tenant does not take it; the next one is asked."""
    if not why.strip():
        return onward("/prospects", "Say why you do not take it.", "bad")
    decline(context_of(request, visitor), lead_id, tenant_of(visitor), why.strip())
    return onward("/prospects", "Declined: somebody else is asked now.")


@router.post("/leads/{lead_id}/return")
def give_back(
    request: Request,
    visitor: Worker,
    lead_id: UUID,
    code: Annotated[str, Form(max_length=100)] = "",
    note: Annotated[str, Form(max_length=1_000)] = "",
) -> RedirectResponse:
    """The tenant gives a paid lead back, for a reason of the playbook."""
    return_lead(context_of(request, visitor), lead_id, tenant_of(visitor), code, note.strip())
    return onward("/prospects", "Returned; what it cost is back on your balance.")


def tenant_of(visitor: Visitor) -> UUID:
    """The visitor's tenant.

    Raises:
        NotFoundError: the visitor has none: the operator gives and takes leads at the desk.
    """
    if visitor.user.tenant_id is None:
        raise NotFoundError(
            "Only the tenant who was offered a lead can answer.", remedy="Use the claw-back desk."
        )
    return visitor.user.tenant_id
