"""How the pages of models word figures: in sentences a sales manager can use, with the interval beside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from galena.domain.registered_model import ModelStatus, ModelStatusChange, ModelStep, RegisteredModel
from galena.surfaces.web.words import day

STATUS_WORDS: dict[ModelStatus, str] = {
    "champion": "scores",
    "challenger": "on trial",
    "candidate": "trained",
    "archived": "archived",
}


def status_words(model: RegisteredModel, *, is_score: bool) -> str:
    """What a model does now: the champion of what is the score scores, one of anything else is in use beside it."""
    return "in use" if model.status == "champion" and not is_score else STATUS_WORDS[model.status]


STEP_WORDS: dict[ModelStep, str] = {
    "register": "trained",
    "challenge": "put on trial",
    "promote": "promoted",
    "roll_back": "brought back",
    "archive": "archived",
    "give_way": "gave way",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and the ends of its interval; None where it is not known."""

    value: float | None
    low: float | None = None
    high: float | None = None

    @property
    def has_interval(self) -> bool:
        """Whether both ends are known."""
        return self.low is not None and self.high is not None


@dataclass(frozen=True, slots=True)
class FigureKind:
    """One figure of a model's quality.

    Attributes:
        label: what it answers, for people.
        short: its name in the columns of a table.
        more_is_better: the way that is good; None where neither is.
        show: the value as it is written.
        unit: what stands behind the value.
        expert: the name a statistician knows it by.
    """

    name: str
    label: str
    short: str
    more_is_better: bool | None
    show: Callable[[float], str]
    unit: str = ""
    expert: str = ""


def _cases(value: float) -> str:
    return f"{100 * value:.0f}"


def _times(value: float) -> str:
    return f"{value:.1f}"


def _percent(value: float) -> str:
    return f"{100 * value:.1f}" if abs(value) < 0.1 else f"{100 * value:.0f}"


def _exact(value: float) -> str:
    return f"{value:.3f}"


FIGURES: tuple[FigureKind, ...] = (
    FigureKind(
        "auc",
        "Of a good and a bad lead, it puts the good one first",
        "Good one first",
        True,
        _cases,
        "times in 100",
        "AUC",
    ),
    FigureKind(
        "lift_10", "The best tenth against the average", "Best tenth", True, _times, "times", "lift at 10 %"
    ),
    FigureKind(
        "gain_20", "Good leads found in the best fifth", "Best fifth", True, _percent, "%", "gain at 20 %"
    ),
    FigureKind(
        "average_precision",
        "Good leads among those it ranks first",
        "",
        True,
        _exact,
        "",
        "average precision",
    ),
    FigureKind(
        "log_loss",
        "How far its probabilities are off",
        "Log-loss",
        False,
        _exact,
        "",
        "log-loss, lower is better",
    ),
    FigureKind(
        "brier", "Squared distance from what happened", "", False, _exact, "", "Brier score, lower is better"
    ),
    FigureKind(
        "ece_debiased",
        "Share of good leads differs from what it said by",
        "",
        False,
        _percent,
        "points of 100",
        "calibration error",
    ),
)
IN_TABLE = tuple(kind for kind in FIGURES if kind.name in ("auc", "lift_10", "log_loss"))


def figure_of(metrics: Mapping[str, Any], name: str) -> Figure | None:
    """A figure as the registry keeps it: a number, or {value, low, high}; None where it is not there."""
    given = metrics.get("figures", metrics)
    kept = given.get(name) if isinstance(given, Mapping) else None
    if isinstance(kept, bool) or kept is None:
        return None
    if isinstance(kept, int | float):
        return Figure(float(kept))
    if isinstance(kept, Mapping) and isinstance(kept.get("value"), int | float):
        return Figure(float(kept["value"]), _number(kept.get("low")), _number(kept.get("high")))
    return None


def figure_words(kind: FigureKind, metrics: Mapping[str, Any]) -> dict[str, str] | None:
    """A figure as a page shows it: the value with its unit, and the interval beside; None where it is not known."""
    found = figure_of(metrics, kind.name)
    if found is None or found.value is None:
        return None
    value = " ".join(filter(None, (kind.show(found.value), kind.unit)))
    return {
        "name": kind.name,
        "label": kind.label,
        "short": kind.short,
        "expert": kind.expert,
        "value": value,
        "interval": interval_words(kind, found),
    }


def interval_words(kind: FigureKind, figure: Figure) -> str:
    """79 to 87; empty where it is not known."""
    if figure.low is None or figure.high is None:
        return ""
    return f"{kind.show(figure.low)} to {kind.show(figure.high)}"


def quality_words(model: RegisteredModel) -> str:
    """The quality of a model in one sentence."""
    auc, lift = figure_of(model.metrics, "auc"), figure_of(model.metrics, "lift_10")
    said = []
    if auc and auc.value is not None:
        said.append(f"Of a good and a bad lead it puts the good one first {_cases(auc.value)} times in 100")
    if lift and lift.value is not None:
        said.append(f"its best tenth holds {_times(lift.value)} times as many good leads as an average tenth")
    sentence = "; ".join(said)
    return f"{sentence[:1].upper()}{sentence[1:]}." if sentence else "Nobody has measured its quality."


def rows_words(model: RegisteredModel) -> str:
    """1,200 leads, 96 of them good (8 %)."""
    if not model.row_count:
        return "not stated"
    share = 100 * model.positive_count / model.row_count
    percent = f"{share:.0f} %" if share >= 1 or not share else f"{share:.1f} %"
    return f"{model.row_count:,} leads, {model.positive_count:,} of them good ({percent})"


def range_words(model: RegisteredModel) -> str:
    """3 Nov 2025 to 1 Mar 2026."""
    if model.data_from is None or model.data_to is None:
        return "the rows have no dates"
    if day(model.data_from) == day(model.data_to):
        return day(model.data_from)
    return f"{day(model.data_from)} to {day(model.data_to)}"


@dataclass(frozen=True, slots=True)
class Spell:
    """A time in which one model, or the rules (None), scored.

    Attributes:
        until: None: to this day.
    """

    model_id: Any
    since: datetime
    until: datetime | None


def spells_of(history: Sequence[ModelStatusChange]) -> tuple[Spell, ...]:
    """Who scored when, by the history of a purpose, in order; before the first one the rules scored."""
    spells: list[Spell] = []
    holder = None
    since: datetime | None = None
    for change in history:
        if change.status == "champion":
            new = change.model_id
        elif change.model_id == holder and change.status_before == "champion":
            new = None
        else:
            continue
        if since is not None and change.at > since:
            spells.append(Spell(holder, since, change.at))
        holder, since = new, change.at
    if since is not None:
        spells.append(Spell(holder, since, None))
    return tuple(spells)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
