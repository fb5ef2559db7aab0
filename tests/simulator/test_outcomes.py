"""Outcomes follow the truth, come before the present, and are the same everywhere."""

from datetime import date
from statistics import mean

from galena.simulator.market import businesses
from galena.simulator.outcomes import outcome

AS_OF = date(2026, 11, 20)
MARKET = list(businesses(11, 3_000, AS_OF))


def test_meetings_follow_the_propensity() -> None:
    worked = [(one, told) for one in MARKET if (told := outcome(one, 11, AS_OF, 0.6))]
    assert 0.57 < len(worked) / len(MARKET) < 0.63
    ready = [told.booked for one, told in worked if one.propensity > 0.4]
    others = [told.booked for one, told in worked if one.propensity < 0.1]
    assert mean(ready) > 4 * mean(others)
    assert abs(mean(told.booked for _, told in worked) - mean(one.propensity for one, _ in worked)) < 0.03


def test_nothing_is_known_before_it_happened() -> None:
    for one in MARKET:
        told = outcome(one, 11, AS_OF, 1.0)
        assert told is not None
        assert told.booked_on < AS_OF
        assert (told.won is None) == (told.closed_on is None)
        assert told.closed_on is None or told.booked_on < told.closed_on <= AS_OF
        assert (told.commission is not None) == bool(told.won)
        assert told.booked or told.won is None


def test_an_outcome_depends_only_on_seed_and_business() -> None:
    assert [outcome(one, 3, AS_OF, 0.5) for one in MARKET[:50]] == [
        outcome(one, 3, AS_OF, 0.5) for one in reversed(list(reversed(MARKET[:50])))
    ]
    assert outcome(MARKET[0], 3, AS_OF, 0.0) is None
