"""Past leads as a report tells of them: how many were good, and in which order the model had put them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from galena.kit.errors import InputError

if TYPE_CHECKING:
    from galena.engines.learning.ranks import Floats


def past_leads(report: Mapping[str, Any], name: str) -> "tuple[Floats, Floats]":
    """Outcome (0 or 1) and probability of the leads a model was judged on, best first.

    A report keeps curves, not leads: the order comes from its ROC curve, the probabilities from its gains table, and
    between their points leads are spread evenly. Up to rounding, the curves made of them are the report's again.

    Raises:
        InputError: the report has no curves, or the model tells leads no different from each other.
    """
    import numpy as np

    gains = [each for each in report.get("gains", ()) if isinstance(each, Mapping)]
    count, whole = int(report.get("judged_rows") or 0), gains[-1] if gains else {}
    good = round(float(whole.get("rate") or 0.0) * count)
    if not count or not good or report.get("usable_signal") is False:
        raise InputError(
            f"{name} has nothing to explore: "
            + ("it came without curves." if not gains else "it tells good leads no better than chance."),
            remedy="Choose another model, or train one.",
        )
    found, others = _steps(report, gains)
    ranks = np.diff(np.round(found * good)), np.diff(np.round(others * (count - good)))
    target = np.concatenate(
        [_spread(int(won), int(lost)) for won, lost in zip(ranks[0], ranks[1], strict=True)]
    )
    shares = np.array([0.0, *(float(row["share"]) for row in gains)])
    levels = np.array([float(gains[0]["threshold"]), *(float(row["threshold"]) for row in gains)])
    places = (np.arange(len(target)) + 1) / len(target)
    return target, np.minimum.accumulate(np.interp(places, shares, levels))


def _steps(report: Mapping[str, Any], gains: list[Mapping[str, Any]]) -> "tuple[Floats, Floats]":
    """Share of the good leads, and of the others, reached step by step, from none to all."""
    import numpy as np

    roc = [each for each in report.get("roc", ()) if isinstance(each, Mapping)]
    if len(roc) > 2:
        return np.array([float(each["y"]) for each in roc]), np.array([float(each["x"]) for each in roc])
    rate = float(gains[-1]["rate"])
    shares = np.array([0.0, *(float(row["share"]) for row in gains)])
    found = np.array([0.0, *(float(row["found"] or 0.0) for row in gains)])
    return found, np.clip((shares - rate * found) / (1 - rate), 0.0, 1.0) if rate < 1 else shares


def _spread(won: int, lost: int) -> "Floats":
    """So many good and bad leads, mixed evenly."""
    import numpy as np

    places = np.arange(won + lost)
    return np.diff(np.floor((np.append(places, won + lost)) * won / max(won + lost, 1))).astype(np.float64)
