"""The workspace that a playbook means."""

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

import galena.playbooks
from galena.kit.database import make_engine
from galena.kit.errors import NotFoundError
from galena.kit.postgres import ServerAddress
from galena.stores.door import Door
from galena.stores.migrations import migrate
from galena.workflows.workspaces import ensure_workspace, find_workspace


def test_a_workspace_is_found_by_the_playbook_that_made_it(
    database_server: ServerAddress,
    copied_database: Callable[[str], AbstractContextManager[str]],
    tmp_path: Path,
) -> None:
    folder = tmp_path / "my_leads"
    shutil.copytree(Path(galena.playbooks.__file__).parent / "b2b", folder)
    main = folder / "playbook.yaml"
    main.write_text(main.read_text().replace("playbook: b2b", "playbook: my_leads"))
    with copied_database(database_server.with_database("template0").url) as url:
        engine = make_engine(url)
        migrate(engine)
        door = Door(engine)
        with pytest.raises(NotFoundError, match="nothing here"):
            find_workspace(door, playbook=str(folder))
        made = ensure_workspace(door, str(folder), actor="a test")
        other = ensure_workspace(door, "b2b", actor="a test")

        assert made.slug == "my-leads"
        assert find_workspace(door, playbook=str(folder)).id == made.id
        assert find_workspace(door, "b2b").id == other.id
        with pytest.raises(NotFoundError, match="more than one"):
            find_workspace(door)
        engine.dispose()
