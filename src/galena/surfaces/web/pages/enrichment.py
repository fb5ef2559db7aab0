"""Enrichment: how far each wanted fact is known, what providers were asked and cost, and the last runs."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.domain.enrichment import MICROS
from galena.surfaces.web.jobs import Job
from galena.surfaces.web.pages.work import begin, context_of
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import Editor, Operator, entered, galena_of
from galena.surfaces.web.words import moment_words, share_words
from galena.workflows.enrich import EnrichmentOverview, EnrichOptions, enrich_many, overview
from galena.workflows.gateway import gateway_of

router = APIRouter()

RUN_STATES = {
    "running": "at work",
    "done": "done",
    "stopped": "stopped",
    "interrupted": "cut off",
    "failed": "failed",
}


@router.get("/enrichment", response_class=HTMLResponse)
def show(request: Request, visitor: Operator) -> HTMLResponse:
    """Coverage per field, cost per provider, and the last runs."""
    galena, context = galena_of(request), context_of(request, visitor)
    with entered(galena, visitor) as session:
        told = overview(session, context)
    playbook, now = context.playbook, galena.clock()
    return page(
        request,
        "enrichment.html",
        visitor,
        here="enrichment",
        fields=[_field_line(each, playbook.fields[each.field].label) for each in told.coverage],
        providers=[
            {
                "name": "the lead's own values" if each.provider == "local" else each.provider,
                "calls": f"{each.calls:,}",
                "found": f"{each.found:,}",
                "absent": f"{each.absent + each.unsure:,}",
                "failed": f"{each.failed:,}",
                "cost": _money(each.cost_micros, playbook.currency),
                "today": _money(each.today_micros, playbook.currency),
                "last": moment_words(each.last_at, now) if each.last_at else "",
            }
            for each in told.providers
        ],
        runs=[
            {
                "when": moment_words(each.started_at, now),
                "state": RUN_STATES[each.status],
                "leads": f"{each.lead_count:,}",
                "changed": f"{each.changed_count:,}",
            }
            for each in told.runs
        ],
        waiting=_waiting(told, {name: playbook.fields[name].label for name in told.needs}),
        spent=_money(told.today_micros, playbook.currency),
        budget="" if told.daily_budget is None else f"{told.daily_budget:,.2f} {playbook.currency}",
    )


@router.post("/enrichment/run")
def run(request: Request, visitor: Editor) -> RedirectResponse:
    """Look up what every lead lacks, or go on with a run that was cut off."""
    context = context_of(request, visitor)
    gateway = gateway_of(galena_of(request).settings)

    def work(job: Job) -> None:
        options = EnrichOptions(progress=lambda done, total: job.advance(done, total, "Enriching"))
        report = enrich_many(context, gateway, options)
        job.notice = f"{report.leads:,} leads looked at, {report.changed:,} have new facts."

    return begin(
        request,
        Job(visitor.workspace.id, "Enriching the leads", "enrich", "/enrichment", "/enrichment"),
        work,
    )


def _field_line(each: Any, label: str) -> dict[str, Any]:
    return {
        "label": label,
        "known": f"{each.known:,}",
        "share": share_words(each.known, each.leads) if each.leads else "",
        "looked_up": f"{each.looked_up:,}",
        "absent": f"{each.absent:,}",
        "failed": f"{each.failed:,}",
    }


def _waiting(told: EnrichmentOverview, labels: dict[str, str]) -> str:
    if not told.gated or not told.waiting:
        return ""
    return f"{told.waiting:,} leads wait until these are known: {', '.join(labels.values())}."


def _money(micros: int, currency: str) -> str:
    return f"{micros / MICROS:,.2f} {currency}" if micros else "nothing"
