"""What every story needs to begin: the door, the workspace, its playbook, who acts, and the time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from galena.domain.playbook import Playbook
from galena.kit.clock import Clock, system_clock
from galena.kit.errors import UnavailableError
from galena.stores.door import OPERATOR, Door, Session


@dataclass(frozen=True, slots=True)
class Context:
    """Where a story takes place and who tells it.

    Attributes:
        actor: a user's id or the name of a command; written on imports, events and the audit trail.
        correlation_id: ties together what one piece of work writes.
    """

    door: Door
    workspace_id: UUID
    playbook: Playbook
    actor: str = "galena"
    clock: Clock = system_clock
    correlation_id: str | None = None

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One transaction as the operator of the workspace; it commits at its end."""
        with self.door.enter(
            self.workspace_id, tenant_id=OPERATOR, actor=self.actor, correlation_id=self.correlation_id
        ) as session:
            yield session

    @contextmanager
    def within(self, session: Session | None) -> Iterator[Session]:
        """This session where it is the operator's in this workspace, and else one of its own."""
        if (
            session is not None
            and session.tenant_id == OPERATOR
            and session.workspace_id == self.workspace_id
        ):
            yield session
            return
        with self.session() as own:
            yield own


def context_of(session: Session, playbook: Playbook) -> Context:
    """The context of work that began with a session, for what it does in transactions of its own.

    Raises:
        UnavailableError: the session came through no door.
    """
    if session.door is None:
        raise UnavailableError("this session came through no door")
    return Context(
        session.door, session.workspace_id, playbook, session.actor, correlation_id=session.correlation_id
    )
