"""Tables without duplicates of their own: what is alike within one of them is two things that look alike.

Catalogues list each product once, and registers each firm. Pairs within such a table are known to be different,
however alike: they show how look-alikes agree, and so what tells a true match between the tables from one. And each
record has one partner at most in the other table: candidates compete.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from galena.engines.identity.layout import Kind
from galena.engines.identity.model import MatchModel
from galena.engines.identity.pairs import (
    Classes,
    Floats,
    Pairs,
    Population,
    Weighed,
    learned_m,
    moved,
)

_ROUNDS = 30
_SETTLED = 1e-4
_SUREST_SHARE = 0.15
_LEAST_SUREST = 12
_MOST_OWN = 0.12
_SAME_BITS = 1e-9
_PRIOR_LOOKALIKES = 6.0
_LEAST_LOOKALIKES = 10.0
"""From fewer pairs it cannot be told how look-alikes agree."""


def tables_without_duplicates(
    pairs: Pairs, weighed: Weighed, tables: NDArray[np.int32], population: Population
) -> frozenset[int]:
    """Of several tables those that list everything once, by the pairs themselves.

    The pairs that agree most tell: were there duplicates within a table, they would be among them, being at least as
    alike as records of two tables. Hardly any of the surest pairs that touch the table lies within it. Texts are
    left aside where something else tells (model numbers): each table has its own way of writing them.
    """
    if len(population.sizes) < 2:
        return frozenset()
    bits = _telling_bits(weighed)
    found = set()
    for table, size in enumerate(population.sizes):
        touches = (tables[pairs.left] == table) | (tables[pairs.right] == table)
        count = max(_LEAST_SUREST, round(_SUREST_SHARE * size))
        ranked = np.sort(bits[touches])[::-1]
        if not ranked.size:
            continue
        # All pairs that agree as much as the last one counted: their order would be chance.
        surest = touches & (bits >= ranked[min(count, ranked.size) - 1] - _SAME_BITS)
        if float((~pairs.across[surest]).mean()) <= _MOST_OWN:
            found.add(table)
    return frozenset(found)


def _telling_bits(weighed: Weighed) -> Floats:
    """The bits by which the surest pairs are found: of one's own fields other than texts, if there are any."""
    model = weighed.model
    texts = {role.field for role in model.layout.of(Kind.TITLE, Kind.TEXT)}
    if not texts:
        return weighed.bits
    telling = [own and ladder.name not in texts for own, ladder in zip(model.own, model.ladders, strict=True)]
    return np.asarray(weighed.field_bits[:, telling].sum(axis=1)) if any(telling) else weighed.bits


@dataclass(frozen=True)
class _Sides:
    """Which pairs are known to be different, and which compete: both of their tables list everything once."""

    different: NDArray[np.bool_]
    contested: NDArray[np.bool_]


def refine_apart(
    pairs: Pairs,
    weighed: Weighed,
    population: Population,
    tables: NDArray[np.int32],
    unique: frozenset[int],
) -> Weighed:
    """The probabilities anew, once it is known which tables list everything once.

    Args:
        weighed: of `galena.engines.identity.pairs.refine`.
    """
    single = np.isin(tables, sorted(unique))
    same_table = tables[pairs.left] == tables[pairs.right]
    both = single[pairs.left] & single[pairs.right]
    sides = _Sides(different=same_table & both, contested=~same_table & both)
    model = weighed.model
    lookalike = _lookalike_bits(pairs, weighed, sides)
    share = _lookalike_share(weighed, sides, population, unique)
    classes = Classes(pairs, model)
    m = [np.array([each for each, _ in model.chances[ladder.name]]) for ladder in model.ladders]
    first = [column.copy() for column in m]
    bits, priors = weighed.field_bits, model.priors
    one = _contest(pairs, sides, *_odds(classes, bits, priors, share, lookalike))
    rival = np.zeros_like(one)
    for _ in range(_ROUNDS):
        m = [learned_m(pairs.levels[:, at], one, ladder) for at, ladder in enumerate(model.ladders)]
        bits = moved(pairs.levels, weighed.field_bits, first, m)
        priors = classes.priors_of(one, bits, priors, population)
        before = one
        odds, rival = _odds(classes, bits, priors, share, lookalike)
        one = _contest(pairs, sides, odds, rival)
        if not one.size or float(np.abs(one - before).max()) < _SETTLED:
            break
    chances = {
        ladder.name: tuple(
            (float(chance), u) for chance, (_, u) in zip(m[at], model.chances[ladder.name], strict=True)
        )
        for at, ladder in enumerate(model.ladders)
    }
    return Weighed(
        replace(model, priors=priors, chances=chances),
        bits.sum(axis=1),
        one,
        rival / (1.0 + rival) * (1.0 - one),
    )


def _odds(
    classes: Classes, bits: Floats, priors: object, share: float, lookalike: Floats
) -> tuple[Floats, Floats]:
    """Of each pair: how likely it is one, and how likely a rival, each against having nothing to do with each other."""
    one, household, branch = classes.grown(bits, priors)  # type: ignore[arg-type]
    return one, household + branch + share * np.exp2(np.clip(lookalike, -300, 300))


def _contest(pairs: Pairs, sides: _Sides, one: Floats, rival: Floats) -> Floats:
    """Probabilities where every record has one partner at most: the odds of its pairs compete."""
    odds = one / (1.0 + rival)
    odds[sides.different] = 0.0
    at = sides.contested
    rows = int(max(pairs.left.max(), pairs.right.max())) + 1 if odds.size else 0
    total = np.zeros(rows)
    for side in (pairs.left, pairs.right):
        np.add.at(total, side[at], odds[at])
    probability = odds / (1.0 + odds)
    probability[at] = odds[at] / (1.0 + total[pairs.left[at]] + total[pairs.right[at]] - odds[at])
    return np.asarray(probability, dtype=np.float64)


def _lookalike_bits(pairs: Pairs, weighed: Weighed, sides: _Sides) -> Floats:
    """The bits of each pair for "they look alike" against "they have nothing to do with each other"."""
    model: MatchModel = weighed.model
    weights = weighed.probability[sides.different]
    total = weighed.bits.copy()
    for at, ladder in enumerate(model.ladders):
        m = np.array([each for each, _ in model.chances[ladder.name]])
        levels = pairs.levels[sides.different, at]
        known = levels >= 0
        found = np.bincount(levels[known], weights=weights[known], minlength=len(m))
        usual = np.array([level.m for level in ladder.levels])
        seen = (found + _PRIOR_LOOKALIKES * usual / usual.sum()) / (found.sum() + _PRIOR_LOOKALIKES)
        total += np.append(np.log2(seen / m), 0.0)[pairs.levels[:, at]]
    return total


def _lookalike_share(
    weighed: Weighed,
    sides: _Sides,
    population: Population,
    unique: frozenset[int],
) -> float:
    """How many of all pairs look alike, as within the tables that list everything once."""
    pairs = sum(population.sizes[at] * (population.sizes[at] - 1) / 2 for at in unique)
    found = float(weighed.probability[sides.different].sum())
    return found / max(pairs, 1.0) if found >= _LEAST_LOOKALIKES else 0.0
