"""A learner that follows the world week by week, and the evidence that it predicts better than what scores now.

It is asked of every week's leads knowing only what became of those of earlier weeks (prequential, Dawid 1984).
Several simple predictors are at work side by side: what the rules' points say, and additive models of the leads'
values, each with its own memory (old outcomes count less, by half every so many weeks) and its own penalty. Their
shares follow how well each did, by exponentiated weights of which a small part is dealt anew every week ("fixed share",
Herbster and Warmuth 1998): so the rules decide while nothing is known, and when what makes a lead good changes, those
with a short memory have the say within weeks.

**The evidence** is the sum over later leads of what it saves in log-loss against what scores now, in nats. If the
probabilities of what scores now are right, the chance that it ever exceeds ln(1 / error rate) is at most that error
rate, however often one looks (Ville 1939: it is the logarithm of a likelihood ratio whose predictions were made before
the outcomes). The rules alone are given the best line through their points, with memories of their own, so that a
change of the usual rate alone is no evidence.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.engines.learning.blend import line_of
from galena.engines.learning.members.additive import Additive
from galena.engines.learning.members.recipe import Lesson
from galena.engines.learning.ranks import Floats
from galena.kit.tabular.reading import Reading

if TYPE_CHECKING:
    from galena.engines.learning.members.additive import GrownAdditive
    from galena.kit.tabular.encoding import Encoding

Rows = NDArray[np.int64]

MEMORIES_WEEKS: Final = (float("inf"), 26.0, 8.0, 3.0)
"""After so many weeks an outcome counts half."""
PENALTIES: Final = (300.0, 100.0)
"""Imagined leads that hold each column's effect at nothing."""
RULES_SHARE: Final = 0.5
"""Of the say, what the rules' predictors begin with."""
DEALT_ANEW: Final = 0.05
FEWEST_KNOWN: Final = 60
FEWEST_OF_AN_OUTCOME: Final = 10
BLOCK_DAYS: Final = 7.0
BLOCKS_MOST: Final = 104
REMEMBERED: Final = 1_000
_RECIPE: Final = Additive(pieces=0)
_END: Final = 6.0
"""Log-odds end here: one surprise must not decide everything."""


@dataclass(frozen=True, eq=False)
class Course:
    """Leads that were given out and are decided, row by row, in any order.

    Attributes:
        table: the values as read (`ReadTable.frame`), by `reading`.
        points: of the rules, 0-100.
        given_day: when each was given out, in days since any moment.
        target: what came, 1 or 0.
        weight: how many leads each stands for (see `waiting.evened`), above 0.
        monotone: column -> 1 or -1, as the playbook has it.
    """

    table: pl.DataFrame
    reading: Reading
    points: Floats
    given_day: Floats
    target: Floats
    weight: Floats
    monotone: dict[str, int] = field(default_factory=dict)

    @cached_property
    def blocks(self) -> tuple[Rows, ...]:
        """Leads of the same week together, oldest first."""
        if not len(self.given_day):
            return ()
        days = self.given_day
        length = max(BLOCK_DAYS, float(days.max() - days.min() + 1e-6) / BLOCKS_MOST)
        number = ((days - days.min()) / length).astype(np.int64)
        return tuple(np.flatnonzero(number == each) for each in np.unique(number))


@dataclass(frozen=True, eq=False)
class Predictors:
    """All predictors as they stood on a day.

    Attributes:
        lines: (slope, intercept) of the rules' points, by memory.
        encoding, inputs, grown: the additive models, by memory; each with a fit by penalty.
    """

    lines: tuple[tuple[float, float], ...]
    encoding: "Encoding"
    inputs: NDArray[np.int32]
    grown: tuple["GrownAdditive", ...]

    def log_odds(self, table: pl.DataFrame, points: Floats) -> Floats:
        """Of each lead by each predictor, those of the rules first [predictors, leads]."""
        x = np.ascontiguousarray(self.encoding.transform(table)[:, self.inputs])
        by_rules = [intercept + slope * points for slope, intercept in self.lines]
        by_model = [path for each in self.grown for path in each.path(x)]
        found: Floats = np.clip(np.array(by_rules + by_model), -_END, _END)
        return found


@dataclass(frozen=True, eq=False)
class Followed:
    """What the learner said of leads before their outcomes, and what came.

    Attributes:
        rows: the leads that were judged, in the order they were given out.
        target: what came, 1 or 0.
        online, standing: log-odds by the learner, and by what scores now.
        counts: which of them count as evidence: those that what scores now did not learn from.
        shares: each predictor's say from now on, the rules' first; they sum to 1.
        block: the number of each lead's week.
    """

    rows: Rows
    target: Floats
    online: Floats
    standing: Floats
    counts: NDArray[np.bool_]
    block: Rows
    shares: Floats

    @property
    def evidence(self) -> float:
        """In nats, for the learner."""
        gained = _loss(self.standing, self.target) - _loss(self.online, self.target)
        return float(gained[self.counts].sum())

    @property
    def model_share(self) -> float:
        """The say of what learned from the leads' values; the rest is the rules'."""
        return float(self.shares[len(MEMORIES_WEEKS) :].sum())


