"""Weighed pairs as arrays, and what they say together: priors, chances and probabilities by expectation and maximum.

Splink weighs the pairs; this refines what it learned on the pairs that were compared, with the two rivals (household,
branch) counted in, so that a colleague's record teaches nothing about how duplicates look.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from galena.engines.identity.ladders import Ladder
from galena.engines.identity.model import RIVAL_DIFFERS, MatchModel, Priors, usual_priors

Floats = NDArray[np.float64]

_ROUNDS = 40
_SETTLED = 1e-4
_PRIOR_MATCHES = 12.0
"""The usual chances count for so many matches beside those of the table."""

_PRIOR_ONE, _PRIOR_RIVAL = 2.0, 1.0
_LEAST_CHANCE = 1e-5
_MOST_AGREEMENT = 4.0
_LEAST_LEFT = 0.05
"""At least this share of a level's random agreement stays, however much of it matches explain."""


@dataclass(frozen=True)
class Pairs:
    """Pairs that are not plainly different.

    Attributes:
        left, right: rows; left < right.
        across: whether they come from two tables.
        levels: pairs x ladders, the place on the ladder (0: best), -1 where a value is missing.
        bits: pairs x ladders, as Splink weighed them; 0 where a value is missing.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    across: NDArray[np.bool_]
    levels: NDArray[np.int8]
    bits: Floats


@dataclass(frozen=True)
class Population:
    """How many pairs there are in all.

    Attributes:
        sizes: records of each table.
        filled: ladder -> share of the pairs in which both have a value, 0-1.
    """

    sizes: tuple[int, ...]
    filled: tuple[float, ...]

    @property
    def rows(self) -> int:
        """All records."""
        return sum(self.sizes)

    @cached_property
    def within(self) -> float:
        """Pairs of two records of one table."""
        return sum(size * (size - 1) / 2 for size in self.sizes)

    @cached_property
    def across(self) -> float:
        """Pairs of records of two tables."""
        return self.rows * (self.rows - 1) / 2 - self.within


@dataclass(frozen=True)
class Weighed:
    """What the refining found.

    Attributes:
        field_bits: pairs x ladders, under the model.
        probability, rival: per pair, that it is one, and that a rival explains it.
    """

    model: MatchModel
    field_bits: Floats
    probability: Floats
    rival: Floats

    @cached_property
    def bits(self) -> Floats:
        """The bits of each pair."""
        return np.asarray(self.field_bits.sum(axis=1), dtype=np.float64)


def weigh_pairs(pairs: Pairs, model: MatchModel) -> Weighed:
    """The probabilities of pairs under a model, by its own bits."""
    chances = Classes(pairs, model)
    one, rival = chances.probabilities(pairs.bits, model.priors)
    return Weighed(model, pairs.bits, one, rival)


def refine(pairs: Pairs, model: MatchModel, population: Population) -> Weighed:
    """The model whose priors and chances explain the pairs best, drawn towards what is usual where pairs are few."""
    classes = Classes(pairs, model)
    priors = model.priors
    m = [np.array([each[0] for each in model.chances[ladder.name]]) for ladder in model.ladders]
    first = [column.copy() for column in m]
    bits = pairs.bits
    one, rival = classes.probabilities(bits, priors)
    for _ in range(_ROUNDS):
        m = [learned_m(pairs.levels[:, at], one, ladder) for at, ladder in enumerate(model.ladders)]
        bits = moved(pairs.levels, pairs.bits, first, m)
        priors = classes.priors_of(one, bits, priors, population)
        before = one
        one, rival = classes.probabilities(bits, priors)
        if not one.size or float(np.abs(one - before).max()) < _SETTLED:
            break
    chances = {
        ladder.name: tuple(
            (float(chance), u)
            for chance, u in zip(
                m[at], _learned_u(pairs.levels[:, at], one, model, at, population), strict=True
            )
        )
        for at, ladder in enumerate(model.ladders)
    }
    refined = replace(model, priors=priors, chances=chances)
    bits = _rebased(pairs, model, refined)
    one, rival = classes.probabilities(bits, priors)
    return Weighed(refined, bits, one, rival)


class Classes:
    """Match, household, branch, nothing: what explains a pair."""

    def __init__(self, pairs: Pairs, model: MatchModel) -> None:
        self._across = pairs.across
        self._layout = model.layout
        self._own = np.array(model.own, dtype=np.bool_)
        self._place = np.array(model.of_place, dtype=np.bool_)
        self._shared = [
            (at, pairs.levels[:, at] == number)
            for at, ladder in enumerate(model.ladders)
            for number, level in enumerate(ladder.levels)
            if level.is_shared and self._own[at]
        ]

    def probabilities(self, bits: Floats, priors: Priors) -> tuple[Floats, Floats]:
        """Per pair: that it is one, that a rival explains it."""
        one, household, branch = self.grown(bits, priors)
        total = one + household + branch + 1.0
        return one / total, (household + branch) / total

    def priors_of(self, one: Floats, bits: Floats, priors: Priors, population: Population) -> Priors:
        """The priors that fit the probabilities `one`, and those of the rivals under the priors before."""
        usual = usual_priors(self._layout, population.rows)
        matching, household, branch = self.grown(bits, priors)
        total = matching + household + branch + 1.0
        everywhere = population.within + population.across

        def share(found: float, pairs: float, least: float, chance: float) -> float:
            return min((found + least) / (pairs + least / chance), 0.5) if chance else 0.0

        return Priors(
            within=share(float(one[~self._across].sum()), population.within, _PRIOR_ONE, usual.within),
            across=share(float(one[self._across].sum()), population.across, _PRIOR_ONE, usual.across),
            household=share(float((household / total).sum()), everywhere, _PRIOR_RIVAL, usual.household),
            branch=share(float((branch / total).sum()), everywhere, _PRIOR_RIVAL, usual.branch),
        )

    def grown(self, bits: Floats, priors: Priors) -> tuple[Floats, Floats, Floats]:
        """Per pair how likely it is one, household, branch, each against having nothing to do with each other."""
        whole = bits.sum(axis=1)
        own, place = self._own_bits(bits), bits[:, self._place].sum(axis=1)
        chance = np.where(self._across, priors.across, priors.within)
        return (
            chance * np.exp2(np.clip(whole, -300, 300)),
            priors.household * np.exp2(np.clip(whole - own, -300, 300)),
            priors.branch * np.exp2(np.clip(whole - place, -300, 300)),
        )

    def _own_bits(self, bits: Floats) -> Floats:
        """See `galena.engines.identity.weighing.own_part`; by columns, so that memory does not grow with the fields."""
        total = np.zeros(len(bits))
        for at, own in enumerate(self._own):
            total += bits[:, at] if own else np.minimum(bits[:, at] + RIVAL_DIFFERS, 0.0)
        for at, stand in self._shared:
            total[stand] -= np.maximum(bits[stand, at], 0.0)
        return total


def held(u: Floats, ladder: Ladder, *, contacts: bool) -> Floats:
    """How often strangers stand on each level, no more than `_MOST_AGREEMENT` times as often as is usual in what is
    made to tell them apart.

    Args:
        contacts: addresses or numbers are compared, too; only where they are not, names that are merely alike tell.
    """
    telling = min(ladder.telling_levels, 1) if contacts else ladder.telling_levels
    if telling:
        usual = np.array([level.u for level in ladder.levels[:telling]])
        u = u.copy()
        u[:telling] = np.minimum(u[:telling], _MOST_AGREEMENT * usual)
        u[-1] = 1.0 - u[:-1].sum()
    return u


def bounded(counts: Floats, ladder: Ladder) -> Floats:
    """Counts of matches by level as chances; of duplicates no more than `most_other` stand on the last rung, since
    records that agree in a few fields and in nothing else are no duplicates however many there are; nor, where these
    are slips, more on any rung than on the first."""
    if ladder.has_slips:
        counts = np.append(np.minimum(counts[:-1], counts[0]), counts[-1])
    m: Floats = np.maximum(counts / counts.sum(), _LEAST_CHANCE)
    if m[-1] > ladder.most_other:
        m[:-1] *= (1.0 - ladder.most_other) / m[:-1].sum()
        m[-1] = ladder.most_other
    return m


def learned_m(levels: NDArray[np.int8], one: Floats, ladder: Ladder) -> Floats:
    """How often matches stand on each level, by the pairs' probabilities and what is usual."""
    usual = np.array([rung.m for rung in ladder.levels])
    known = levels >= 0
    found = np.bincount(levels[known], weights=one[known], minlength=len(usual))
    return bounded(found + _PRIOR_MATCHES * usual / usual.sum(), ladder)


