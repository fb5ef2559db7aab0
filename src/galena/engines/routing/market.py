"""The two sides of a drop as arrays: leads ranked by value, tenants with their places, and who accepts what.

Leads are ranked by value (ties: by key) and tenants ordered by their id, so that the order of the input has no part in
any result. Values count in whole thousandths, so that sums are exact.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.domain.gates import FACTS, NUMBER_FACTS, Gate
from galena.domain.routing import Candidate, DropRules, TenantNeeds
from galena.engines.routing.pool import Mask, Pool
from galena.kit.errors import InputError

THOUSANDTHS = 1000
MOST_VALUE = 1e12
_KEPT_GATES = 500
"""Answers of gates kept at once, for gates that several tenants share."""

Ints = NDArray[np.int64]

Had = Mapping[UUID, Collection[UUID]]
"""Lead -> tenants that had it and have it no more."""

_NOTHING_HAD: Had = {}


@dataclass(frozen=True, slots=True)
class Room:
    """Places that are open: `quotas` by tenant and tier, `caps` by tenant over all tiers."""

    quotas: Ints
    caps: Ints

    @property
    def places(self) -> int:
        """Places that can be filled at most: no tenant beyond its quotas nor its cap."""
        return int(np.minimum(self.quotas.sum(axis=1), self.caps).sum())


@dataclass(frozen=True, slots=True)
class Market:
    """A drop before anything is assigned.

    Attributes:
        needs: tenants, ordered by id.
        leads, keys: id (as text) and key of each lead, the most valuable first.
        values: in thousandths; `tier`: its number in the rules' tiers.
        rows: per tenant the leads it accepts, as bits.
        columns: per lead the tenants that accept it, as bits.
        pattern: per lead which facts are known; `fits`: fit by tenant and pattern.
        turn: per tenant its place in the order of turns.
        room: the places open at the start; `pool`: the leads' facts.
        barred: per tenant the leads that pass its gates and that it had before: accepted no more.
    """

    rules: DropRules
    needs: tuple[TenantNeeds, ...]
    leads: tuple[str, ...]
    keys: tuple[str, ...]
    values: Ints
    tier: Ints
    rows: NDArray[np.uint8]
    columns: NDArray[np.uint8]
    pattern: Ints
    fits: NDArray[np.float64]
    turn: Ints
    room: Room
    pool: Pool
    barred: Mapping[int, Ints] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Leads."""
        return len(self.keys)

    def accepts(self, tenant: int) -> Mask:
        """Which leads a tenant accepts."""
        return np.unpackbits(self.rows[tenant], count=self.size, bitorder="little").view(bool)

    def tenants_of(self, lead: int) -> int:
        """The tenants that accept a lead, as bits of one whole number."""
        return int.from_bytes(self.columns[lead].tobytes(), "little")

    def fit(self, lead: int, tenant: int) -> float:
        """Share of the tenant's gates that known facts of the lead confirm."""
        return float(self.fits[tenant, self.pattern[lead]])


def candidates_frame(candidates: Iterable[Candidate]) -> pl.DataFrame:
    """Candidates as the frame that `plan_drop` reads: lead, key, tier, value and a column per fact."""
    facts = tuple(fact for fact in FACTS if fact != "tier")
    rows = [
        (str(each.lead), each.key, each.tier, each.value, *(each.facts.get(fact) for fact in facts))
        for each in candidates
    ]
    numbers = {*NUMBER_FACTS, "latitude", "longitude", "value"}
    names = ("lead", "key", "tier", "value", *facts)
    schema = {name: pl.Float64 if name in numbers else pl.String for name in names}
    texts = [
        tuple(_text(value, name, numbers) for value, name in zip(row, names, strict=True)) for row in rows
    ]
    return pl.DataFrame(texts, schema=schema, orient="row")


def _text(value: object, name: str, numbers: set[str]) -> object:
    """A value as its column holds it."""
    if value is None:
        return None
    if name in numbers:
        try:
            return float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return None
    return str(value)


