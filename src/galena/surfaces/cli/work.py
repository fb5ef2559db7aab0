"""What commands that work on leads share: an open installation, a workspace, a context."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from galena.bootstrap import Galena, open_galena, settings_with
from galena.domain.tenancy import Workspace
from galena.stores.door import OPERATOR, Session
from galena.surfaces.cli.status_line import refresh_status_line
from galena.workflows.workspaces import ensure_workspace, find_workspace

if TYPE_CHECKING:
    from galena.workflows.context import Context
    from galena.workflows.touched import Touched


class Work:
    """An open installation and the workspace a command works in."""

    def __init__(self, galena: Galena, workspace: Workspace, actor: str) -> None:
        self.galena = galena
        self.workspace = workspace
        self.actor = actor

    @cached_property
    def context(self) -> "Context":
        """What the stories need; the playbook is compiled at the first use, for many commands never ask."""
        from galena.workflows.context import Context
        from galena.workflows.plans import active_plan

        with self.session() as session:
            playbook = active_plan(session).playbook
        return Context(self.galena.door, self.workspace.id, playbook, self.actor, self.galena.clock)

    def score_touched(self) -> "Touched":
        """Score the leads that this command touched, and say so."""
        from galena.surfaces.cli.output import say
        from galena.workflows.touched import score_touched

        touched = score_touched(self.context)
        if touched.leads:
            say(touched.sentence)
        return touched

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One transaction as the operator."""
        with self.galena.door.enter(self.workspace.id, tenant_id=OPERATOR, actor=self.actor) as session:
            yield session


@contextmanager
def working(
    command: str,
    home: Path | None,
    workspace: str | None = None,
    playbook: str | None = None,
    *,
    make: bool = False,
    reads_only: bool = False,
) -> Iterator[Work]:
    """The database started, the workspace found (or made from the playbook), and stopped again at the end.

    Args:
        command: who acts, for the audit trail: `galena ingest`.
        make: make the workspace on first use; needs the playbook.
        reads_only: nothing changes, so that the status line stays as it is.

    Raises:
        NotFoundError: the workspace cannot be found.
    """
    with open_galena(settings_with(home)) as galena:
        if make and playbook:
            found = ensure_workspace(galena.door, playbook, slug=workspace, actor=command)
        else:
            found = find_workspace(galena.door, workspace, playbook)
        yield Work(galena, found, command)
        if not reads_only:
            refresh_status_line(galena)
