"""Learning: what it waits for, how much each part of the models counts and how that moved, and what the loop did."""

import re
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.domain.learning import LearningRun
from galena.domain.playbook import Playbook
from galena.domain.registered_model import MemberWeights
from galena.engines.learning.triggers import trigger_of, waiting_sentence
from galena.kit.errors import ConflictError, GalenaError
from galena.stores import learning, models
from galena.surfaces.web.answers import onward
from galena.surfaces.web.jobs import Job
from galena.surfaces.web.pages.work import begin, context_of
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import Editor, Operator, entered, galena_of
from galena.surfaces.web.words import moment_words, nouns_of
from galena.workflows.context import Context
from galena.workflows.drift import watch_drift
from galena.workflows.learn import learn, loop_state
from galena.workflows.model_weights import Shares, shares_of_champions

router = APIRouter()

RUNS_SHOWN = 20
RUNS_OPEN = 4
FINDINGS_SHOWN = 8
STATUS = {"champion": "scores", "challenger": "is on trial: it scores every lead unseen"}
RUN_STATES = {"running": "at work", "done": "done", "failed": "failed"}
FINDING_KINDS = {
    "feature": "values",
    "new_values": "new values",
    "missing": "not known",
    "predictions": "what the model says",
    "disagreement": "members apart",
    "promises": "promises kept",
    "order": "who comes first",
}


_QUOTED = re.compile(r"“([^”]+)”")
_BEGINNING = re.compile(r"(?<=\. )[a-z](?=[a-z]* )")
"""Of a sentence after another, unless it begins with a model's name."""


@router.get("/learning", response_class=HTMLResponse)
def show(request: Request, visitor: Operator) -> HTMLResponse:
    """What learning waits for, the weights of now and before, and the last runs."""
    galena, context = galena_of(request), context_of(request, visitor)
    now, state = galena.clock(), loop_state(context)
    trigger = trigger_of(state, now)
    with entered(galena, visitor) as session:
        runs = learning.list_runs(session, limit=RUNS_SHOWN)
        on_trial = [each for each in models.list_(session) if each.status in STATUS]
    weights, fault = _weights(context)
    labels = tuple(head.label for head in context.playbook.models.heads)
    return page(
        request,
        "learning.html",
        visitor,
        here="learning",
        words=nouns_of(context.playbook),
        decided=f"{state.decided:,}",
        waits=trigger.sentence if trigger else waiting_sentence(state),
        due=trigger is not None,
        models=[
            {
                "id": each.id,
                "name": each.name,
                "does": STATUS[each.status],
                "champion": each.status == "champion",
            }
            for each in on_trial
        ],
        weights=[_share(each, now) for each in weights],
        fault=fault,
        runs=[_run(each, labels, now) for each in runs],
        runs_open=RUNS_OPEN,
    )


def _weights(context: Context) -> tuple[tuple[Shares, ...], str]:
    """The weights of the champions; none where rules score, and a word where a model cannot be read."""
    try:
        return shares_of_champions(context), ""
    except ConflictError:
        return (), ""
    except GalenaError as fault:
        return (), f"{fault.what} {fault.remedy}".strip()


def _share(shares: Shares, now: datetime) -> dict[str, Any]:
    held, history = shares.in_force, shares.history
    return {
        "model": shares.model.name,
        "model_id": shares.model.id,
        "adapted": held is not None,
        "members": [
            {
                "name": name.replace("_", " "),
                "now": _percent(held.weights[name] if held else trained),
                "trained": _percent(trained),
                "off": f"{100 * held.errors[name]:.0f}" if held and name in held.errors else "",
                "points": _line(trained, history, name),
            }
            for name, trained in shares.trained.items()
        ],
        "history": [{"when": moment_words(each.at, now), "why": each.why} for each in history],
    }


def _line(trained: float, history: tuple[MemberWeights, ...], name: str) -> str:
    """A member's share from its training until now, as points of a drawing 100 wide and 30 high."""
    if not history:
        return ""
    shares = [trained, *(each.weights.get(name, 0.0) for each in reversed(history))]
    step = 100 / (len(shares) - 1)
    return " ".join(f"{place * step:.1f},{29 - 28 * share:.1f}" for place, share in enumerate(shares))


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _run(run: LearningRun, labels: tuple[str, ...], now: datetime) -> dict[str, Any]:
    spots = run.report.get("weak_spots", {})
    return {
        "when": moment_words(run.started_at, now),
        "why": run.why,
        "state": RUN_STATES[run.state],
        "colour": {"running": "accent", "done": "green", "failed": "red"}[run.state],
        "told": [_told(each, labels) for each in run.sentences],
        "weak": [spot["sentence"] for found in spots.values() for spot in found],
    }


