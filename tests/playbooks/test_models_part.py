# ruff: noqa: E501 - a table reads best with one case per line
"""The models of a playbook: what they may name and read, and mistakes with their place."""

from collections.abc import Callable
from pathlib import Path

import pytest

from galena.domain.playbook import Models
from galena.playbooks import as_json, check, diff, from_json, load

WritePlaybook = Callable[..., Path]

MODELS = """\
mode: blend
inputs: [name]
monotone: {big: up}
arrived_at: seen_on
heads:
  - {name: booked, label: Booked, positive: won, negative: NOT won, decided_at: seen_on}
  - {name: closed, label: Closed, given: booked, positive: won, negative: NOT won, worth: very_big * 3}
"""

# name: old text, new text, where, part of what, value, part of the remedy
MISTAKES: dict[str, tuple[str, str, str, str, str, str]] = {
    "no head": (MODELS[MODELS.index("inputs") :], "", "models.yaml:1:7", "needs a head", "blend", "heads"),
    "unknown head": ("mode: blend", "mode: blend\nscore: bokked", "models.yaml:2:8", "no such head", "bokked", "booked"),
    "given a head below": ("given: booked", "given: closed", "models.yaml:7:42", "stands above", "closed", "booked"),
    "two heads of a name": ("name: closed", "name: booked", "models.yaml:7:12", "exists already", "booked", "another"),
    "unknown input": ("[name]", "[nmae]", "models.yaml:2:10", "no such field", "nmae", "name"),
    "outcome as input": ("[name]", "[won]", "models.yaml:2:10", "only after the lead was worked", "won", "out"),
    "unknown feature": ("{big: up}", "{bigg: up}", "models.yaml:3:12", "no such feature", "bigg", "big"),
    "direction": ("{big: up}", "{big: rising}", "models.yaml:3:17", "must be one of", "rising", ""),
    "nothing to predict": (
        "positive: won, negative: NOT won, decided_at", "positive: size > 3, negative: NOT won, decided_at",
        "models.yaml:6:45", "nothing to predict", "size > 3", "outcome: true",
    ),
    "a number for a condition": (
        "negative: NOT won, d", "negative: size, d", "models.yaml:6:60", "must give a condition", "size", "Compare",
    ),
    "worth reads an outcome": ("very_big * 3", "bool_number(won)", "models.yaml:7:103", "no expression may read it", "won", ""),
    "a word that is no key": ("worth:", "worht:", "models.yaml:7:84", "unknown key 'worht' in a head", "worht", "worth"),
}  # fmt: skip


def test_a_sound_part_loads(write_playbook: WritePlaybook) -> None:
    models = load(write_playbook(("models.yaml", "", MODELS))).models
    assert models.score_head is models.heads[0]
    assert [head.name for head in models.chain(models.heads[1])] == ["booked", "closed"]
    assert models.minimum_labels == 100


@pytest.mark.parametrize("case", MISTAKES)
def test_one_mistake(case: str, write_playbook: WritePlaybook) -> None:
    old, new, where, what, value, remedy = MISTAKES[case]
    problems = check(write_playbook(("models.yaml", "", MODELS.replace(old, new, 1))))
    assert len(problems) == 1, problems
    (problem,) = problems
    assert f"{problem.file}:{problem.line}:{problem.column}" == where
    assert what in problem.what
    assert problem.value == value
    assert remedy in problem.remedy


def test_a_playbook_without_the_part_is_scored_by_rules(write_playbook: WritePlaybook) -> None:
    playbook = load(write_playbook())
    assert playbook.models == Models()
    assert playbook.models.score_head is None
    assert from_json(as_json(playbook)) == playbook


def test_what_changed_is_told_in_words(write_playbook: WritePlaybook) -> None:
    before = load(write_playbook(("models.yaml", "", MODELS)))
    other = MODELS.replace("mode: blend", "mode: model").replace("label: Booked", "label: Books")
    after = load(write_playbook(("models.yaml", "", other), folder="tiny"))
    told = [str(change) for change in diff(before, after)]
    assert told == ["models: mode blend → model", "head booked: label Booked → Books"]


def test_permits_are_scored_by_rules_and_the_others_can_learn() -> None:
    assert load("permits").models.score_head is None
    for name in ("b2b", "brokerage", "realestate"):
        head = load(name).models.score_head
        assert head is not None
        assert load(name).models.mode == "blend"
