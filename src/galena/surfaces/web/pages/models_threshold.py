"""How many leads to call: what it brings to call the best ones only, as costs, values and capacity change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor, isfinite, log10
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from galena.domain.listing import LeadQuery
from galena.domain.playbook import Playbook
from galena.domain.registered_model import RegisteredModel
from galena.kit.errors import GalenaError
from galena.stores import lead_lists, models
from galena.surfaces.web.pages.models_files import files_of, store_of
from galena.surfaces.web.pages.models_past import past_leads
from galena.surfaces.web.pages.models_words import STATUS_WORDS
from galena.surfaces.web.pages.work import context_of
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import Operator, entered, galena_of
from galena.surfaces.web.words import nouns_of
from galena.workflows.plans import active_plan

if TYPE_CHECKING:
    from galena.engines.learning.thresholds import Exploration, ProfitPoint

router = APIRouter()

MODELS_OFFERED = 60
MOST_LEADS = 10_000_000
MOST_MONEY = 1e9
ROWS_DRAWN, FEWEST_DRAWS, MOST_DRAWS = 5_000_000, 100, 500
"""The answer comes while somebody types: many past leads are drawn less often, and need it less."""
TABLE_STEP = 10
"""Every tenth point of the curve stands in the table beneath it."""

Text = Annotated[str, Query(max_length=40)]


@dataclass(frozen=True, slots=True)
class Question:
    """What the person asks, as typed, with what is wrong in it.

    Attributes:
        leads: how many leads there are to choose from.
        capacity: how many of them the team can work; None: as many as pays.
        cost, value: of a call, and of a lead won; in the person's own currency.
        problems: field -> what is wrong.
    """

    leads: int
    capacity: int | None
    cost: float
    value: float
    typed: Mapping[str, str]
    problems: Mapping[str, str]


@router.get("/models/threshold", response_class=HTMLResponse)
def show(
    request: Request,
    visitor: Operator,
    model: Text = "",
    leads: Text = "",
    capacity: Text = "",
    cost: Text = "20",
    value: Text = "1000",
) -> HTMLResponse:
    """The explorer: the whole page, or the part that changes as numbers change."""
    context = context_of(request, visitor)
    with entered(galena_of(request), visitor) as session:
        playbook = active_plan(session).playbook
        offered = models.list_(session, limit=MODELS_OFFERED)
        here = lead_lists.count(session, LeadQuery()).value
    chosen = _chosen(offered, playbook, model)
    asked = _question({"leads": leads, "capacity": capacity, "cost": cost, "value": value}, here)
    answer, fault = None, None
    if chosen and not asked.problems:
        try:
            answer = _answer(files_of(context, store_of(request), chosen).report, chosen.name, asked)
        except GalenaError as error:
            fault = error
    content: dict[str, Any] = {
        "words": nouns_of(playbook),
        "chosen": chosen and {"id": chosen.id, "name": chosen.name},
        "asked": asked,
        "answer": answer,
        "fault": fault,
    }
    if request.headers.get("hx-request"):
        return page(request, "models_threshold_answer.html", visitor, **content)
    return page(
        request,
        "models_threshold.html",
        visitor,
        here="models",
        offered=[
            {"id": str(each.id), "name": f"{each.name}, {STATUS_WORDS[each.status]}"} for each in offered
        ],
        **content,
    )


def _chosen(offered: Sequence[RegisteredModel], playbook: Playbook, asked: str) -> RegisteredModel | None:
    """The model asked for, else the one that scores, else the newest of what scores."""
    for each in offered:
        if str(each.id) == asked:
            return each
    first = playbook.models.score or (playbook.models.heads[0].name if playbook.models.heads else "")
    ranked = sorted(
        offered,
        key=lambda each: (
            each.status != "champion",
            each.purpose != first,
            each.status == "archived",
            -each.version,
        ),
    )
    return ranked[0] if ranked else None


def _question(typed: dict[str, str], here: int) -> Question:
    problems: dict[str, str] = {}

    def number(name: str, default: float | None, most: float) -> float | None:
        text = typed[name].strip().replace(",", "")
        if not text:
            return default
        try:
            found = float(text)
        except ValueError:
            found = float("nan")
        if not isfinite(found) or not 0 <= found <= most:
            problems[name] = f"Write a number from 0 to {most:,.0f}."
            return default
        return found

    leads = number("leads", float(here), MOST_LEADS)
    capacity = number("capacity", None, MOST_LEADS)
    cost, value = number("cost", 0.0, MOST_MONEY), number("value", 0.0, MOST_MONEY)
    if not problems and not leads:
        problems["leads"] = "There must be a lead to choose from."
    shown = typed | {"leads": typed["leads"] or f"{here}"}
    return Question(
        int(leads or 0),
        None if capacity is None else int(capacity),
        cost or 0.0,
        value or 0.0,
        shown,
        problems,
    )


def _answer(report: Mapping[str, Any], name: str, asked: Question) -> dict[str, Any]:
    from galena.engines.learning.thresholds import explore

    target, probability = past_leads(report, name)
    found = explore(
        target,
        probability,
        leads=asked.leads,
        cost_per_call=asked.cost,
        value_per_win=asked.value,
        capacity=asked.capacity,
        draws=max(FEWEST_DRAWS, min(MOST_DRAWS, ROWS_DRAWN // len(target))),
    )
    best, rate = found.best, float(target.mean())
    pays = best.leads > 0 and (best.profit.value or 0) > 0
    return {
        "sentence": found.sentence,
        "pays": pays,
        "leads": f"{best.leads:,}",
        "of": f"of {asked.leads:,}",
        "wins": f"{best.wins:,.0f}" if best.wins >= 10 else f"{best.wins:.1f}",
        "at_random": f"{rate * best.leads:,.0f} by chance" if best.leads else "",
        "profit": _money(best.profit.value),
        "profit_between": f"{_money(best.profit.low)} to {_money(best.profit.high)}",
        "score": f"{100 * best.threshold:.0f}" if best.leads else "none",
        "break_even": f"{100 * found.break_even_probability:.0f}",
        "between": _between(found, asked),
        "all": _money(found.points[-1].profit.value),
        "past": f"{len(target):,}",
        "chart": _chart(found, asked),
        "rows": [_row(each, best) for each in _in_table(found.points, best)],
    }


def _between(found: "Exploration", asked: Question) -> str:
    low, high = found.best_share.low, found.best_share.high
    if low is None or high is None or low == high:
        return ""
    return f"{low * asked.leads:,.0f} and {high * asked.leads:,.0f}"


def _in_table(points: Sequence["ProfitPoint"], best: "ProfitPoint") -> list["ProfitPoint"]:
    kept = [point for place, point in enumerate(points) if place and place % TABLE_STEP == 0]
    if best not in kept and best.leads:
        kept = sorted([*kept, best], key=lambda point: point.share)
    return kept


def _row(point: "ProfitPoint", best: "ProfitPoint") -> dict[str, Any]:
    return {
        "leads": f"{point.leads:,}",
        "share": f"{100 * point.share:.0f} %",
        "score": f"{100 * point.threshold:.0f}",
        "wins": f"{point.wins:,.1f}",
        "profit": _money(point.profit.value),
        "between": f"{_money(point.profit.low)} to {_money(point.profit.high)}",
        "best": point == best,
    }


def _chart(found: "Exploration", asked: Question) -> dict[str, Any]:
    """The curve in a square of 100 by 100, y downwards, with the words of its axes."""
    lows = [point.profit.low or 0.0 for point in found.points]
    highs = [point.profit.high or 0.0 for point in found.points]
    ticks = nice_ticks(min(0.0, *lows), max(0.0, *highs))
    bottom, span = ticks[0], (ticks[-1] - ticks[0]) or 1.0

    def y(value: float) -> float:
        return round(100 - 100 * (value - bottom) / span, 2)

    def x(share: float) -> float:
        return round(100 * share, 2)

    upper = [f"{x(point.share)},{y(high)}" for point, high in zip(found.points, highs, strict=True)]
    lower = [f"{x(point.share)},{y(low)}" for point, low in zip(found.points, lows, strict=True)]
    capacity = (
        None if asked.capacity is None or asked.capacity >= asked.leads else asked.capacity / asked.leads
    )
    return {
        "band": " ".join([*upper, *reversed(lower)]),
        "line": " ".join(f"{x(point.share)},{y(point.profit.value or 0.0)}" for point in found.points),
        "zero": y(0.0),
        "best": x(found.best.share),
        "best_y": y(found.best.profit.value or 0.0),
        "capacity": None if capacity is None else x(capacity),
        "y_words": [_money(tick) for tick in reversed(ticks)],
        "x_words": [f"{share * asked.leads:,.0f}" for share in (0, 0.25, 0.5, 0.75, 1)],
    }


def nice_ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Even steps of 1, 2, 2.5 or 5 times a power of ten, from at or below `low` to at or above `high`."""
    span = (high - low) or 1.0
    rough = span / about
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    first = floor(low / step + 1e-9)
    ticks = [first * step]
    while ticks[-1] < high - 1e-9 * span:
        ticks.append((first + len(ticks)) * step)
    return ticks


def _money(value: float | None) -> str:
    if value is None:
        return "not known"
    shown = f"{abs(value):,.0f}" if abs(value) >= 10 or not value else f"{abs(value):.1f}"
    return f"−{shown}" if value < 0 and shown.strip("0.") else shown