def _told(sentence: str, labels: tuple[str, ...]) -> tuple[str, str]:
    """What a sentence is about, once, and what it says."""
    about = next((label for label in labels if sentence.startswith(f"{label}: ")), "")
    said = sentence.replace(f"{about}: ", "") if about else sentence
    return about, _BEGINNING.sub(lambda found: found[0].upper(), said)


@router.post("/learning/run")
def run(request: Request, visitor: Editor) -> RedirectResponse:
    """Learn now, whatever the reason."""
    context = context_of(request, visitor)

    def work(job: Job) -> None:
        from galena.surfaces.reports import write_model_report

        report = learn(
            context,
            page_of=write_model_report,
            by_hand=True,
            progress=lambda doing, share: job.advance(round(100 * share), 100, doing),
        )
        job.notice = " ".join(report.sentences)

    return begin(request, Job(visitor.workspace.id, "Learning", "learn", "/learning", "/learning"), work)


@router.get("/drift", response_class=HTMLResponse)
def show_drift(request: Request, visitor: Operator) -> HTMLResponse:
    """Whether leads, the models' word or outcomes moved away from what was learned, in words."""
    galena, context = galena_of(request), context_of(request, visitor)
    now = galena.clock()
    with entered(galena, visitor) as session:
        kept = learning.list_drift(session)
    newest = {each.purpose: each for each in reversed(kept)}
    labels = {head.name: head.label for head in context.playbook.models.heads}
    named = names_of_values(context.playbook)
    seen: set[str] = set()
    found = {name: _fresh(each.report["findings"], seen) for name, each in newest.items()}
    return page(
        request,
        "drift.html",
        visitor,
        here="drift",
        words=nouns_of(context.playbook),
        can_look=bool(context.playbook.models.heads),
        alarms=sum(each.alarm_count for each in newest.values()),
        reports=[
            {
                "name": name,
                "label": labels.get(name, name.replace("_", " ").capitalize()),
                "when": moment_words(each.at, now),
                "sentence": _named(each.report["sentence"], named),
                "alarms": each.alarm_count,
                "is_same": len(found[name]) < len(each.report["findings"]),
                "findings": [_finding(one, named) for one in found[name][:FINDINGS_SHOWN]],
                "more": [_finding(one, named) for one in found[name][FINDINGS_SHOWN:]],
                "earlier": [
                    {"when": moment_words(old.at, now), "alarms": old.alarm_count}
                    for old in kept
                    if old.purpose == name and old.id != each.id
                ][:FINDINGS_SHOWN],
            }
            for name, each in newest.items()
        ],
    )


def names_of_values(playbook: Playbook) -> dict[str, str]:
    """What models know leads by -> how people call it."""
    fields = {name: field.label for name, field in playbook.fields.items()}
    return fields | {each.name: each.label for each in playbook.features}


def _fresh(findings: list[dict[str, Any]], seen: set[str]) -> list[dict[str, Any]]:
    """The findings that no report above has told; it is told once that a fact has moved, not for each outcome."""
    fresh = [each for each in findings if each["sentence"] not in seen]
    seen |= {each["sentence"] for each in fresh}
    return fresh


def _named(sentence: str, named: dict[str, str]) -> str:
    """The sentence with what people call a value in place of its name."""
    return _QUOTED.sub(lambda found: f"“{_name(found[1], named)}”", sentence)


def _name(value: str, named: dict[str, str]) -> str:
    return named.get(value, value.replace("_", " ").capitalize())


def _finding(one: dict[str, Any], named: dict[str, str]) -> dict[str, Any]:
    """A finding by what it is about, how far it moved of what would be an alarm, and the rest of its sentence."""
    quoted = _QUOTED.match(one["sentence"])
    return {
        "alarm": one["alarm"],
        "kind": FINDING_KINDS.get(one["kind"], one["kind"]),
        "about": _name(quoted[1], named) if quoted else "",
        "share": f"{100 * one['size'] / one['limit']:.0f} %" if one["limit"] else "",
        "chance": not one["alarm"] and one["size"] >= one["limit"] > 0,
        "sentence": one["sentence"][quoted.end() :].lstrip(": ") if quoted else one["sentence"],
    }


@router.post("/drift")
def look(request: Request, visitor: Editor) -> RedirectResponse:
    """Compare now what came lately with what was learned from."""
    context = context_of(request, visitor)

    def work(job: Job) -> None:
        job.advance(0, None, "Comparing")
        found = watch_drift(context)
        moved = sum(each.alarm_count for each in found)
        job.notice = f"Compared: {moved} alarms." if found else "The playbook names nothing to predict."

    if not context.playbook.models.heads:
        return onward("/drift", "The playbook names nothing to predict.", "bad")
    return begin(request, Job(visitor.workspace.id, "Looking for drift", "drift", "/drift", "/drift"), work)
