"""Experiments one may look at every day: stable arms, guardrails, and an error rate that holds."""

from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galena.engines.learning.experiment import Design, Observed, arm_of, judge
from galena.engines.learning.peeking import Blocks, blocks_of, difference_of, evidence_path, split_evidence

ONE, TWO = UUID(int=1), UUID(int=2)


@given(st.uuids(), st.uuids(), st.floats(0.01, 0.99))
def test_the_arm_of_a_lead_never_changes_and_grows_with_the_share(
    experiment: UUID, lead: UUID, share: float
) -> None:
    arm = arm_of(experiment, lead, share)
    assert arm == arm_of(experiment, lead, share)
    if arm == "trial":
        assert arm_of(experiment, lead, min(0.999, share + 0.1)) == "trial"


def test_arms_hold_their_share_and_differ_from_one_experiment_to_the_next() -> None:
    leads = [UUID(int=n) for n in range(4000)]
    first = [arm_of(ONE, lead, 0.3) == "trial" for lead in leads]
    second = [arm_of(TWO, lead, 0.3) == "trial" for lead in leads]
    assert sum(first) == pytest.approx(1200, abs=90)
    assert sum(a and b for a, b in zip(first, second, strict=True)) == pytest.approx(360, abs=60)


def test_blocks() -> None:
    assert (blocks_of(0.5), blocks_of(0.1), blocks_of(0.8)) == (Blocks(1, 1), Blocks(9, 1), Blocks(1, 4))
    assert Blocks(9, 1).count(100, 8) == 8


def test_the_evidence_by_hand() -> None:
    # Before the first pair both rates are 1/2: nothing speaks for either. After (0, 1) the control's rate is
    # 0.18 / 1.36, the trial's 1.18 / 1.36, both together 1/2; a second (0, 1) is (1.18/1.36)^2 / (1/4) times likelier.
    path = evidence_path(np.zeros(2), np.ones(2), Blocks(1, 1), "higher")
    assert np.exp(path).tolist() == pytest.approx([1, 4 * (1.18 / 1.36) ** 2])
    assert evidence_path(np.zeros(2), np.ones(2), Blocks(1, 1), "lower").tolist() == [0, 0]


@pytest.mark.parametrize(("rate", "share"), [(0.02, 0.5), (0.15, 0.5), (0.15, 0.2), (0.4, 0.5)])
def test_peeking_after_every_lead_keeps_the_error_rate(rate: float, share: float) -> None:
    ended, years = 0, 200
    for seed in range(years):
        draw = np.random.default_rng(seed)
        size = int(2000 * share)
        arms = [(draw.random(n) < rate).astype(float) for n in (2000 - size, size)]
        paths = [evidence_path(*arms, blocks_of(share), side) for side in ("higher", "lower")]
        ended += max(path.max() for path in paths) >= np.log(2 / 0.05)
    assert ended / years <= 0.05


def test_a_rate_that_moves_for_both_is_no_difference() -> None:
    ended = 0
    for seed in range(100):
        draw = np.random.default_rng(seed)
        rate = 0.15 + 0.1 * np.sin(np.arange(1000) / 100)
        arms = [(draw.random(1000) < rate).astype(float) for _ in range(2)]
        ended += evidence_path(*arms, Blocks(1, 1), "higher").max() >= np.log(40)
    assert ended <= 5


def test_the_interval_holds_at_every_look() -> None:
    missed = 0
    for seed in range(100):
        draw = np.random.default_rng(seed)
        arms = (draw.random(1000) < 0.15).astype(float), (draw.random(1000) < 0.20).astype(float)
        looks = [difference_of(arms[0][:n], arms[1][:n], Blocks(1, 1), 0.05) for n in range(100, 1001, 50)]
        missed += any(not (each.low or -1) <= 0.05 <= (each.high or 1) for each in looks)
    assert missed <= 5


def _observed(
    seed: int, rates: tuple[float, float], harms: tuple[float, float] = (0.02, 0.02), count: int = 3000
):
    draw = np.random.default_rng(seed)
    is_trial = draw.random(count) < 0.5
    good = (draw.random(count) < np.where(is_trial, rates[1], rates[0])).astype(float)
    harm = (draw.random(count) < np.where(is_trial, harms[1], harms[0])).astype(float)
    return Observed(is_trial, good, {"ask not to be contacted": harm}, young=12)


def test_the_better_way_is_found_and_said() -> None:
    found = judge(Design(), _observed(0, (0.15, 0.25)))
    assert (found.state, found.better, found.is_over) == ("better", True, True)
    assert found.evidence > found.needed == 40
    assert found.low is not None
    assert 0 < found.low < 0.1 < (found.high or 0)
    assert found.sentence.startswith("The new way is better. ")
    assert judge(Design(), _observed(0, (0.30, 0.15))).state == "worse"


def test_harm_ends_it_whatever_it_gains() -> None:
    found = judge(Design(), _observed(0, (0.15, 0.25), (0.02, 0.08)))
    assert found.state == "harmful"
    assert "more of this: ask not to be contacted" in found.sentence


def test_a_wrong_split_is_a_fault() -> None:
    assert judge(Design(trial_share=0.4), _observed(0, (0.2, 0.2))).state == "broken"
    assert np.exp(split_evidence(1500, 1500, 0.5)) < 1


def test_equal_ways_go_on_until_there_are_enough_leads() -> None:
    found = judge(Design(), _observed(1, (0.2, 0.2), count=400))
    assert (found.state, found.young) == ("undecided", 12)
    assert judge(Design(most_leads=400), _observed(1, (0.2, 0.2), count=400)).state == "no_difference"
    nothing = judge(Design(), Observed(np.zeros(0, bool), np.zeros(0), {"x": np.zeros(0)}, young=7))
    assert nothing.sentence == "No lead of both ways is 21 days old yet; 7 are younger."
