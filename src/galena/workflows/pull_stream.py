"""One run over one stream of a connection: each page with everything it changes is one transaction."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from galena.domain.connection import Connection, Pull, PullCounts, PullStatus
from galena.domain.connector import Page, Source
from galena.domain.events import NewEvent
from galena.domain.imports import Import, ImportCounts, NewImport
from galena.domain.playbook import Mapping as SourceMapping
from galena.domain.record import Row, RowFault, excerpt
from galena.engines.ingestion import Reader
from galena.engines.ingestion.drift import compare_columns, drift_sentences
from galena.kit.errors import ConflictError, GalenaError, InputError
from galena.kit.ids import new_id
from galena.stores import connections, imports, outbox, projections
from galena.stores.door import Session
from galena.workflows.connection_trial import mapping_name, mapping_of
from galena.workflows.context import Context
from galena.workflows.gateway import Gateway
from galena.workflows.intake_batch import Intake
from galena.workflows.lead_assembly import assembly_for
from galena.workflows.mapping_check import check_mapping
from galena.workflows.relinking import keep_mapping
from galena.workflows.resolving import resolve_behind

DRIFT_RECORDS = 20
"""Fewer records than these tell nothing about a column that none of them has."""

_UNFINISHED = frozenset(("position", "ties"))


@dataclass(frozen=True, slots=True)
class PullProgress:
    """How far a pull is: before (`read`) or after (`committed`) a page's transaction."""

    stage: str
    connection: str
    stream: str
    counts: PullCounts


@dataclass(frozen=True, slots=True)
class PullOptions:
    """What the caller of a pull asks for.

    Attributes:
        from_start: fetch everything again; what is here already stays as it is.
        progress: called around every page; whatever it raises ends the pull as a kill would.
    """

    trigger: str = "hand"
    from_start: bool = False
    progress: Callable[[PullProgress], None] = lambda _: None


