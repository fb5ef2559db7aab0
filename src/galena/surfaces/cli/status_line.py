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

Segment = Callable[[Galena], str]


def refresh_status_line(galena: Galena) -> None:
    """Ask every segment and keep what they say; one that fails says so and stops nobody."""
    texts = [_asked(name, segment, galena) for name, segment in _segments()]
    write_segments(galena.settings.home, texts, at=galena.clock())


def _segments() -> list[tuple[str, Segment]]:
    found: list[tuple[str, Segment]] = [
        ("leads", _leads),
        ("quarantine", _quarantine),
        ("last import", _last_import),
    ]
    found += [(each.name, each.load()) for each in entry_points(group="galena.status_segments")]
    return found


def _asked(name: str, segment: Segment, galena: Galena) -> str:
    try:
        return segment(galena)
    except Exception:
        return f"{name}: ?"


def _overviews(galena: Galena) -> list[tuple[str, statistics.Overview]]:
    with galena.door.lobby() as lobby:
        known = workspaces.list_all(lobby)
    found = []
    for workspace in known:
        with galena.door.enter(workspace.id, tenant_id=OPERATOR, actor="galena status") as session:
            found.append((workspace.slug, statistics.overview(session)))
    return found


def _leads(galena: Galena) -> str:
    return ", ".join(f"{slug} {overview.leads:,}" for slug, overview in _overviews(galena)) or "no leads"


def _quarantine(galena: Galena) -> str:
    waiting = sum(overview.quarantined for _, overview in _overviews(galena))
    return f"{waiting:,} rows wait" if waiting else ""


def _last_import(galena: Galena) -> str:
    moments = [overview.last_import_at for _, overview in _overviews(galena) if overview.last_import_at]
    return f"import {max(moments):%d %b %H:%M}" if moments else ""