def _learned_u(
    levels: NDArray[np.int8], one: Floats, model: MatchModel, at: int, population: Population
) -> list[float]:
    """Random agreement, without what matches explain of it."""
    ladder = model.ladders[at]
    before = np.array([u for _, u in model.chances[ladder.name]])
    known = levels >= 0
    found = np.bincount(levels[known], weights=one[known], minlength=len(before))
    pairs = (population.within + population.across) * population.filled[at]
    left = np.maximum(before * pairs - found, before * pairs * _LEAST_LEFT) + 1e-9
    return [float(each) for each in left / left.sum()]


def moved(levels: NDArray[np.int8], bits: Floats, first: list[Floats], m: list[Floats]) -> Floats:
    """The pairs' bits once the chances of matches (by ladder, by level) went from `first` to `m`."""
    changed = bits.copy()
    for at, (before, now) in enumerate(zip(first, m, strict=True)):
        step = np.append(np.log2(now) - np.log2(before), 0.0)
        changed[:, at] += step[levels[:, at]]
    return changed


def _rebased(pairs: Pairs, model: MatchModel, refined: MatchModel) -> Floats:
    """The pairs' bits under a refined model; a value's own frequency stands for u and stays."""
    bits = pairs.bits.copy()
    for at, ladder in enumerate(model.ladders):
        steps = [
            np.log2(m / before) - (0.0 if level.frequency_of else np.log2(u / u_before))
            for level, (m, u), (before, u_before) in zip(
                ladder.levels, refined.chances[ladder.name], model.chances[ladder.name], strict=True
            )
        ]
        bits[:, at] += np.append(steps, 0.0)[pairs.levels[:, at]]
    return bits
