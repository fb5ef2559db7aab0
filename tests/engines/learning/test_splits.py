"""Splits: nothing on both sides, everything judged once, the past before the future."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from galena.engines.learning.splits import describe_folds, folds_of, kind_of
from galena.kit.errors import InputError


@dataclass(frozen=True, eq=False)
class Leads:
    target: NDArray[np.float64]
    times: NDArray[Any] | None = None
    groups: NDArray[Any] | None = None
    in_time_order: bool = False


@st.composite
def tables(draw: st.DrawFn, timed: bool, grouped: bool) -> Leads:
    count = draw(st.integers(12, 80))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    target = (rng.random(count) < draw(st.floats(0.1, 0.9))).astype(np.float64)
    target[:4] = [0, 1, 0, 1]
    times = rng.integers(0, draw(st.integers(2, 60)), count).astype(np.float64) if timed else None
    if times is not None and draw(st.booleans()):
        times[rng.random(count) < 0.1] = np.nan
    groups = rng.integers(0, draw(st.integers(3, 40)), count) if grouped else None
    if groups is not None:
        groups[:4] = [100, 101, 102, 103]
    return Leads(target, times, groups)


@given(tables(timed=False, grouped=False), st.integers(1, 3))
def test_random_folds_judge_every_row_once_per_repeat_and_keep_the_rate(leads: Leads, repeats: int) -> None:
    folds = folds_of(leads, seed=1, repeats=repeats)
    for repeat in range(repeats):
        of_repeat = [fold for fold in folds if fold.repeat == repeat]
        judged = np.sort(np.concatenate([fold.test for fold in of_repeat]))
        assert judged.tolist() == list(range(len(leads.target)))
        positives = [leads.target[fold.test].sum() for fold in of_repeat]
        assert max(positives) - min(positives) <= 1
        for fold in of_repeat:
            assert np.sort(np.concatenate([fold.train, fold.test])).tolist() == judged.tolist()


@given(tables(timed=True, grouped=False))
def test_time_folds_learn_from_the_past_only(leads: Leads) -> None:
    folds = folds_of(leads, seed=1)
    assert leads.times is not None
    if kind_of(leads, folds) != "time":
        return
    judged = np.concatenate([fold.test for fold in folds])
    assert len(np.unique(judged)) == len(judged)
    for fold in folds:
        past = leads.times[fold.train]
        assert np.nanmax(past) < leads.times[fold.test].min()
        assert len(np.unique(leads.target[fold.train])) == 2
        unknown = np.flatnonzero(np.isnan(leads.times))
        assert np.isin(unknown, fold.train).all()
    assert np.nanmax(leads.times) in leads.times[folds[-1].test]


@given(tables(timed=False, grouped=True))
def test_groups_never_stand_on_both_sides(leads: Leads) -> None:
    assert leads.groups is not None
    folds = folds_of(leads, seed=1)
    for fold in folds:
        assert not set(leads.groups[fold.train]) & set(leads.groups[fold.test])
        assert not set(fold.train) & set(fold.test)


@given(tables(timed=True, grouped=True))
def test_time_and_groups_hold_together(leads: Leads) -> None:
    assert leads.groups is not None
    assert leads.times is not None
    folds = folds_of(leads, seed=1)
    for fold in folds:
        assert not set(leads.groups[fold.train]) & set(leads.groups[fold.test])
    if kind_of(leads, folds) == "time and group":
        for fold in folds:
            assert np.nanmax(leads.times[fold.train], initial=-1) < leads.times[fold.test].min()


def test_same_seed_same_folds() -> None:
    leads = Leads(np.tile([0.0, 1.0], 20))
    first, again, other = (folds_of(leads, seed) for seed in (1, 1, 2))
    assert [fold.test.tolist() for fold in first] == [fold.test.tolist() for fold in again]
    assert [fold.test.tolist() for fold in first] != [fold.test.tolist() for fold in other]


def test_time_order_by_hand() -> None:
    # Thirty rows in time order: the first ten are learned from only, then five blocks of four.
    leads = Leads(np.tile([0.0, 1.0], 15), in_time_order=True)
    folds = folds_of(leads, seed=0)
    assert [(fold.train[-1], fold.test[0], fold.test[-1]) for fold in folds] == [
        (9, 10, 13),
        (13, 14, 17),
        (17, 18, 21),
        (21, 22, 25),
        (25, 26, 29),
    ]


def test_ties_are_not_cut() -> None:
    # Ten days of ten rows: wanted borders 33, 47, 60, 73, 87 fall to 30, 50, 60, 70, 90.
    days = np.repeat(np.arange("2026-01-01", "2026-01-11", dtype="datetime64[D]"), 10)
    folds = folds_of(Leads(np.tile([0.0, 1.0], 50), times=days), seed=0)
    assert [fold.test[0] for fold in folds] == [30, 50, 60, 70, 90]


def test_one_instant_for_all_falls_back_to_random_parts() -> None:
    leads = Leads(np.tile([0.0, 1.0], 10), times=np.zeros(20))
    folds = folds_of(leads, seed=0)
    assert kind_of(leads, folds) == "random"
    assert len(folds) == 5


def test_groups_through_all_times_are_drawn_to_one_side() -> None:
    # Four agents work all the time: a purge of the judged agents would leave nothing to learn from.
    leads = Leads(np.tile([0.0, 1.0], 60), groups=np.arange(120) // 2 % 4, in_time_order=True)
    folds = folds_of(leads, seed=0)
    assert len(folds) == 5
    for fold in folds:
        assert len(set(np.asarray(leads.groups)[fold.train])) == 2
        assert len(set(np.asarray(leads.groups)[fold.test])) == 2


def test_rows_of_unknown_group_are_groups_of_their_own() -> None:
    groups = np.array([None] * 10 + ["a"] * 5 + ["b"] * 5, dtype=object)
    folds = folds_of(Leads(np.tile([0.0, 1.0], 10), groups=groups), seed=0)
    unknown_judged = [sum(row < 10 for row in fold.test.tolist()) for fold in folds]
    assert sum(unknown_judged) == 10
    assert max(unknown_judged) < 10


def test_few_rows_of_the_rarer_class_mean_fewer_folds() -> None:
    target = np.zeros(30)
    target[:3] = 1
    assert len(folds_of(Leads(target), seed=0)) == 3


@pytest.mark.parametrize(
    ("leads", "said"),
    [
        (Leads(np.zeros(20)), "Too few outcomes of one kind"),
        (Leads(np.tile([0.0, 1.0], 10), groups=np.zeros(20)), "one group"),
    ],
)
def test_what_cannot_be_split_is_refused(leads: Leads, said: str) -> None:
    with pytest.raises(InputError, match=said):
        folds_of(leads, seed=0)


def test_folds_that_could_not_learn_one_outcome_are_left_out() -> None:
    # All winners are in group 1: the part that judges it has only losers to learn from.
    leads = Leads(np.array([1.0, 1, 0, 0, 0, 0]), groups=np.array([1, 1, 2, 3, 4, 5]))
    folds = folds_of(leads, seed=0)
    assert len(folds) == 1
    assert not leads.target[folds[0].test].any()


def test_words() -> None:
    leads = Leads(np.tile([0.0, 1.0], 15), in_time_order=True)
    assert describe_folds(leads, folds_of(leads, 0)).startswith("Judged on later leads: 5 times")
    leads = Leads(np.tile([0.0, 1.0], 15))
    said = describe_folds(leads, folds_of(leads, 0, repeats=2))
    assert said.endswith("This was done 2 times, with other parts each time.")


def test_many_groups_are_dealt_quickly_and_evenly() -> None:
    rng = np.random.default_rng(0)
    target = (rng.random(20_000) < 0.1).astype(np.float64)
    leads = Leads(target, groups=rng.integers(0, 8_000, 20_000))
    sizes = [len(fold.test) for fold in folds_of(leads, 0)]
    rates = [target[fold.test].mean() for fold in folds_of(leads, 0)]
    assert max(sizes) - min(sizes) < 200
    assert max(rates) - min(rates) < 0.005
