"""A learner that follows the world week by week, and the evidence that it predicts better than what scores now.

It is asked of every week's leads knowing only what became of those of earlier weeks (prequential, Dawid 1984).
Several simple predictors are at work side by side: what the rules' points say, and additive models of the leads'
values, each with its own memory (old outcomes count less, by half every so many weeks) and its own penalty. Their
shares follow how well each did, by exponentiated weights of which a small part is dealt anew every week ("fixed share",
Herbster and Warmuth 1998): so the rules decide while nothing is known, and when what makes a lead good changes, those
with a short memory have the say within weeks.

**The evidence** is the logarithm of a likelihood ratio: how much likelier the outcomes of later leads are by the
learner than by what scores now, where each week was predicted from the outcomes of weeks before. It is averaged over
the weeks it could begin in, half of it on the first, so that years in which what scores now was right need not be made
up for. If the probabilities of what scores now are right, the chance that it exceeds ln(1 / error rate) at a look is at
most that error rate, and at all looks at its leads in their order together as well (Ville 1939). Across looks that is
approximate: late outcomes come into weeks that were predicted before. What scores now is given the best lines through
its points or log-odds, with memories of their own, so that a change of the usual rate alone is no evidence.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

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
WEEKS_MOST: Final = 52
"""So many of the latest weeks are judged; what came before them is learned from."""
ROWS_MOST: Final = 10_000
"""Each fit learns from so many of the newest leads."""
REMEMBERED: Final = 300
REMEMBERED_BYTES: Final = 200_000
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
    def weeks(self) -> NDArray[np.int64]:
        """The number of each lead's week, from any beginning that does not move."""
        found: NDArray[np.int64] = np.floor(self.given_day / 7).astype(np.int64)
        return found

    def before(self, week: int) -> Rows:
        """The newest leads of the weeks before."""
        rows = np.flatnonzero(self.weeks < week)
        newest = np.argsort(-self.given_day[rows], kind="stable")[:ROWS_MOST]
        return np.sort(rows[newest])


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
    """What was said of leads before their outcomes, and what came, in the order of their weeks.

    Attributes:
        rows: the leads that were judged.
        target: what came, 1 or 0.
        online: log-odds by the learner; `by_rules`, `by_model`: by its parts.
        standing: by what scores now.
        week: the number of each lead's week.
        counts: which of them count as evidence: those given since what scores now does.
        shares: each predictor's say from now on, the rules' first; they sum to 1.
    """

    rows: Rows
    target: Floats
    online: Floats
    by_rules: Floats
    by_model: Floats
    standing: Floats
    week: NDArray[np.int64]
    counts: NDArray[np.bool_]
    shares: Floats

    @cached_property
    def _starts(self) -> tuple[NDArray[np.int64], Floats]:
        """The weeks the evidence could begin in, and what each gives, in nats, by its part of the whole."""
        weeks, place = np.unique(self.week[self.counts], return_inverse=True)
        if not len(weeks):
            return weeks, np.zeros(0)
        gained = (_loss(self.standing, self.target) - _loss(self.online, self.target))[self.counts]
        from_there = np.cumsum(np.bincount(place, gained)[::-1])[::-1]
        part = np.full(len(weeks), 0.5 / WEEKS_MOST)
        part[0] = 0.5
        return weeks, np.log(part) + from_there

    @property
    def evidence(self) -> float:
        """In nats, for the learner."""
        weeks, each = self._starts
        to_come = max(0.5 - max(len(weeks) - 1, 0) * 0.5 / WEEKS_MOST, 1e-12) if len(weeks) else 1.0
        return float(np.logaddexp.reduce(np.append(each, np.log(to_come))))

    @property
    def telling(self) -> NDArray[np.bool_]:
        """The leads from the week on in which the evidence begins that counts most."""
        weeks, each = self._starts
        if not len(weeks):
            return self.counts
        found: NDArray[np.bool_] = self.counts & (self.week >= weeks[int(np.argmax(each))])
        return found

    @property
    def model_share(self) -> float:
        """The say of what learned from the leads' values; the rest is the rules'."""
        return float(self.shares[len(MEMORIES_WEEKS) :].sum())


def grown_on(course: Course, week: int, seed: int) -> Predictors | None:
    """All predictors by what became of the leads of the weeks before; None while that is too little."""
    from galena.engines.learning.train_folds import inputs_of
    from galena.kit.tabular.fit_encoding import fit_encoding

    rows = course.before(week)
    weight, target = course.weight[rows], course.target[rows]
    if not _tells(target):
        return None
    monotone = {name: way for name, way in course.monotone.items() if name in course.table.columns}
    encoding, matrix = fit_encoding(
        course.table[rows], course.reading, target, seed=seed, monotone=monotone, pairs=()
    )
    inputs = inputs_of(_RECIPE, encoding, matrix, target)
    if not len(inputs):
        return None
    x = np.ascontiguousarray(matrix[:, inputs])
    signs = np.array([encoding.inputs[at].monotone for at in inputs.tolist()], dtype=np.int8)
    lines, grown = [], []
    for counts in _by_memory(course, rows, week, weight):
        lines.append(line_of(course.points[rows], target, counts))
        grown.append(
            _RECIPE.grow(Lesson(x, target, counts, signs, seed), [-penalty for penalty in PENALTIES])
        )
    return Predictors(tuple(lines), encoding, inputs, tuple(grown))


