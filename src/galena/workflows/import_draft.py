"""A file before it is imported: what was found in it, and how a person changes how it is going to be read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from galena.connectors.files import RowReader, open_rows
from galena.domain.playbook import FieldMapping, FieldType, Playbook
from galena.domain.playbook import Mapping as SourceMapping
from galena.domain.record import Row
from galena.engines.ingestion import (
    Proposal,
    payload_names,
    propose,
    recognise,
    source_name,
    unmapped_columns,
)
from galena.engines.ingestion.evidence import date_formats, dates_undecided
from galena.engines.ingestion.payload import picker, plain_text
from galena.kit.errors import InputError
from galena.workflows.context import Context
from galena.workflows.intake import PROPOSAL_ROWS, SAMPLE_ROWS
from galena.workflows.lead_assembly import saved_mappings

EXAMPLES = 3
_EXAMPLE_CHARS = 40


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """What the first rows show of a column.

    Attributes:
        examples: a few different values.
        formats: in which its dates seem to be written.
        undecided: whether nothing shows if the day or the month comes first.
    """

    name: str
    examples: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    undecided: bool = False


@dataclass(frozen=True, slots=True)
class ImportDraft:
    """A file that waits for a person's word.

    Attributes:
        origin: where the mapping found comes from: saved, shipped, or proposed.
        found: that mapping.
        mapping: the one to be used, as changed by a person.
        sure: field -> how sure the proposal is, 0-1; empty for a known source.
        notes: what was decided while the file was opened.
    """

    file_name: str
    origin: Literal["saved", "shipped", "proposed"]
    found: SourceMapping
    mapping: SourceMapping
    columns: tuple[ColumnFacts, ...]
    sure: Mapping[str, float]
    notes: tuple[str, ...] = ()

    @property
    def is_changed(self) -> bool:
        """Whether a person changed the mapping that was found."""
        return self.mapping != self.found

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that identify a row; empty for the whole row."""
        return self.mapping.key

    def facts_of(self, column: str | None) -> ColumnFacts:
        """What is known of a column."""
        return next((each for each in self.columns if each.name == column), ColumnFacts(column or ""))

    def as_dict(self) -> dict[str, Any]:
        """As JSON, to be kept beside the file."""
        return {
            "file_name": self.file_name,
            "origin": self.origin,
            "found": self.found.model_dump(mode="json", exclude_defaults=True),
            "mapping": self.mapping.model_dump(mode="json", exclude_defaults=True),
            "columns": [[c.name, list(c.examples), list(c.formats), c.undecided] for c in self.columns],
            "sure": dict(self.sure),
            "notes": list(self.notes),
        }

    @classmethod
    def restored(cls, kept: Mapping[str, Any]) -> "ImportDraft":
        """The draft that `as_dict` wrote."""
        columns = tuple(
            ColumnFacts(name, tuple(examples), tuple(formats), undecided)
            for name, examples, formats, undecided in kept["columns"]
        )
        return cls(
            kept["file_name"],
            kept["origin"],
            SourceMapping.model_validate(kept["found"]),
            SourceMapping.model_validate(kept["mapping"]),
            columns,
            kept["sure"],
            tuple(kept["notes"]),
        )


@dataclass(frozen=True, slots=True)
class MappingChange:
    """What a person chose for a file.

    Attributes:
        columns: field -> column; empty leaves the field out. Fields not named stay as they are.
        formats: field -> how its dates are written, as in strptime.
        key: the columns that identify a row; None: as it is.
        source: the source's name; empty: as it is.
    """

    columns: Mapping[str, str]
    formats: Mapping[str, str]
    key: tuple[str, ...] | None = None
    source: str = ""


