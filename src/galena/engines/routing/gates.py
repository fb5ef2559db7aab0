"""Which leads pass a tenant's gates: for one lead, and for a pool at once, with the same answers.

A gate finds a fact known or unknown; a known fact passes or does not, and the gate's policy decides for an unknown one.
A pool holds each text fact as codes of its distinct values, so that a gate is asked once per distinct value.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.domain.gates import (
    NUMBER_FACTS,
    TEXT_FACTS,
    AreaGate,
    Gate,
    GateCount,
    GateTally,
    GateVerdict,
    IndustryGate,
    RadiusGate,
    RangeGate,
    WordsGate,
)
from galena.engines.routing.fact_forms import (
    fact_form,
    industry_passes,
    number_form,
    number_passes,
    words_pass,
)
from galena.engines.routing.geography import in_circles, in_polygons

Mask = NDArray[np.bool_]


def verdicts(gates: Iterable[Gate], facts: Mapping[str, Any]) -> tuple[GateVerdict, ...]:
    """What each gate says of one lead, in their order. `facts`: fact -> value; absent or None: unknown."""
    found = []
    for gate in gates:
        passes = _one(gate, facts)
        known = passes is not None
        found.append(GateVerdict(gate.name, gate.unknown == "accept" if passes is None else passes, known))
    return tuple(found)


def fit_of(found: Sequence[GateVerdict]) -> float:
    """Share of a tenant's gates that a known fact confirms, 0-1; 1 without gates."""
    return sum(verdict.known and verdict.passes for verdict in found) / len(found) if found else 1.0


def _one(gate: Gate, facts: Mapping[str, Any]) -> bool | None:
    """Whether one lead passes one gate; None: the fact is unknown."""
    match gate:
        case WordsGate():
            return words_pass(gate, tuple(fact_form(fact, facts.get(fact)) for fact in _word_facts(gate)))
        case RangeGate():
            return number_passes(gate, number_form(facts.get(gate.fact)))
        case IndustryGate():
            return industry_passes(
                gate, fact_form("industry", facts.get("industry")), fact_form("naics", facts.get("naics"))
            )
        case RadiusGate() | AreaGate():
            longitude, latitude = number_form(facts.get("longitude")), number_form(facts.get("latitude"))
            if longitude is None or latitude is None:
                return None
            return bool(_inside(gate, np.array([longitude]), np.array([latitude]))[0])


def _word_facts(gate: WordsGate) -> tuple[str, ...]:
    """The facts a gate over words reads."""
    return ("trade_category", "trade_group") if gate.fact == "trade_category" else (gate.fact,)


def _inside(
    gate: RadiusGate | AreaGate, longitude: NDArray[np.float64], latitude: NDArray[np.float64]
) -> Mask:
    if isinstance(gate, RadiusGate):
        return in_circles(longitude, latitude, gate.circles)
    return in_polygons(longitude, latitude, gate.polygons)


class _Texts(NamedTuple):
    """Distinct texts in normal form, None first, and the code of each lead."""

    values: tuple[str | None, ...]
    codes: NDArray[np.int32]
    code_of: Mapping[str, int]


class _Industries(NamedTuple):
    """Distinct pairs of industry and NAICS code, and the code of each lead."""

    values: tuple[tuple[str | None, str | None], ...]
    codes: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class GateMask:
    """One gate over a pool: which leads pass it, and of which its fact is known."""

    name: str
    passes: Mask
    known: Mask


