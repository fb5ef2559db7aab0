"""A look at a file before it is taken in: what it is, how it would be mapped, what its first rows become."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from galena.domain.record import FileShape, Row, RowFault
from galena.engines.ingestion import MappedRow, Proposal, Reader, Rejection, propose, unmapped_columns
from galena.workflows.context import Context
from galena.workflows.intake import PROPOSAL_ROWS, IntakeOptions, find_mapping, open_file
from galena.workflows.mapping_choice import MappingChoice

PREVIEW_ROWS = 20


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would become.

    Attributes:
        choice: the mapping that would be used, a proposed one included, however uncertain.
        proposal: what would be proposed if no mapping were known; shows each field's next best columns.
        rows: the first rows as read from the file; `mapped` what they become, in the same order.
    """

    shape: FileShape
    choice: MappingChoice
    proposal: Proposal
    rows: tuple[Row | RowFault, ...]
    mapped: tuple[MappedRow | Rejection | RowFault, ...]
    unmapped_columns: tuple[str, ...]


def preview_file(
    context: Context, path: Path | str, options: IntakeOptions | None = None, *, rows: int = PREVIEW_ROWS
) -> Preview:
    """Looks at a file and writes nothing; `options.mapping` shows what that mapping would give.

    Raises:
        InputError: the file cannot be read, or nothing in it resembles the playbook.
        ConfigurationError: the mapping speaks of what the playbook does not have.
    """
    options = options or IntakeOptions()
    with open_file(path, options) as file:
        choice = find_mapping(context, file, options, accept_proposal=True)
        sample = [row.payload for row in islice(file.rows(), PROPOSAL_ROWS) if isinstance(row, Row)]
        first = tuple(islice(file.rows(), rows))
        reader = Reader(choice.mapping, context.playbook, context.clock())
        return Preview(
            shape=file.shape,
            choice=choice,
            proposal=choice.proposal
            or propose(file.shape.columns, sample, context.playbook, Path(file.shape.name).name),
            rows=first,
            mapped=tuple(_read(reader, first)),
            unmapped_columns=unmapped_columns(choice.mapping, file.shape.columns),
        )


def _read(reader: Reader, rows: tuple[Row | RowFault, ...]) -> Iterator[MappedRow | Rejection | RowFault]:
    for row in rows:
        yield row if isinstance(row, RowFault) else reader.read(row.payload, row.number)
