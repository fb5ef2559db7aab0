"""An explanation adds up, in points and in words."""

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galena.domain.playbook import Playbook
from galena.domain.score import MICROPOINTS, Score
from galena.engines.explanation import Explainer, Part, explain

ScoreOf = Callable[..., Score]
VALUES = {"owner_age": 71, "lien_filed_on": "2026-03-12", "lien_amount": 48_200.0, "has_successor": False}


def rows(parts: tuple[Part, ...]) -> list[tuple[str, str]]:
    return [(part.sentence, part.signed) for part in parts]


def test_parts_by_size_from_the_start_to_the_score(playbook: Playbook, score_of: ScoreOf) -> None:
    # 31 + 14 + 10.6 - 4 + 15 = 66.6, shown as 67.
    points = {"start": 31, "clicked": -4, "lien": 10.6, "succession": 14, "temperature:hot": 15}
    explanation = explain(score_of(points, VALUES, tier="yellow", temperature="hot"), playbook)
    assert rows(explanation.parts) == [
        ("Where every lead starts", "31"),
        ("Temperature is hot", "+15"),
        ("Owner is 71, no successor named", "+14"),
        ("Tax lien filed 12 March 2026, $48,200", "+11"),
        ("Never clicked", "−4"),
    ]
    assert explanation.shown == 67
    assert explanation.headline == "Yellow, hot"
    assert explanation.colour == "yellow"


def test_each_bar_begins_where_the_one_before_ends(playbook: Playbook, score_of: ScoreOf) -> None:
    explanation = explain(score_of({"start": 31, "clicked": -4, "succession": 14}), playbook)
    ends = [(part.begins // MICROPOINTS, part.ends // MICROPOINTS) for part in explanation.parts]
    assert ends == [(0, 31), (31, 45), (45, 41)]


def test_caps_and_the_ends_of_the_scale_come_last_in_words(playbook: Playbook, score_of: ScoreOf) -> None:
    points = {"start": 31, "cap:owner": -7, "clamp": -1, "succession": 14, "lien": 9}
    explanation = explain(score_of(points, VALUES), playbook)
    assert rows(explanation.parts)[-2:] == [
        ("The owner counts for at most 30 points", "−7"),
        ("Rules give 100 points at most", "−1"),
    ]
    taken = explain(score_of({"cap:owner": 7, "clamp": 1}), playbook)
    assert rows(taken.parts) == [
        ("The owner takes at most 30 points away", "+7"),
        ("Rules take no score below 0", "+1"),
    ]


def test_the_rest_in_one_bar_names_its_number(playbook: Playbook, score_of: ScoreOf) -> None:
    points = {"start": 31, "succession": 14, "lien": 9, "clicked": -4, "gone_rule": 2, "cap:owner": -1}
    bars = explain(score_of(points, VALUES), playbook).bars(2)
    assert rows(bars) == [
        ("Where every lead starts", "31"),
        ("Owner is 71, no successor named", "+14"),
        ("Tax lien filed 12 March 2026, $48,200", "+9"),
        ("All other reasons together (2)", "−2"),
        ("The owner counts for at most 30 points", "−1"),
    ]
    assert (bars[3].begins, bars[3].ends) == (54 * MICROPOINTS, 52 * MICROPOINTS)


def test_one_reason_too_many_is_shown_itself(playbook: Playbook, score_of: ScoreOf) -> None:
    explanation = explain(score_of({"succession": 14, "lien": 9, "clicked": -4}, VALUES), playbook)
    assert explanation.bars(2) == explanation.parts


def test_reasons_in_one_line(playbook: Playbook, score_of: ScoreOf) -> None:
    score = score_of({"start": 31, "succession": 14, "lien": 9, "clicked": -4}, VALUES)
    line = "owner is 71, no successor named +14 · tax lien filed 12 March 2026, $48,200 +9"
    assert explain(score, playbook).reasons() == line


def test_reasons_of_a_stored_row_use_short_labels(playbook: Playbook) -> None:
    stored = [("start", 31_000_000), ("clicked", -4_400_000), ("succession", 14_000_000), ("lien", 0)]
    text = Explainer(playbook).reason_text(stored, VALUES)
    assert text == "owner 71, no successor +14 · never clicked −4"


def test_what_is_not_known_and_would_count(playbook: Playbook, score_of: ScoreOf) -> None:
    unknown = {"owner_age": 71, "has_successor": None}
    found = explain(score_of({"start": 31, "succession": 0}, unknown), playbook).unknowns
    assert [(entry.sentence, entry.at_stake) for entry in found] == [
        ("Whether a successor is named is not known", 14.0)
    ]
    known = {"owner_age": 71, "has_successor": True}
    assert explain(score_of({"start": 31, "succession": 0}, known), playbook).unknowns == ()


def test_a_factor_of_another_revision_is_named_by_its_name(playbook: Playbook, score_of: ScoreOf) -> None:
    assert rows(explain(score_of({"old_rule": 5}), playbook).parts) == [("Old rule", "+5")]


def test_fields_fill_labels_where_the_score_kept_no_value(playbook: Playbook, score_of: ScoreOf) -> None:
    score = score_of({"succession": 14}, {"owner_age": 71})
    assert explain(score, playbook, {"owner_age": 50}).parts[0].sentence == "Owner is 71, no successor named"
    bare = score_of({"succession": 14})
    assert explain(bare, playbook, {"owner_age": 50}).parts[0].sentence == "Owner is 50, no successor named"


NAMES = ["start", "succession", "lien", "clicked", "cap:owner", "temperature:hot", "clamp", "x", "y", "z"]


@given(
    st.dictionaries(st.sampled_from(NAMES), st.integers(-(10**8), 10**8)),
    st.integers(min_value=0, max_value=10),
)
def test_shown_integers_add_up(
    playbook: Playbook, score_of: ScoreOf, sizes: dict[str, int], limit: int
) -> None:
    score = score_of({name: size / MICROPOINTS for name, size in sizes.items()})
    explanation = explain(score, playbook)
    assert sum(part.micropoints for part in explanation.parts) == score.micropoints
    assert sum(part.shown for part in explanation.parts) == explanation.shown
    for bars in (explanation.parts, explanation.bars(limit)):
        assert sum(part.micropoints for part in bars) == score.micropoints
        assert sum(part.shown for part in bars) == explanation.shown
        assert all(before.ends == after.begins for before, after in itertools.pairwise(bars))


@pytest.mark.parametrize("name", ["owner_age", "never_declared"])
def test_values_are_shown_as_screens_write_them(playbook: Playbook, name: str) -> None:
    assert Explainer(playbook).show(name, 1250) == "1,250"
