"""May the challenger take over? Both models are compared on the same later leads, which neither was trained on.

The comparison is paired: each lead gives the difference of the two log-losses (how surprised each model was by what
happened), and the certainty is how surely the mean difference speaks for the challenger: by the bootstrap and by the
t distribution, whichever is less sure. Leads of one group count as one observation. The area under the ROC curve is
compared as well (DeLong, paired); a challenger that orders leads surely worse does not take over.

Looking again and again until the certainty is high enough would let a challenger win by patience. Either look once,
at a number of labels fixed beforehand, or use the certainty "at any time" (`any_time=True`): it holds however often
one looks, and needs more leads.
"""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from galena.engines.learning.headline import percent
from galena.engines.learning.metrics import Estimate, draws_for, interval_of, loss_of
from galena.engines.learning.ranks import Floats, area_of, codes_of, variance_of

REQUIRED_CERTAINTY = 0.95
FIRST_LOOK_CERTAINTY = 0.96
LATER_LOOKS_CERTAINTY = 0.99
"""A model tried by hand may be wrong in 4 of 100 cases at the first look and in 1 at all later ones: 5 together."""
FEWEST_LEADS = 100
FEWEST_OF_AN_OUTCOME = 10
TUNED_FOR_LEADS = 500
"""The number of observations at which the certainty at any time is sharpest."""

Word = Literal["better", "worse", "undecided"]


class Verdict(BaseModel):
    """What later leads say about champion and challenger.

    Attributes:
        verdict: of the challenger.
        promote: whether it may take over.
        certainty: how sure (0-1) the leads are that the challenger is better, looked at once.
        certainty_any_time: the same however often one looks; never above `certainty` by much.
        leads, positives: what it rests on.
        champion_log_loss, challenger_log_loss: mean log-loss of each.
        difference: champion's less challenger's log-loss: above 0 speaks for the challenger.
        champion_auc, challenger_auc, auc_difference: of the order (challenger's less champion's area).
        sentence: the verdict in words.
        note: what to mind about looking again.
    """

    model_config = ConfigDict(frozen=True)
    verdict: Word
    promote: bool
    certainty: float
    certainty_any_time: float
    required_certainty: float
    leads: int
    positives: int
    champion_log_loss: float
    challenger_log_loss: float
    difference: Estimate
    champion_auc: Estimate
    challenger_auc: Estimate
    auc_difference: Estimate
    sentence: str
    note: str


def verdict_on(
    target: Floats,
    champion: Floats,
    challenger: Floats,
    *,
    groups: NDArray[Any] | None = None,
    weights: Floats | None = None,
    required_certainty: float = REQUIRED_CERTAINTY,
    fewest_leads: int = FEWEST_LEADS,
    fewest_of_an_outcome: int = FEWEST_OF_AN_OUTCOME,
    any_time: bool = False,
    draws: int = 2000,
    seed: int = 0,
) -> Verdict:
    """Compare the probabilities two models gave to the same later leads, in the order the outcomes came.

    Arrays hold one entry per lead with a known outcome (`target` 0 or 1); `weights` counts leads more or less.
    """
    weight = np.ones(len(target)) if weights is None else weights
    group = codes_of(groups)
    champion_loss, challenger_loss = loss_of(target, champion), loss_of(target, challenger)
    gained, counted = _observations(weight * (champion_loss - challenger_loss), weight, group)
    difference, certainty = _compared(gained, counted, draws, seed)
    patient = _at_any_time(gained, counted)
    areas, order, order_error = _orders(target, champion, challenger, group)
    positives = int((target > 0.5).sum())
    enough = len(target) >= fewest_leads and min(positives, len(target) - positives) >= fewest_of_an_outcome
    decisive = patient if any_time else certainty
    verdict: Word = "undecided"
    if enough and decisive >= required_certainty:
        verdict = "better"
    elif enough and decisive <= 1 - required_certainty:
        verdict = "worse"
    order_surely_worse = bool(order_error > 0 and order < -1.6449 * order_error)
    total = float(weight.sum()) or 1.0
    return Verdict(
        verdict=verdict,
        promote=verdict == "better" and not order_surely_worse,
        certainty=certainty,
        certainty_any_time=patient,
        required_certainty=required_certainty,
        leads=len(target),
        positives=positives,
        champion_log_loss=float((weight * champion_loss).sum()) / total,
        challenger_log_loss=float((weight * challenger_loss).sum()) / total,
        difference=difference,
        champion_auc=areas[0],
        challenger_auc=areas[1],
        auc_difference=_interval(order, order_error, -1.0),
        sentence=_sentence(
            verdict, decisive, len(target), positives, enough, order_surely_worse, required_certainty
        ),
        note=_note(any_time),
    )


