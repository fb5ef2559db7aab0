"""The claw-back desk: who has which lead; many taken back, passed on, held or released at once, each with a reason."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.domain.assignment import STATE_WORDS, State
from galena.kit.errors import InputError
from galena.stores import assignments, leads, routing_desk
from galena.stores.routing_desk import DeskQuery, DeskRow
from galena.stores.workspaces import list_tenants
from galena.surfaces.web.answers import onward
from galena.surfaces.web.forms import Texts
from galena.surfaces.web.pages.work import context_of
from galena.surfaces.web.people import author_words, names_of_people
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import Editor, Operator, entered, galena_of
from galena.surfaces.web.words import moment_words, nouns_of
from galena.workflows.claw_back import (
    DeskReport,
    claw_back,
    end_hold,
    give,
    hold,
    leads_named,
    reassign,
    release,
)
from galena.workflows.context import Context

router = APIRouter()

ON_A_PAGE = 50
SPEED_DAYS = 28
HOW = {"drop": "drop", "arrival": "routing", "manual": "by hand", "reassign": "passed on"}
SAID = {
    "take": "back in the pool",
    "take_hold": "taken back and held",
    "pass": "passed on",
    "release": "released",
    "hold": "held",
    "give": "given",
    "unhold": "held no more",
}


@router.get("/clawback", response_class=HTMLResponse)
def show(
    request: Request,
    visitor: Operator,
    tenant: Annotated[str, Query(max_length=40)] = "",
    state: Annotated[str, Query(max_length=20)] = "",
    ended: bool = False,
    begin: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> HTMLResponse:
    """Who has which lead, the newest first, to be chosen and dealt with together."""
    galena, playbook = galena_of(request), context_of(request, visitor).playbook
    now, asked = galena.clock(), _query(tenant, state, ended=ended, begin=begin)
    with entered(galena, visitor) as session:
        rows, count = routing_desk.list_rows(session, asked), routing_desk.count_rows(session, asked)
        names = list_tenants(session)
        speeds = routing_desk.list_speeds(session, now - timedelta(days=SPEED_DAYS))
    tiers = {tier.name: tier for tier in playbook.rules.tiers}
    return page(
        request,
        "clawback.html",
        visitor,
        here="clawback",
        words=nouns_of(playbook),
        rows=[_row(each, tiers, now) for each in rows],
        count=count,
        begin=begin,
        end=begin + len(rows),
        earlier=max(0, begin - ON_A_PAGE) if begin else None,
        later=begin + ON_A_PAGE if begin + ON_A_PAGE < count else None,
        tenants=[{"id": str(each.id), "name": each.name} for each in names],
        tenant=tenant,
        state=state,
        states=STATE_WORDS,
        ended=ended,
        speeds=[
            {
                "tenant": each.tenant,
                "leads": f"{each.leads:,}",
                "contacted": f"{each.contacted:,}",
                "median": _lapse(each.median_minutes),
            }
            for each in speeds
        ],
    )


def _query(tenant: str, state: str, *, ended: bool, begin: int = 0) -> DeskQuery:
    try:
        who = UUID(tenant) if tenant else None
    except ValueError as error:
        raise InputError("There is no such tenant.", facts={"tenant": tenant}) from error
    return DeskQuery(
        tenant_id=who,
        state=state if state in STATE_WORDS else None,
        ended=ended,
        limit=ON_A_PAGE,
        offset=begin,
    )


def _row(each: DeskRow, tiers: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    tier = tiers.get(each.tier)
    state: State = each.state  # type: ignore[assignment]
    return {
        "lead_id": each.lead_id,
        "title": each.title,
        "key": each.lead_key,
        "tenant": each.tenant,
        "tier": tier.label if tier else each.tier,
        "colour": tier.colour if tier else "grey",
        "how": HOW[each.how],
        "state": STATE_WORDS[state],
        "given": moment_words(each.assigned_at, now),
        "contacted": moment_words(each.contacted_at, now) if each.contacted_at else "not yet",
        "why": each.ended_reason or "",
        "open": each.ended_at is None,
    }


def _lapse(minutes: float | None) -> str:
    if minutes is None:
        return "–"
    if minutes < 120:
        return f"{minutes:.0f} minutes"
    hours = minutes / 60
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"


@router.post("/clawback")
def act(request: Request, visitor: Editor, texts: Texts) -> RedirectResponse:
    """Do one thing with all the leads that were chosen, or with all that the filters show."""
    context = context_of(request, visitor)
    if "all" in texts:
        asked = _query(texts.get("tenant", ""), texts.get("state", ""), ended="ended" in texts)
        with context.session() as session:
            chosen = routing_desk.list_lead_ids(session, asked)
    else:
        chosen = tuple(UUID(name.removeprefix("lead.")) for name in texts if name.startswith("lead."))
    return _do(context, texts, chosen)


@router.post("/clawback/named")
def act_on_named(request: Request, visitor: Editor, texts: Texts) -> RedirectResponse:
    """The same with leads named by their keys, which may be nobody's."""
    context = context_of(request, visitor)
    keys = texts.get("keys", "").replace(",", "\n").split("\n")
    named = [key.strip() for key in keys if key.strip()]
    with context.session() as session:
        chosen = leads_named(session, named) if named else ()
    return _do(context, texts, chosen)


