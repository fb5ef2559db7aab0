"""Reports over the real database, as CSV and on paper."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from galena.kit.errors import InputError
from galena.surfaces.reports.report_files import write_csv, write_pdf
from galena.workflows.reports import REPORTS, Wanted, groups_of, make_report


@pytest.fixture
def worked_house(house: Any) -> Any:
    """Three leads given, one won, one refused; one worked by the operator alone."""
    for number, broker in ((1, house.one), (2, house.one), (3, house.two)):
        house.give(number, broker)
    house.later(days=1).say(1, "booked", booked_for=house.now + timedelta(days=1), booked_by="email_link")
    house.say(2, "not_interested", reason_text="x", reason_code="price")
    house.say(5, "voicemail")
    house.later(days=3)
    house.say(1, "won", signed_on=house.now.date(), closing_on=house.now.date(), commission=Decimal(500))
    return house


def test_figures_agree_with_what_was_recorded(worked_house: Any, tmp_path: Path) -> None:
    context, now = worked_house.context, worked_house.now
    with context.session() as session:
        made = {name: make_report(session, context.playbook, name, Wanted(), now) for name in REPORTS}
        by_broker = make_report(session, context.playbook, "funnel", Wanted(by="broker"), now)
        none = make_report(session, context.playbook, "funnel", Wanted(since=now.date()), now)
        with pytest.raises(InputError, match="cannot be grouped"):
            make_report(session, context.playbook, "fairness", Wanted(by="broker"), now)
    steps = ("leads", "contacted", "booked", "met", "won")
    table = by_broker.tables[0]
    assert table.total is not None
    assert table.total[1:6] == (4, 3, 1, 1, 1)
    told = {row["broker"]: [row[name] for name in steps] for row in table.records()}
    assert told == {
        "Broker One": [2, 2, 1, 1, 1],
        "Broker Two": [1, 0, 0, 0, 0],
        "not known": [1, 1, 0, 0, 0],
    }
    assert none.tables[0].total is not None
    assert none.tables[0].total[1] == 0
    assert made["commissions"].tables[0].total == ("all", 1, 0.0, 500.0, 500.0)
    assert made["reasons"].tables[0].rows == (("not interested", "Price or valuation", "price", 1, 1.0),)
    # Broker One was given leads of value 1 and 2, Broker Two one of 3: as even as can be.
    assert "Gini of value over 2 brokers: 0.000" in made["fairness"].said[0]
    assert [line[1] for line in made["conversion"].tables[0].rows][1:4] == [1, 1, 1]
    assert "Too few decided leads" in made["model-value"].said[0]
    for name, report in made.items():
        files = write_csv(report, tmp_path / f"{name}.csv")
        assert len(files) == len(report.tables)
        assert pl.read_csv(files[0]).height == len(report.tables[0].rows) + bool(report.tables[0].total)
        write_pdf(report, tmp_path / f"{name}.pdf", date(2026, 3, 9))
        assert (tmp_path / f"{name}.pdf").read_bytes().startswith(b"%PDF")


def test_a_tenant_sees_its_own_leads_alone(worked_house: Any) -> None:
    context, now = worked_house.context, worked_house.now
    with context.door.enter(context.workspace_id, tenant_id=worked_house.two, actor="x") as session:
        report = make_report(session, context.playbook, "funnel", Wanted(by="broker"), now)
    assert [row["broker"] for row in report.tables[0].records()] == ["Broker Two"]


def test_every_grouping_of_every_report(worked_house: Any) -> None:
    context, now = worked_house.context, worked_house.now
    with context.session() as session:
        for name in REPORTS:
            for by in groups_of(name):
                assert make_report(session, context.playbook, name, Wanted(by=by), now).tables, (name, by)
