"""The story of an import, from a file to leads.

The file is opened and its mapping found. Then batch by batch, each in one transaction: rows become source records,
records become leads, what cannot be used goes to quarantine, and the import notes how far it came. So whatever ends
the run, running it again goes on behind the last committed batch, and nothing is lost or doubled. A file that turns
out damaged half-way leaves nothing behind.
"""

import gc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from time import sleep

from galena.connectors.files import ReadLimits, RowReader, open_rows
from galena.domain.events import NewEvent
from galena.domain.imports import Import, ImportCounts, NewImport
from galena.domain.playbook import Mapping as SourceMapping
from galena.domain.record import Row
from galena.engines.ingestion import Reader, unmapped_columns
from galena.kit.clock import stopwatch
from galena.kit.errors import ConflictError, InputError
from galena.kit.ids import new_id
from galena.kit.logs import logger
from galena.stores import imports, outbox, projections
from galena.stores.door import Session
from galena.stores.holds import hold
from galena.workflows.context import Context
from galena.workflows.import_report import ImportReport, reasons_kept
from galena.workflows.intake_batch import Intake, ReadBatch
from galena.workflows.lead_assembly import assembly_for, saved_mappings
from galena.workflows.mapping_check import check_mapping
from galena.workflows.mapping_choice import MappingChoice, choose_mapping
from galena.workflows.relinking import keep_mapping
from galena.workflows.resolving import Resolved, resolve_behind
from galena.workflows.undo import take_back

log = logger("intake")