def follow(
    course: Course, *, champion: Floats | None = None, since: float | None = None, seed: int = 0
) -> Followed:
    """Go through the weeks: say what each lead will come to, then look, and let the shares follow.

    Args:
        champion: log-odds of each lead by the model that scores now; None: the rules alone score.
        since: the day from which on what scores now does; earlier leads are no evidence against it.
    """
    rules = len(MEMORIES_WEEKS)
    fresh, fresh_rules = _begin(rules), np.full(rules, 1 / rules)
    fresh_standing = np.concatenate([[0.5], np.full(rules, 0.5 / rules)])
    shares, of_rules, of_standing = fresh, fresh_rules, fresh_standing
    begin = -np.inf if since is None else since
    said: list[tuple[Rows, Floats, Floats, Floats, Floats, NDArray[np.int64]]] = []
    for week, leads, z in _weeks(course, seed):
        target = course.target[leads]
        by_rules = shares[:rules] @ z[:rules] / shares[:rules].sum()
        by_model = shares[rules:] @ z[rules:] / shares[rules:].sum()
        if champion is None:
            standing = of_rules @ z[:rules]
        else:
            lines = _lines_through(course, champion, leads, week, begin)
            standing = of_standing @ lines
            of_standing = _followed(of_standing, lines, target, fresh_standing)
        said.append((leads, shares @ z, by_rules, by_model, standing, np.full(len(leads), week)))
        shares = _followed(shares, z, target, fresh)
        of_rules = _followed(of_rules, z[:rules], target, fresh_rules)
    rows = _joined([each[0] for each in said]).astype(np.int64)
    online, by_rules, by_model, standing, weeks = (
        _joined([each[place] for each in said]) for place in range(1, 6)
    )
    return Followed(
        rows=rows,
        target=course.target[rows],
        online=online,
        by_rules=by_rules,
        by_model=by_model,
        standing=standing,
        week=weeks.astype(np.int64),
        counts=course.given_day[rows] > begin,
        shares=shares,
    )


def _joined(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros(0)


def _lines_through(course: Course, champion: Floats, leads: Rows, week: int, begin: float) -> Floats:
    """What scores now as it says, and lines through it by each memory, from leads it did not learn from."""
    said = np.clip(champion[leads], -_END, _END)
    rows = course.before(week)
    rows = rows[course.given_day[rows] > begin]
    target = course.target[rows]
    if not _tells(target):
        return np.tile(said, (1 + len(MEMORIES_WEEKS), 1))
    found = [said]
    for counts in _by_memory(course, rows, week, course.weight[rows]):
        slope, intercept = line_of(np.clip(champion[rows], -_END, _END), target, counts)
        found.append(intercept + slope * said)
    return np.clip(np.array(found), -_END, _END)


def _by_memory(course: Course, rows: Rows, week: int, weight: Floats) -> Iterator[Floats]:
    """How much each lead counts, by memory."""
    age = np.maximum(min(week, int(course.weeks.max()) + 1) - course.given_day[rows] / 7.0, 0.0)
    for memory in MEMORIES_WEEKS:
        yield weight * 0.5 ** (age / memory)


def _tells(target: Floats) -> bool:
    wins = float(target.sum())
    return len(target) >= FEWEST_KNOWN and min(wins, len(target) - wins) >= FEWEST_OF_AN_OUTCOME


def _weeks(course: Course, seed: int) -> Iterator[tuple[int, Rows, Floats]]:
    """Each week's leads, and what the predictors that know of the weeks before say of them."""
    if not len(course.weeks):
        return
    seen = hashlib.sha256(f"{seed}{course.reading!r}{course.monotone!r}".encode())
    first = int(course.weeks.max()) - WEEKS_MOST
    for week in np.unique(course.weeks).tolist():
        leads = np.flatnonzero(course.weeks == week)
        table, points = course.table[leads], course.points[leads]
        asked = table.hash_rows(seed=0).to_numpy().tobytes() + points.tobytes()
        if week > first:
            z = _asked(course, week, leads, hashlib.sha256(seen.digest() + asked).digest(), seed)
            if len(z):
                yield week, leads, z
        seen.update(f"{week}".encode())
        for part in (course.given_day, course.target, course.weight):
            seen.update(part[leads].tobytes())
        seen.update(asked)


def _asked(course: Course, week: int, leads: Rows, key: bytes, seed: int) -> Floats:
    key += week.to_bytes(8, "big", signed=True)
    z = _said.get(key)
    if z is None:
        predictors = grown_on(course, week, seed)
        z = np.zeros((0, len(leads)))
        if predictors is not None:
            z = predictors.log_odds(course.table[leads], course.points[leads])
        _remember(key, z)
    return z


_said: Final[OrderedDict[bytes, Floats]] = OrderedDict()
"""What was said of weeks, by everything it follows from: each look asks mostly about the same."""


def _remember(key: bytes, z: Floats) -> None:
    if z.nbytes > REMEMBERED_BYTES:
        return
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


def _loss(z: Floats, target: Floats) -> Floats:
    found: Floats = np.logaddexp(0.0, z) - target * z
    return found