def _do(context: Context, texts: Mapping[str, str], chosen: tuple[UUID, ...]) -> RedirectResponse:
    action, why = texts.get("action", ""), texts.get("why", "").strip()[:500]
    if action not in SAID:
        raise InputError("What is to be done?", remedy="Choose what to do with them.")
    if not chosen:
        return onward("/clawback", "No lead was chosen.", "bad")
    if not why:
        return onward("/clawback", "A reason is needed: tenants and the history show it.", "bad")
    report = _report(context, action, chosen, why, texts)
    reasons = sorted(set(report.left_out.values()))
    left = f" Not {len(report.left_out):,}: {' '.join(reasons[:3])}" if report.left_out else ""
    return onward(
        "/clawback", f"{len(report.done):,} {SAID[action]}.{left}", "good" if report.done else "bad"
    )


def _report(
    context: Context, action: str, chosen: tuple[UUID, ...], why: str, texts: Mapping[str, str]
) -> DeskReport:
    if action in ("take", "take_hold"):
        return claw_back(context, chosen, why, hold=action == "take_hold")
    if action == "release":
        return release(context, chosen, why)
    if action == "unhold":
        return end_hold(context, chosen, why)
    if action == "hold":
        return hold(context, chosen, why, _until(texts.get("until", "")))
    to = texts.get("to", "").strip()
    if not to:
        raise InputError("To which tenant?", remedy="Choose the tenant that gets them.")
    return (reassign if action == "pass" else give)(context, chosen, to, why)


def _until(text: str) -> datetime | None:
    """The end of the last day of a hold."""
    if not text.strip():
        return None
    try:
        last = datetime.fromisoformat(text.strip()).date()
    except ValueError as error:
        raise InputError(f"{text!r} is no day.", remedy="Write it as 2026-12-31.") from error
    return datetime.combine(last + timedelta(days=1), time(), tzinfo=UTC)


@router.get("/clawback/{lead_id}", response_class=HTMLResponse)
def history(request: Request, visitor: Operator, lead_id: UUID) -> HTMLResponse:
    """Every step of a lead: who had it, when, why, and who did it."""
    galena, playbook = galena_of(request), context_of(request, visitor).playbook
    now = galena.clock()
    with entered(galena, visitor) as session:
        entry = leads.load(session, lead_id)
        changes = assignments.list_changes(session, lead_id)
        names = {each.id: each.name for each in list_tenants(session)}
        people = names_of_people(session)
    return page(
        request,
        "clawback_history.html",
        visitor,
        here="clawback",
        words=nouns_of(playbook),
        lead={"id": lead_id, "title": entry.title or entry.lead.key},
        changes=[
            {
                "when": moment_words(each.at, now),
                "step": each.step.replace("_", " "),
                "tenant": names.get(each.tenant_id, "") if each.tenant_id else "",
                "why": each.why or str(each.detail.get("words", "")),
                "who": author_words(each.author, people),
            }
            for each in reversed(changes)
        ],
    )
