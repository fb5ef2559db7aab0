"""Sources: what is connected, how fresh it is, how it fares, and what each pull brought."""

from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.domain.connection import Connection, Pull
from galena.stores import connections, providers, signals
from galena.surfaces.web.answers import onward
from galena.surfaces.web.jobs import Job
from galena.surfaces.web.pages.work import begin, context_of, score_changes
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import Editor, Operator, entered, galena_of
from galena.surfaces.web.words import moment_words
from galena.workflows.connections import pause_connection, resume_connection
from galena.workflows.gateway import Gateway, gateway_of
from galena.workflows.pull import PullReport, pull_connection
from galena.workflows.pull_stream import PullOptions, PullProgress
from galena.workflows.schedules import schedule_words

router = APIRouter()

PULLS_SHOWN = 30
OVERDUE_AFTER = timedelta(hours=1)
STATES = {
    "new": ("not pulled yet", "yellow"),
    "healthy": ("healthy", "green"),
    "failing": ("failing", "red"),
    "paused": ("at rest", "yellow"),
}
PULL_STATES = {"running": "at work", "done": "done", "failed": "failed", "interrupted": "cut off"}


@router.get("/sources", response_class=HTMLResponse)
def show(request: Request, visitor: Operator) -> HTMLResponse:
    """Every connection with its health and freshness, and the last pulls."""
    galena = galena_of(request)
    with entered(galena, visitor) as session:
        found = connections.list_all(session)
        pulls = connections.list_pulls(session, limit=PULLS_SHOWN)
        states = providers.list_states(session)
        waiting = sum(each.waiting for each in signals.count_all(session))
    now = galena.clock()
    names = {each.id: each.name for each in found}
    gateway = gateway_of(galena.settings)
    resting = [
        f"{provider} is left alone until {moment_words(state.paused_until, now)} (UTC)"
        for provider, state in states.items()
        if state.paused_until and state.paused_until > now
    ]
    return page(
        request,
        "sources.html",
        visitor,
        here="sources",
        sources=[_line(each, gateway, now) for each in found],
        pulls=[_pull_line(each, names, now) for each in pulls],
        resting=resting,
        waiting=f"{waiting:,}" if waiting else "",
        failing=sum(each.state == "failing" for each in found),
    )


@router.post("/sources/{name}/pull")
def pull(request: Request, visitor: Editor, name: str) -> RedirectResponse:
    """Fetch what is new, and score what came."""
    context = context_of(request, visitor)
    gateway = gateway_of(galena_of(request).settings)

    def work(job: Job) -> None:
        def tell(progress: PullProgress) -> None:
            job.advance(progress.counts.fetched, None, f"Pulling {progress.connection}")

        report = pull_connection(context, gateway, name, PullOptions(progress=tell))
        job.notice = _told(report)
        score_changes(context, job)

    return begin(
        request, Job(visitor.workspace.id, f"Pulling {name}", f"pull:{name}", "/sources", "/sources"), work
    )


@router.post("/sources/{name}/pause")
def pause(request: Request, visitor: Editor, name: str) -> RedirectResponse:
    """Let a connection rest."""
    pause_connection(context_of(request, visitor), name)
    return onward("/sources", f"{name} rests until you let it go on.")


@router.post("/sources/{name}/resume")
def resume(request: Request, visitor: Editor, name: str) -> RedirectResponse:
    """End a rest."""
    resume_connection(context_of(request, visitor), name)
    return onward("/sources", f"{name} is at work again.")


def _told(report: PullReport) -> str:
    counts = report.counts
    told = f"{report.connection}: {counts.accepted:,} new records, {counts.duplicate:,} known"
    aside = f", {counts.quarantined:,} set aside" if counts.quarantined else ""
    stopped = f" It stopped: {report.fault.what}" if report.fault else ""
    return f"{told}{aside}.{stopped}"


def _line(each: Connection, gateway: Gateway, now: datetime) -> dict[str, Any]:
    connector = next((kind for kind in gateway.connectors() if kind.manifest.name == each.connector), None)
    is_pulled = connector.is_pulled if connector else False
    word, colour = STATES[each.state] if is_pulled or each.state != "new" else ("ready", "green")
    return {
        "name": each.name,
        "kind": connector.manifest.title if connector else each.connector,
        "state": word,
        "colour": colour,
        "is_paused": each.state == "paused",
        "is_pulled": is_pulled,
        "is_sending": bool(connector and connector.is_sending),
        "schedule": schedule_words(each.schedule),
        "fresh": _freshness(each, now),
        "last": moment_words(each.last_success_at, now) if each.last_success_at else "never",
        "next": moment_words(each.due_at, now) if each.due_at else "",
        "accepted": f"{each.totals.accepted:,}",
        "duplicate": f"{each.totals.duplicate:,}",
        "quarantined": f"{each.totals.quarantined:,}",
        "error": each.error or "",
        "failures": each.failures,
    }


def _freshness(each: Connection, now: datetime) -> str:
    """How old what we have is, and whether that is older than planned."""
    if each.last_success_at is None:
        return "nothing yet"
    age = _age_words(now - each.last_success_at)
    late = each.due_at is not None and each.state != "paused" and now - each.due_at > OVERDUE_AFTER
    return f"{age} old, overdue" if late else f"{age} old"


def _age_words(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    if minutes < 60:
        return f"{max(minutes, 0)} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes // (24 * 60)} days"


def _pull_line(each: Pull, names: dict[Any, str], now: datetime) -> dict[str, Any]:
    seconds = (each.finished_at - each.started_at).total_seconds() if each.finished_at else None
    counts = each.counts
    return {
        "name": names.get(each.connection_id, ""),
        "import_id": each.import_id,
        "when": moment_words(each.started_at, now),
        "trigger": "by schedule" if each.trigger == "schedule" else "by hand",
        "state": PULL_STATES[each.status],
        "fetched": f"{counts.fetched:,}",
        "accepted": f"{counts.accepted:,}",
        "duplicate": f"{counts.duplicate:,}",
        "quarantined": f"{counts.quarantined:,}",
        "took": f"{seconds:,.0f} s" if seconds is not None else "",
        "notes": [*each.notes, *([each.error] if each.error else [])],
    }
