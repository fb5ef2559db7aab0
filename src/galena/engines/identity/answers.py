"""What reviewers' answers teach: by how much leads are more, or less, often one than the model thinks.

One number is learned, in bits: every probability's odds are moved by it. It is the most likely one under the answers
and a bell curve around 0 with a spread of 1 bit, so that a few answers move little and many move as far as they say.
"Not sure" teaches nothing. The weights of the fields stay: people are asked about the doubtful pairs, and fields
counted on these alone would be wrong everywhere else.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import log2

from galena.engines.identity.model import MatchModel, Priors

SPREAD_BITS = 1.0
MOST_BITS = 4.0
_STEPS = 60
_NATS_PER_BIT = 0.6931471805599453


def shift_of(answers: Sequence[tuple[float, bool]]) -> float:
    """The bits to add to the odds of every pair.

    Args:
        answers: (the probability that the unmoved model gave, whether they are the same).
    """
    low, high = -MOST_BITS, MOST_BITS
    # The slope falls all the way, so that halving finds where it is zero.
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _slope(answers, middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def moved_probability(probability: float, bits: float) -> float:
    """A probability with its odds moved by so many bits."""
    safe = min(max(probability, 1e-12), 1 - 1e-12)
    odds: float = 2.0 ** (log2(safe / (1 - safe)) + bits)
    return float(odds / (1 + odds))


def moved_model(model: MatchModel, bits: float) -> MatchModel:
    """The model under which leads are one so many bits more often; what explains look-alikes stays."""
    factor = 2.0**bits
    priors = Priors(
        within=min(model.priors.within * factor, 0.5),
        across=min(model.priors.across * factor, 0.5),
        household=model.priors.household,
        branch=model.priors.branch,
    )
    return replace(model, priors=priors)


def _slope(answers: Sequence[tuple[float, bool]], bits: float) -> float:
    told = sum(same - moved_probability(probability, bits) for probability, same in answers)
    return told * _NATS_PER_BIT - bits / SPREAD_BITS**2