def draft_import(context: Context, path: Path) -> ImportDraft:
    """Look into a file: its columns, and the mapping it would be read with. Nothing is written.

    Raises:
        InputError: the file cannot be read.
    """
    with context.session() as session:
        saved = saved_mappings(session)
    with open_rows(path) as file:
        sample = _sample(file, SAMPLE_ROWS)
        columns = file.shape.columns
        known = recognise(columns, sample, saved)
        shipped = None if known else recognise(columns, sample, context.playbook.mappings)
        sample = _sample(file, PROPOSAL_ROWS)
        mapping = known or shipped
        proposal: Proposal | None = None
        if mapping is None:
            proposal = propose(columns, sample, context.playbook, path.name)
            mapping = proposal.mapping()
        names = dict.fromkeys((*columns, *payload_names(mapping)))
        return ImportDraft(
            file_name=path.name,
            origin="saved" if known else "shipped" if shipped else "proposed",
            found=mapping,
            mapping=mapping,
            columns=tuple(_facts(name, sample) for name in names if name.strip()),
            sure={each.field: each.confidence for each in proposal.fields} if proposal else {},
            notes=file.notes,
        )


def with_changes(draft: ImportDraft, playbook: Playbook, change: MappingChange) -> ImportDraft:
    """The draft as a person wants it.

    Raises:
        InputError: the source's name cannot be used, or a column or field is not one of the file or playbook.
    """
    fields = dict(draft.mapping.fields)
    for name, column in change.columns.items():
        field = playbook.fields.get(name)
        if field is None:
            raise InputError("There is no such field.", facts={"field": name})
        if not column:
            if name in fields and fields[name].column is not None:
                del fields[name]
        else:
            fields[name] = _field_mapping(draft, fields.get(name), field.type, column)
    for name, form in change.formats.items():
        if name in fields and form:
            fields[name] = fields[name].model_copy(update={"format": form})
    source = change.source.strip() or draft.mapping.source
    if source_name(source) != source:
        raise InputError(
            "This cannot be the name of a source.",
            facts={"given": source},
            remedy=f"Use lower-case letters, digits and underscores, such as {source_name(source)}.",
        )
    key = draft.mapping.key if change.key is None else change.key
    ordered = {name: fields[name] for name in playbook.fields if name in fields}
    mapping = draft.mapping.model_copy(update={"fields": ordered, "key": key, "source": source})
    if draft.origin == "proposed":
        mapping = _recognised_again(mapping, [each.name for each in draft.columns])
    return replace(draft, mapping=mapping)


def _field_mapping(
    draft: ImportDraft, now: FieldMapping | None, kind: FieldType, column: str
) -> FieldMapping:
    if now is not None and now.column == column:
        return now
    if column not in {each.name for each in draft.columns}:
        raise InputError("There is no such column in this file.", facts={"column": column})
    formats = draft.facts_of(column).formats if kind in (FieldType.DATE, FieldType.INSTANT) else ()
    return FieldMapping(column=column, format=(formats[0] if len(formats) == 1 else formats) or None)


def _recognised_again(mapping: SourceMapping, columns: Sequence[str]) -> SourceMapping:
    """The next file of this source is known by the columns that are used of this one."""
    used = dict.fromkeys((*mapping.key, *(each.column for each in mapping.fields.values() if each.column)))
    plain = mapping.model_copy(update={"recognise": tuple(used), "columns_ignored": ()})
    return plain.model_copy(
        update={
            "columns_ignored": unmapped_columns(plain, columns),
            "label": mapping.source.replace("_", " ").capitalize(),
        }
    )


def _sample(file: RowReader, size: int) -> list[dict[str, Any]]:
    return [row.payload for row in islice(file.rows(), size) if isinstance(row, Row)]


def _facts(name: str, sample: Sequence[Mapping[str, Any]]) -> ColumnFacts:
    pick = picker(name)
    values = [pick(payload) for payload in sample]
    texts = dict.fromkeys(text for value in values[:2_000] if (text := _short(value)))
    return ColumnFacts(name, tuple(islice(texts, EXAMPLES)), date_formats(values), dates_undecided(values))


def _short(value: Any) -> str:
    text = " ".join(plain_text(value).replace("\0", "").split())
    return text if len(text) <= _EXAMPLE_CHARS else f"{text[:_EXAMPLE_CHARS]}…"
