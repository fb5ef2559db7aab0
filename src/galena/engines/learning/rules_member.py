"""Rules as one more member of a model: what their points say of the probability, and how much they still count.

The points become log-odds by a straight line (Platt), fitted on decided leads. Rules and model are blended in log-odds,
z = (1 - w) z_rules + w z_model. The share w of the model that would have predicted best out of fold is drawn back to
none by so many imagined leads: with little evidence the rules decide, with much of it the model does.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from galena.domain.blend import Blend, Curve
from galena.engines.learning.blend import line_of

if TYPE_CHECKING:
    from galena.kit.tabular.calibration import Calibrator

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PRIOR_LABELS: Final = 150.0
"""Imagined labels that speak for the rules alone."""

CURVE_EVIDENCE: Final = 600.0
"""Under this much evidence the blend is left as it is: see `_curve`."""

_STEPS: Final = 101
_END: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Line:
    """log-odds = intercept + slope x points; the slope is never negative."""

    slope: float
    intercept: float

    def log_odds(self, points: Floats) -> Floats:
        """Of each lead."""
        return self.intercept + self.slope * points


@dataclass(frozen=True, slots=True)
class Judged:
    """Rules, model and blend on leads that none of them had seen: probabilities per lead."""

    target: Floats
    rules: Floats
    model: Floats
    blend: Floats


def fitted_line(points: Floats, target: Floats) -> Line:
    """The line through points and outcomes; where more points meant fewer winners it is flat."""
    return Line(*line_of(points, target))


def cross_fitted(
    points: Floats, target: Floats, folds: Ints, unjudged: tuple[Floats, Floats] | None = None
) -> Floats:
    """The rules' log-odds of each lead by a line that was fitted without its fold.

    Args:
        unjudged: points and outcomes of decided leads that are in no fold, such as the oldest of all. The model learned
            from them, and so does the line; else it rests on a few leads, and looks worse than it is.
    """
    found = np.empty(len(points))
    more_points, more_target = (np.zeros(0), np.zeros(0)) if unjudged is None else unjudged
    for fold in np.unique(folds):
        inside = folds == fold
        line = fitted_line(
            np.concatenate([points[~inside], more_points]), np.concatenate([target[~inside], more_target])
        )
        found[inside] = line.log_odds(points[inside])
    return found


def weight_of(z_rules: Floats, z_model: Floats, target: Floats, *, prior: float = PRIOR_LABELS) -> float:
    """The model's share: what predicts best out of fold, drawn to 0 by `prior` labels.

    A label counts by the rarer outcome: a thousand leads with ten winners are as much evidence as twenty. Where the
    gain over the rules alone is no larger than chance would make it (one standard error), the share is 0.
    """
    shares = np.linspace(0, 1, _STEPS)
    losses = [_losses((1 - share) * z_rules + share * z_model, target).mean() for share in shares]
    best = float(shares[int(np.argmin(losses))])
    evidence = evidence_of(target)
    share = best * evidence / (evidence + prior)
    gains = _losses(z_rules, target) - _losses((1 - share) * z_rules + share * z_model, target)
    is_chance = float(gains.mean()) <= float(gains.std()) / np.sqrt(len(target))
    return 0.0 if is_chance else share


def fit_blend(
    head: str,
    points: Floats,
    probability: Floats,
    target: Floats,
    folds: Ints,
    *,
    rules_have_a_say: bool = True,
    usable_signal: bool = True,
    line: Line | None = None,
    unjudged: tuple[Floats, Floats] | None = None,
    rules: str = "",
    seed: int = 0,
) -> tuple[Blend, Judged]:
    """Rules and model put together, from what each said of leads it had not seen.

    Args:
        points: of the rules, 0-100.
        probability: of the model, out of fold.
        folds: the fold that judged each lead.
        rules_have_a_say: false for a model alone.
        usable_signal: false where the model answers with the base rate: then the rules decide alone.
        line: of the rules, on all decided leads; None: on these.
        unjudged: points and outcomes of the other decided leads; see `cross_fitted`.
        rules: content hash of the rules.

    Returns:
        The blend for new leads; and what rules, model and blend said of these leads, each fold's share and line
        decided on the others.
    """
    from galena.kit.tabular.calibration import fit_calibrator

    z_model = _log_odds(probability)
    z_rules = cross_fitted(points, target, folds, unjudged)

    def share(chosen: NDArray[np.bool_]) -> float:
        if not rules_have_a_say:
            return 1.0
        return weight_of(z_rules[chosen], z_model[chosen], target[chosen]) if usable_signal else 0.0

    weight = share(np.ones(len(target), dtype=bool))
    z = (1 - weight) * z_rules + weight * z_model
    line = line or fitted_line(points, target)
    # What scoring hands in as the members' disagreement: their standard deviation by their shares.
    apart = np.sqrt(weight * (1 - weight)) * np.abs(z_rules - z_model)
    calibrator = fit_calibrator(z, target, seed=seed, member_z=np.column_stack([z - apart, z + apart]))
    blend = Blend(
        head=head,
        intercept=line.intercept,
        slope=line.slope,
        weight=weight,
        curve=_curve(calibrator, target),
        labels=len(target),
        rules=rules,
    )
    honest = np.empty(len(target))
    for fold in np.unique(folds):
        inside = folds == fold
        own = share(~inside)
        honest[inside] = (1 - own) * z_rules[inside] + own * z_model[inside]
    return blend, Judged(target, _sigmoid(z_rules), probability, _sigmoid(honest))


def evidence_of(target: Floats) -> float:
    """How much decided leads tell: twice the number of the rarer outcome."""
    return 2 * min(float(target.sum()), len(target) - float(target.sum()))


def _curve(calibrator: "Calibrator", target: Floats) -> Curve:
    """The curve that was fitted to the blend; with little evidence only its interval.

    Rules and model are calibrated by themselves, so that a second curve has little to mend and, on few labels, much to
    spoil.
    """
    fitted = Curve.of(calibrator)
    if evidence_of(target) >= CURVE_EVIDENCE:
        return fitted
    plain = {"kind": "identity", "numbers": (), "knots": (), "levels": (), "slopes": ()}
    return fitted.model_copy(update=plain)


def _losses(z: Floats, target: Floats) -> Floats:
    found: Floats = np.logaddexp(0.0, z) - target * z
    return found


def _log_odds(probability: Floats) -> Floats:
    inside = np.clip(probability, _END, 1 - _END)
    found: Floats = np.log(inside) - np.log1p(-inside)
    return found


def _sigmoid(z: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-np.clip(z, -30, 30)))
    return found
