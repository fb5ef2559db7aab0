"""The facts of many leads, prepared so that many gates can be asked quickly.

A pool holds each text fact as codes of its distinct values: a gate is asked once per distinct value. The answers
are those of `engines.routing.gates.verdicts` for each lead alone.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from copy import copy
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
    IndustryGate,
    RadiusGate,
    RangeGate,
    WordsGate,
)
from galena.engines.routing.fact_forms import (
    entry_kinds,
    entry_matches,
    fact_form,
    industry_known,
    number_form,
    word_facts,
)
from galena.engines.routing.geography import inside

Mask = NDArray[np.bool_]
Codes = NDArray[np.unsignedinteger[Any]]
_FEW_CODES = 12


class _Texts(NamedTuple):
    """Distinct texts in normal form, None first, and the code of each lead."""

    values: tuple[str | None, ...]
    codes: Codes
    code_of: Mapping[str, int]


class _Industries:
    """Distinct pairs of industry and NAICS code, the code of each lead, and which pairs each entry of a gate names."""

    def __init__(self, values: Sequence[tuple[str | None, str | None]], codes: Codes) -> None:
        self.values = values
        self.codes = codes
        in_words_and_code = [industry_known(*pair) for pair in values]
        self._in_words = np.array([words for words, _ in in_words_and_code], dtype=bool)
        self._by_code = np.array([code for _, code in in_words_and_code], dtype=bool)
        self._named: dict[str, Mask] = {}

    def some(self, places: NDArray[np.intp]) -> "_Industries":
        """The same for a few leads."""
        found = copy(self)
        found.codes = self.codes[places]
        return found

    def known(self, gate: IndustryGate) -> Mask:
        """Per pair: whether something that the gate reads is known."""
        codes, words = entry_kinds(gate)
        return np.asarray((self._by_code & codes) | (self._in_words & words))

    def passes(self, gate: IndustryGate, accept: bool) -> Mask:
        """Per pair: whether it passes."""
        known = self.known(gate)
        passing = self._any_named(gate.included) if gate.included else np.ones(len(known), dtype=bool)
        passing = passing & ~self._any_named(gate.excluded)
        return np.where(known, passing, accept)

    def _any_named(self, entries: Iterable[str]) -> Mask:
        named = np.zeros(len(self.values), dtype=bool)
        for entry in entries:
            if entry not in self._named:
                matches = [entry_matches(entry, *pair) for pair in self.values]
                self._named[entry] = np.array(matches, dtype=bool)
            named = named | self._named[entry]
        return named


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

    def some(self, leads: Sequence[int]) -> "Pool":
        """A few of the leads, by their places, in this order."""
        places = np.asarray(leads, dtype=np.intp)
        texts = {fact: each._replace(codes=each.codes[places]) for fact, each in self._texts.items()}
        numbers = {fact: each[places] for fact, each in self._numbers.items()}
        return Pool(len(places), texts, numbers, self._industries.some(places))

    def mask(self, gate: Gate) -> GateMask:
        """One gate over every lead."""
        return GateMask(gate.name, self.passes(gate), self.known(gate))

    def known(self, gate: Gate) -> Mask:
        """The leads of which a fact that the gate reads is known."""
        match gate:
            case WordsGate():
                return _any(self._texts[fact].codes != 0 for fact in word_facts(gate))
            case RangeGate():
                return ~np.isnan(self._numbers[gate.fact])
            case IndustryGate():
                return self._industries.known(gate)[self._industries.codes]
            case RadiusGate() | AreaGate():
                return ~(np.isnan(self._numbers["longitude"]) | np.isnan(self._numbers["latitude"]))

    def passes(self, gate: Gate) -> Mask:
        """The leads that pass the gate; its policy decides where the fact is unknown."""
        accept = gate.unknown == "accept"
        match gate:
            case WordsGate():
                return self._words_pass(gate, accept)
            case IndustryGate():
                return _looked_up(self._industries.passes(gate, accept), self._industries.codes)
            case RangeGate():
                numbers = self._numbers[gate.fact]
                within = numbers >= (-np.inf if gate.minimum is None else gate.minimum)
                if gate.maximum is not None:
                    within &= numbers <= gate.maximum
                return within | np.isnan(numbers) if accept else within
            case RadiusGate() | AreaGate():
                within = inside(gate, self._numbers["longitude"], self._numbers["latitude"])
                return within | ~self.known(gate) if accept else within

    @staticmethod
    def knowledge(gate: Gate) -> Hashable:
        """What a gate reads: gates with the same answer find the same leads known."""
        return (gate.name, *entry_kinds(gate)) if isinstance(gate, IndustryGate) else gate.name

    def _words_pass(self, gate: WordsGate, accept: bool) -> Mask:
        """A gate over words: the codes of its values are looked up, and each lead's code in turn."""
        found = []
        for fact in word_facts(gate):
            texts = self._texts[fact]
            table = np.zeros(len(texts.values), dtype=bool)
            for value in gate.values:
                wanted = fact_form(gate.fact, value) or ""
                if gate.fact == "zip" and wanted.endswith("*"):
                    table |= [(each or "").startswith(wanted[:-1]) for each in texts.values]
                    table[0] = False
                elif wanted in texts.code_of:
                    table[texts.code_of[wanted]] = True
            found.append(_looked_up(table, texts.codes))
        passing = _any(found)
        return passing | ~self.known(gate) if accept else passing


def _looked_up(table: Mask, codes: Codes) -> Mask:
    """The table's answer for each code; few codes are compared, which is far quicker than looking up each."""
    few = np.flatnonzero(table)
    if len(few) > _FEW_CODES:
        return table.take(codes)
    found = np.zeros(len(codes), dtype=bool)
    for code in few:
        found |= codes == codes.dtype.type(code)
    return found


def _narrow(codes: NDArray[Any], distinct: int) -> Codes:
    """Codes in as few bytes as hold them."""
    return codes.astype(np.min_scalar_type(max(distinct - 1, 0)))


def _any(masks: Iterable[Mask]) -> Mask:
    """Where at least one of the masks holds."""
    first, *others = masks
    for other in others:
        first = first | other
    return first


def _encoded(frame: pl.DataFrame, fact: str) -> _Texts:
    """A text column as codes of its distinct values in normal form."""
    if fact not in frame.columns:
        return _Texts((None,), np.zeros(frame.height, dtype=np.uint8), {})
    distinct = frame.select(pl.col(fact)).unique(maintain_order=True).with_row_index("_row")
    forms = [fact_form(fact, value) for value in distinct[fact]]
    values: tuple[str | None, ...] = (None, *sorted({form for form in forms if form is not None}))
    codes_of = {value: code for code, value in enumerate(values)}
    rows = frame.select(pl.col(fact)).join(
        distinct, on=fact, how="left", nulls_equal=True, maintain_order="left"
    )["_row"]
    codes = _narrow(np.array([codes_of[form] for form in forms], dtype=np.int64), len(values))
    of_leads = codes[rows.to_numpy()] if len(codes) else codes
    return _Texts(values, of_leads, {value: code for value, code in codes_of.items() if value is not None})


def _industries(words: _Texts, naics: _Texts) -> _Industries:
    """Industry and NAICS code together, as codes of their distinct pairs."""
    both = words.codes.astype(np.int64) * len(naics.values) + naics.codes
    distinct, codes = np.unique(both, return_inverse=True)
    pairs = (divmod(int(pair), len(naics.values)) for pair in distinct)
    return _Industries(
        tuple((words.values[one], naics.values[other]) for one, other in pairs), _narrow(codes, len(distinct))
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
