"""Owners answer by their hidden truth, and brokers record it by their habits."""

from dataclasses import replace
from datetime import UTC, date, datetime
from statistics import mean

from galena.simulator.brokers import Broker, brokers, contact_of, recorded
from galena.simulator.market import businesses
from galena.simulator.owners import BY_CHANCE, World, meets, readiness, replies

SEEN = datetime(2025, 3, 4, 12, tzinfo=UTC)
MARKET = list(businesses(11, 1_500, date(2025, 3, 3)))
TIDY = Broker(0, acts_after_days=1, skill=0, forgets=0, late_days=0.1, vague=0, mislabels=0)


def share_that_meets(world: World, skill: float = 0) -> float:
    return mean(meets(one, 11, world, skill) for one in MARKET)


def test_meetings_follow_the_truth_of_each_world() -> None:
    for world in ("distress", "buyers", "chance"):
        ready = mean(readiness(one, world) for one in MARKET)
        assert abs(share_that_meets(world) - ready) < 0.04
        assert abs(ready - BY_CHANCE) < 0.06
    assert share_that_meets("distress", 1) > share_that_meets("distress") > share_that_meets("distress", -1)


def test_after_the_shock_other_businesses_are_ready() -> None:
    once = sorted(MARKET, key=lambda one: -readiness(one, "distress"))[:300]
    assert (
        mean(readiness(one, "buyers") for one in once)
        < mean(readiness(one, "distress") for one in once) / 1.5
    )


def test_a_tidy_broker_records_everything_in_order() -> None:
    for one in MARKET[:200]:
        called = contact_of(TIDY, 11, one.number, SEEN)
        truth = replies(one, 11, "distress", called)
        rows = list(recorded(TIDY, 11, one.number, truth))
        assert [entry.outcome for _, entry in rows] == [reply.entry.outcome for reply in truth]
        assert [at for at, _ in rows] == sorted(at for at, _ in rows)
        assert all(at >= reply.at >= called >= SEEN for (at, _), reply in zip(rows, truth, strict=True))
        assert ("booked" in {entry.outcome for _, entry in rows}) == meets(one, 11, "distress")


def test_habits_show() -> None:
    def kept(broker: Broker) -> list[str]:
        return [
            entry.reason_code or entry.outcome
            for one in MARKET[:300]
            for _, entry in list(recorded(broker, 11, one.number, replies(one, 11, "distress", SEEN)))[:1]
        ]

    assert len(kept(replace(TIDY, forgets=0.5))) < 0.6 * len(kept(TIDY))
    assert "other" in kept(replace(TIDY, vague=1.0))
    assert "booked" not in kept(replace(TIDY, mislabels=1.0))
    assert brokers(3, 4)[:2] == brokers(3, 2)