BATCH_ROWS = 5_000
KILLED_NOTICED_S = 3.0
SAMPLE_ROWS = 200
PROPOSAL_ROWS = 20_000
MOST_COLUMNS = 1_000
"""Of the file's headings, so many are kept with the import."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is.

    Attributes:
        stage: opened, read (a batch is about to be taken in), taken (before its commit), committed, done.
        rows: rows of the file whose outcome is settled, or about to be.
    """

    stage: str
    file_name: str
    rows: int
    counts: ImportCounts


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How a file is opened; None means: found from its content."""

    records_at: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header: bool | None = None
    limits: ReadLimits | None = None


@dataclass(frozen=True, slots=True)
class IntakeOptions:
    """What the caller of an import asks for.

    Attributes:
        mapping: use this one; it is saved for the next file of its source.
        accept_proposal: take a proposed mapping even when it is not certain.
        dry_run: count what would happen, and write nothing.
        progress: called at every stage; whatever it raises ends the import as an interruption would.
        batch_rows: rows per transaction.
    """

    mapping: SourceMapping | None = None
    accept_proposal: bool = False
    dry_run: bool = False
    read: ReadOptions = ReadOptions()
    progress: Callable[[Progress], None] = lambda _: None
    batch_rows: int = BATCH_ROWS


class _DryRunOver(Exception):  # noqa: N818 - ends the transaction of a dry run, and is no error
    pass


def ingest_file(context: Context, path: Path | str, options: IntakeOptions | None = None) -> ImportReport:
    """Takes a file in and says what became of every row.

    The same file again changes nothing. An import that was interrupted goes on where it stopped when the same file
    is given again.

    Raises:
        UncertainMappingError: no known mapping fits, and nobody accepted the proposed one.
        InputError: the file cannot be read, or nothing in it resembles the playbook; nothing of it was kept.
        ConfigurationError: the mapping speaks of what the playbook does not have.
        ConflictError: the same file is being imported by another process.
    """
    options = options or IntakeOptions()
    with open_file(path, options) as file:
        choice = find_mapping(context, file, options)
        return _Import(context, file, choice, options).run()


def find_mapping(
    context: Context, file: RowReader, options: IntakeOptions, *, accept_proposal: bool = False
) -> MappingChoice:
    """The mapping with which a file is going to be read; see `choose_mapping`."""
    with context.session() as session:
        saved = saved_mappings(session)
    accept = accept_proposal or options.accept_proposal
    choice = _choose(context, file, options, saved, SAMPLE_ROWS, accept=True)
    if choice.origin == "proposed":
        choice = _choose(context, file, options, saved, PROPOSAL_ROWS, accept=accept)
    check_mapping(choice.mapping, context.playbook)
    return choice


def _choose(
    context: Context,
    file: RowReader,
    options: IntakeOptions,
    saved: Sequence[SourceMapping],
    sample_rows: int,
    *,
    accept: bool,
) -> MappingChoice:
    sample = [row.payload for row in islice(file.rows(), sample_rows) if isinstance(row, Row)]
    return choose_mapping(
        Path(file.shape.name).name,
        file.shape.columns,
        sample,
        context.playbook,
        saved,
        given=options.mapping,
        accept_proposal=accept,
    )


def open_file(path: Path | str, options: IntakeOptions) -> RowReader:
    """The file as a stream of rows.

    Raises:
        InputError: it cannot be read.
    """
    read = asdict(options.read) | {"limits": options.read.limits}
    if options.mapping is not None and read["records_at"] is None:
        read["records_at"] = options.mapping.records_at
    return open_rows(path, **read)


class _Import:
    """One run over one file."""

    def __init__(
        self, context: Context, file: RowReader, choice: MappingChoice, options: IntakeOptions
    ) -> None:
        self._context = context
        self._file = file
        self._choice = choice
        self._mapping = choice.mapping
        self._options = options
        self._elapsed = stopwatch()
        self._counts = ImportCounts()

    def run(self) -> ImportReport:
        if self._options.dry_run:
            return self._rehearse()
        with self._context.session() as session:
            kept = self._begin(session)
            intake = self._intake(session, kept)
        with _held(self._context, kept):
            return self._run(kept, intake)

    def _run(self, kept: Import, intake: Intake) -> ImportReport:
        resumed_at = kept.checkpoint_row
        self._counts = kept.counts
        self._tell("opened", resumed_at)
        try:
            self._take_all(kept, intake)
        except InputError as error:
            self._give_up(kept, error)
            raise
        except ConflictError:
            raise
        except BaseException:
            self._interrupt(kept)
            raise
        with self._context.session() as session:
            kept = imports.finish(session, kept.id, at=self._context.clock())
            outbox.append(session, [NewEvent("import_done", None, {"import_id": str(kept.id)})])
            if resumed_at:
                intake.reasons = reasons_kept(session, kept)
        log.info(
            "import_done",
            workspace_id=self._context.workspace_id,
            import_id=kept.id,
            source=kept.source,
            rows=kept.counts.read,
            created=kept.counts.created,
            updated=kept.counts.updated,
            unchanged=kept.counts.unchanged,
            quarantined=kept.counts.quarantined,
        )
        resolved = resolve_behind(self._context, counts=True)
        self._tell("done", kept.counts.read)
        return self._report(kept, intake, resumed_at, resolved)

    def _rehearse(self) -> ImportReport:
        """The whole import in one transaction that is taken back at its end."""
        report: ImportReport | None = None
        try:
            with self._context.session() as session:
                kept = self._begin(session)
                intake = self._intake(session, kept)
                for batch in self._read_ahead(intake, 0):
                    outcome = intake.take(session, batch, self._context.clock())
                    self._counts += outcome.counts
                    self._tell("taken", self._counts.read)
                report = self._report(kept, intake, 0)
                raise _DryRunOver
        except _DryRunOver:
            if report is None:
                raise
            return report

    def _begin(self, session: Session) -> Import:
        """The interrupted import of this very file, or a new one; a new mapping is saved."""
        projections.take_turn(session)
        content = self._mapping.model_dump(mode="json", exclude_defaults=True)
        if not self._options.dry_run:
            for earlier in imports.find_by_sha256(
                session, self._file.shape.sha256, source=self._mapping.source
            ):
                if earlier.status in ("running", "interrupted") and earlier.mapping == content:
                    return imports.resume(session, earlier.id)
        if self._choice.origin in ("given", "proposed"):
            keep_mapping(session, self._context.playbook, self._mapping, self._context.clock())
        shape = asdict(self._file.shape)
        return imports.open_(
            session,
            NewImport(
                id=new_id(),
                source=self._mapping.source,
                file_name=Path(self._file.shape.name).name,
                started_at=self._context.clock(),
                sha256=self._file.shape.sha256,
                size=self._file.shape.size_bytes,
                shape={
                    **shape,
                    "columns": list(shape["columns"][:MOST_COLUMNS]),
                    "notes": list(shape["notes"]),
                },
                mapping=content,
                options={"mapping_origin": self._choice.origin},
            ),
        )

    def _intake(self, session: Session, kept: Import) -> Intake:
        reader = Reader(self._mapping, self._context.playbook, kept.started_at)
        return Intake(self._mapping, kept, reader, assembly_for(session, self._context.playbook))

    def _take_all(self, kept: Import, intake: Intake) -> None:
        reached = kept.checkpoint_row
        # The checkpoint counts rows and refused rows alike, so it is also how many to leave out.
        for batch in self._read_ahead(intake, reached):
            self._tell("read", reached)
            with self._context.session() as session:
                projections.take_turn(session)
                self._refuse_another_run(imports.load(session, kept.id), reached)
                outcome = intake.take(session, batch, self._context.clock())
                reached += batch.row_count
                imports.checkpoint(session, kept.id, row=reached, more=outcome.counts)
                self._tell("taken", reached)
            self._counts += outcome.counts
            self._tell("committed", reached)

    def _read_ahead(self, intake: Intake, skip_rows: int) -> Iterator[ReadBatch]:
        """The batches of the file; the next one is read and mapped while the database works on the one before."""
        rows = self._file.rows(skip_rows)

        def read() -> ReadBatch:
            return intake.read(list(islice(rows, self._options.batch_rows)))

        with ThreadPoolExecutor(1, "reading") as reading, _uncollected():
            coming = reading.submit(read)
            while (batch := coming.result()).row_count:
                coming = reading.submit(read)
                yield batch
                gc.collect(0)

    def _refuse_another_run(self, now: Import, reached: int) -> None:
        if now.checkpoint_row != reached or now.status != "running":
            raise ConflictError(
                "another process took this import over at this moment",
                facts={"file": self._file.shape.name, "status": now.status},
                remedy="Let one of them finish, then look at the list of imports.",
            )

    def _give_up(self, kept: Import, error: InputError) -> None:
        """The file is damaged behind rows already taken in: they are taken back."""
        with self._context.session() as session:
            take_back(session, self._context.playbook, kept.id, self._context.clock())
            imports.fail(session, kept.id, at=self._context.clock(), error=str(error))

    def _interrupt(self, kept: Import) -> None:
        try:
            with self._context.session() as session:
                if imports.load(session, kept.id).status == "running":
                    imports.interrupt(session, kept.id)
        except Exception:  # noqa: S110 - the first error counts; a run marked as running resumes as well
            pass

    def _tell(self, stage: str, rows: int) -> None:
        self._options.progress(Progress(stage, self._file.shape.name, rows, self._counts))

    def _report(
        self, kept: Import, intake: Intake, resumed_at: int, resolved: Resolved | None = None
    ) -> ImportReport:
        dry = self._options.dry_run
        return ImportReport(
            file_name=kept.file_name,
            source=kept.source,
            role=self._mapping.role,
            origin=self._choice.origin,
            counts=self._counts if dry else kept.counts,
            import_id=None if dry else kept.id,
            dry_run=dry,
            warnings=intake.warnings.total,
            reasons=intake.reasons.top(),
            warning_reasons=intake.warnings.top(),
            resumed_at_row=resumed_at,
            unmapped_columns=unmapped_columns(self._mapping, self._file.shape.columns),
            notes=self._file.notes,
            resolved=resolved or Resolved(),
            duration_s=self._elapsed(),
        )


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without searches for circles: batches hold many objects and none, and the searches cost a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def _held(context: Context, kept: Import) -> Iterator[None]:
    """Keeps other processes from going on with this import.

    Raises:
        ConflictError: another process is at it.
    """
    elapsed = stopwatch()
    with ExitStack() as holding:
        while True:
            try:
                holding.enter_context(hold(context.door, kept.id, doing="importing this file"))
                break
            except ConflictError:
                # The server may need a moment to notice that a killed process is gone.
                if elapsed() > KILLED_NOTICED_S:
                    raise
                sleep(0.1)
        yield
