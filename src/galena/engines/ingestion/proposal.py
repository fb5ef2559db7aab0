"""A proposed mapping for a file that no known mapping fits.

For each canonical field every column is weighed: how alike the names are (aliases of common exports count as
the same name) times how many of the sample's values the field would accept. Pairs are then taken from the
strongest down, so that no column is used twice. Whoever accepts the proposal may edit it first.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rapidfuzz import fuzz

from galena.domain.playbook import Field, FieldMapping, FieldType, Playbook
from galena.domain.playbook import Mapping as SourceMapping
from galena.engines.ingestion.aliases import meanings
from galena.engines.ingestion.evidence import (
    Column,
    column_of,
    date_formats,
    dates_undecided,
    looks_like_text,
    share_fitting,
)
from galena.engines.ingestion.recognition import heading

LEAST_CONFIDENCE = 0.65
"""Pairs below this are not proposed."""

SURE_CONFIDENCE = 0.8
"""A proposal is taken without asking when it is at least this sure on average and has a key."""

MOST_COLUMNS = 1_000
"""Columns beyond this are not weighed."""

_SAMPLE_ROWS = 500
_FITTING_OF_EMPTY = 0.7
_ID_NAME = re.compile(
    r"(?:^|[\W_])(id|ids|no|num|number|nr|key|uuid|guid|ref|reference|code)$|id$|number$|#$", re.I
)
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


@dataclass(frozen=True, slots=True)
class ProposedField:
    """A canonical field, the column proposed for it, and the next best ones.

    Attributes:
        confidence: 0-1.
        formats: date formats found in the column.
        note: what a person should look at; may be empty.
    """

    field: str
    column: str
    confidence: float
    alternatives: tuple[tuple[str, float], ...] = ()
    formats: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed mapping.

    Attributes:
        fields: in the playbook's order.
        unmapped: columns without a field; they are kept in the source record.
        key: the columns that identify a row; empty: the whole row.
        confidence: 0-1, the mean over the fields; 0 when there are none.
    """

    source: str
    fields: tuple[ProposedField, ...]
    unmapped: tuple[str, ...]
    key: tuple[str, ...]
    confidence: float

    @property
    def is_sure(self) -> bool:
        """Whether it may be used without a person's word: a key, three fields at least, high confidence."""
        decided = not any(each.note for each in self.fields)
        return bool(self.key) and len(self.fields) >= 3 and self.confidence >= SURE_CONFIDENCE and decided

    def with_column(self, field: str, column: str | None) -> "Proposal":
        """The proposal after a person chose the column of a field (None: leave the field out)."""
        kept = [each for each in self.fields if each.field != field and each.column != column]
        before = next((each.column for each in self.fields if each.field == field), None)
        if column is not None:
            kept.append(ProposedField(field, column, 1.0))
        used = {each.column for each in kept}
        freed = [] if before is None or before in used else [before]
        unmapped = tuple(dict.fromkeys(name for name in (*self.unmapped, *freed) if name not in used))
        return replace(self, fields=tuple(kept), unmapped=unmapped)

    def mapping(self) -> SourceMapping:
        """The proposal as a mapping, to be saved or edited as YAML."""
        return SourceMapping(
            source=self.source,
            label=_label(self.source),
            key=self.key,
            recognise=tuple(dict.fromkeys((*self.key, *(each.column for each in self.fields)))),
            fields={
                each.field: FieldMapping(column=each.column, format=_format(each.formats))
                for each in self.fields
            },
            columns_ignored=self.unmapped,
        )

    def widening(self, saved: SourceMapping) -> SourceMapping:
        """The saved mapping with the fields that only this proposal fills, surely and from columns it does not know.

        Only a mapping that was itself a proposal grows; one that a person wrote leaves out what it leaves out on
        purpose.
        """
        if saved.role != "leads" or saved.label != _label(saved.source):
            return saved
        used = {each.column for each in saved.fields.values()}
        known = {*saved.columns_ignored, *saved.key, *used}
        new = {
            each.field: FieldMapping(column=each.column, format=_format(each.formats))
            for each in self.fields
            if each.field not in saved.fields
            and each.column not in known
            and each.confidence >= SURE_CONFIDENCE
            and not each.note
        }
        return saved.model_copy(update={"fields": {**saved.fields, **new}}) if new else saved


def propose(
    columns: Sequence[str], sample: Sequence[Mapping[str, Any]], playbook: Playbook, source: str = "file"
) -> Proposal:
    """A mapping proposed from headings and sample rows.

    The first 500 rows are weighed; all of them are asked in which order dates are written, so give as many as
    can be had cheaply.
    """
    rows = sample[:_SAMPLE_ROWS]
    evidence = [column_of(name, rows) for name in columns[:MOST_COLUMNS] if name.strip()]
    whole = {column.name: tuple(row.get(column.name) for row in sample) for column in evidence}
    # Among fields that fit a column alike, the one that counts more has it, then the one the playbook names first.
    importance = ("required", "useful", "optional")
    order = sorted(playbook.fields, key=lambda name: importance.index(playbook.fields[name].importance))
    ranks = {name: rank for rank, name in enumerate(order)}
    pairs = sorted(
        (
            (_confidence(name, field, column), -place, name, column)
            for name, field in playbook.fields.items()
            for place, column in enumerate(evidence)
        ),
        key=lambda pair: (-pair[0], -pair[1], ranks[pair[2]]),
    )
    chosen = _assign(pairs)
    fields = tuple(
        _dated(_proposed(name, *chosen[name], pairs), whole[chosen[name][0].name], playbook.fields[name])
        for name in playbook.fields
        if name in chosen
    )
    used = {each.column for each in fields}
    key = _key(evidence)
    return Proposal(
        source=source_name(source),
        fields=fields,
        unmapped=tuple(
            column.name for column in evidence if column.name not in used and column.name not in key
        ),
        key=key,
        confidence=round(sum(each.confidence for each in fields) / len(fields), 3) if fields else 0.0,
    )


