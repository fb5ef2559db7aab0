"""The one-line status for a prompt, read from a small file: it answers at once, loads little and starts nothing."""

import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import uuid4

FILE = "status-line.json"
NOTHING = "galena: nothing here yet"


def usual_home() -> Path:
    """The folder of all data that the environment names; the same as that of the settings, which take longer to
    load than a prompt waits."""
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(os.environ.get("GALENA_HOME") or Path(data, "galena")).expanduser().absolute()


def read_status_line(home: Path) -> str:
    """The line as it was last written; a plain sentence when nothing was."""
    try:
        kept = json.loads((home / FILE).read_text())
        return " · ".join(str(text) for text in kept["segments"] if text) or NOTHING
    except (OSError, ValueError, KeyError, TypeError):
        return NOTHING


def write_segments(home: Path, texts: Sequence[str], *, at: datetime) -> None:
    """Keeps the parts of the line; where the folder cannot be written, the line stays as it was."""
    place = home / FILE
    part = place.with_name(f".{FILE}.{uuid4().hex[:8]}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps({"at": at.isoformat(), "segments": list(texts)}))
        os.replace(part, place)  # noqa: PTH105 - one step, so that a reader never sees half a line
    except OSError:
        part.unlink(missing_ok=True)