def build_market(
    frame: pl.DataFrame, needs: Sequence[TenantNeeds], rules: DropRules, had: Had = _NOTHING_HAD
) -> Market:
    """The market of a drop.

    Args:
        had: lead -> tenants that had it before, and do not get it again.

    Raises:
        InputError: two leads share a key, two tenants an id, or a value, quota or weight cannot be.
    """
    _check(frame, needs, rules)
    ordered = tuple(sorted(needs, key=lambda each: each.tenant.bytes))
    ranked = (
        frame.filter(pl.col("tier").is_in(list(rules.tiers)))
        .with_columns((pl.col("value").fill_null(0) * THOUSANDTHS).round().cast(pl.Int64).alias("_value"))
        .sort(["_value", "key"], descending=[True, False])
    )
    pool = Pool.of(ranked)
    rows, columns = _acceptance(pool, ordered)
    barred = _bar(rows, columns, ranked["lead"].cast(pl.String), ordered, had)
    pattern, fits = _fits(pool, ordered)
    number = {tier: code for code, tier in enumerate(rules.tiers)}
    return Market(
        rules=rules,
        needs=ordered,
        leads=tuple(ranked["lead"].cast(pl.String)),
        keys=tuple(ranked["key"]),
        values=ranked["_value"].to_numpy().astype(np.int64),
        tier=np.array([number[tier] for tier in ranked["tier"]], dtype=np.int64),
        rows=rows,
        columns=columns,
        pattern=pattern,
        fits=fits,
        turn=_turns(ordered, rules.seed),
        room=_room(ordered, rules.tiers),
        pool=pool,
        barred=barred,
    )


def _check(frame: pl.DataFrame, needs: Sequence[TenantNeeds], rules: DropRules) -> None:
    """Refuses what no plan can be made of."""
    if len(set(rules.tiers)) < len(rules.tiers) or not rules.tiers:
        raise InputError("A drop needs tiers, each once.", facts={"tiers": list(rules.tiers)})
    if not 0 <= rules.exploration_share <= 0.5:
        raise InputError(
            "The exploration share lies between 0 and 0.5.", facts={"share": rules.exploration_share}
        )
    if frame["key"].n_unique() < frame.height:
        raise InputError("Two leads share a key.", remedy="Give each lead to a drop once.")
    values = frame["value"].cast(pl.Float64).fill_null(0).to_numpy()
    if not np.all(np.isfinite(values)) or (len(values) and (values.min() < 0 or values.max() > MOST_VALUE)):
        raise InputError("A lead's value is 0 or more, and finite.", remedy="Mend the value expression.")
    if len({each.tenant for each in needs}) < len(needs):
        raise InputError("A tenant is there twice.", remedy="Give each tenant to a drop once.")
    for each in needs:
        if each.weight <= 0 or any(quota < 0 for quota in each.quotas.values()) or (each.cap or 0) < 0:
            raise InputError(
                "A quota or cap is 0 or more, and a weight above 0.",
                facts={"tenant": each.name, "quotas": dict(each.quotas), "weight": each.weight},
            )


