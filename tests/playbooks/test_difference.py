"""What changed between two playbooks, in words."""

from collections.abc import Callable
from pathlib import Path

import pytest

from galena.kit.errors import ConfigurationError, NotFoundError
from galena.playbooks import diff, from_json, load, playbook_hash

WritePlaybook = Callable[..., Path]

CHANGES = {
    "points": ("rules.yaml", "points: 10", "points: 12", ["factor is_big: points 10 → 12"]),
    "switched off": ("rules.yaml", "points: 10", "points: 10\n    on: false", ["factor is_big: on yes → no"]),
    "decay added": (
        "rules.yaml", "points: 10", "points: 10\n    decay: {since: seen_on, days: 30}",
        ["factor is_big: decay nothing → {'since': 'seen_on', 'days': 30.0, 'kind': 'exponential'}"],
    ),
    "start": ("rules.yaml", "categories:", "start_points: 5\ncategories:", ["rules: start_points 0 → 5"]),
    "field": ("fields.yaml", "  seen_on:", "  city: {type: text, label: City}\n  seen_on:", ["field city added"]),
    "feature": (
        "features.yaml", "sql: big * 2", "sql: big * 3", ["feature very_big: sql big * 2 → big * 3"],
    ),
    "mapping": (
        "sources/csv.yaml", "{column: Name}", "{column: Title}",
        ["source csv, field name: column Name → Title"],
    ),
    "words": ("playbook.yaml", "many: leads", "many: deals", ["playbook: lead.many leads → deals"]),
    "order": (
        "rules.yaml", "  - {name: a, label: A, when: score >= 50}\n",
        "  - {name: c, label: C, when: score >= 70}\n  - {name: a, label: A, when: score >= 50}\n",
        ["tier c added"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGES)
def test_diff(case: str, write_playbook: WritePlaybook) -> None:
    file, old, new, expected = CHANGES[case]
    before = load(write_playbook())
    after = load(write_playbook((file, old, new)))
    assert [str(change) for change in diff(before, after)] == expected
    assert playbook_hash(before) != playbook_hash(after)
    backwards = [str(change) for change in diff(after, before)]
    assert len(backwards) == len(expected)


def test_a_new_order_is_a_change(write_playbook: WritePlaybook) -> None:
    first, second = "{name: a, label: A, when: score >= 50}", "{name: c, label: C, when: score >= 20}"
    before = load(write_playbook(("rules.yaml", first, f"{first}\n  - {second}")))
    after = load(write_playbook(("rules.yaml", first, f"{second}\n  - {first}")))
    assert [str(change) for change in diff(before, after)] == ["order of tiers: a, c, b → c, a, b"]


def test_the_order_of_fields_is_none(write_playbook: WritePlaybook) -> None:
    before = load(write_playbook())
    name, size = "  name: {type: text, label: Name}\n", "  size: {type: number, label: Size}\n"
    after = load(write_playbook(("fields.yaml", name + size, size + name)))
    assert diff(before, after) == ()
    assert playbook_hash(before) == playbook_hash(after)


def test_stored_text_that_is_no_playbook() -> None:
    with pytest.raises(ConfigurationError, match="not a playbook"):
        from_json('{"playbook": "x"}')


def test_unknown_playbook() -> None:
    with pytest.raises(NotFoundError) as caught:
        load("permit")
    assert caught.value.remedy == "Did you mean permits?"