def source_name(text: str) -> str:
    """A name for a source, from a file's name: "Open Leads 2026.csv" -> "open_leads_2026"."""
    stem = text.rsplit("/", 1)[-1].split(".", 1)[0]
    name = re.sub(r"[^a-z0-9]+", "_", stem.casefold()).strip("_")[:60]
    return name if name[:1].isalpha() else f"file_{name}".rstrip("_")


def _assign(pairs: list[tuple[float, int, str, Column]]) -> dict[str, tuple[Column, float]]:
    chosen: dict[str, tuple[Column, float]] = {}
    taken: set[str] = set()
    for confidence, _, name, column in pairs:
        if confidence < LEAST_CONFIDENCE:
            break
        if name not in chosen and column.name not in taken:
            chosen[name] = (column, confidence)
            taken.add(column.name)
    return chosen


def _proposed(
    name: str, column: Column, confidence: float, pairs: list[tuple[float, int, str, Column]]
) -> ProposedField:
    others = tuple(
        (each.name, round(weight, 2))
        for weight, _, field, each in pairs
        if field == name and each is not column and weight >= 0.3
    )
    return ProposedField(name, column.name, round(confidence, 2), others[:3])


def _dated(proposed: ProposedField, values: Sequence[Any], field: Field) -> ProposedField:
    """The proposal with the column's date formats; with less confidence when nothing decides their order."""
    if field.type not in (FieldType.DATE, FieldType.INSTANT):
        return proposed
    formats = date_formats(values)
    if not dates_undecided(values):
        return replace(proposed, formats=formats)
    note = f"Nothing in the column shows whether the day or the month comes first; read as {formats[0]}."
    return replace(proposed, formats=formats, confidence=min(proposed.confidence, 0.6), note=note)


def _confidence(name: str, field: Field, column: Column) -> float:
    alike = name_likeness(name, field.label, column.name)
    formats = date_formats(column.values) if field.type in (FieldType.DATE, FieldType.INSTANT) else ()
    if alike < 0.4 and field.type not in (FieldType.EMAIL, FieldType.PHONE):
        return 0.0
    fitting = share_fitting(column, field, formats) if column.values else _FITTING_OF_EMPTY
    if field.type is FieldType.TEXT and alike < 0.95 and not field.values:
        fitting *= 0.5 + 0.5 * looks_like_text(column)
    if field.type is FieldType.EMAIL and column.values and fitting > 0.8:
        alike = max(alike, 0.7)
    return alike * (0.25 + 0.75 * fitting)


def name_likeness(name: str, label: str, column: str) -> float:
    """How alike a field's name or label and a column's heading are, 0-1; aliases count as 0.97."""
    target = heading(column)
    own = {heading(name), heading(label)}
    if target in own:
        return 1.0
    groups = meanings()
    if any(target in groups.get(each, ()) for each in own):
        return 0.97
    return max(_alike(text, column) for text in (name, label)) * 0.95


def _alike(one: str, other: str) -> float:
    first, second = _words(one), _words(other)
    if not first or not second:
        return 0.0
    tokens = fuzz.token_sort_ratio(first, second) / 100
    letters = fuzz.ratio(first.replace(" ", ""), second.replace(" ", "")) / 100
    shared = len(set(first.split()) & set(second.split())) / max(len(first.split()), len(second.split()))
    return max(min(tokens, 0.5 + shared / 2), min(letters, 0.6 + shared / 2) if letters < 0.9 else letters)


def _words(text: str) -> str:
    return " ".join(word.lower() for word in _WORDS.findall(text.replace("_", " ")))


def _key(columns: Sequence[Column]) -> tuple[str, ...]:
    """The column that identifies a row: unique, always filled, named like an id; else e-mail, else company."""
    unique = [
        column
        for column in columns
        if column.values and column.share_known == 1 and column.share_distinct == 1
    ]
    named = [column for column in unique if _ID_NAME.search(column.name.strip())]
    if named:
        return (named[0].name,)
    emails = [column for column in unique if "mail" in column.name.casefold()]
    nearly = [
        column
        for column in columns
        if column.share_known == 1 and column.share_distinct > 0.95 and _ID_NAME.search(column.name.strip())
    ]
    companies = [column for column in unique if "company" in meanings().get(heading(column.name), ())]
    return tuple(column.name for column in (emails or nearly or companies)[:1])


def _format(formats: tuple[str, ...]) -> str | tuple[str, ...] | None:
    return (formats[0] if len(formats) == 1 else formats) if formats else None


def _label(source: str) -> str:
    """How a proposal calls its source; what a person wrote bears the label that person gave it, or none."""
    return source.replace("_", " ").capitalize()
