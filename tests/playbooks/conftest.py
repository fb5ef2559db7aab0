"""A tiny playbook to break."""

from collections.abc import Callable
from pathlib import Path

import pytest

PLAYBOOK = """\
playbook: tiny
version: 1
label: Tiny
lead: {one: lead, many: leads, title: name}
signal_kinds:
  opened: {label: Opened}
"""
FIELDS = """\
fields:
  name: {type: text, label: Name}
  size: {type: number, label: Size}
  seen_on: {type: date, label: Seen on}
  won: {type: boolean, label: Won, outcome: true}
"""
FEATURES = """\
behaviours:
  - {name: opening, label: Opening, signals: [opened]}
aggregates:
  - {name: opened_7, aggregate: count, signals: [opened], window_days: 7}
features:
  - name: big
    group: size
    label: Big
    sql: size / 10
  - name: very_big
    group: size
    label: Very big
    sql: big * 2
"""
RULES = """\
categories:
  - {name: fit, label: Fit}
factors:
  - name: is_big
    category: fit
    points: 10
    when: very_big > 3
    label: Size {size}
temperature: []
tiers:
  - {name: a, label: A, when: score >= 50}
  - {name: b, label: B, when: TRUE}
"""
SOURCE = """\
source: csv
recognise: [name]
key: [name]
fields:
  name: {column: Name}
"""
FILES = {
    "playbook.yaml": PLAYBOOK,
    "fields.yaml": FIELDS,
    "features.yaml": FEATURES,
    "rules.yaml": RULES,
    "sources/csv.yaml": SOURCE,
}

WritePlaybook = Callable[..., Path]
Edit = tuple[str, str, str]


@pytest.fixture
def write_playbook(tmp_path: Path) -> WritePlaybook:
    """Writes the tiny playbook with some edits, each (file, old text, new text); a new file's old text is ""."""

    def write(*edits: Edit, folder: str = "tiny") -> Path:
        files = dict(FILES)
        for file, old, new in edits:
            text = files.get(file, "")
            assert old in text, f"{old!r} is not in {file}"
            files[file] = text.replace(old, new, 1) if old else new
        for file, text in files.items():
            path = tmp_path / folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path / folder

    return write
