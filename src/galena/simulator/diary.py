"""The diary of a simulation: how far it is, and what each week showed; a small file beside the database."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from galena.engines.learning.ranks import area_of

WEEKS_A_MONTH = 52 / 12


@dataclass(slots=True)
class LeadSeen:
    """A lead as it came in.

    Attributes:
        points: its score, 0-100; `probability`: of a meeting, as the scores have it.
        ready: the true probability; `meets`: whether the owner would meet a usual broker.
        by_model: whether the probability is a model's; else it is read off the rules' points.
    """

    points: float
    probability: float
    ready: float
    meets: bool
    by_model: bool


@dataclass(slots=True)
class Week:
    """What a week showed.

    Attributes:
        assigned: leads given; `meetings`: of them, how many truly end in a meeting; `expected`: the same by the truth.
        promotions: models that took over; alarms: of drift.
        leads: those that came in.
    """

    assigned: int = 0
    meetings: int = 0
    expected: float = 0.0
    promotions: int = 0
    alarms: int = 0
    leads: list[LeadSeen] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some weeks in figures.

    Attributes:
        conversion: meetings per 100 leads given; `expected`: the same by the truth, without luck.
        auc, brier: of what scores said of all leads that came in; `best_auc`: of the truth itself.
    """

    assigned: int
    conversion: float | None
    expected: float | None
    auc: float | None
    best_auc: float | None
    brier: float | None
    promotions: int
    alarms: int


class Diary:
    """The weeks of a simulation, kept in a file after every step."""

    def __init__(self, file: Path, plan: Mapping[str, Any], steps: int, weeks: list[Week]) -> None:
        self._file = file
        self.plan = dict(plan)
        self.steps = steps
        self.weeks = weeks

    @classmethod
    def opened(cls, file: Path, plan: Mapping[str, Any]) -> "Diary":
        """The diary in a file; a new one where there is none."""
        if not file.exists():
            return cls(file, plan, 0, [])
        kept = json.loads(file.read_text())
        weeks = [
            Week(**{**week, "leads": [LeadSeen(*lead) for lead in week["leads"]]}) for week in kept["weeks"]
        ]
        return cls(file, kept["plan"], kept["steps"], weeks)

    def week(self, number: int) -> Week:
        """A week, counted from 0, to be written into."""
        while len(self.weeks) <= number:
            self.weeks.append(Week())
        return self.weeks[number]

    def step_done(self) -> None:
        """Keeps that one more step is done, whole or not at all."""
        self.steps += 1
        told = {"plan": self.plan, "steps": self.steps, "weeks": [_kept(week) for week in self.weeks]}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        part = self._file.with_suffix(".part")
        part.write_text(json.dumps(told))
        part.replace(self._file)

    def months(self) -> dict[int, Stretch]:
        """By month, counted from 1."""
        found: dict[int, list[Week]] = {}
        for number, week in enumerate(self.weeks):
            found.setdefault(month_of(number), []).append(week)
        return {month: stretch_of(weeks) for month, weeks in found.items()}


def month_of(week: int) -> int:
    """The month of a week: weeks from 0, months from 1."""
    return int(week / WEEKS_A_MONTH) + 1


def stretch_of(weeks: Sequence[Week]) -> Stretch:
    """Some weeks in figures."""
    seen = [lead for week in weeks for lead in week.leads]
    assigned = sum(week.assigned for week in weeks)
    happened = np.array([float(lead.meets) for lead in seen])
    said = np.array([lead.probability for lead in seen])
    two_kinds = len(set(happened.tolist())) == 2
    return Stretch(
        assigned,
        round(100 * sum(week.meetings for week in weeks) / assigned, 2) if assigned else None,
        round(100 * sum(week.expected for week in weeks) / assigned, 2) if assigned else None,
        _area(happened, [lead.points for lead in seen]) if two_kinds else None,
        _area(happened, [lead.ready for lead in seen]) if two_kinds else None,
        round(float(((said - happened) ** 2).mean()), 4) if seen else None,
        sum(week.promotions for week in weeks),
        sum(week.alarms for week in weeks),
    )


def _area(happened: "np.ndarray[Any, Any]", said: Iterable[float]) -> float:
    return round(float(area_of(happened, np.array(list(said))).value), 4)


def _kept(week: Week) -> dict[str, Any]:
    plain = {each.name: getattr(week, each.name) for each in fields(Week)}
    return {**plain, "leads": [[getattr(lead, name) for name in _SEEN] for lead in week.leads]}


_SEEN = tuple(each.name for each in fields(LeadSeen))
