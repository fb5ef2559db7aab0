"""What the one-line status says.

Segments are plug-ins: a function from an open installation to a short text, found by the entry point group
`galena.status_segments`; the built-in ones are listed first.
"""

from collections.abc import Callable
from importlib.metadata import entry_points

from galena.bootstrap import Galena
from galena.stores import statistics, workspaces
from galena.stores.door import OPERATOR
from galena.surfaces.cli.status_file import write_segments

GROUP = "galena.status_segments"

Segment = Callable[[Galena], str]


def refresh_status_line(galena: Galena) -> None:
    """Ask every segment and keep what they say; one that fails says so and stops nobody."""
    segments = [*_built_in(_overviews(galena)), *_plugged_in()]
    texts = [_asked(name, segment, galena) for name, segment in segments]
    write_segments(galena.settings.home, texts, at=galena.clock())


def _plugged_in() -> list[tuple[str, Segment]]:
    return [(each.name, each.load()) for each in entry_points(group=GROUP)]


def _asked(name: str, segment: Segment, galena: Galena) -> str:
    try:
        return segment(galena)
    except Exception:
        return f"{name}: ?"


def _overviews(galena: Galena) -> dict[str, statistics.Overview]:
    with galena.door.lobby() as lobby:
        known = workspaces.list_all(lobby)
    found = {}
    for workspace in known:
        with galena.door.enter(workspace.id, tenant_id=OPERATOR, actor="galena status") as session:
            found[workspace.slug] = statistics.overview(session)
    return found


def _built_in(overviews: dict[str, statistics.Overview]) -> list[tuple[str, Segment]]:
    return [
        ("leads", lambda _: _leads(overviews)),
        ("quarantine", lambda _: _quarantine(overviews)),
        ("last import", lambda _: _last_import(overviews)),
    ]


def _leads(overviews: dict[str, statistics.Overview]) -> str:
    return ", ".join(f"{slug} {each.leads:,}" for slug, each in overviews.items()) or "no leads"


def _quarantine(overviews: dict[str, statistics.Overview]) -> str:
    waiting = sum(each.quarantined for each in overviews.values())
    return f"{waiting:,} rows wait" if waiting else ""


def _last_import(overviews: dict[str, statistics.Overview]) -> str:
    moments = [each.last_import_at for each in overviews.values() if each.last_import_at]
    return f"import {max(moments):%d %b %H:%M}" if moments else ""
