"""The market is the same everywhere, its truth shows in its facts, and its mess is as dirty as asked."""

import csv
import re
from datetime import date
from pathlib import Path
from statistics import mean

from hypothesis import given
from hypothesis import strategies as st

from galena.simulator.files import write_market
from galena.simulator.market import business, businesses
from galena.simulator.mess import CLEAN, Mess, records, signal_records
from galena.simulator.words import AREA_CODES

AS_OF = date(2026, 11, 20)


@given(seed=st.integers(0, 10_000), number=st.integers(1, 100_000))
def test_a_business_depends_only_on_seed_and_number(seed: int, number: int) -> None:
    assert business(seed, number, AS_OF) == business(seed, number, AS_OF)
    assert business(seed, number, AS_OF) != business(seed + 1, number, AS_OF)
    assert 0 < business(seed, number, AS_OF).propensity < 1


def test_a_larger_market_begins_with_the_smaller_one() -> None:
    assert list(businesses(3, 40, AS_OF))[:10] == list(businesses(3, 10, AS_OF))


def test_no_two_businesses_have_the_same_number_and_nobody_has_it() -> None:
    market = list(businesses(11, 4_000, AS_OF))
    numbers = [one.facts["phone"] for one in market]
    assert len(set(numbers)) == 4_000
    assert all(re.fullmatch(r"\+1[2-9]\d{2}55501\d{2}", number) for number in numbers)
    # As long as a state has numbers left (500 in Oklahoma, whose cities are 2 of 12), they are of its own areas.
    assert all(one.facts["phone"][2:5] in AREA_CODES[one.facts["state"]] for one in market[:3_000])


def test_distress_shows_in_the_truth() -> None:
    market = list(businesses(11, 4_000, AS_OF))
    delinquent = mean(b.propensity for b in market if b.facts["tax_delinquent"])
    others = mean(b.propensity for b in market if not b.facts["tax_delinquent"])
    assert delinquent > others * 1.2


def test_nothing_happened_after_the_present() -> None:
    for one in businesses(5, 500, AS_OF):
        assert all(happened_on <= AS_OF for _, happened_on, _ in one.happenings)


def test_clean_records_are_the_facts() -> None:
    one = business(1, 1, AS_OF)
    (row,) = records(one, CLEAN, seed=1)
    assert row == {"external_id": one.external_id, **one.facts}


def test_mess_is_as_dirty_as_asked() -> None:
    mess = Mess(gap_rate=0.5, typo_rate=0, duplicate_rate=0.25, late_rate=0.5, broken_rate=0)
    market = list(businesses(2, 800, AS_OF))
    rows = [row for one in market for row in records(one, mess, seed=2)]
    assert 0.2 < len(rows) / 800 - 1 < 0.3
    gaps = mean(row["phone"] is None for row in rows)
    assert 0.44 < gaps < 0.56
    told = [row for one in market for row in signal_records(one, mess, seed=2)]
    late = mean((row["told_on"] - row["date"]).days > 30 for row in told)
    assert 0.4 < late < 0.6


def test_files_hold_what_was_counted(tmp_path: Path) -> None:
    truth = tmp_path / "truth.csv"
    made = write_market(tmp_path / "market", seed=4, count=120, as_of=AS_OF, truth=truth)
    with made.businesses.open() as file:
        rows = list(csv.DictReader(file))
    with made.signals.open() as file:
        assert len(list(csv.DictReader(file))) == made.signal_rows
    assert len(rows) == made.business_rows >= 120
    assert len(truth.read_text().splitlines()) == 121