class Pool:
    """The facts of many leads, prepared for many gates.

    Build it with `Pool.of(frame)`: a column per fact of `domain.gates.FACTS`; a fact without a column is unknown for
    every lead.
    """

    def __init__(
        self,
        size: int,
        texts: Mapping[str, _Texts],
        numbers: Mapping[str, NDArray[np.float64]],
        industries: _Industries,
    ) -> None:
        self.size = size
        self._texts = texts
        self._numbers = numbers
        self._industries = industries

    @classmethod
    def of(cls, frame: pl.DataFrame) -> "Pool":
        """The pool of a frame, its leads in the frame's order."""
        texts = {fact: _encoded(frame, fact) for fact in TEXT_FACTS}
        numbers = {fact: _numbers(frame, fact) for fact in (*NUMBER_FACTS, "latitude", "longitude")}
        return cls(frame.height, texts, numbers, _industries(texts["industry"], texts["naics"]))

    def mask(self, gate: Gate) -> GateMask:
        """One gate over every lead."""
        return GateMask(gate.name, self.passes(gate), self.known(gate))

    def known(self, gate: Gate) -> Mask:
        """The leads of which a fact that the gate reads is known."""
        match gate:
            case WordsGate():
                return _any(self._texts[fact].codes != 0 for fact in _word_facts(gate))
            case RangeGate():
                return ~np.isnan(self._numbers[gate.fact])
            case IndustryGate():
                table = [industry_passes(gate, *pair) is not None for pair in self._industries.values]
                return np.array(table, dtype=bool)[self._industries.codes]
            case RadiusGate() | AreaGate():
                return ~(np.isnan(self._numbers["longitude"]) | np.isnan(self._numbers["latitude"]))

    def passes(self, gate: Gate) -> Mask:
        """The leads that pass the gate; its policy decides where the fact is unknown."""
        accept = gate.unknown == "accept"
        match gate:
            case WordsGate():
                return self._words_pass(gate, accept)
            case IndustryGate():
                answers = [industry_passes(gate, *pair) for pair in self._industries.values]
                table = np.array([accept if answer is None else answer for answer in answers], dtype=bool)
                return table[self._industries.codes]
            case RangeGate():
                numbers = self._numbers[gate.fact]
                inside = numbers >= (-np.inf if gate.minimum is None else gate.minimum)
                if gate.maximum is not None:
                    inside &= numbers <= gate.maximum
                return inside | np.isnan(numbers) if accept else inside
            case RadiusGate() | AreaGate():
                inside = _inside(gate, self._numbers["longitude"], self._numbers["latitude"])
                return inside | ~self.known(gate) if accept else inside

    def _words_pass(self, gate: WordsGate, accept: bool) -> Mask:
        """A gate over words: the codes of its values are looked up, and each lead's code in turn."""
        found = []
        for fact in _word_facts(gate):
            texts = self._texts[fact]
            table = np.zeros(len(texts.values), dtype=bool)
            for value in gate.values:
                wanted = fact_form(gate.fact, value) or ""
                if gate.fact == "zip" and wanted.endswith("*"):
                    table |= [(each or "").startswith(wanted[:-1]) for each in texts.values]
                    table[0] = False
                elif wanted in texts.code_of:
                    table[texts.code_of[wanted]] = True
            found.append(table[texts.codes])
        passing = _any(found)
        return passing | ~self.known(gate) if accept else passing


def _any(masks: Iterable[Mask]) -> Mask:
    """Where at least one of the masks holds."""
    first, *others = masks
    for other in others:
        first = first | other
    return first


def _encoded(frame: pl.DataFrame, fact: str) -> _Texts:
    """A text column as codes of its distinct values in normal form."""
    if fact not in frame.columns:
        return _Texts((None,), np.zeros(frame.height, dtype=np.int32), {})
    distinct = frame.select(pl.col(fact)).unique(maintain_order=True).with_row_index("_row")
    forms = [fact_form(fact, value) for value in distinct[fact]]
    values: tuple[str | None, ...] = (None, *sorted({form for form in forms if form is not None}))
    codes_of = {value: code for code, value in enumerate(values)}
    rows = frame.select(pl.col(fact)).join(
        distinct, on=fact, how="left", nulls_equal=True, maintain_order="left"
    )["_row"]
    codes = np.array([codes_of[form] for form in forms], dtype=np.int32)
    of_leads = codes[rows.to_numpy()] if len(codes) else np.zeros(0, dtype=np.int32)
    return _Texts(values, of_leads, {value: code for value, code in codes_of.items() if value is not None})


def _industries(words: _Texts, naics: _Texts) -> _Industries:
    """Industry and NAICS code together, as codes of their distinct pairs."""
    both = words.codes.astype(np.int64) * len(naics.values) + naics.codes
    distinct, codes = np.unique(both, return_inverse=True)
    pairs = (divmod(int(pair), len(naics.values)) for pair in distinct)
    return _Industries(
        tuple((words.values[one], naics.values[other]) for one, other in pairs), codes.astype(np.int32)
    )


def _numbers(frame: pl.DataFrame, fact: str) -> NDArray[np.float64]:
    """A column as numbers; not a number (NaN) where it is unknown."""
    if fact not in frame.columns:
        return np.full(frame.height, np.nan)
    column = frame[fact]
    if not column.dtype.is_numeric():
        column = pl.Series([number_form(value) for value in column], dtype=pl.Float64)
    numbers = column.cast(pl.Float64).fill_null(float("nan")).to_numpy().copy()
    numbers[~np.isfinite(numbers)] = np.nan
    return np.asarray(numbers, dtype=np.float64)


def tally(gates: Sequence[Gate], pool: Pool, tiers: Sequence[str] | NDArray[Any]) -> GateTally:
    """What a tenant's gates leave of a pool, and which of them removes how many. `tiers`: of each lead of the pool."""
    masks = [pool.mask(gate) for gate in gates]
    failed = sum((~mask.passes for mask in masks), start=np.zeros(pool.size, dtype=np.int64))
    left = np.ones(pool.size, dtype=bool)
    counts = []
    for mask in masks:
        counts.append(
            GateCount(
                name=mask.name,
                alone=int((~mask.passes).sum()),
                first=int((left & ~mask.passes).sum()),
                only=int((~mask.passes & (failed == 1)).sum()),
                unknown=int((~mask.known).sum()),
            )
        )
        left &= mask.passes
    by_tier = Counter(str(tier) for tier in np.asarray(tiers)[left])
    return GateTally(pool.size, int(left.sum()), tuple(counts), dict(sorted(by_tier.items())))
