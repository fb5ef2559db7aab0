"""What was learned about who is who in a table: how often fields agree, which values are common, the thresholds."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import log2
from typing import Any

from galena.engines.identity.ladders import Grade, Ladder, Nature, ladders_of
from galena.engines.identity.layout import Kind, Layout, layout_from
from galena.engines.identity.records import Record, code_stems, normal_record
from galena.kit.errors import InputError

VERSION = 1
PRIOR_RECORDS = 200
"""How many records the expectation of how common a value is counts for, beside the table's own."""

MOST_KEPT = 100_000
"""So many common values and words of a field are kept; the rest counts as rare."""

PLACE_FIELDS = ("street", "phone", "place", "state", "street_house", "line")
"""Fields in which the branches of one chain differ."""

RIVAL_DIFFERS = 1.0
"""So many bits, at most, each field that differs takes from a household or office: its members share it or not."""

_RARE_WORD = 0.0005
_GENERIC_WORD = 0.03
_GENERIC = frozenset(
    [
        "and",
        "of",
        "the",
        "for",
        "in",
        "de",
        "la",
        "le",
        "a",
        "an",
        "with",
        "by",
        "on",
        "to",
        "group",
        "international",
        "services",
        "service",
        "company",
        "systems",
        "technologies",
        "technology",
        "solutions",
        "industries",
        "holdings",
        "enterprises",
        "consulting",
        "partners",
        "associates",
        "management",
        "global",
        "national",
        "american",
        "products",
        "electronics",
        "pharmaceuticals",
        "medical",
        "health",
        "care",
        "center",
        "centre",
        "restaurant",
        "cafe",
        "bar",
        "grill",
        "store",
        "shop",
        "construction",
        "electric",
        "software",
        "engineering",
        "energy",
        "financial",
        "capital",
        "trust",
        "bank",
        "insurance",
        "network",
        "communications",
        "research",
        "development",
        "laboratories",
        "design",
        "marketing",
        "media",
        "supply",
        "manufacturing",
        "university",
        "new",
    ]
)


@dataclass(frozen=True, slots=True)
class Counts:
    """How often values occur; what is not listed occurs rarely.

    Attributes:
        rows: how many records have a value.
        of: value -> records.
    """

    rows: int = 0
    of: Mapping[str, int] = field(default_factory=dict)

    def frequency(self, value: str, expected: float) -> float:
        """The share of other records that have the value too, 0-1, drawn towards `expected` while there are few."""
        others = max(self.of.get(value, 0) - 2, 0)
        return (others + PRIOR_RECORDS * expected) / (self.rows + PRIOR_RECORDS)

    def word_weight(self, word: str) -> float:
        """The weight of a word: the square of how rare it is, in bits."""
        expected = _GENERIC_WORD if word in _GENERIC else _RARE_WORD
        others = max(self.of.get(word, 0) - 1, 0)
        rarity = log2((self.rows + PRIOR_RECORDS) / (others + PRIOR_RECORDS * expected + 1.0))
        return max(rarity, 0.5) ** 2


_NONE = Counts()


@dataclass(frozen=True, slots=True)
class Priors:
    """How likely two records are one before they are compared, and how likely its rivals are (shares of all pairs).

    Attributes:
        within, across: two records of one table, and of two tables, are one.
        household: they share a household or an office and are not one.
        branch: they are branches of one chain and are not one.
    """

    within: float
    across: float
    household: float
    branch: float


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities from which pairs are merged, and from which a person should look."""

    merge: float = 0.9
    review: float = 0.2


Step = tuple[Grade, tuple[tuple[str | None, float, float, bool], ...], bool, bool]
"""How a field is graded; of each level the value whose frequency counts, m, the bits without it, and whether rivals
share it; whether the field is one's own, and of the place."""


