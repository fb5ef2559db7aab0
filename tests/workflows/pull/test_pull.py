"""Pulls beyond the contract: odd records, lost keys, undoing and fetching again, mappings proposed, keys renewed."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from galena.kit.errors import ConfigurationError, ConflictError
from galena.kit.web import KeyRefusedError
from galena.simulator.providers.server import Reply
from galena.stores import connections, imports, quarantine
from galena.stores.holds import hold
from galena.workflows.connections import NewConnection, add_connection, change_secrets, try_connection
from galena.workflows.pull import pull_connection
from galena.workflows.pull_stream import PullOptions
from galena.workflows.undo import undo_import


def count(city: Any, table: str) -> int:
    with city.context.session() as session:
        return int(session.connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_records_that_are_none_are_set_aside_and_the_others_go_in(city: Any) -> None:
    city.connect()
    good = city.vendor.records(3)
    without_key = {name: value for name, value in good[2].items() if name != "permit_number"}
    odd = [good[0], "a text", None, 7, good[1] | {"total_job_valuation": "a lot"}, without_key]
    city.server.protocol = lambda asked: Reply(odd)
    report = pull_connection(city.context, city.gateway, "city")
    assert report.fault is None
    assert (report.counts.fetched, report.counts.accepted, report.counts.quarantined) == (6, 1, 5)
    with city.context.session() as session:
        rows = quarantine.list_(session)
    assert [row.row_number for row in sorted(rows, key=lambda row: row.row_number)] == [2, 3, 4, 5, 6]
    assert sum("no object" in row.faults[0].reason for row in rows) == 3


def test_records_that_lost_what_identifies_them_end_the_pull(city: Any) -> None:
    city.connect()
    city.rows[:] = [
        {"number" if name == "permit_number" else name: value for name, value in row.items()}
        for row in city.rows
    ]
    report = pull_connection(city.context, city.gateway, "city")
    assert report.fault is not None
    assert "no longer have the columns that identify them" in str(report.fault)
    assert (count(city, "source_records"), count(city, "leads"), count(city, "quarantine")) == (0, 0, 0)
    with city.context.session() as session:
        (kept,) = imports.list_(session)
    assert kept.status == "failed"


def test_after_an_undo_everything_can_be_fetched_again(city: Any) -> None:
    city.connect()
    first = pull_connection(city.context, city.gateway, "city")
    undo_import(city.context, first.pulls[0].import_id)
    assert count(city, "leads") == 0
    assert pull_connection(city.context, city.gateway, "city").counts.accepted == 1, "only the boundary"
    again = pull_connection(city.context, city.gateway, "city", PullOptions(from_start=True))
    assert (again.counts.accepted, again.counts.duplicate) == (36, 1)
    assert count(city, "leads") == 37


def test_two_processes_do_not_pull_the_same_connection(city: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    city.connect()
    monkeypatch.setattr("galena.workflows.pull.KILLED_NOTICED_S", 0.0)
    with hold(city.context.door, city.kept().id, doing="pulling city"), pytest.raises(ConflictError):
        pull_connection(city.context, city.gateway, "city")


def test_a_table_nobody_knows_gets_a_proposed_mapping(city: Any) -> None:
    settings = {
        name: value for name, value in city.vendor.settings(city.server.url).items() if name != "mapping"
    }
    new = NewConnection("socrata", name="unknown", settings=settings, private_ok=True, accept_proposal=True)
    (trial,) = add_connection(city.context, city.gateway, new).streams
    assert trial.readable_count == 10
    assert {"permit_number", "description", "status"} <= set(trial.fields)
    assert trial.mapping.source == "unknown"
    assert pull_connection(city.context, city.gateway, "unknown").counts.accepted == 37


def test_a_mapping_that_fits_nothing_is_told_before_anything_is_kept(city: Any) -> None:
    settings = city.vendor.settings(city.server.url) | {"mapping": "dallas_permits_portal"}
    city.rows[:] = [{"other": number} for number in range(5)]
    city.server.protocol = lambda asked: Reply(city.rows)
    with pytest.raises(ConfigurationError, match="none of its records can be read"):
        add_connection(
            city.context, city.gateway, NewConnection("socrata", name="x", settings=settings, private_ok=True)
        )
    assert count(city, "connections") == 0


def test_a_new_key_is_tried_before_it_replaces_the_old_one(city: Any) -> None:
    city.connect(secrets={"app_token": "good-token"})
    before = city.kept().sealed
    with pytest.raises(KeyRefusedError):
        change_secrets(city.context, city.gateway, "city", {"app_token": "wrong"})
    assert city.kept().sealed == before
    change_secrets(city.context, city.gateway, "city", {"app_token": "good-token"})
    assert city.kept().sealed != before
    assert city.server.asked[-1].headers["x-app-token"] == "good-token"


def test_a_key_may_stay_in_the_environment(city: Any) -> None:
    city.connect()
    gateway = replace(city.gateway, environment={"GALENA_KEY_SOCRATA_APP_TOKEN": "good-token"})
    try_connection(city.context, gateway, "city")
    assert city.server.asked[-1].headers["x-app-token"] == "good-token"
    assert city.kept().sealed is None
    assert "good-token" not in repr(gateway)


def test_a_sealed_key_opens_only_in_its_own_row(city: Any) -> None:
    city.connect("a", secrets={"app_token": "good-token"})
    city.connect("b", secrets={"app_token": "good-token"})
    with city.context.session() as session:
        connections.change(session, city.kept("b").id, sealed=city.kept("a").sealed)
    report = pull_connection(city.context, city.gateway, "b")
    assert "cannot be opened" in str(report.fault)
    assert city.kept("b").state == "failing"
