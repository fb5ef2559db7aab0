"""Adaptive weights: members that erred less lately count more, and none is ever lost.

The share of a member is softmax(5 x (1 - MAE)), where MAE is the mean absolute difference between its probabilities
and the outcomes of the last 100 leads, or of the last 7 days if those hold more; before there is any outcome all shares
are equal. A floor keeps every member at work, so that it can come back.
"""

from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from galena.kit.errors import InputError

RECENT_COUNT: Final = 100
RECENT_DAYS: Final = 7
SHARPNESS: Final = 5.0
FLOOR: Final = 0.05
FEWEST: Final = 30
"""Fewer outcomes say nothing: all shares are equal."""
Floats = NDArray[np.float64]


class WeightsRecord(BaseModel):
    """The weights from one instant on, and what they rest on.

    Attributes:
        at: when they were computed.
        weights: member -> share; they sum to 1.
        error: member -> mean absolute error on the outcomes used; empty before there are any.
        outcomes: how many outcomes were used.
        since: the instant of the earliest outcome used.
        divergence: mean standard deviation between the members' probabilities; a rise says that the world has moved.
    """

    model_config = ConfigDict(frozen=True)

    at: datetime
    weights: dict[str, float]
    error: dict[str, float]
    outcomes: int
    since: datetime | None
    divergence: float | None


def equal_weights(members: tuple[str, ...], at: datetime) -> WeightsRecord:
    """The start: all members alike."""
    share = 1 / len(members)
    return WeightsRecord(
        at=at, weights=dict.fromkeys(members, share), error={}, outcomes=0, since=None, divergence=None
    )


def adapted_weights(
    members: tuple[str, ...],
    probability: Floats,
    outcome: Floats,
    known_at: NDArray[np.datetime64],
    at: datetime,
    *,
    floor: float = FLOOR,
) -> WeightsRecord:
    """The weights at `at`.

    Args:
        members: names, in the order of the columns of `probability`.
        probability: each member's own, [outcomes, members].
        outcome: what came, 0-1 (graded outcomes are welcome).
        known_at: when each outcome became known (UTC); later ones than `at` are not used.
        floor: no share is below this.

    Raises:
        InputError: the arrays have different lengths, or the floor leaves no room.
    """
    if probability.shape != (len(outcome), len(members)) or len(known_at) != len(outcome):
        raise InputError(
            "Probabilities, outcomes and instants do not belong together.",
            facts={"probability": probability.shape, "outcomes": len(outcome), "members": len(members)},
        )
    if not 0 <= floor * len(members) <= 1:
        raise InputError(
            "The floor leaves no room for weights.", facts={"floor": floor, "members": len(members)}
        )
    used = recent(known_at, at)
    if len(used) < FEWEST:
        return equal_weights(members, at)
    judged, came = probability[used], outcome[used]
    error = np.abs(judged - came[:, None]).mean(axis=0)
    shares = floored(softmax(SHARPNESS * (1 - error)), floor)
    return WeightsRecord(
        at=at,
        weights=dict(zip(members, shares.tolist(), strict=True)),
        error=dict(zip(members, error.tolist(), strict=True)),
        outcomes=len(used),
        since=known_at[used].min().astype("datetime64[us]").astype(datetime).replace(tzinfo=at.tzinfo),
        divergence=float(judged.std(axis=1).mean()),
    )


def recent(known_at: NDArray[np.datetime64], at: datetime) -> NDArray[np.int64]:
    """Which outcomes count as recent: the last 100 or those of the last 7 days, whichever are more; latest last."""
    instants = known_at.astype("datetime64[us]")
    now = np.datetime64(at.replace(tzinfo=None), "us")
    order = np.argsort(instants, kind="stable")
    order = order[instants[order] <= now]
    in_days = int((instants[order] > now - np.timedelta64(timedelta(days=RECENT_DAYS))).sum())
    return order[max(0, len(order) - max(RECENT_COUNT, in_days)) :]


def softmax(values: Floats) -> Floats:
    """Shares in proportion to exp(values)."""
    powers = np.exp(values - values.max())
    found: Floats = powers / powers.sum()
    return found


def floored(shares: Floats, floor: float) -> Floats:
    """Shares that sum to 1 with none below the floor; what lifts the small is taken from the others in proportion."""
    found: Floats = shares / shares.sum()
    lifted = np.zeros(len(found), dtype=bool)
    while True:
        low = (found < floor) & ~lifted
        if not low.any():
            return found
        lifted |= low
        rest = 1 - floor * lifted.sum()
        found = np.where(lifted, floor, shares / max(shares[~lifted].sum(), 1e-300) * rest)