@dataclass(frozen=True)
class MatchModel:
    """How the records of a layout are weighed; see `galena.engines.identity.weighing.weigh`.

    Attributes:
        chances: ladder -> (m, u) of each level: how often two records of one, and two of two, stand there.
        frequencies: normal value's name -> how often its values occur.
        words: field -> how often its words occur; "codes": model numbers too common to tell anything.
        rows: of the table that was learned from; 0 where none was.
    """

    layout: Layout
    chances: Mapping[str, tuple[tuple[float, float], ...]]
    frequencies: Mapping[str, Counts]
    words: Mapping[str, Counts]
    priors: Priors
    thresholds: Thresholds = Thresholds()
    rows: int = 0

    @cached_property
    def ladders(self) -> tuple[Ladder, ...]:
        """How the fields are compared."""
        return ladders_of(self.layout)

    @cached_property
    def own(self) -> tuple[bool, ...]:
        """For each ladder, whether different members of a household or an office differ in it."""
        people = is_about_people(self.layout)
        return tuple(is_own(ladder, people=people) for ladder in self.ladders)

    @cached_property
    def of_place(self) -> tuple[bool, ...]:
        """For each ladder, whether branches of one chain differ in it."""
        people = is_about_people(self.layout)
        return tuple(is_of_place(ladder, people=people) for ladder in self.ladders)

    @cached_property
    def identifying(self) -> frozenset[str]:
        """Fields that name one record when they are the very same: one's own, a telephone, a firm's website; not what
        is shared, and no part of a person's name."""
        people = is_about_people(self.layout)
        return frozenset(
            ladder.name
            for ladder, own in zip(self.ladders, self.own, strict=True)
            if (own and ladder.name != "given")
            or ladder.name.startswith("phone")
            or (ladder.name.startswith("website") and not people)
        )

    @cached_property
    def steps(self) -> tuple["Step", ...]:
        """How each field is compared and what each of its levels says, as `galena.engines.identity.weighing.chance_of`
        takes it."""
        return tuple(
            (
                ladder.grade,
                tuple(
                    (level.frequency_of, m, log2(m / u), level.is_shared)
                    for level, (m, u) in zip(ladder.levels, self.chances[ladder.name], strict=True)
                ),
                own,
                place,
            )
            for ladder, own, place in zip(self.ladders, self.own, self.of_place, strict=True)
        )

    @cached_property
    def expected(self) -> Mapping[str, float]:
        """Normal value's name -> how common a value of it is expected to be, before a table is seen."""
        found: dict[str, float] = {}
        for ladder in self.ladders:
            for level in ladder.levels:
                if level.frequency_of:
                    found.setdefault(level.frequency_of, level.u)
        return found

    @cached_property
    def word_fields(self) -> tuple[str, ...]:
        """Fields compared by their words."""
        return word_fields(self.layout)

    def frequency(self, name: str, value: str) -> float:
        """How common a normal value is among other records, 0-1."""
        return self.frequencies.get(name, _NONE).frequency(value, self.expected[name])

    def record(self, values: Mapping[str, str | None]) -> Record:
        """The normal, weighted form of a record (column -> text); give it to `weigh` and `block_keys`."""
        return self.weighted(normal_record(values, self.layout))

    def weighted(self, record: Record) -> Record:
        """A normal record with the weights of its words: NAME_weight_of, NAME_weights (in the order of NAME_tokens)
        and NAME_mass, their sum."""
        for name in self.word_fields:
            if words := record.get(f"{name}_tokens"):
                counts = self.words.get(name, _NONE)
                weight_of = {word: counts.word_weight(word) for word in words}
                record[f"{name}_weight_of"] = weight_of
                record[f"{name}_weights"] = tuple(weight_of.values())
                record[f"{name}_mass"] = sum(weight_of.values())
        if "codes" in record:
            common = self.words.get("codes", _NONE).of
            if codes := tuple(code for code in record["codes"] if code not in common):
                record["codes"], record["code_stems"] = codes, code_stems(codes)
            else:
                del record["codes"], record["code_stems"]
        return record

    def with_thresholds(self, thresholds: Thresholds) -> "MatchModel":
        """The same model with other thresholds."""
        return replace(self, thresholds=thresholds)

    def as_dict(self) -> dict[str, Any]:
        """As JSON; `model_from` reads it."""
        return {
            "version": VERSION,
            "rows": self.rows,
            "layout": self.layout.as_dict(),
            "chances": {name: [list(each) for each in levels] for name, levels in self.chances.items()},
            "frequencies": {name: _written(counts) for name, counts in self.frequencies.items()},
            "words": {name: _written(counts) for name, counts in self.words.items()},
            "priors": {name: getattr(self.priors, name) for name in Priors.__slots__},
            "thresholds": {"merge": self.thresholds.merge, "review": self.thresholds.review},
        }


def word_fields(layout: Layout) -> tuple[str, ...]:
    """Fields compared by their words."""
    return tuple(role.field for role in layout.of(Kind.COMPANY, Kind.NAME, Kind.TITLE, Kind.TEXT))


def untrained_model(layout: Layout, *, rows: int = 0) -> MatchModel:
    """A model of what is usual, for a table that nothing was learned from yet.

    Args:
        rows: how many records there are to choose from; the more, the less likely two of them are one.
    """
    return MatchModel(
        layout=layout,
        chances={
            ladder.name: tuple((level.m, level.u) for level in ladder.levels) for ladder in ladders_of(layout)
        },
        frequencies={},
        words={},
        priors=usual_priors(layout, max(rows, 2)),
        rows=rows,
    )


def usual_priors(layout: Layout, rows: int) -> Priors:
    """What is usual in a table of so many rows: three in ten rows have another one of the same."""
    chance = min(0.6 / max(rows - 1, 1), 0.3)
    ladders = ladders_of(layout)
    people = is_about_people(layout)
    household = chance / 2 if any(is_own(ladder, people=people) for ladder in ladders) else 0.0
    branch = chance / 2 if any(is_of_place(ladder, people=people) for ladder in ladders) else 0.0
    return Priors(within=chance, across=chance, household=household, branch=branch)


def is_about_people(layout: Layout) -> bool:
    """Whether records are people (else: firms, places, products)."""
    return layout.has(Kind.GIVEN, Kind.SURNAME, Kind.PERSON)


def is_own(ladder: Ladder, *, people: bool) -> bool:
    """Whether different members of a household or an office differ in the field."""
    return ladder.nature is Nature.OWN and not (people and ladder.name.startswith("company"))


def is_of_place(ladder: Ladder, *, people: bool) -> bool:
    """Whether branches of one chain differ in the field."""
    return not people and ladder.name.rstrip("_23456789") in PLACE_FIELDS


def model_from(written: Mapping[str, Any]) -> MatchModel:
    """The model that `MatchModel.as_dict` wrote.

    Raises:
        InputError: another version wrote it.
    """
    if written.get("version") != VERSION:
        raise InputError(
            "This match model was written by another version.",
            facts={"version": written.get("version"), "read here": VERSION},
            remedy="Learn it again from the records.",
        )
    return MatchModel(
        layout=layout_from(written["layout"]),
        chances={name: tuple((m, u) for m, u in levels) for name, levels in written["chances"].items()},
        frequencies={name: Counts(each["rows"], each["of"]) for name, each in written["frequencies"].items()},
        words={name: Counts(each["rows"], each["of"]) for name, each in written["words"].items()},
        priors=Priors(**written["priors"]),
        thresholds=Thresholds(**written["thresholds"]),
        rows=written["rows"],
    )


def _written(counts: Counts) -> dict[str, Any]:
    return {"rows": counts.rows, "of": dict(counts.of)}
