"""Experiments: part of the leads scored in another way; begun, looked at as often as one likes, and ended."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.domain.learning import Experiment
from galena.engines.learning.experiment import Design
from galena.kit.errors import InputError
from galena.stores import experiments, models
from galena.surfaces.web.answers import onward
from galena.surfaces.web.forms import Texts
from galena.surfaces.web.jobs import Job
from galena.surfaces.web.pages.work import begin, context_of
from galena.surfaces.web.people import author_words, names_of_people
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import Editor, Operator, entered, galena_of
from galena.surfaces.web.words import day, moment_words, nouns_of
from galena.workflows.experiments import NewExperiment, look_at, start_experiment, stop_experiment
from galena.workflows.rescore import rescore

router = APIRouter()

ENDS = {
    "undecided": "running",
    "better": "the new way is better",
    "worse": "the new way is worse",
    "harmful": "stopped: it did harm",
    "broken": "stopped: not split as agreed",
    "no_difference": "no difference",
    "stopped": "ended by hand",
}
COLOURS = {"undecided": "accent", "better": "green", "worse": "red", "harmful": "red", "broken": "red"}


@router.get("/experiments", response_class=HTMLResponse)
def show(request: Request, visitor: Operator) -> HTMLResponse:
    """Every experiment with what it said last, and the form of a new one."""
    galena, context = galena_of(request), context_of(request, visitor)
    now, head = galena.clock(), context.playbook.models.score_head
    with entered(galena, visitor) as session:
        found, people = experiments.list_(session), names_of_people(session)
        known = models.list_(session, purpose=head.name) if head else ()
    return page(
        request,
        "experiments.html",
        visitor,
        here="experiments",
        words=nouns_of(context.playbook),
        predicts=head is not None,
        running=any(each.is_running for each in found),
        models=[each.name for each in known if each.status != "champion"],
        experiments=[{**_told(each, now), "who": author_words(each.author, people)} for each in found],
    )


def _told(each: Experiment, now: datetime) -> dict[str, Any]:
    report = each.report
    arms = [
        {
            "label": label,
            "leads": f"{arm['leads']:,}",
            "good": f"{arm['good']:,}",
            "rate": "–" if arm["rate"] is None else f"{100 * arm['rate']:.1f} %",
        }
        for label, arm in (("as before", report.get("control")), ("new way", report.get("trial")))
        if arm
    ]
    share = each.design.get("trial_share", 0.5)
    return {
        "id": each.id,
        "name": each.name,
        "why": each.why,
        "running": each.is_running,
        "state": ENDS.get(each.state if not each.is_running else "undecided", each.state.replace("_", " ")),
        "colour": COLOURS.get(each.state if not each.is_running else "undecided", "grey"),
        "begun": day(each.started_at),
        "ended": day(each.ended_at) if each.ended_at else "",
        "ended_why": each.ended_why or "",
        "design": f"{100 * share:.0f} % of the leads; judged after {each.design.get('window_days', 21)} days",
        "looked": moment_words(each.looked_at, now) if each.looked_at else "",
        "sentence": report.get("sentence", ""),
        "arms": arms,
        "young": report.get("young", 0),
    }


@router.post("/experiments")
def start(request: Request, visitor: Editor, texts: Texts) -> RedirectResponse:
    """Begin an experiment, and score its share of the leads in the new way."""
    context = context_of(request, visitor)
    why, model = texts.get("why", "").strip(), texts.get("model", "").strip()
    if not why:
        raise InputError("Why this experiment?", remedy="Say why: it is kept with it.")
    weights = _weights(texts.get("weights", ""))
    design = Design(
        trial_share=_number(texts, "share", 50, "The share") / 100,
        window_days=round(_number(texts, "days", 21, "The days")),
    )
    new = NewExperiment(texts.get("name", "").strip()[:100], why[:500], model, weights, None, design)

    def work(job: Job) -> None:
        begun = start_experiment(context, new)
        job.advance(0, None, "Scoring")
        report = rescore(context, trigger="experiment", advance=job.advance)
        job.notice = f"{begun.name} is running: {report.changed:,} leads have a new score."

    job = Job(visitor.workspace.id, "Beginning the experiment", "score", "/experiments", "/experiments")
    return begin(request, job, work)


def _weights(text: str) -> dict[str, float] | None:
    if not text.strip():
        return None
    try:
        parts = [part.split("=", 1) for part in text.split(",")]
        return {name.strip(): float(share) for name, share in parts}
    except ValueError as fault:
        raise InputError(
            "These are no weights.", facts={"given": text[:80]}, remedy="Write them as boosting=2, forest=1."
        ) from fault


def _number(texts: dict[str, str], name: str, usual: float, where: str) -> float:
    text = texts.get(name, "").strip()
    if not text:
        return usual
    try:
        found = float(text)
    except ValueError as fault:
        raise InputError(
            f"{where}: {text[:20]!r} is no number.", remedy="Write a number such as 50."
        ) from fault
    if not 1 <= found <= 180:
        raise InputError(f"{where}: {text[:20]} does not do.", remedy="Write a number from 1 to 99.")
    return found


@router.post("/experiments/{experiment_id}/look")
def look(request: Request, visitor: Editor, experiment_id: UUID) -> RedirectResponse:
    """What it says now; one that is decided ends by that."""
    context = context_of(request, visitor)
    with context.session() as session:
        experiment = experiments.load(session, experiment_id)
    _, report = look_at(context, experiment)
    return onward("/experiments", report.sentence)


@router.post("/experiments/{experiment_id}/stop")
def stop(request: Request, visitor: Editor, experiment_id: UUID, texts: Texts) -> RedirectResponse:
    """End it; every lead is scored alike again."""
    context = context_of(request, visitor)
    why = texts.get("why", "").strip()[:500]
    if not why:
        return onward("/experiments", "Say why it ends: it is kept with it.", "bad")
    with context.session() as session:
        name = experiments.load(session, experiment_id).name

    def work(job: Job) -> None:
        job.advance(0, None, "Scoring")
        stop_experiment(context, name, why=why)
        job.notice = f"{name} is over; every lead is scored alike again."

    job = Job(visitor.workspace.id, "Ending the experiment", "score", "/experiments", "/experiments")
    return begin(request, job, work)
