"""How surely two normal records are one, and why: Fellegi-Sunter weights, with the rivals that share much.

Every field adds the bits of its level, log2(m / u); where the value's own frequency is known it stands for u, so that
a rare value says more. Against "they are one" stand "they have nothing to do with each other" and two rivals that
explain much agreement: a household or office (everything agrees but what is one's own), and branches of a chain
(everything agrees but where they are).
"""

from dataclasses import dataclass
from math import log2
from typing import NamedTuple

from galena.engines.identity.ladders import Ladder
from galena.engines.identity.model import RIVAL_DIFFERS, MatchModel, Priors
from galena.engines.identity.records import Record


class Rivalry(NamedTuple):
    """The bits of a pair by what they speak of: all, those that a household does not explain, those of the place."""

    bits: float
    own_bits: float
    place_bits: float


@dataclass(frozen=True, slots=True)
class FieldEvidence:
    """What one field says.

    Attributes:
        level: the place on the ladder, 0 the best.
        bits: for (+) or against (-) their being one.
        words: the same in words.
        differs: nothing of one's own agrees: the last rung, or one on which colleagues stand just as well.
    """

    field: str
    label: str
    level: int
    bits: float
    words: str
    differs: bool


@dataclass(frozen=True, slots=True)
class PairEvidence:
    """What two records say together.

    Attributes:
        weight_bits: the sum of the fields' bits.
        probability: that they are one, 0-1, prior and rivals counted in.
        fields: what each field says; fields that one of the records lacks are left out.
        household, branch: probabilities of the rivals.
    """

    weight_bits: float
    probability: float
    fields: tuple[FieldEvidence, ...]
    household: float
    branch: float

    @property
    def because(self) -> str:
        """Why they may be one, the strongest first: "same phone; name 94 % alike"."""
        told = sorted((each for each in self.fields if each.bits > 0.5), key=lambda each: -each.bits)
        return "; ".join(dict.fromkeys(each.words for each in told))

    @property
    def against(self) -> str:
        """What speaks against it, the strongest first."""
        told = sorted((each for each in self.fields if each.bits < -0.5), key=lambda each: each.bits)
        return "; ".join(dict.fromkeys(each.words for each in told))


def weigh(a: Record, b: Record, model: MatchModel, *, across: bool = False) -> PairEvidence:
    """How surely two records are one, and why.

    Args:
        a, b: as `MatchModel.record` gives them.
        across: they come from two tables each of which was learned apart.
    """
    fields, bits, own, place = [], 0.0, 0.0, 0.0
    for ladder, is_own, is_of_place in zip(model.ladders, model.own, model.of_place, strict=True):
        level = ladder.grade(a, b)
        if level is None:
            continue
        gained = level_bits(ladder, level, a, b, model)
        bits += gained
        own += own_part(gained, is_own=is_own, is_shared=ladder.levels[level].is_shared)
        if is_of_place:
            place += gained
        differs = level == len(ladder.levels) - 1 or ladder.levels[level].is_shared
        fields.append(
            FieldEvidence(ladder.name, ladder.label, level, gained, words_of(ladder, level, a, b), differs)
        )
    chance, household, branch = probabilities(Rivalry(bits, own, place), model.priors, across=across)
    return PairEvidence(bits, chance, tuple(fields), household, branch)


def chance_of(a: Record, b: Record, model: MatchModel) -> float:
    """The probability that `weigh` gives for two records of one table, without the words: several times as fast."""
    bits = own = place = 0.0
    for grade, levels, is_own, is_of_place in model.steps:
        level = grade(a, b)
        if level is None:
            continue
        name, m, gained, is_shared = levels[level]
        if name is not None:
            mine, theirs = a[name], b[name]
            u = model.frequency(name, mine)
            if mine != theirs:
                u = max(u, model.frequency(name, theirs))
            gained = log2(m / u)
        bits += gained
        own += own_part(gained, is_own=is_own, is_shared=is_shared)
        if is_of_place:
            place += gained
    return probabilities(Rivalry(bits, own, place), model.priors)[0]


def own_part(gained: float, *, is_own: bool, is_shared: bool) -> float:
    """Of a field's bits those that a household or office does not explain.

    One's own fields, all they say; but where colleagues agree in them just as well (`is_shared`: the domain of their
    addresses), only what speaks against. Of the others, what speaks against beyond `RIVAL_DIFFERS`: not each member of
    a household shares each telephone, and colleagues no last name.
    """
    if is_own:
        return min(gained, 0.0) if is_shared else gained
    return min(gained + RIVAL_DIFFERS, 0.0)


def level_bits(ladder: Ladder, level: int, a: Record, b: Record, model: MatchModel) -> float:
    """The bits of a level for two records."""
    m, u = model.chances[ladder.name][level]
    if name := ladder.levels[level].frequency_of:
        u = max(model.frequency(name, a[name]), model.frequency(name, b[name]))
    return log2(m / u)


def probabilities(pair: Rivalry, priors: Priors, *, across: bool = False) -> tuple[float, float, float]:
    """The probabilities that a pair is one, a household or office, branches of a chain."""
    one = _grown(priors.across if across else priors.within, pair.bits)
    household = _grown(priors.household, pair.bits - pair.own_bits)
    branch = _grown(priors.branch, pair.bits - pair.place_bits)
    total = one + household + branch + 1.0
    return one / total, household / total, branch / total


def words_of(ladder: Ladder, level: int, a: Record, b: Record) -> str:
    """What a level says, in words."""
    says = ladder.levels[level].says
    if "{alike}" not in says or ladder.alike is None:
        return says
    # Alike is not the same: 100 % would say so.
    return says.replace("{alike}", str(min(round(100 * ladder.alike(a, b)), 99)))


_MOST_BITS = 300.0


def _grown(share: float, bits: float) -> float:
    return float(share * 2.0 ** max(min(bits, _MOST_BITS), -_MOST_BITS))
