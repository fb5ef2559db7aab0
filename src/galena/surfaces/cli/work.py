"""What commands that work on leads share: an open installation, a workspace, a context."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from galena.bootstrap import Galena, open_galena, settings_with
from galena.domain.tenancy import Workspace
from galena.kit.logs import correlated
from galena.stores.door import OPERATOR, Session
from galena.surfaces.cli.status_line import refresh_status_line
from galena.workflows.context import Context
from galena.workflows.plans import active_plan
from galena.workflows.workspaces import ensure_workspace, find_workspace


@dataclass(frozen=True, slots=True)
class Work:
    """An open installation and the workspace a command works in."""

    galena: Galena
    workspace: Workspace
    context: Context

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One transaction as the operator."""
        with self.galena.door.enter(
            self.workspace.id, tenant_id=OPERATOR, actor=self.context.actor
        ) as session:
            yield session


@contextmanager
def working(
    command: str,
    home: Path | None,
    workspace: str | None = None,
    playbook: str | None = None,
    *,
    make: bool = False,
) -> Iterator[Work]:
    """The database started, the workspace found (or made from the playbook), and stopped again at the end.

    Args:
        command: who acts, for the audit trail: `galena ingest`.
        make: make the workspace on first use; needs the playbook.

    Raises:
        NotFoundError: the workspace cannot be found.
    """
    with open_galena(settings_with(home)) as galena, correlated(command=command):
        if make and playbook:
            found = ensure_workspace(galena.door, playbook, slug=workspace, actor=command)
        else:
            found = find_workspace(galena.door, workspace, playbook)
        with galena.door.enter(found.id, tenant_id=OPERATOR, actor=command) as session:
            plan = active_plan(session)
        yield Work(galena, found, Context(galena.door, found.id, plan.playbook, command, galena.clock))
        refresh_status_line(galena)
