"""Drops: the next one and for whom, its plan with reasons, given and taken back, and those that were."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.domain.assignment import STATE_WORDS as STANDS
from galena.domain.drop import KeptDrop
from galena.domain.playbook import Playbook
from galena.stores import drops, tenants
from galena.surfaces.web.answers import onward
from galena.surfaces.web.jobs import Job
from galena.surfaces.web.pages.work import begin, context_of
from galena.surfaces.web.people import author_words, names_of_people
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import Editor, Operator, entered, galena_of
from galena.surfaces.web.words import moment_words, nouns_of
from galena.workflows.context import Context
from galena.workflows.drop_commit import commit_drop, undo_drop
from galena.workflows.drop_plan import plan_next_drop, read_day
from galena.workflows.drop_report import STATE_WORDS, DropReport, ReportLine, TenantReport, drop_report
from galena.workflows.drop_schedule import next_drop_hours

router = APIRouter()

STATE_COLOURS = {"planned": "accent", "committed": "green", "undone": "red"}


@router.get("/drops", response_class=HTMLResponse)
def show_all(request: Request, visitor: Operator) -> HTMLResponse:
    """When the next drop is and for whom, its plan, and the drops so far."""
    galena, context = galena_of(request), context_of(request, visitor)
    now = galena.clock()
    coming = next_drop_hours(context, now)
    with entered(galena, visitor) as session:
        found, people = drops.list_(session), names_of_people(session)
        wants = tenants.list_wants(session, now)
    return page(
        request,
        "drops.html",
        visitor,
        here="drops",
        words=nouns_of(context.playbook),
        routing=context.playbook.routing is not None,
        coming=_coming(context.playbook, coming),
        tenants=[each.tenant.name for each in wants if each.parameters.standing == "active"],
        resting=[each.tenant.name for each in wants if each.parameters.standing != "active"],
        plan=next((each.id for each in found if each.state == "planned"), None),
        drops=[
            {
                "id": each.id,
                "day": day_words(each.drop_on),
                "state": STATE_WORDS[each.state],
                "colour": STATE_COLOURS.get(each.state, "grey"),
                "places": f"{each.figures['measures']['places']:,}",
                "leads": f"{each.figures.get('given', each.figures['measures']['filled']):,}",
                "who": author_words(each.author, people),
                "when": moment_words(each.committed_at or each.planned_at, now),
            }
            for each in found
        ],
    )


def _coming(playbook: Playbook, coming: tuple[date, datetime] | None) -> dict[str, Any] | None:
    routing = playbook.routing
    if routing is None or coming is None:
        return None
    labels = {tier.name: tier for tier in playbook.rules.tiers}
    return {
        "day": day_words(coming[0]),
        "made": f"{coming[1]:%H:%M} UTC on {day_words(coming[1].date())}",
        "hour": f"{routing.drop.hour:02}:00",
        "quotas": [
            {
                "label": labels[tier].label,
                "colour": labels[tier].colour,
                "leads": routing.drop.quotas.get(tier, 0),
            }
            for tier in routing.tiers
        ],
        "explored": f"{routing.drop.exploration_share:.0%}".replace("%", " %"),
        "undo_hours": routing.drop.undo_hours,
    }


@router.post("/drops/plan")
def plan(request: Request, visitor: Editor, on: Annotated[str, Form(max_length=20)] = "") -> RedirectResponse:
    """Plan a drop; nothing is given yet."""
    context, day = context_of(request, visitor), read_day(on.strip() or None)
    job = Job(visitor.workspace.id, "Planning the drop", "drop", "/drops", "/drops")

    def work(job: Job) -> None:
        job.advance(0, None, "Fitting leads and tenants")
        job.address = f"/drops/{plan_next_drop(context, day)}"
        job.notice = "Planned. Nothing is given yet."

    return begin(request, job, work)


@router.get("/drops/{drop_id}", response_class=HTMLResponse)
def show(
    request: Request, visitor: Operator, drop_id: UUID, tenant: Annotated[UUID | None, Query()] = None
) -> HTMLResponse:
    """One drop: what each tenant gets, why, and why places stay empty; with a tenant, each of its leads."""
    galena, context = galena_of(request), context_of(request, visitor)
    now = galena.clock()
    with entered(galena, visitor) as session:
        report, people = drop_report(session, drop_id), names_of_people(session)
    chosen = next((each for each in report.tenants if each.tenant_id == tenant), None)
    return page(
        request,
        "drop.html",
        visitor,
        here="drops",
        words=nouns_of(context.playbook),
        drop=_drop(report.drop, people.get(report.drop.author, report.drop.author), now),
        tiers=_tiers(context, report),
        tenants=[_tenant(each, context.playbook) for each in report.tenants],
        got=report.got,
        quota=report.quota,
        measures=report.drop.figures["measures"],
        rounds=report.drop.figures["round_robin"],
        out=report.out,
        left_out=report.left_out,
        chosen=chosen and {"name": chosen.name, "id": chosen.tenant_id},
        lines=_lines(chosen, context.playbook) if chosen else [],
    )


@router.post("/drops/{drop_id}/commit")
def commit(request: Request, visitor: Editor, drop_id: UUID) -> RedirectResponse:
    """Give the leads of a plan, all or none."""
    context = context_of(request, visitor)
    job = Job(visitor.workspace.id, "Giving the leads", "drop", f"/drops/{drop_id}", f"/drops/{drop_id}")

    def work(job: Job) -> None:
        job.advance(0, None, "Giving the leads")
        done = commit_drop(context, drop_id)
        job.notice = "The leads are given." if done.changed else "It was given before; nothing changed."

    return begin(request, job, work)


@router.post("/drops/{drop_id}/undo")
def undo(
    request: Request, visitor: Editor, drop_id: UUID, why: Annotated[str, Form(max_length=500)] = ""
) -> RedirectResponse:
    """Take a whole drop back."""
    here = f"/drops/{drop_id}"
    if not why.strip():
        return onward(here, "Say why it is taken back: tenants read it.", "bad")
    back, stay = undo_drop(context_of(request, visitor), drop_id, why.strip())
    stays = f" {stay:,} stay with tenants who have contacted them." if stay else ""
    return onward(here, f"{back:,} leads are back in the pool.{stays}")


def _drop(kept: KeptDrop, who: str, now: datetime) -> dict[str, Any]:
    is_standing = kept.state == "committed" and kept.undo_until is not None
    return {
        "id": kept.id,
        "day": day_words(kept.drop_on),
        "state": kept.state,
        "state_words": STATE_WORDS[kept.state],
        "colour": STATE_COLOURS.get(kept.state, "grey"),
        "made": f"{moment_words(kept.committed_at or kept.planned_at, now)} (UTC), {who}",
        "undo_until": moment_words(kept.undo_until, now)
        if is_standing and kept.undo_until and kept.undo_until > now
        else "",
        "ended": kept.ended_reason or "",
    }


def _tiers(context: Context, report: DropReport) -> list[dict[str, str]]:
    known = {tier.name: tier for tier in context.playbook.rules.tiers}
    return [
        {"name": name, "label": known[name].label if name in known else name}
        for name in report.drop.figures["tiers"]
    ]


def _tenant(each: TenantReport, playbook: Playbook) -> dict[str, Any]:
    labels = {tier.name: tier.label for tier in playbook.rules.tiers}
    shares = {share.tier: share for share in each.shares}
    return {
        "id": each.tenant_id,
        "name": each.name,
        "got": each.got,
        "quota": each.quota,
        "short": each.quota - each.got,
        "percent": round(100 * each.got / each.quota) if each.quota else 100,
        "value": f"{each.value:,.0f}",
        "shares": {
            tier: f"{share.planned if share.given is None else share.given} of {share.quota}"
            for tier, share in shares.items()
        },
        "why": [
            {"tier": labels.get(tier, tier), "words": share.why["words"]}
            for tier, share in shares.items()
            if share.why.get("words")
        ],
    }


def _lines(each: TenantReport, playbook: Playbook) -> list[dict[str, Any]]:
    tiers = {tier.name: tier for tier in playbook.rules.tiers}
    return [_line(line, tiers) for line in each.lines]


def _line(line: ReportLine, tiers: dict[str, Any]) -> dict[str, Any]:
    tier = tiers.get(line.tier)
    return {
        "lead_id": line.lead_id,
        "title": line.title,
        "key": line.key,
        "tier": tier.label if tier else line.tier,
        "colour": tier.colour if tier else "grey",
        "points": round(line.points),
        "why": line.words,
        "stands": line.left_out or (STANDS[line.stands] if line.stands else ""),  # type: ignore[index]
    }


def day_words(day: date) -> str:
    """Tuesday, 24 November 2026."""
    return f"{day:%A}, {day.day} {day:%B %Y}"
