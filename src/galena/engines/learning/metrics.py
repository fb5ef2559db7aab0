"""How good predictions are, each figure with the interval it would move in with other leads of the same kind.

Every figure is computed from rows sorted once; a bootstrap draw is a whole number of times each row (each group of
rows that hang together) counts, so a thousand draws cost a thousand weighted sums and no new sorting. (Sums by einsum:
threads of a linear algebra library cost more than they save here.) Draws are over rows, not within outcomes: the share
of won leads varies between samples too, and calibration hangs on it.

Intervals are the middle 95 % of the draws. Calibration errors are biased upwards by chance, and in draws even more so;
theirs is reflected at the value found (the basic bootstrap interval).

`ece` is the calibration error: over 15 bins of equal count the mean gap |rate seen - rate promised|, weighted by rows.
Chance alone opens gaps: a perfect model shows about .024 on 2,800 leads. `ece_debiased` takes out what chance adds to a
gap of the size seen: the mean over bins of gap - (E|N(gap, s)| - gap), with s the standard error of the bin's rate and
N normal; not below 0 (Kumar, Liang, Ma 2019, "Verified Uncertainty Calibration", their estimate for the mean absolute
gap, here in closed form). It leaves about .015 of the .024 for a perfect model, and is right within .005 for models
that are off by .02 or more.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict

from galena.engines.learning.ranks import Floats, codes_of

SHARES = (0.1, 0.2, 0.5)
"""Shares of the best-scored leads at which lift and gain are given."""

CALIBRATION_BINS = 15
ROWS_PER_BIN = 5
SMALLEST_LOSS_PROBABILITY = float(np.finfo(np.float64).eps)
INTERVAL = (2.5, 97.5)
ROWS_DRAWN = 60_000_000
"""Rows drawn in all at most: very large tables get fewer draws, never fewer than FEWEST_DRAWS."""
FEWEST_DRAWS = 200
REFLECTED = ("ece", "ece_debiased")


def _finite(value: object) -> object:
    return None if isinstance(value, float | np.floating) and not np.isfinite(value) else value


Number = Annotated[float | None, BeforeValidator(_finite)]
"""A figure, or None where it is not defined (no NaN ever reaches a file)."""


class Estimate(BaseModel):
    """A figure and the ends of its 95 % interval; None where it is not defined."""

    model_config = ConfigDict(frozen=True)
    value: Number
    low: Number = None
    high: Number = None


class OutcomeQuality(BaseModel):
    """How well one outcome is found when a threshold decides."""

    model_config = ConfigDict(frozen=True)
    outcome: int
    leads: int
    precision: Estimate
    recall: Estimate
    f1: Estimate


class ThresholdQuality(BaseModel):
    """What is flagged at a threshold (`probability >= threshold`), and how well each outcome is then found."""

    model_config = ConfigDict(frozen=True)
    name: str
    threshold: float
    flagged_share: Estimate
    outcomes: tuple[OutcomeQuality, ...]


class Metrics(BaseModel):
    """Every figure of one set of predictions."""

    model_config = ConfigDict(frozen=True)
    figures: dict[str, Estimate]
    thresholds: tuple[ThresholdQuality, ...] = ()


@dataclass(frozen=True, eq=False)
class Judged:
    """Predictions beside what happened, ready to be measured under any row weights.

    `graded` is the graded outcome (0-1) that a quality score is compared with; the target where not given.
    """

    target: Floats
    probability: Floats
    graded: Floats | None = None
    thresholds: tuple[float, ...] = ()
    _order: NDArray[np.int64] = field(init=False)
    _won: Floats = field(init=False)
    _ranked_p: Floats = field(init=False)
    _ties: NDArray[np.int64] | None = field(init=False)
    _sums: Floats = field(init=False)
    _bin_starts: NDArray[np.int64] = field(init=False)
    _flagged: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        won, p = self.target, self.probability
        order = np.argsort(-p, kind="stable")
        ranked = p[order]
        ties = np.concatenate([[0], np.flatnonzero(np.diff(ranked)) + 1])
        quality = won if self.graded is None else self.graded
        rows = [
            (p - won) ** 2,
            loss_of(won, p),
            won,
            (quality - p) ** 2,
            np.abs(quality - p),
            quality,
            quality**2,
        ]
        flagged = np.searchsorted(-ranked[ties], -np.asarray(self.thresholds), side="right")
        for name, value in {
            "_order": order,
            "_won": won[order],
            "_ranked_p": ranked,
            "_ties": None if len(ties) == len(p) else ties,
            "_sums": np.stack(rows),
            "_bin_starts": np.concatenate([[0], np.flatnonzero(np.diff(equal_count_bins(p))) + 1]),
            "_flagged": flagged,
        }.items():
            object.__setattr__(self, name, value)

    def measure(self, weight: Floats) -> dict[str, float]:
        """Every figure under these row weights (0 leaves a row out)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._measured(weight)

    def _measured(self, weight: Floats) -> dict[str, float]:
        total = float(weight.sum())
        brier, loss, rate, square, absolute, mean, mean_square = (
            np.einsum("ij,j->i", self._sums, weight) / total
        ).tolist()
        spread = mean_square - mean**2
        base_loss = _entropy(rate)
        figures = {
            "brier": brier,
            "log_loss": loss,
            "log_loss_gain": 1 - loss / base_loss if base_loss else float("nan"),
            "rmse": square**0.5,
            "mae": absolute,
            "r2": 1 - square / spread if spread > 1e-12 else float("nan"),
            **self._ranked(weight, total),
            **self._calibration(weight),
        }
        figures["alift"] = figures["auc"] * (1 - rate) + rate / 2
        return figures

    def _ranked(self, weight: Floats, total: float) -> dict[str, float]:
        weight = weight[self._order]
        won = weight * self._won
        if self._ties is not None:
            weight, won = np.add.reduceat(weight, self._ties), np.add.reduceat(won, self._ties)
        won_up_to, up_to = np.cumsum(won), np.cumsum(weight)
        all_won = won_up_to[-1]
        above = won_up_to - won / 2
        precision = np.divide(won_up_to, up_to, out=np.zeros_like(up_to), where=up_to > 0)
        figures = {
            "auc": float(np.einsum("i,i->", weight - won, above) / (all_won * (total - all_won))),
            "average_precision": float(np.einsum("i,i->", won, precision) / all_won),
        }
        gains = np.interp(np.asarray(SHARES) * total, np.append(0, up_to), np.append(0, won_up_to)) / all_won
        for share, gain in zip(SHARES, gains.tolist(), strict=True):
            figures[f"gain_{share * 100:.0f}"] = gain
            figures[f"lift_{share * 100:.0f}"] = gain / share
        # The best fifth against the worst half: what tier A converts beside tier C where nobody set thresholds.
        figures["top_to_bottom"] = figures["lift_20"] / (2 * (1 - gains[2])) if gains[2] < 1 else float("nan")
        for number, place in enumerate(self._flagged.tolist()):
            flagged, hits = (up_to[place - 1], won_up_to[place - 1]) if place else (0.0, 0.0)
            figures |= _at_threshold(number, float(flagged), float(hits), total, float(all_won))
        return figures

    def _calibration(self, weight: Floats) -> dict[str, float]:
        ranked = weight[self._order]
        starts = self._bin_starts
        inside = np.add.reduceat(ranked, starts)
        kept = inside > 0
        won = np.add.reduceat(ranked * self._won, starts)[kept] / inside[kept]
        said = np.add.reduceat(ranked * self._ranked_p, starts)[kept] / inside[kept]
        share, gap = inside[kept] / inside.sum(), np.abs(won - said)
        noise = np.sqrt(np.maximum(won * (1 - won), 0) / inside[kept])
        expected = folded_normal_mean(gap, noise)
        return {
            "ece": float(share @ gap),
            "ece_debiased": max(0.0, float(share @ (2 * gap - expected))),
        }