def _acceptance(pool: Pool, needs: Sequence[TenantNeeds]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Who accepts what, as bits by tenant and by lead."""
    shared = Counter(gate for each in needs for gate in each.gates)
    kept: dict[Gate, Mask] = {}
    rows = np.zeros((len(needs), (pool.size + 7) // 8), dtype=np.uint8)
    columns = np.zeros(((len(needs) + 7) // 8, pool.size), dtype=np.uint8)
    for number, each in enumerate(needs):
        accepted = np.ones(pool.size, dtype=bool)
        for gate in each.gates:
            accepted &= _passes(pool, gate, shared, kept)
        rows[number] = np.packbits(accepted, bitorder="little")
        columns[number // 8] |= accepted.view(np.uint8) << np.uint8(number % 8)
    return rows, np.ascontiguousarray(columns.T)


def _bar(
    rows: NDArray[np.uint8],
    columns: NDArray[np.uint8],
    leads: pl.Series,
    needs: Sequence[TenantNeeds],
    had: Had,
) -> dict[int, Ints]:
    """Takes out of the bits what tenants had before; per tenant what was taken out of its own."""
    number = {each.tenant: place for place, each in enumerate(needs)}
    found: dict[int, list[int]] = {}
    for lead, text in enumerate(leads) if had else ():
        for tenant in sorted(number[who] for who in had.get(UUID(text), ()) if who in number):
            if columns[lead, tenant // 8] >> (tenant % 8) & 1:
                columns[lead, tenant // 8] ^= np.uint8(1 << tenant % 8)
                rows[tenant, lead // 8] ^= np.uint8(1 << lead % 8)
                found.setdefault(tenant, []).append(lead)
    return {tenant: np.array(of_tenant, dtype=np.int64) for tenant, of_tenant in found.items()}


def _passes(pool: Pool, gate: Gate, shared: Counter[Gate], kept: dict[Gate, Mask]) -> Mask:
    """A gate's answer, kept when other tenants ask the same."""
    if shared[gate] == 1:
        return pool.passes(gate)
    if gate not in kept:
        if len(kept) >= _KEPT_GATES:
            kept.clear()
        kept[gate] = pool.passes(gate)
    return kept[gate]


def _fits(pool: Pool, needs: Sequence[TenantNeeds]) -> tuple[Ints, NDArray[np.float64]]:
    """Which facts of each lead are known, as one number, and the fit of each tenant with each such number.

    Only facts that some gate accepts unknown tell anything: any other gate has no unknown fact among accepted leads.
    """
    lenient = {
        pool.knowledge(gate): gate for each in needs for gate in each.gates if gate.unknown == "accept"
    }
    code = np.zeros(pool.size, dtype=np.int64)
    for bit, gate in enumerate(lenient.values()):
        code |= (~pool.known(gate)).astype(np.int64) << bit
    distinct, pattern = np.unique(code, return_inverse=True)
    bits = {knowledge: bit for bit, knowledge in enumerate(lenient)}
    fits = np.ones((len(needs), len(distinct)))
    for number, each in enumerate(needs):
        for gate in each.gates:
            if gate.unknown == "accept":
                fits[number] -= (distinct >> bits[pool.knowledge(gate)] & 1) / len(each.gates)
    return pattern.astype(np.int64), fits


def _turns(needs: Sequence[TenantNeeds], seed: str) -> Ints:
    """The order of turns: another one with each seed, so that nobody is always first."""
    drawn = [hashlib.blake2b(f"turn|{seed}|{each.tenant}".encode()).digest() for each in needs]
    order = sorted(range(len(needs)), key=drawn.__getitem__)
    turn = np.empty(len(needs), dtype=np.int64)
    turn[order] = np.arange(len(needs))
    return turn


def _room(needs: Sequence[TenantNeeds], tiers: Sequence[str]) -> Room:
    """The open places: quotas, less what a budget cannot pay, the lowest tiers first; and caps."""
    quotas = np.zeros((len(needs), len(tiers)), dtype=np.int64)
    caps = np.zeros(len(needs), dtype=np.int64)
    for number, each in enumerate(needs):
        left = each.budget_minor
        for code, tier in enumerate(tiers):
            places, price = each.quotas.get(tier, 0), each.prices_minor.get(tier, 0)
            if left is not None and price > 0:
                places = min(places, max(left, 0) // price)
                left -= places * price
            quotas[number, code] = places
        total = int(quotas[number].sum())
        caps[number] = total if each.cap is None else min(each.cap, total)
    return Room(quotas, caps)


def bits_of(number: int) -> Iterator[int]:
    """The positions of the bits of a whole number, the lowest first."""
    if number.bit_count() > 12:
        content = number.to_bytes((number.bit_length() + 7) // 8, "little")
        yield from np.flatnonzero(
            np.unpackbits(np.frombuffer(content, dtype=np.uint8), bitorder="little")
        ).tolist()
        return
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest
