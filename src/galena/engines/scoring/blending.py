"""Rules and a model blended in log-odds: the arithmetic of a model's score, on arrays.

With R the rules' points and p_m the model's probability, z = (1 - w) (a + b R) + w logit(p_m), and a curve turns z into
the probability p. Both terms are sums: R of the rules' contributions, logit(p_m) of what each column adds (the model's
points, taken to log-odds by the secant). So z is a sum of shares above the z of the average lead that the rules have
given nothing yet, and points are shares x 100 (p - p0) / (z - z0). They are stored as whole micropoints that sum to the
score: each is rounded down, and what is missing goes to those that lost most.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galena.domain.blend import Blend
from galena.domain.score import MICROPOINTS
from galena.kit.tabular.calibration import Calibrator

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

SCALE = 100 * MICROPOINTS
CONFIDENCE_STEPS = 10_000
_END = 1e-9
"""Probabilities are kept this far from 0 and 1 before they become log-odds."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a model says of some leads, one row each.

    Attributes:
        probability, low, high, confidence: as of `kit.tabular.model.Predictions`.
        members: each member's own probability.
        base_points: the score of the model's average lead.
        points: what each column adds to it.
    """

    probability: Floats
    low: Floats
    high: Floats
    confidence: Floats
    members: Floats
    base_points: float
    points: Floats


@dataclass(frozen=True, slots=True)
class Blended:
    """The leads' scores by rules and model together.

    Attributes:
        micropoints: 0 to 100,000,000.
        contributions: start, each rules contribution, each column; every row sums to its micropoints.
        confidence: 0-1, in ten-thousandths.
        probability, low, high: calibrated, with the interval.
        members: the model's members, then the rules where they have a say.
    """

    micropoints: Whole
    contributions: Whole
    confidence: Floats
    probability: Floats
    low: Floats
    high: Floats
    members: Floats


def blended(
    blend: Blend, curve: Calibrator, start: float, rules: Floats, known: Floats, told: Told
) -> Blended:
    """The scores of some leads.

    Args:
        start: points by rules before any reason.
        rules: the other contributions by rules, in points [rows, contributions].
        known: the rules' confidence.
    """
    by_model, by_rules = blend.weight, 1.0 - blend.weight
    base = log_odds(np.asarray(told.base_points / 100))
    at_model = log_odds(told.probability)
    at_rules = blend.intercept + blend.slope * (start + rules.sum(axis=1))
    z = by_rules * at_rules + by_model * at_model
    z0 = by_rules * (blend.intercept + blend.slope * start) + by_model * float(base)
    shares = np.concatenate(
        [
            by_rules * blend.slope * rules,
            by_model * _in_log_odds(told, at_model, float(base))[:, None] * told.points,
        ],
        axis=1,
    )
    probability = curve.probability(z)
    micropoints = np.rint(SCALE * probability).astype(np.int64)
    parts = shares * (SCALE * curve.secant(z, z0))[:, None]
    first = np.full((len(z), 1), SCALE * float(curve.probability(np.asarray(z0))))
    low, high = _interval(blend, curve, at_rules, z, told)
    members = 1 / (1 + np.exp(-at_rules[:, None])) if by_rules > 0 else np.zeros((len(z), 0))
    confidence = by_model * told.confidence + by_rules * known
    return Blended(
        micropoints,
        whole_parts(np.concatenate([first, parts], axis=1), micropoints),
        np.floor(confidence * CONFIDENCE_STEPS + 0.5) / CONFIDENCE_STEPS,
        probability,
        low,
        high,
        np.concatenate([told.members, members], axis=1),
    )


def log_odds(probability: Floats) -> Floats:
    """ln(p / (1 - p)), kept off the ends."""
    inside = np.clip(probability, _END, 1 - _END)
    found: Floats = np.log(inside) - np.log1p(-inside)
    return found


def whole_parts(parts: Floats, totals: Whole) -> Whole:
    """Whole numbers near the parts of each row that sum to its total exactly (largest remainder).

    Each is less than one from its part; among equals the earlier part gets what is missing.
    """
    floors = np.floor(parts)
    found = floors.astype(np.int64)
    missing = totals - found.sum(axis=1)
    by_loss = np.argsort(floors - parts, axis=1, kind="stable")
    ranks = np.empty_like(by_loss)
    np.put_along_axis(ranks, by_loss, np.arange(parts.shape[1])[None, :], axis=1)
    found += ranks < missing[:, None]
    # What rounding in the sums leaves over is a millionth of a point at most; the start takes it.
    found[:, 0] += totals - found.sum(axis=1)
    return found


def disagreement(weight: float, at_rules: Floats, at_model: Floats) -> Floats:
    """The standard deviation of rules and model around their blend, by their shares, in log-odds."""
    found: Floats = np.sqrt(weight * (1 - weight)) * np.abs(at_rules - at_model)
    return found


def _in_log_odds(told: Told, at_model: Floats, base: float) -> Floats:
    """What one point of the model is worth in its log-odds, between the average lead and this one."""
    rise = 100 * told.probability - told.base_points
    near = np.abs(rise) < 1e-7
    inside = np.clip(told.probability, _END, 1 - _END)
    at_a_point = 1 / (100 * inside * (1 - inside))
    found: Floats = np.where(near, at_a_point, (at_model - base) / np.where(near, 1.0, rise))
    return found


def _interval(
    blend: Blend, curve: Calibrator, at_rules: Floats, z: Floats, told: Told
) -> tuple[Floats, Floats]:
    """The interval: as far as the model's own reaches, moved through the blend, or as the curve says where wider."""
    apart = disagreement(blend.weight, at_rules, log_odds(told.probability))
    low, high = curve.interval(z, apart)
    down = log_odds(told.low) - log_odds(told.probability)
    up = log_odds(told.high) - log_odds(told.probability)
    return (
        np.minimum(low, curve.probability(z + blend.weight * np.minimum(down, 0))),
        np.maximum(high, curve.probability(z + blend.weight * np.maximum(up, 0))),
    )
