"""Finding the workspace somebody means, and making it on first use."""

import re

from galena.domain.playbook import Playbook
from galena.domain.tenancy import Workspace
from galena.kit.errors import ConflictError, NotFoundError
from galena.stores import revisions, workspaces
from galena.stores.door import OPERATOR, Door

SHIPPED_NOTE = "as shipped"


def find_workspace(door: Door, slug: str | None = None, playbook: str | None = None) -> Workspace:
    """The workspace named; else the one of the playbook; else the only one.

    Raises:
        NotFoundError: there is none, or more than one could be meant; the facts list them.
    """
    with door.lobby() as lobby:
        known = workspaces.list_all(lobby)
    wanted = slug or (_slug_for(playbook) if playbook else None)
    if wanted is None and len(known) == 1:
        return known[0]
    for workspace in known:
        if workspace.slug == wanted:
            return workspace
    if not known:
        raise NotFoundError(
            "There is nothing here yet.",
            remedy="Bring in a file: `galena ingest FILE --playbook NAME`, or try `galena demo`.",
        )
    raise NotFoundError(
        f"There is no workspace {wanted}." if wanted else "There is more than one workspace.",
        facts={"workspaces": [workspace.slug for workspace in known]},
        remedy="Name one of them with --workspace.",
    )


def ensure_workspace(door: Door, playbook_name: str, *, slug: str | None = None, actor: str) -> Workspace:
    """The workspace of this playbook, made when there is none, with the playbook as its first revision.

    A workspace whose playbook nobody edited follows the shipped one; an edited one keeps its edits. A playbook
    folder of one's own becomes the newest revision whenever it changed.

    Raises:
        PlaybookError: the playbook has mistakes.
        ConflictError: the workspace exists and works with another playbook.
    """
    from galena.playbooks import load, shipped

    playbook = load(playbook_name)
    slug = slug or slug_of(playbook.playbook)
    with door.lobby() as lobby:
        workspace = workspaces.find(lobby, slug)
        if workspace is None:
            workspace = workspaces.create(lobby, slug=slug, name=playbook.label, playbook=playbook.playbook)
    _follow(door, workspace, playbook, is_shipped=playbook_name in shipped(), actor=actor)
    return workspace


def slug_of(text: str) -> str:
    """A name in the form of a workspace's: lower-case letters, digits, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60] or "workspace"


def _slug_for(playbook: str) -> str:
    from galena.playbooks import load  # Reading playbooks takes long to load; most commands name a workspace.

    return slug_of(load(playbook).playbook)


def _follow(door: Door, workspace: Workspace, playbook: Playbook, *, is_shipped: bool, actor: str) -> None:
    from galena.workflows.plans import new_revision

    with door.enter(workspace.id, tenant_id=OPERATOR, actor=actor) as session:
        active = revisions.find_active(session)
        if active is None:
            revisions.save(session, new_revision(playbook, SHIPPED_NOTE if is_shipped else "from its folder"))
        elif active.content.get("playbook") != playbook.playbook:
            raise ConflictError(
                f"The workspace {workspace.slug} works with another playbook.",
                facts={"its playbook": active.content.get("playbook"), "asked for": playbook.playbook},
                remedy="Name another workspace with --workspace; it is made on first use.",
            )
        elif not is_shipped or active.note == SHIPPED_NOTE:
            note = SHIPPED_NOTE if is_shipped else "from its folder"
            revisions.save(session, new_revision(playbook, note))
