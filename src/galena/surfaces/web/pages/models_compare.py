"""Two models side by side: figures with their differences, agreement, members, data, and a sentence that decides."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from galena.domain.registered_model import RegisteredModel
from galena.kit.errors import GalenaError, InputError
from galena.stores import models
from galena.stores.door import Session
from galena.surfaces.web.pages.models_contents import members_of
from galena.surfaces.web.pages.models_verdict import last_verdict, verdict_words
from galena.surfaces.web.pages.models_words import (
    FIGURES,
    STATUS_WORDS,
    Figure,
    FigureKind,
    figure_of,
    figure_words,
    range_words,
    rows_words,
)
from galena.surfaces.web.pages.work import context_of
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import Operator, entered, galena_of
from galena.surfaces.web.words import day, nouns_of
from galena.workflows.context import Context
from galena.workflows.model_shadow import agreement
from galena.workflows.plans import active_plan

router = APIRouter()

MODELS_OFFERED = 60


@router.get("/models/compare", response_class=HTMLResponse)
def compare(
    request: Request,
    visitor: Operator,
    one: Annotated[UUID | None, Query()] = None,
    other: Annotated[UUID | None, Query()] = None,
) -> HTMLResponse:
    """Two models of the same purpose beside each other."""
    if one is None or other is None:
        return page(request, "models_none.html", visitor, here="models")
    context = context_of(request, visitor)
    with entered(galena_of(request), visitor) as session:
        first, second = models.load(session, one), models.load(session, other)
        offered = models.list_(session, purpose=first.purpose, limit=MODELS_OFFERED)
        playbook = active_plan(session).playbook
        trial = _trial(session, first, second)
    if first.purpose != second.purpose:
        raise InputError(
            "These two models predict different things.",
            facts={"one": first.name, "other": second.name},
            remedy="Compare models of the same outcome.",
        )
    head = playbook.models.head(first.purpose)
    rows = _rows(first, second)
    return page(
        request,
        "models_compare.html",
        visitor,
        here="models",
        words=nouns_of(playbook),
        label=head.label if head else first.purpose.replace("_", " ").capitalize(),
        one=_side(first),
        other=_side(second),
        offered=[{"id": each.id, "name": f"{each.name}, {STATUS_WORDS[each.status]}"} for each in offered],
        rows=rows,
        verdict=_verdict(first, second, rows),
        trial=trial,
        caution=_caution(first, second),
        agreement=_agreement(context, first, second),
        members=_members(first, second),
    )


def _side(model: RegisteredModel) -> dict[str, Any]:
    return {
        "id": model.id,
        "name": model.name,
        "status": model.status,
        "status_words": STATUS_WORDS[model.status],
        "when": day(model.created_at),
        "rows": rows_words(model),
        "range": range_words(model),
        "why": model.why,
    }


def _rows(first: RegisteredModel, second: RegisteredModel) -> list[dict[str, Any]]:
    rows = []
    for kind in FIGURES:
        one, other = figure_of(first.metrics, kind.name), figure_of(second.metrics, kind.name)
        if one is None and other is None:
            continue
        rows.append(
            {
                "label": kind.label,
                "expert": kind.expert,
                "one": figure_words(kind, first.metrics),
                "other": figure_words(kind, second.metrics),
                **_difference(kind, one, other),
            }
        )
    return rows


def _difference(kind: FigureKind, one: Figure | None, other: Figure | None) -> dict[str, Any]:
    """How far the first is from the second, its interval as if both were measured apart, and who is better."""
    if one is None or other is None or one.value is None or other.value is None:
        return {"difference": "", "interval": "", "better": "", "sure": False}
    gap = one.value - other.value
    spread = _half_width(one, other)
    better = ""
    if kind.more_is_better is not None and gap:
        better = "one" if (gap > 0) is kind.more_is_better else "other"
    return {
        "difference": _signed(kind, gap),
        "interval": ""
        if spread is None
        else f"{_signed(kind, gap - spread)} to {_signed(kind, gap + spread)}",
        "better": better,
        "sure": spread is not None and abs(gap) > spread,
    }


def _half_width(one: Figure, other: Figure) -> float | None:
    if not (one.has_interval and other.has_interval):
        return None
    halves = [((each.high or 0.0) - (each.low or 0.0)) / 2 for each in (one, other)]
    return float(sum(half**2 for half in halves) ** 0.5)


def _signed(kind: FigureKind, value: float) -> str:
    shown = kind.show(abs(value))
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return shown if not shown.strip("0.") else f"{sign}{shown}"


def _verdict(first: RegisteredModel, second: RegisteredModel, rows: Sequence[dict[str, Any]]) -> str:
    """One sentence from the figures; the test on later data decides promotions, not this."""
    compared = [row for row in rows if row["better"]]
    if not compared:
        return "Nothing tells these two apart: no figure is known of both, or all are equal."
    names = {"one": first.name, "other": second.name}
    sure = [row for row in compared if row["sure"]]
    for side, opposite in (("one", "other"), ("other", "one")):
        if sure and all(row["better"] == side for row in sure):
            return (
                f"{names[side]} is better by more than chance explains in {len(sure)} of {len(rows)} figures, "
                f"{names[opposite]} in none."
            )
    if sure:
        return "Each of them is better in something by more than chance: look at what matters to you."
    ahead = sum(row["better"] == "one" for row in compared)
    leader = first.name if ahead * 2 >= len(compared) else second.name
    return f"{leader} is ahead in most figures, but no difference is larger than chance explains."


def _trial(session: Session, first: RegisteredModel, second: RegisteredModel) -> dict[str, Any] | None:
    """The last trial of the one against the other, where that one scores now."""
    for tried, standing in ((first, second), (second, first)):
        if standing.status == "champion" and tried.id != standing.id:
            return verdict_words(last_verdict(session, tried, standing.id))
    return None


def _caution(first: RegisteredModel, second: RegisteredModel) -> str:
    if first.id == second.id:
        return "This is the same model twice: choose another."
    if first.data_hash and first.data_hash == second.data_hash:
        return ""
    return (
        "They were measured on different leads, so that a part of each difference is the leads'. "
        "A trial on the same later leads decides who scores."
    )


def _agreement(context: Context, first: RegisteredModel, second: RegisteredModel) -> dict[str, Any]:
    """How far they agree on the leads both scored; only the champion and the challenger score the same ones."""
    statuses = {first.status, second.status}
    if statuses != {"champion", "challenger"}:
        return {
            "why_not": "Only the model that scores and the one on trial score the same leads. "
            "Put one on trial to see how far they agree."
        }
    try:
        found = agreement(context, first.purpose)
    except GalenaError as fault:
        return {"why_not": f"{fault.what} {fault.remedy}".replace("`", "")}
    return {
        "why_not": "",
        "leads": f"{found.leads:,}",
        "near": f"{100 * found.near_rate:.0f} %",
        "gap": f"{100 * found.mean_difference:.1f}",
        "first_calls": f"{100 * found.first_calls_in_common_rate:.0f} %",
        "order": "" if found.rank_correlation is None else f"{found.rank_correlation:.2f}",
        "when": _moment(found.as_of),
    }


def _moment(at: datetime) -> str:
    return f"{day(at)}, {at:%H:%M}"


def _members(first: RegisteredModel, second: RegisteredModel) -> list[dict[str, str]]:
    one = {each["name"]: str(each["share"]) for each in members_of(first, None)}
    other = {each["name"]: str(each["share"]) for each in members_of(second, None)}
    return [
        {"name": name, "one": one.get(name, "none"), "other": other.get(name, "none")}
        for name in dict.fromkeys((*one, *other))
    ]