def _observations(gained: Floats, weight: Floats, group: NDArray[np.int64] | None) -> tuple[Floats, Floats]:
    """Gain and weight of each observation: a lead, or a group of leads."""
    if group is None:
        return gained, weight
    return np.bincount(group, gained).astype(np.float64), np.bincount(group, weight).astype(np.float64)


def _compared(gained: Floats, counted: Floats, draws: int, seed: int) -> tuple[Estimate, float]:
    """Mean gain per lead with its bootstrap interval, and how surely it is above 0."""
    from scipy.stats import t

    count = len(gained)
    if count < 2 or not counted.sum():
        return Estimate(value=None), 0.5
    mean = float(gained.sum() / counted.sum())
    spread = float(np.sqrt(((gained - mean * counted) ** 2).sum() / (count - 1) * count)) / float(
        counted.sum()
    )
    if spread == 0:
        return Estimate(value=mean, low=mean, high=mean), 0.5 if mean == 0 else float(mean > 0)
    by_t = float(t.cdf(mean / spread, count - 1))
    rng = np.random.default_rng(seed)
    drawn = np.empty(draws_for(count, draws))
    for number in range(len(drawn)):
        times = np.bincount(rng.integers(0, count, count), minlength=count)
        drawn[number] = np.einsum("i,i->", times, gained) / max(np.einsum("i,i->", times, counted), 1e-300)
    low, high = interval_of(drawn)
    by_draws = float(((drawn > 0).sum() + 0.5 * (drawn == 0).sum() + 0.5) / (len(drawn) + 1))
    certainty = by_t if not len(drawn) else min((by_t, by_draws), key=lambda each: abs(each - 0.5))
    return Estimate(value=mean, low=min(low, mean), high=max(high, mean)), certainty


def _at_any_time(gained: Floats, counted: Floats) -> float:
    """Certainty that holds at every look: from a normal mixture over effect sizes (asymptotic confidence sequence)."""
    count = len(gained)
    scatter = float(gained.std()) if count > 1 else 0.0
    if scatter == 0:
        return 0.5
    mean = gained.sum() / max(counted.sum(), 1e-300)
    total = float(gained.sum()) / scatter
    mixing = 1 / TUNED_FOR_LEADS
    evidence = mixing * total**2 / (2 * (count * mixing + 1)) - 0.5 * np.log(count * mixing + 1)
    doubt = min(0.5, float(np.exp(-min(evidence, 700.0))) / 2)
    return 1 - doubt if mean > 0 else doubt


def _orders(
    target: Floats, champion: Floats, challenger: Floats, group: NDArray[np.int64] | None
) -> tuple[tuple[Estimate, Estimate], float, float]:
    """Both areas, their difference (challenger's less champion's) and its standard error."""
    one, other = area_of(target, champion), area_of(target, challenger)
    error = variance_of(other.influence - one.influence, group) ** 0.5
    areas = tuple(_interval(area.value, area.variance(group) ** 0.5, 0.0) for area in (one, other))
    return (areas[0], areas[1]), other.value - one.value, error


def _interval(value: float, error: float, lowest: float) -> Estimate:
    return Estimate(value=value, low=max(lowest, value - 1.96 * error), high=min(1.0, value + 1.96 * error))


def _sentence(
    verdict: Word,
    certainty: float,
    leads: int,
    positives: int,
    enough: bool,
    order_worse: bool,
    required: float,
) -> str:
    seen = f"{leads:,} later leads ({positives:,} won)"
    if not enough:
        return f"Undecided: {seen} are too few to compare the models."
    if verdict == "better" and order_worse:
        return (
            f"The challenger's probabilities are better on {seen}, {_sure(certainty)} sure, but it orders leads "
            "surely worse: it does not take over."
        )
    if verdict == "better":
        return f"The challenger is better on {seen}, {_sure(certainty)} sure: it may take over."
    if verdict == "worse":
        return f"The challenger is worse on {seen}, {_sure(1 - certainty)} sure: the champion stays."
    return (
        f"Undecided on {seen}: {_sure(certainty)} sure that the challenger is better, {percent(required)} are needed. "
        "The champion stays."
    )


def _sure(certainty: float) -> str:
    return "over 99.9 %" if certainty > 0.999 else f"{certainty * 100:.1f} %"


def _note(any_time: bool) -> str:
    if any_time:
        return "The certainty holds however often the comparison is repeated as outcomes come in."
    return (
        "The certainty holds for one look. Repeated as outcomes come in, use the certainty at any time, or a "
        "challenger wins by patience."
    )
