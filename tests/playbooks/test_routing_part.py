"""routing.yaml: what it says, and its mistakes with their place."""

from collections.abc import Callable
from pathlib import Path

import pytest

from galena.playbooks import check, load, shipped

GOOD = """\
mode: weekly
tiers: [a, b]
reads: {city: name, annual_revenue: size}
value: score * 2
contact: [name]
drop: {quotas: {a: 3}}
"""
MISTAKES = {
    "tier": ("tiers: [a, b]", "tiers: [a, z]", "routing.yaml:2:12", "there is no such tier", "z"),
    "order": ("tiers: [a, b]", "tiers: [b, a]", "routing.yaml:2:8", "not in the order of the rules", ""),
    "fact": ("city: name", "town: name", "routing.yaml:3:9", "no gate reads such a fact", "town"),
    "type of a fact": ("city: name", "city: size", "routing.yaml:3:15", "must give a text", "size"),
    "value": ("score * 2", "skore * 2", "routing.yaml:4:8", "skore", "skore"),
    "contact": ("contact: [name]", "contact: [nam]", "routing.yaml:5:11", "there is no such field", "nam"),
    "quota": ("{a: 3}", "{a: -3}", "routing.yaml:6:20", "below zero", "-3"),
    "tier of a quota": ("{a: 3}", "{c: 3}", "routing.yaml:6:17", "not among the tiers that are given", "c"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told_with_its_place(write_playbook: Callable[..., Path], case: str) -> None:
    old, new, where, what, value = MISTAKES[case]
    folder = write_playbook()
    (folder / "routing.yaml").write_text(GOOD.replace(old, new))
    (problem,) = check(folder)
    assert f"{problem.file}:{problem.line}:{problem.column}" == where
    assert what in problem.what
    assert value in problem.value


def test_every_shipped_playbook_gives_its_leads(write_playbook: Callable[..., Path]) -> None:
    folder = write_playbook()
    (folder / "routing.yaml").write_text(GOOD)
    assert check(folder) == ()
    modes = {name: load(name).routing.mode for name in shipped()}  # type: ignore[union-attr]
    assert modes == {
        "b2b": "on_arrival", "brokerage": "weekly", "permits": "on_arrival", "realestate": "on_arrival"
    }  # fmt: skip
    brokerage = load("brokerage").routing
    assert brokerage is not None
    assert (brokerage.drop.weekday, brokerage.drop.hour) == ("tuesday", 6)
    assert brokerage.drop.quotas == {"green": 10, "yellow": 10, "red": 10}
