"""The only way to the data: one transaction inside one workspace, for the operator or for one tenant.

Row-level security does the rest: inside, a query needs no filter on the workspace or the tenant, and one that forgets
it cannot leak; outside, nothing is visible.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.pq import ExecStatus
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from galena.kit.clock import Clock
from galena.kit.errors import UnavailableError
from galena.kit.logs import current_correlation_id
from galena.kit.object_store import ObjectStore
from galena.kit.traces import span
from galena.stores.migrations.roles import LOBBY_ROLE, OPERATOR_ROLE, TENANT_ROLE

Operator = Literal["*"]
OPERATOR: Final[Operator] = "*"
"""Enter for the operator: every tenant's leads, and those of none."""

_ENTER = sql.SQL(
    "SELECT set_config('app.workspace', {workspace}, true), set_config('app.tenant', {tenant}, true),"
    " set_config('timezone', 'UTC', true), set_config('app.now', {now}, true), set_config('role', {role}, true)"
)


@dataclass(frozen=True, slots=True)
class Session:
    """One transaction inside one workspace.

    Attributes:
        connection: for stores only.
        tenant_id: the tenant entered for, or OPERATOR.
        actor: who acts, for the audit trail: a user's id, or the name of a command or a workflow.
        correlation_id: what ties the events and log lines of one piece of work together.
        door: the door it came through, for what must be read or told in a transaction of its own.
    """

    connection: Connection
    workspace_id: UUID
    tenant_id: UUID | Operator
    actor: str
    correlation_id: str | None = None
    door: "Door | None" = None

    @property
    def tenant_or_none(self) -> UUID | None:
        """The tenant entered for; None for the operator."""
        return self.tenant_id if isinstance(self.tenant_id, UUID) else None


@dataclass(frozen=True, slots=True)
class Lobby:
    """One transaction before a workspace is known: workspaces by name, and sign-in by token or e-mail."""

    connection: Connection


class Door:
    """Opens transactions; each commits at its end, or leaves nothing when an error ends it."""

    def __init__(
        self, engine: Engine, objects: ObjectStore | None = None, clock: Clock | None = None
    ) -> None:
        """Args: objects: where models lie; None: nowhere, so that none can be used.
        clock: what time it is for tenants, who see a lead from its hour on; None: the database's own.
        """
        self._engine = engine
        self._clock = clock
        self.objects = objects

    @property
    def engine(self) -> Engine:
        """What is behind the door; for stores only, where something outlives a transaction."""
        return self._engine

    @contextmanager
    def enter(
        self,
        workspace_id: UUID,
        *,
        tenant_id: UUID | Operator,
        actor: str,
        correlation_id: str | None = None,
    ) -> Iterator[Session]:
        """A transaction inside the workspace.

        Args:
            workspace_id: the workspace; one that does not exist has no rows.
            tenant_id: whose leads are visible; there is no default, so that nobody becomes operator by omission.
            actor: who acts.
            correlation_id: written on the events and audit entries of this transaction; None: the one of the
                piece of work this runs in.

        Raises:
            UnavailableError: the database does not answer.
        """
        if tenant_id is None:
            raise ValueError("tenant_id is a tenant's id or OPERATOR")
        role = OPERATOR_ROLE if tenant_id == OPERATOR else TENANT_ROLE
        with self._transaction(role, str(workspace_id), str(tenant_id)) as connection:
            correlated = correlation_id or current_correlation_id()
            yield Session(connection, workspace_id, tenant_id, actor, correlated, self)

    @contextmanager
    def lobby(self) -> Iterator[Lobby]:
        """A transaction before a workspace is known.

        Raises:
            UnavailableError: the database does not answer.
        """
        with self._transaction(LOBBY_ROLE, "", "") as connection:
            yield Lobby(connection)

    @contextmanager
    def _transaction(self, role: str, workspace: str, tenant: str) -> Iterator[Connection]:
        try:
            connection = self._engine.connect()
        except OperationalError as error:
            raise UnavailableError(
                "the database does not answer",
                facts={"complaint": str(error.orig).strip().splitlines()[-1]},
                remedy="See that it runs (galena doctor says what is wrong), then try again.",
            ) from error
        with (
            span("transaction", role=role),
            connection,
            _lost_connections_explained(connection),
            connection.begin(),
        ):
            now = self._clock().isoformat() if self._clock else ""
            _enter(connection, {"workspace": workspace, "tenant": tenant, "role": role, "now": now})
            yield connection


def _enter(connection: Connection, values: Mapping[str, str]) -> None:
    """Begins the transaction and says who looks, in one message to the server.

    Every request enters several times; begun by the driver and then said, it would be two messages, and built by
    SQLAlchemy it takes the processor three times as long.
    """
    driver = connection.connection.driver_connection
    statement = _ENTER.format(**{name: sql.Literal(value) for name, value in values.items()}).as_string(None)
    if driver is None or driver.pgconn.exec_(f"BEGIN; {statement}".encode()).status != ExecStatus.TUPLES_OK:
        # Said again the usual way, so that what is wrong is told the usual way, too.
        if driver is not None:
            driver.rollback()
        connection.exec_driver_sql(statement)


@contextmanager
def _lost_connections_explained(connection: Connection) -> Iterator[None]:
    """Says in words that the database went away; other errors go on as they are."""
    driver = connection.connection.driver_connection
    try:
        yield
    except (OperationalError, psycopg.OperationalError) as error:
        if driver is None or not driver.closed:
            raise
        raise UnavailableError(
            "the connection to the database was lost",
            facts={"complaint": str(getattr(error, "orig", error)).strip().splitlines()[0]},
            remedy="Do it again: what was not finished left nothing half done, and an import goes on where it was.",
        ) from error
