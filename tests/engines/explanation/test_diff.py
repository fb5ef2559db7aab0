"""What moved a score, part by part."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from galena.domain.playbook import Playbook
from galena.domain.score import MICROPOINTS, Score
from galena.engines.explanation import Explainer, score_diff

ScoreOf = Callable[..., Score]
LIEN = {"owner_age": 71, "has_successor": False, "lien_filed_on": "2026-03-12", "lien_amount": 48_200.0}


def test_a_new_lien_and_fading(playbook: Playbook, score_of: ScoreOf) -> None:
    # 31 + 14 = 45 before; 31 + 14 + 11 - 4 = 52 after.
    before = score_of({"start": 31, "succession": 14}, {"owner_age": 71, "has_successor": False})
    after = score_of({"start": 31, "succession": 14, "lien": 11, "clicked": -4}, LIEN)
    diff = score_diff(before, after, Explainer(playbook))
    assert diff.line == "45 → 52: tax lien filed 12 March 2026, $48,200 +11, never clicked −4"
    assert [(change.name, change.cause) for change in diff.changes] == [("lien", "came"), ("clicked", "came")]


def test_fading_is_told_from_a_changed_fact(playbook: Playbook, score_of: ScoreOf) -> None:
    before, after = score_of({"lien": 11}, LIEN), score_of({"lien": 7}, LIEN)
    assert score_diff(before, after, Explainer(playbook)).line == (
        "11 → 7: fading with time: tax lien filed 12 March 2026, $48,200 −4"
    )
    smaller = score_of({"lien": 7}, {**LIEN, "lien_amount": 10.0})
    assert score_diff(before, smaller, Explainer(playbook)).changes[0].cause == "changed"


def test_what_went_is_worded_with_the_values_it_had(playbook: Playbook, score_of: ScoreOf) -> None:
    before = score_of({"succession": 14}, {"owner_age": 71, "has_successor": False})
    after = score_of({"succession": 0}, {"owner_age": 71, "has_successor": True})
    assert (
        score_diff(before, after, Explainer(playbook)).line == "14 → 0: no longer: owner 71, no successor −14"
    )


def test_temperature_is_one_change(playbook: Playbook, score_of: ScoreOf) -> None:
    before = score_of({"start": 31, "temperature:hot": 15}, temperature="hot")
    after = score_of({"start": 31, "temperature:hot": 0}, temperature="cold")
    assert score_diff(before, after, Explainer(playbook)).line == "46 → 31: temperature cold, was hot −15"


def test_new_removed_and_changed_rules_are_named(playbook: Playbook, score_of: ScoreOf) -> None:
    factors = playbook.rules.factors
    heavier = factors[2].model_copy(update={"points": -9})
    rules = playbook.rules.model_copy(update={"factors": (factors[0], heavier)})
    revised = playbook.model_copy(update={"rules": rules})
    before = score_of({"lien": 11, "clicked": -4}, LIEN, rules="r1")
    after = score_of({"succession": 14, "clicked": -9}, LIEN, rules="r2")
    diff = score_diff(before, after, Explainer(revised), Explainer(playbook))
    assert diff.rules_changed
    assert [(change.name, change.cause, change.shown) for change in diff.changes] == [
        ("succession", "rule_added", 14),
        ("lien", "rule_removed", -11),
        ("clicked", "rule_changed", -5),
    ]


def test_the_limits_are_named_as_such(playbook: Playbook, score_of: ScoreOf) -> None:
    before, after = score_of({"start": 98}), score_of({"start": 110, "clamp": -10})
    assert score_diff(before, after, Explainer(playbook)).line == (
        "98 → 100: where every lead starts +12, the limits of 0 and 100 −10"
    )


def test_nothing_changed(playbook: Playbook, score_of: ScoreOf) -> None:
    score = score_of({"start": 31})
    assert score_diff(score, score, Explainer(playbook)).line == "31 → 31: nothing changed"


def test_many_changes_are_cut_short(playbook: Playbook, score_of: ScoreOf) -> None:
    after = score_of(
        {f"rule_{letter}": size for letter, size in zip("abcdefg", range(7, 0, -1), strict=True)}
    )
    line = score_diff(score_of({}), after, Explainer(playbook)).line
    assert line == "0 → 28: rule a +7, rule b +6, rule c +5, rule d +4, 3 smaller changes +6"


SIZES = st.dictionaries(
    st.sampled_from(
        ["start", "succession", "lien", "clicked", "temperature:hot", "temperature:cold", "clamp"]
    ),
    st.integers(-(10**8), 10**8),
)


@given(SIZES, SIZES)
def test_changes_sum_to_the_movement(
    playbook: Playbook, score_of: ScoreOf, before: dict[str, int], after: dict[str, int]
) -> None:
    earlier, later = (
        score_of({name: size / MICROPOINTS for name, size in sizes.items()}) for sizes in (before, after)
    )
    diff = score_diff(earlier, later, Explainer(playbook))
    assert sum(change.micropoints for change in diff.changes) == later.micropoints - earlier.micropoints
    assert sum(change.shown for change in diff.changes) == diff.after_shown - diff.before_shown
