"""The exploration share: leads drawn by chance, outside the plan's order, each with the exact chance it had.

Every lead has one home among the tenants that accept it and have places of its tier; which one depends on the lead's
key alone, not on the drop. A tenant draws from the leads at home with it, tier by tier and all with equal chance, for
`exploration_share` of its places. Where that is no whole number of leads, a single random start decides over all its
tiers which of them is rounded up, so that the expected number is exact and neither quota nor cap can be exceeded.

A lead's chance is then the expected number drawn from its stratum over the size of the stratum. It does not depend on
the draw, nor on the value of any lead, and is above zero for every lead that a tenant with places accepts; so that the
sum of (outcome / chance) over explored leads is an unbiased estimate of the sum of outcomes over all of them.
"""

import hashlib
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galena.engines.routing.allocation import NOBODY, Allocation
from galena.engines.routing.market import Ints, Market, Room

_AT_ONCE = 4_096
"""Leads whose homes are found together; more would need more memory."""


@dataclass(frozen=True, slots=True)
class Draw:
    """What was drawn, each lead's chance of it, and the room that is left for the plan."""

    allocation: Allocation
    chance: NDArray[np.float64]
    room: Room


def draw(market: Market) -> Draw:
    """Draws the exploration share of a drop; without one, nothing is drawn and every chance is 0."""
    allocation, chance = Allocation.empty(market.size), np.zeros(market.size)
    if market.rules.exploration_share <= 0:
        return Draw(allocation, chance, market.room)
    quotas, caps = market.room.quotas.copy(), market.room.caps.copy()
    homes = _homes(market)
    for tenant in range(len(market.needs)):
        dice = _dice(market.rules.seed, str(market.needs[tenant].tenant))
        expected = _expected(market, tenant)
        ends = np.floor(np.cumsum(expected) + dice.random()).astype(int)
        for tier, amount in enumerate(np.diff(ends, prepend=0).tolist()):
            stratum = homes.get((tenant, tier), [])
            if not stratum:
                continue
            chance[stratum] = _chance(float(expected[tier]), len(stratum))
            drawn = dice.permutation(len(stratum))[:amount]
            for lead in (stratum[number] for number in drawn.tolist()):
                allocation.tenant[lead], allocation.place[lead] = tenant, tier
                quotas[tenant, tier] -= 1
                caps[tenant] -= 1
    return Draw(allocation, chance, Room(quotas, caps))


def _expected(market: Market, tenant: int) -> NDArray[np.float64]:
    """How many leads a tenant explores on average, by tier: the share of its places, as its cap allows."""
    quotas = market.room.quotas[tenant]
    total = int(quotas.sum())
    usable = market.room.caps[tenant] / total if total else 0.0
    return np.asarray(quotas * usable * market.rules.exploration_share, dtype=np.float64)


def _chance(expected: float, size: int) -> float:
    """The chance of each of `size` leads when `expected` of them are drawn on average, as whole numbers next to it."""
    low = math.floor(expected)
    up = expected - low
    return (min(low, size) * (1 - up) + min(low + 1, size) * up) / size


def _homes(market: Market) -> dict[tuple[int, int], list[int]]:
    """The leads at home with each tenant, by tier, in their rank."""
    homes: dict[tuple[int, int], list[int]] = {}
    having = np.packbits(
        (market.room.quotas > 0) & (market.room.caps > 0)[:, None], axis=0, bitorder="little"
    ).T  # Per tier the tenants with places, as the bits of a lead's tenants are.
    for start in range(0, market.size if market.needs else 0, _AT_ONCE):
        tiers = market.tier[start : start + _AT_ONCE]
        accepting = market.columns[start : start + _AT_ONCE] & having[tiers]
        dice = np.array([_home_die(key) for key in market.keys[start : start + _AT_ONCE]], dtype=np.uint64)
        tenants = _nth_bits(accepting, dice)
        for lead, (tenant, tier) in enumerate(zip(tenants.tolist(), tiers.tolist(), strict=True), start):
            if tenant != NOBODY:
                homes.setdefault((tenant, tier), []).append(lead)
    return homes


def _home_die(key: str) -> int:
    """The number that decides a lead's home, by its key alone."""
    return int.from_bytes(hashlib.blake2b(f"home|{key}".encode(), digest_size=8).digest(), "big")


def _nth_bits(rows: NDArray[np.uint8], dice: NDArray[np.uint64]) -> Ints:
    """Of each row of bits the position of one of its set bits, the one that its die chooses; `NOBODY` without any."""
    counts = np.cumsum(np.bitwise_count(rows), axis=1, dtype=np.int64)
    totals = counts[:, -1]
    nth = (dice % np.maximum(totals, 1).astype(np.uint64)).astype(np.int64)
    byte = np.minimum((counts <= nth[:, None]).sum(axis=1), rows.shape[1] - 1)
    row = np.arange(len(rows))
    within = nth - counts[row, byte] + np.bitwise_count(rows[row, byte])
    bits = np.cumsum(
        np.unpackbits(rows[row, byte][:, None], axis=1, bitorder="little"), axis=1, dtype=np.int64
    )
    return np.where(totals > 0, byte * 8 + np.argmax(bits > within[:, None], axis=1), NOBODY)


def _dice(seed: str, tenant: str) -> np.random.Generator:
    """Dice of a tenant in a drop."""
    digest = hashlib.blake2b(f"explore|{seed}|{tenant}".encode(), digest_size=16).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))
