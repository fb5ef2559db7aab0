"""Enrichment: how far each wanted fact is known, what providers were asked and cost, and the last runs."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.domain.enrichment import MICROS
from galena.surfaces.web.answers import onward
from galena.surfaces.web.jobs import Job
from galena.surfaces.web.pages.work import begin, context_of
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import Editor, Operator, entered, galena_of
from galena.surfaces.web.words import moment_words, share_words
from galena.workflows.enrich import EnrichmentOverview, EnrichOptions, enrich_many, overview
from galena.workflows.enrich_choice import OpenChoice, choose_record, list_open_choices
from galena.workflows.gateway import gateway_of
from galena.workflows.sanctions_review import list_hits, settle_hit

router = APIRouter()

CHOICES_SHOWN = 20

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
        unsure = list_open_choices(session, context.playbook)
        hits = list_hits(session, context.playbook)
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
        hits=hits[:CHOICES_SHOWN],
        more_hits=max(0, len(hits) - CHOICES_SHOWN),
        choices=[_choice_line(each) for each in unsure[:CHOICES_SHOWN]],
        more_choices=max(0, len(unsure) - CHOICES_SHOWN),
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


@router.post("/enrichment/choose/{lead_id}")
def choose(
    request: Request,
    visitor: Editor,
    lead_id: UUID,
    provider: Annotated[str, Form()],
    record: Annotated[int, Form(ge=0)] = 0,
) -> RedirectResponse:
    """Take the record that the visitor says is the lead's (0: none of them), and score the lead."""
    context = context_of(request, visitor)
    gateway = gateway_of(galena_of(request).settings)
    chosen = choose_record(context, gateway, lead_id, record or None, provider=provider)
    return onward("/enrichment", chosen.sentence)


@router.post("/enrichment/sanctions/{lead_id}")
def settle(
    request: Request, visitor: Editor, lead_id: UUID, on_list: Annotated[Literal["yes", "no"], Form()]
) -> RedirectResponse:
    """Note whether a lead is on the sanctions list, and score the lead."""
    settled = settle_hit(context_of(request, visitor), lead_id, is_listed=on_list == "yes")
    return onward("/enrichment", settled.sentence)


def _choice_line(each: OpenChoice) -> dict[str, Any]:
    return {
        "lead_id": each.lead_id,
        "title": each.title,
        "provider": each.provider,
        "because": each.because,
        "records": [
            {
                "number": number,
                "facts": " · ".join(
                    f"{label}: {'not said' if value is None else value}" for label, value in told.items()
                ),
            }
            for number, told in enumerate(each.choices, start=1)
        ],
    }


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
