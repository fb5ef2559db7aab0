"""The story of a pull, from a provider's pages to leads.

The connector is opened and asked for the pages since the last pull. Page by page, each in one transaction: records
become source records and leads by the same intake as files, what cannot be used goes to quarantine, and the
connection notes how far it came. So whatever ends a pull, the next one goes on behind the last page that was kept,
and nothing is lost or doubled. When a later page fails, the earlier ones stay.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import sleep
from typing import Any

from galena.domain.connection import Connection, ConnectionState, Pull, PullCounts
from galena.domain.connector import Source
from galena.domain.imports import ImportCounts
from galena.kit.clock import stopwatch
from galena.kit.errors import ConflictError, GalenaError
from galena.kit.logs import logger
from galena.kit.web import WebError
from galena.stores import connections, outbox
from galena.stores.holds import hold
from galena.workflows.context import Context
from galena.workflows.gateway import Gateway
from galena.workflows.pull_stream import PullOptions, StreamPull, connection_event
from galena.workflows.schedules import next_due

log = logger("pull")

KILLED_NOTICED_S = 3.0
"""The database needs a moment to notice that a killed process is gone."""

FIRST_RETRY_S = 300.0
LONGEST_RETRY_S = 21_600.0
"""A scheduled pull that failed is tried again after 5 minutes, then 10, 20 ... up to 6 hours, if that is before its
next time."""


@dataclass(frozen=True, slots=True)
class PullReport:
    """What a pull of a connection brought.

    Attributes:
        leads: what became of the records.
        fault: why it failed; what came before stands.
    """

    connection: str
    pulls: tuple[Pull, ...]
    leads: ImportCounts
    fault: GalenaError | None = None

    @property
    def counts(self) -> PullCounts:
        """Of all its streams."""
        return sum((each.counts for each in self.pulls), PullCounts())

    @property
    def notes(self) -> tuple[str, ...]:
        """What was noticed."""
        return tuple(note for each in self.pulls for note in each.notes)

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for scripts."""
        counts = self.counts
        return {
            "connection": self.connection,
            "status": "failed" if self.fault else "done",
            "fetched": counts.fetched,
            "accepted": counts.accepted,
            "duplicate": counts.duplicate,
            "quarantined": counts.quarantined,
            "pages": counts.pages,
            "created": self.leads.created,
            "updated": self.leads.updated,
            "signals": self.leads.signals,
            "notes": list(self.notes),
            **(self.fault.as_dict() if self.fault else {"error": None}),
        }


def pull_connection(
    context: Context, gateway: Gateway, name: str, options: PullOptions | None = None
) -> PullReport:
    """Fetches what is new at a connection, or goes on with a pull that did not end.

    A provider that fails is told in the report and on the connection, and never raised, so that the next connection
    has its turn.

    Raises:
        NotFoundError: there is no such connection.
        ConflictError: another process pulls it at this moment.
    """
    options = options or PullOptions()
    with context.session() as session:
        kept = connections.load(session, name)
    with _held(context, kept):
        return _ConnectionPull(context, gateway, kept, options).run()


@contextmanager
def _held(context: Context, kept: Connection) -> Iterator[None]:
    """Keeps other processes from pulling this connection; one that was killed is waited out for a moment."""
    elapsed = stopwatch()
    with ExitStack() as holding:
        while True:
            try:
                holding.enter_context(hold(context.door, kept.id, doing=f"pulling {kept.name}"))
                break
            except ConflictError:
                if elapsed() > KILLED_NOTICED_S:
                    raise
                sleep(0.1)
        yield


class _ConnectionPull:
    """One run over the streams of one connection."""

    def __init__(self, context: Context, gateway: Gateway, kept: Connection, options: PullOptions) -> None:
        self._context = context
        self._gateway = gateway
        self._kept = kept
        self._options = options
        self._pulls: list[Pull] = []
        self._leads = ImportCounts()

    def run(self) -> PullReport:
        fault: GalenaError | None = None
        if self._options.from_start:
            with self._context.session() as session:
                connections.forget_progress(session, self._kept.id)
            self._kept = replace(self._kept, streams={})
        try:
            with self._gateway.source(self._context, self._kept) as source:
                for stream in source.streams():
                    # A stream that fails lets the others have their turn; the first fault is the one told.
                    fault = self._pull_stream(source, stream) or fault
        except GalenaError as found:
            fault = found
        self._settle(fault)
        return PullReport(self._kept.name, tuple(self._pulls), self._leads, fault)

    def _pull_stream(self, source: Source, stream: str) -> GalenaError | None:
        run = StreamPull(self._context, self._gateway, self._kept, source, stream, self._options)
        try:
            run.run()
        except GalenaError as fault:
            run.fail(fault)
            return fault
        except BaseException:
            run.interrupt()
            raise
        finally:
            self._leads += run.leads
            if run.pull is not None:
                self._pulls.append(run.pull)
        return None

    def _settle(self, fault: GalenaError | None) -> None:
        """Notes how it went on the connection, and tells when that changed."""
        now = self._context.clock()
        kept = self._kept
        due = self._next_due(now, fault)
        with self._context.session() as session:
            if fault is None:
                state: ConnectionState = "paused" if kept.state == "paused" else "healthy"
                connections.change(
                    session, kept.id, state=state, failures=0, error=None,
                    last_tried_at=now, last_success_at=now, due_at=due,
                )  # fmt: skip
                if kept.state == "failing":
                    outbox.append(session, [connection_event("source_recovered", kept)])
            else:
                state = "paused" if kept.state == "paused" else "failing"
                connections.change(
                    session, kept.id, state=state, failures=kept.failures + 1, error=str(fault),
                    last_tried_at=now, due_at=due,
                )  # fmt: skip
                told = {"failures": kept.failures + 1, "what": fault.what, "retriable": fault.retriable}
                outbox.append(session, [connection_event("source_failing", kept, told)])
        log.info(
            "pulled",
            workspace_id=self._context.workspace_id,
            connection_id=kept.id,
            connector=kept.connector,
            status="failed" if fault else "done",
            code=type(fault).__name__ if fault else None,
        )

    def _next_due(self, now: datetime, fault: GalenaError | None) -> datetime | None:
        """The next time of the schedule; sooner after a fault that may pass, with longer and longer pauses."""
        kept = self._kept
        if not kept.schedule or kept.state == "paused":
            return kept.due_at
        planned = next_due(kept.schedule, now)
        if fault is None or not fault.retriable:
            return planned
        grown_s = min(FIRST_RETRY_S * 2.0 ** min(kept.failures, 10), LONGEST_RETRY_S)
        asked_s = fault.retry_after_s or 0.0 if isinstance(fault, WebError) else 0.0
        return min(planned, now + timedelta(seconds=max(grown_s, asked_s)))