def grown_on(course: Course, day: float, seed: int) -> Predictors | None:
    """All predictors by what became of the leads given out before a day; None while that is too little."""
    from galena.kit.tabular.fit_encoding import fit_encoding

    rows = np.flatnonzero(course.given_day < day)
    weight, target = course.weight[rows], course.target[rows]
    if len(rows) < FEWEST_KNOWN or min(target.sum(), len(rows) - target.sum()) < FEWEST_OF_AN_OUTCOME:
        return None
    from galena.engines.learning.train_folds import inputs_of

    encoding, matrix = fit_encoding(
        course.table[rows], course.reading, target, seed=seed, monotone=course.monotone, pairs=()
    )
    inputs = inputs_of(_RECIPE, encoding, matrix, target)
    x = np.ascontiguousarray(matrix[:, inputs])
    signs = np.array([encoding.inputs[at].monotone for at in inputs.tolist()], dtype=np.int8)
    age_weeks = (min(day, float(course.given_day.max())) - course.given_day[rows]) / 7.0
    lines, grown = [], []
    for memory in MEMORIES_WEEKS:
        counts = weight * 0.5 ** (age_weeks / memory)
        lines.append(line_of(course.points[rows], target, counts))
        grown.append(
            _RECIPE.grow(Lesson(x, target, counts, signs, seed), [-penalty for penalty in PENALTIES])
        )
    return Predictors(tuple(lines), encoding, inputs, tuple(grown))


def follow(
    course: Course, *, champion: Floats | None = None, learned_to: float | None = None, seed: int = 0
) -> Followed:
    """Go through the weeks: say what each lead will come to, then look, and let the shares follow.

    Args:
        champion: log-odds of each lead by the model that scores now; None: the rules alone score.
        learned_to: the day up to which that model's leads were given out; later ones are evidence.
    """
    rules = len(MEMORIES_WEEKS)
    fresh = _begin(rules)
    shares, of_rules = fresh, np.full(rules, 1 / rules)
    rows: list[Rows] = []
    said: list[tuple[Floats, Floats]] = []
    block: list[Rows] = []
    champion_share: float | None = None
    for number, leads, z in _weeks(course, seed):
        target = course.target[leads]
        standing, online = of_rules @ z[:rules], shares @ z
        is_later = learned_to is None or float(course.given_day[leads].min()) > learned_to
        if champion is not None:
            standing = np.clip(champion[leads], -_END, _END)
            if is_later:
                champion_share = RULES_SHARE if champion_share is None else champion_share
                online = champion_share * standing + (1 - champion_share) * online
                both = np.array([champion_share, 1 - champion_share])
                champion_share = float(
                    _followed(both, np.array([standing, shares @ z]), target, np.full(2, 0.5))[0]
                )
        rows.append(leads)
        said.append((online, standing))
        block.append(np.full(len(leads), number))
        shares = _followed(shares, z, target, fresh)
        of_rules = _followed(of_rules, z[:rules], target, np.full(rules, 1 / rules))
    return _gathered(course, rows, said, block, shares, champion is not None, learned_to)


def _weeks(course: Course, seed: int) -> Iterator[tuple[int, Rows, Floats]]:
    """Each week's leads, and what the predictors that know of the weeks before say of them."""
    seen = hashlib.sha256(f"{seed}{course.reading!r}{course.monotone!r}".encode())
    for number, leads in enumerate(course.blocks):
        table, points = course.table[leads], course.points[leads]
        asked = table.hash_rows(seed=0).to_numpy().tobytes() + points.tobytes()
        key = hashlib.sha256(seen.digest() + asked).digest()
        z = _said.get(key)
        if z is None:
            predictors = grown_on(course, float(course.given_day[leads].min()), seed)
            z = np.zeros((0, len(leads))) if predictors is None else predictors.log_odds(table, points)
            _remember(key, z)
        if len(z):
            yield number, leads, z
        for part in (course.given_day, course.target, course.weight):
            seen.update(part[leads].tobytes())
        seen.update(asked)


_said: Final[OrderedDict[bytes, Floats]] = OrderedDict()
"""What was said of weeks, by everything it follows from: each look asks mostly about the same."""


def _remember(key: bytes, z: Floats) -> None:
    _said[key] = z
    while len(_said) > REMEMBERED:
        try:
            _said.popitem(last=False)
        except KeyError:  # Another thread was quicker.
            return


def _begin(rules: int) -> Floats:
    models = len(MEMORIES_WEEKS) * len(PENALTIES)
    return np.concatenate([np.full(rules, RULES_SHARE / rules), np.full(models, (1 - RULES_SHARE) / models)])


def _followed(shares: Floats, z: Floats, target: Floats, fresh: Floats) -> Floats:
    """The shares after some outcomes: by how well each predicted, and a part of them dealt anew."""
    log = np.log(shares) - np.array([_loss(each, target).sum() for each in z])
    weight = np.exp(log - log.max())
    found: Floats = (1 - DEALT_ANEW) * weight / weight.sum() + DEALT_ANEW * fresh
    return found


def _gathered(
    course: Course,
    rows: list[Rows],
    said: list[tuple[Floats, Floats]],
    block: list[Rows],
    shares: Floats,
    has_champion: bool,
    learned_to: float | None,
) -> Followed:
    none = np.zeros(0)
    at = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)
    later = np.ones(len(at), dtype=np.bool_)
    if has_champion and learned_to is not None:
        later = course.given_day[at] > learned_to
    return Followed(
        rows=at,
        target=course.target[at],
        online=np.concatenate([one for one, _ in said]) if said else none,
        standing=np.concatenate([other for _, other in said]) if said else none,
        counts=later,
        block=np.concatenate(block) if block else np.zeros(0, dtype=np.int64),
        shares=shares,
    )


def _loss(z: Floats, target: Floats) -> Floats:
    found: Floats = np.logaddexp(0.0, z) - target * z
    return found