def metrics_of(
    target: Floats,
    probability: Floats,
    *,
    weights: Floats | None = None,
    groups: NDArray[Any] | None = None,
    graded: Floats | None = None,
    thresholds: Mapping[str, float] | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> Metrics:
    """Every figure of one set of predictions with its 95 % interval.

    Rows of one group are drawn together. `draws=0` leaves the intervals out.
    """
    return metrics_of_each(
        target,
        {"": probability},
        weights=weights,
        groups=groups,
        graded=graded,
        thresholds=thresholds,
        draws=draws,
        seed=seed,
    )[""]


def metrics_of_each(
    target: Floats,
    predictions: Mapping[str, Floats],
    *,
    weights: Floats | None = None,
    groups: NDArray[Any] | None = None,
    graded: Floats | None = None,
    thresholds: Mapping[str, float] | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> dict[str, Metrics]:
    """`metrics_of` for several models on the same rows; they share the draws."""
    named = dict(thresholds or {})
    judged = {
        name: Judged(target, probability, graded, tuple(named.values()))
        for name, probability in predictions.items()
    }
    base = np.ones(len(target)) if weights is None else weights
    found = {name: each.measure(base) for name, each in judged.items()}
    drawn: dict[str, list[list[float]]] = {name: [] for name in judged}
    for weight in bootstrap_weights(len(target), groups, draws_for(len(target), draws), seed):
        for name, each in judged.items():
            drawn[name].append(list(each.measure(weight * base).values()))
    return {
        name: _assembled(target, figures, _intervals(figures, drawn[name]), named)
        for name, figures in found.items()
    }


def bootstrap_weights(rows: int, groups: NDArray[Any] | None, draws: int, seed: int) -> Iterator[Floats]:
    """For each draw how often each row counts: rows, or whole groups, drawn with replacement."""
    rng = np.random.default_rng(seed)
    codes = codes_of(groups)
    units = rows if codes is None else int(codes.max()) + 1
    for _ in range(draws):
        counts = np.bincount(rng.integers(0, units, units, dtype=np.int64), minlength=units).astype(
            np.float64
        )
        yield counts if codes is None else counts[codes]


def draws_for(rows: int, wanted: int) -> int:
    """The number of draws: as wanted, fewer on very large tables, whose intervals are narrow anyway."""
    return min(wanted, max(FEWEST_DRAWS, ROWS_DRAWN // max(rows, 1)))


def loss_of(target: Floats, probability: Floats) -> Floats:
    """Each row's log-loss in nats; probabilities of exactly 0 and 1 are read as the nearest others."""
    p = np.clip(probability, SMALLEST_LOSS_PROBABILITY, 1 - SMALLEST_LOSS_PROBABILITY)
    return np.asarray(-np.log(np.where(target > 0.5, p, 1 - p)))


def equal_count_bins(probability: Floats) -> NDArray[np.int64]:
    """The calibration bin of each row, highest probability first: up to 15 bins of equal count, ties kept together."""
    count = len(probability)
    wanted = max(1, min(CALIBRATION_BINS, count // ROWS_PER_BIN))
    ranked = np.sort(probability)[::-1]
    starts = np.concatenate([[0], np.flatnonzero(np.diff(ranked)) + 1])
    sizes = np.diff(np.append(starts, count))
    middle = np.repeat(starts + (sizes - 1) / 2, sizes)
    return np.unique((middle * wanted / count).astype(np.int64), return_inverse=True)[1]


def folded_normal_mean(mean: Floats, deviation: Floats) -> Floats:
    """The mean of |X| for X normal: what a gap of this size is expected to look like through noise."""
    from scipy.special import erf

    ratio = np.divide(mean, deviation, out=np.full_like(mean, 40.0), where=deviation > 0)
    return np.asarray(
        deviation * np.sqrt(2 / np.pi) * np.exp(-(ratio**2) / 2) + mean * erf(ratio / np.sqrt(2))
    )


def interval_of(draws: Sequence[float] | Floats) -> tuple[float, float]:
    """The middle 95 % of the draws that are defined; NaN without any."""
    kept = np.asarray(draws, np.float64)
    kept = kept[np.isfinite(kept)]
    if not len(kept):
        return float("nan"), float("nan")
    low, high = np.percentile(kept, INTERVAL)
    return float(low), float(high)


def _entropy(rate: float) -> float:
    return -rate * np.log(rate) - (1 - rate) * np.log(1 - rate) if 0 < rate < 1 else 0.0


def _at_threshold(number: int, flagged: float, hits: float, total: float, won: float) -> dict[str, float]:
    """Precision, recall and F1 of both outcomes; 0 where nothing is flagged, as scikit-learn counts it."""
    lost, left = total - won, total - flagged
    rejected = left - (won - hits)

    def quality(right: float, said: float, there: float) -> tuple[float, float, float]:
        return (
            right / said if said else 0.0,
            right / there if there else 0.0,
            2 * right / (said + there) if said + there else 0.0,
        )

    figures = {f"at{number} flagged": flagged / total}
    for outcome, values in ((1, quality(hits, flagged, won)), (0, quality(rejected, left, lost))):
        for name, value in zip(("precision", "recall", "f1"), values, strict=True):
            figures[f"at{number} {name} {outcome}"] = value
    return figures


def _intervals(figures: dict[str, float], drawn: list[list[float]]) -> dict[str, tuple[float, float]]:
    if not drawn:
        return dict.fromkeys(figures, (float("nan"), float("nan")))
    table = np.asarray(drawn)
    ends = {name: interval_of(table[:, place]) for place, name in enumerate(figures)}
    for name in REFLECTED:
        low, high = ends[name]
        ends[name] = (max(0.0, 2 * figures[name] - high), 2 * figures[name] - low)
    return {
        name: (min(low, figures[name]), max(high, figures[name])) if low == low else (low, high)
        for name, (low, high) in ends.items()
    }


def _assembled(
    target: Floats,
    figures: dict[str, float],
    ends: dict[str, tuple[float, float]],
    thresholds: dict[str, float],
) -> Metrics:
    def estimate(name: str) -> Estimate:
        return Estimate(value=figures[name], low=ends[name][0], high=ends[name][1])

    counts = {1: int((target > 0.5).sum()), 0: int((target <= 0.5).sum())}
    return Metrics(
        figures={name: estimate(name) for name in figures if not name.startswith("at")},
        thresholds=tuple(
            ThresholdQuality(
                name=name,
                threshold=threshold,
                flagged_share=estimate(f"at{number} flagged"),
                outcomes=tuple(
                    OutcomeQuality(
                        outcome=outcome,
                        leads=counts[outcome],
                        precision=estimate(f"at{number} precision {outcome}"),
                        recall=estimate(f"at{number} recall {outcome}"),
                        f1=estimate(f"at{number} f1 {outcome}"),
                    )
                    for outcome in (1, 0)
                ),
            )
            for number, (name, threshold) in enumerate(thresholds.items())
        ),
    )