class StreamPull:
    """One run over one stream."""

    def __init__(
        self,
        context: Context,
        gateway: Gateway,
        kept: Connection,
        source: Source,
        stream: str,
        options: PullOptions,
    ) -> None:
        self._context = context
        self._kept = kept
        self._source = source
        self._stream = stream
        self._options = options
        self._connector = gateway.connector(kept.connector)
        self._state: Mapping[str, Any] = kept.streams.get(stream, {})
        self._import: Import | None = None
        self._columns: set[str] = set()
        self._told_columns: tuple[str, ...] | None = None
        self._notes: list[str] = []
        self.pull: Pull | None = None
        self.leads = ImportCounts()

    def run(self) -> None:
        """Takes every page that is new.

        Raises:
            GalenaError: the provider failed, or its records changed too much; pages that came before stand.
        """
        mapping = self._mapping()
        with self._context.session() as session:
            intake = self._begin(session, mapping)
        for page in self._source.pages(self._stream, self._state):
            self._check_columns(page, mapping)
            self._take(intake, page)
        self._finish(mapping)
        resolve_behind(self._context)

    def fail(self, fault: GalenaError) -> None:
        """Ends the pull where it is; its import can go on."""
        self._end("failed", str(fault))

    def interrupt(self) -> None:
        """Notes that the process is ending; a kill leaves the same, but for the note."""
        # The first error counts; a pull that stays marked as running resumes as well.
        with suppress(Exception):
            self._end("interrupted", None)

    def _mapping(self) -> SourceMapping:
        several = len(self._source.streams()) > 1 or self._connector.is_looked_up
        named = self._source.mapping_name(self._stream)
        name = mapping_name(self._kept, named, self._stream, several=several)
        mapping = mapping_of(self._context, self._connector, name)
        if mapping is None:
            raise InputError(
                "The mapping of this connection is gone.",
                facts={"connection": self._kept.name, "mapping": name},
                remedy="Remove the connection and add it again.",
            )
        check_mapping(mapping, self._context.playbook)
        return mapping

    def _begin(self, session: Session, mapping: SourceMapping) -> Intake:
        projections.take_turn(session)
        connections.interrupt_pulls(session, self._kept.id, self._stream)
        keep_mapping(session, self._context.playbook, mapping, self._context.clock())
        content = mapping.model_dump(mode="json", exclude_defaults=True)
        self._import = self._resumable(session, content) or imports.open_(
            session, self._new_import(mapping, content)
        )
        pull = Pull(
            id=new_id(),
            connection_id=self._kept.id,
            stream=self._stream,
            trigger=self._options.trigger,
            status="running",
            counts=PullCounts(),
            started_at=self._context.clock(),
            import_id=self._import.id,
        )
        connections.open_pull(session, pull)
        self.pull = pull
        reader = Reader(mapping, self._context.playbook, self._import.started_at)
        return Intake(mapping, self._import, reader, assembly_for(session, self._context.playbook))

    def _resumable(self, session: Session, content: Mapping[str, Any]) -> Import | None:
        """The import of the pull that did not end, if this one goes on with it."""
        if not _UNFINISHED & self._state.keys():
            return None
        for earlier in connections.list_pulls(session, connection_id=self._kept.id, limit=20):
            if earlier.stream != self._stream or earlier.import_id is None:
                continue
            kept = imports.load(session, earlier.import_id)
            if kept.status in ("running", "interrupted") and kept.mapping == content:
                return imports.resume(session, kept.id)
            return None
        return None

    def _new_import(self, mapping: SourceMapping, content: Mapping[str, Any]) -> NewImport:
        several = len(self._source.streams()) > 1
        return NewImport(
            id=new_id(),
            source=mapping.source,
            file_name=f"{self._kept.name} ({self._stream})" if several else self._kept.name,
            started_at=self._context.clock(),
            shape={"format": "pull", "notes": []},
            mapping=content,
            options={"connection_id": str(self._kept.id), "stream": self._stream},
        )

    def _take(self, intake: Intake, page: Page) -> None:
        kept, pull = self._import, self.pull
        assert kept is not None and pull is not None  # noqa: PT018 - _begin made both
        self._tell("read")
        with self._context.session() as session:
            projections.take_turn(session)
            reached = imports.load(session, kept.id)
            if reached.status != "running":
                raise ConflictError(
                    "the import of this pull was changed by somebody else at this moment",
                    facts={"status": reached.status},
                    remedy="Pull again.",
                )
            batch = intake.read(_rows(page.records, reached.checkpoint_row))
            outcome = intake.take(session, batch, self._context.clock())
            imports.checkpoint(
                session, kept.id, row=reached.checkpoint_row + len(page.records), more=outcome.counts
            )
            more = _counted(page, len(outcome.records), len(batch.refused))
            connections.advance(session, self._kept.id, self._stream, page.state, more)
            connections.add_to_pull(session, pull.id, more)
            self._tell("taken")
        self.leads += outcome.counts
        self.pull = replace(pull, counts=pull.counts + more)
        self._tell("committed")

    def _check_columns(self, page: Page, mapping: SourceMapping) -> None:
        """Refuses a page whose records have lost what identifies them: nothing of it could be told apart."""
        objects = [each for each in page.records if isinstance(each, Mapping)]
        self._columns |= {name for each in objects for name in each}
        self._told_columns = page.columns or self._told_columns
        seen = set(page.columns or ()) | {name for each in objects for name in each}
        lost = [name for name in mapping.key if name.partition(".")[0] not in seen]
        if objects and lost:
            raise InputError(
                "The provider's records no longer have the columns that identify them.",
                facts={"missing": ", ".join(lost), "found": ", ".join(sorted(seen)[:20])},
                remedy="The provider renamed or dropped them: correct the mapping, or look for another data set.",
            )

    def _finish(self, mapping: SourceMapping) -> None:
        kept = self._import
        assert kept is not None
        with self._context.session() as session:
            self._note_drift(session, mapping)
            imports.finish(session, kept.id, at=self._context.clock())
            outbox.append(session, [NewEvent("import_done", None, {"import_id": str(kept.id)})])
            if self.pull is not None:
                connections.close_pull(
                    session, self.pull.id, "done", self._context.clock(), notes=self._notes
                )
                self.pull = replace(self.pull, status="done", notes=tuple(self._notes))
        self._tell("done")

    def _note_drift(self, session: Session, mapping: SourceMapping) -> None:
        before = self._kept.columns.get(self._stream, {}).get("names", ())
        count = self.pull.counts.fetched if self.pull else 0
        if self._told_columns is not None:
            now = set(self._told_columns) | self._columns
        elif count >= DRIFT_RECORDS:
            now = set(self._columns)
        else:
            # Too few to miss anything by; what they have that is new can still be told.
            now = set(self._columns) | set(before)
        drift = compare_columns(before, now, mapping)
        self._notes += drift_sentences(drift, mapping)
        if now and now != set(before):
            connections.note_columns(session, self._kept.id, self._stream, {"names": sorted(now)})
        if drift:
            told = {"stream": self._stream, "what": list(self._notes)}
            outbox.append(session, [connection_event("source_changed", self._kept, told)])

    def _end(self, status: PullStatus, error: str | None) -> None:
        if self.pull is None:
            return
        with self._context.session() as session:
            self.pull = connections.close_pull(
                session, self.pull.id, status, self._context.clock(), notes=self._notes, error=error
            )
            kept = self._import
            if kept is not None and imports.load(session, kept.id).status == "running":
                if self.pull.counts.fetched or kept.counts.read:
                    imports.interrupt(session, kept.id)
                else:
                    imports.fail(session, kept.id, at=self._context.clock(), error=error or "interrupted")

    def _tell(self, stage: str) -> None:
        counts = self.pull.counts if self.pull else PullCounts()
        self._options.progress(PullProgress(stage, self._kept.name, self._stream, counts))


def _rows(records: Sequence[Any], before: int) -> list[Row | RowFault]:
    return list(_numbered(records, before))


def _numbered(records: Sequence[Any], before: int) -> Iterator[Row | RowFault]:
    for number, record in enumerate(records, start=before + 1):
        if isinstance(record, Mapping):
            yield Row(number, dict(record))
        else:
            yield RowFault(
                number,
                None,
                excerpt(record),
                "This record is no object with names and values.",
                {"raw": record},
            )


def _counted(page: Page, accepted: int, refused: int) -> PullCounts:
    fetched = len(page.records)
    return PullCounts(fetched, accepted, fetched - accepted - refused, refused, pages=1, calls=page.calls)


def connection_event(kind: str, kept: Connection, more: Mapping[str, Any] | None = None) -> NewEvent:
    """An event about a connection."""
    return NewEvent(kind, None, {"connection_id": str(kept.id), "connection": kept.name, **(more or {})})
