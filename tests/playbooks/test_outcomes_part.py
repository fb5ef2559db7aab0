"""The outcomes of a playbook: mistakes with their place."""

from collections.abc import Callable
from pathlib import Path

import pytest

from galena.playbooks import check, diff, load

WritePlaybook = Callable[..., Path]

OUTCOMES = """\
industry: name
contacts: []
fills: {won: won, seen_on: disposed_on}
reasons:
  - {code: price, label: Price, phrases: [too dear]}
  - {code: timing, label: Timing, phrases: [not now], after: [closed_lost]}
"""

MISTAKES = {
    "unknown field": (
        "seen_on: disposed_on",
        "sen_on: disposed_on",
        "outcomes.yaml:3:19",
        "there is no such field",
    ),
    "wrong type": (
        "won: won",
        "won: commission",
        "outcomes.yaml:3:14",
        "fills only a field of type integer or number",
    ),
    "unknown fact": ("won: won", "won: victory", "outcomes.yaml:3:14", ""),
    "unknown contact": ("contacts: []", "contacts: [mail]", "outcomes.yaml:2:12", "there is no such field"),
    "unknown group": ("industry: name", "industry: trade", "outcomes.yaml:1:11", "there is no such field"),
    "two of a code": ("code: timing", "code: price", "outcomes.yaml:6:12", "exists already"),
}


def test_it_can_be_read_and_compared(write_playbook: WritePlaybook) -> None:
    before = load(write_playbook(("outcomes.yaml", "", OUTCOMES)))
    after = load(
        write_playbook(("outcomes.yaml", "", OUTCOMES.replace("label: Price", "label: Dear")), folder="tiny")
    )
    assert [str(change) for change in diff(before, after)] == ["reason price: label Price → Dear"]


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_its_place(write_playbook: WritePlaybook, name: str) -> None:
    old, new, where, what = MISTAKES[name]
    found = check(write_playbook(("outcomes.yaml", "", OUTCOMES.replace(old, new))))
    assert [f"{each.file}:{each.line}:{each.column}" for each in found] == [where]
    assert what in found[0].what
