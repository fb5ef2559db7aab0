"""A file to leads: counts that add up, quarantine, waiting, and nothing told twice."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from galena.connectors.files import RowReader
from galena.domain.playbook import Mapping
from galena.kit.errors import ConfigurationError, ConflictError, InputError
from galena.workflows import intake
from galena.workflows.intake import IntakeOptions, ingest_file
from galena.workflows.mapping_choice import UncertainMappingError

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

DEALS = (
    "deal,account,amount,email,opened",
    "D1,Acme,10,a@example.com,",
    "D2,Zeta,20,,2026-01-05",
    "D3,Acme,,b(at)x,",
)
ACCOUNTS = ("account,sector,typical", "acme ,steel,500", "ZETA,glass,", "Nobody,paper,7")
VISITS = ("id,visitor,when,pages", "1,Acme,2026-02-01,3", "2,Later,2026-02-02,1", "1,Acme,2026-02-01,3 ")


def numbers(report):
    assert report.rows == report.created + report.updated + report.unchanged + report.quarantined
    return report.created, report.updated, report.unchanged, report.quarantined


def test_leads_then_details_then_signals(context, write, fields_of):
    deals = ingest_file(context, write("deals.csv", *DEALS))
    assert numbers(deals) == (3, 0, 0, 0)
    assert (deals.origin, deals.source, deals.signals, deals.warnings) == ("shipped", "deals", 1, 1)
    assert deals.warning_reasons[0].examples == (3,)
    accounts = ingest_file(context, write("accounts.csv", *ACCOUNTS))
    assert numbers(accounts) == (1, 2, 0, 0)  # one account waits, two change leads
    assert fields_of() == {
        "D1": {
            "title": "D1",
            "account": "Acme",
            "amount": 500.0,
            "email": "a@example.com",
            "sector": "steel",
        },
        "D2": {"title": "D2", "account": "Zeta", "amount": 20.0, "sector": "glass"},
        "D3": {"title": "D3", "account": "Acme", "amount": 500.0, "sector": "steel"},
    }
    visits = ingest_file(context, write("visits.csv", *VISITS))
    assert numbers(visits) == (1, 1, 1, 0)  # the third row is the first one's signal again
    assert visits.signals == 2


def test_the_order_of_files_does_not_matter(new_context, write, meaning):
    files = [write("d.csv", *DEALS), write("a.csv", *ACCOUNTS), write("v.csv", *VISITS)]
    found = []
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        context = replace(new_context(), clock=lambda: NOON)
        for place in order:
            ingest_file(context, files[place])
        found.append(meaning(context))
    assert found[0]["leads"]
    assert found[0] == found[1] == found[2]


def test_the_same_file_again_changes_nothing(context, write, state):
    for name, lines in (("d.csv", DEALS), ("a.csv", ACCOUNTS), ("v.csv", VISITS)):
        ingest_file(context, write(name, *lines))
    before = state(context)
    for name, rows in (("d.csv", 3), ("a.csv", 3), ("v.csv", 3)):
        again = ingest_file(context, write(name, *{"d": DEALS, "a": ACCOUNTS, "v": VISITS}[name[0]]))
        assert numbers(again) == (0, 0, rows, 0)
    assert state(context) == before


def test_a_later_row_with_the_same_key_updates(context, write, fields_of):
    lines = ("D1,Acme,10,,", "D1,Acme,10,,", "D1,Acme,11,,", "D1,Acme,,c@example.com,", "D1,Acme,11,,,")
    report = ingest_file(context, write("d.csv", DEALS[0], *lines[:4]), IntakeOptions(batch_rows=1))
    assert numbers(report) == (1, 2, 1, 0)
    assert fields_of()["D1"]["amount"] == 11.0
    assert fields_of()["D1"]["email"] == "c@example.com"


def test_batches_do_not_change_counts_or_leads(new_context, write, meaning):
    lines = [f"D{n % 7},A{n % 3},{n},,2026-01-{n % 27 + 1:02}" for n in range(40)]
    path = write("d.csv", DEALS[0], *lines)
    found = []
    for size in (1, 7, 1000):
        context = replace(new_context(), clock=lambda: NOON)
        report = ingest_file(context, path, IntakeOptions(batch_rows=size))
        found.append((numbers(report), report.signals, meaning(context)))
    assert found[0] == found[1] == found[2]


def test_rows_that_fail_are_set_aside_and_the_others_load(context, write, fields_of):
    bad = ("D8,Acme,many,,", ",Acme,1,,", "D9,Acme,-5,,soon")
    report = ingest_file(context, write("d.csv", *DEALS, *bad))
    assert numbers(report) == (3, 0, 0, 3)
    assert set(fields_of()) == {"D1", "D2", "D3"}
    assert {(each.field, each.examples) for each in report.reasons} == {
        ("amount", (4,)),
        ("key", (5,)),
        ("amount", (6,)),
    }
    with context.session() as session:
        rows = session.connection.execute(
            text("SELECT row_number, faults -> 0 ->> 'value' FROM quarantine ORDER BY 1")
        ).all()
    assert [tuple(row) for row in rows] == [(4, "many"), (5, ""), (6, "-5")]


@pytest.mark.parametrize("batch_rows", [2, 100])
def test_a_dry_run_counts_the_same_and_writes_nothing(context, write, state, batch_rows):
    lines = (*DEALS, "D2,Zeta,21,,", "D2,Zeta,many,,")
    path = write("d.csv", *lines)
    ingest_file(context, write("a.csv", *ACCOUNTS))
    before = state(context)
    options = IntakeOptions(batch_rows=batch_rows)
    dry = ingest_file(context, path, replace(options, dry_run=True))
    assert state(context) == before
    real = ingest_file(context, path, options)
    assert dry.dry_run
    assert dry.counts == real.counts
    assert dry.reasons == real.reasons


def test_an_unknown_file_shows_its_proposal_and_is_remembered_once_accepted(context, write):
    path = write("firms.csv", "Deal title,Account name", *(f"T{n},A{n}" for n in range(9)))
    with pytest.raises(UncertainMappingError) as caught:
        ingest_file(context, path)
    assert "--yes" in caught.value.remedy
    assert any("account <- Account name" in line for line in caught.value.facts["proposal"])
    report = ingest_file(context, path, IntakeOptions(accept_proposal=True))
    assert (report.origin, report.created) == ("proposed", 9)
    again = ingest_file(context, path)
    assert (again.origin, again.unchanged) == ("saved", 9)


def test_a_mapping_once_proposed_grows_with_a_richer_file(context, write):
    ingest_file(
        context,
        write("f.csv", "Deal title,Account name", *(f"T{n},A{n}" for n in range(9))),
        IntakeOptions(accept_proposal=True),
    )
    richer = write("g.csv", "Deal title,Account name,Amount", *(f"T{n},A{n},{n}00" for n in range(9)))
    report = ingest_file(context, richer)
    assert (report.origin, report.source) == ("proposed", "f")
    assert ingest_file(context, richer).origin == "saved"


def test_a_file_without_any_known_column_is_refused(context, write, state):
    with pytest.raises(InputError, match="No column of this file"):
        ingest_file(context, write("x.csv", "qqq,www", "1,2"), IntakeOptions(accept_proposal=True))
    assert not any(state(context).values())


def test_a_given_mapping_is_checked_and_saved(context, write):
    path = write("x.csv", "n,who", "1,Acme")
    given = Mapping.model_validate(
        {"source": "x", "key": ("n",), "recognise": ("n", "who"), "fields": {"acount": {"column": "who"}}}
    )
    with pytest.raises(ConfigurationError) as caught:
        ingest_file(context, path, IntakeOptions(mapping=given))
    assert caught.value.facts["nearest"] == "account"
    good = Mapping.model_validate({**given.model_dump(), "fields": {"account": {"column": "who"}}})
    assert ingest_file(context, path, IntakeOptions(mapping=good)).origin == "given"
    assert ingest_file(context, path).origin == "saved"


def test_a_mapping_that_matches_on_another_field_links_the_leads_that_are_there(context, write, fields_of):
    ingest_file(context, write("d.csv", *DEALS))
    by_mail = Mapping.model_validate(
        {
            "source": "people",
            "role": "details",
            "key": ("mail",),
            "match": {"email": "mail"},
            "fields": {"sector": {"column": "branch"}},
        }
    )
    report = ingest_file(
        context, write("p.csv", "mail,branch", "a@EXAMPLE.com,law"), IntakeOptions(mapping=by_mail)
    )
    assert numbers(report) == (0, 1, 0, 0)
    assert fields_of()["D1"]["sector"] == "law"


def test_a_lead_that_moves_to_another_account_leaves_its_details_behind(context, write, fields_of):
    ingest_file(context, write("a.csv", *ACCOUNTS))
    ingest_file(context, write("v.csv", *VISITS))
    ingest_file(context, write("d.csv", DEALS[0], "D1,Acme,10,,"))
    assert fields_of()["D1"] == {"title": "D1", "account": "Acme", "amount": 500.0, "sector": "steel"}
    ingest_file(context, write("d2.csv", DEALS[0], "D1,Later,10,,"))
    assert fields_of()["D1"] == {"title": "D1", "account": "Later", "amount": 10.0}
    with context.session() as session:
        told = session.connection.execute(text("SELECT link, lead_id IS NULL FROM signals ORDER BY 1")).all()
    assert [tuple(row) for row in told] == [("account:acme", True), ("account:later", False)]


def test_titles_come_from_the_playbook(context, write):
    ingest_file(context, write("d.csv", DEALS[0], "D1,Acme,10,,", "D2,,10,,"))
    with context.session() as session:
        lines = session.connection.execute(text("SELECT title, subtitle FROM leads ORDER BY lead_key")).all()
    assert [tuple(line) for line in lines] == [("D1 of Acme", None), ("deals:D2", None)]


def test_leads_tell_of_themselves_in_the_outbox(context, write):
    ingest_file(context, write("d.csv", *DEALS))
    ingest_file(context, write("a.csv", *ACCOUNTS))
    with context.session() as session:
        kinds = session.connection.execute(
            text("SELECT kind, count(*) FROM outbox GROUP BY kind ORDER BY kind")
        ).all()
    assert [tuple(row) for row in kinds] == [("import_done", 2), ("lead_created", 3), ("lead_updated", 3)]


def test_a_file_that_another_process_is_importing_is_left_alone(context, write, monkeypatch):
    monkeypatch.setattr(intake, "KILLED_NOTICED_S", 0.0)
    path = write("d.csv", *DEALS)
    refusals = []

    def meanwhile(step):
        if step.stage == "read":
            with pytest.raises(ConflictError, match="importing this file") as caught:
                ingest_file(context, path)
            refusals.append(caught.value)

    report = ingest_file(context, path, IntakeOptions(progress=meanwhile))
    assert len(refusals) == 1
    assert numbers(report) == (3, 0, 0, 0)


def test_what_the_progress_callback_raises_interrupts_and_the_next_run_goes_on(context, write):
    path = write("d.csv", *DEALS)

    def stop(step):
        if step.stage == "committed" and step.rows == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest_file(context, path, IntakeOptions(batch_rows=1, progress=stop))
    with context.session() as session:
        assert session.connection.execute(text("SELECT status FROM imports")).scalar_one() == "interrupted"
    report = ingest_file(context, path)
    assert (report.resumed_at_row, numbers(report)) == (2, (3, 0, 0, 0))


def test_a_file_that_turns_out_damaged_leaves_nothing(context, write, state, monkeypatch):
    ingest_file(context, write("a.csv", *ACCOUNTS))
    before = state(context)
    whole = RowReader.rows

    def damaged(reader, skip_rows=0):
        for row in whole(reader, skip_rows):
            if row.number == 3 and reader.shape.name.endswith("d.csv"):
                raise InputError("The file is cut off.", facts={"row": 3}, remedy="Get it again.")
            yield row

    path = write("d.csv", *DEALS)
    monkeypatch.setattr(intake, "SAMPLE_ROWS", 2)
    monkeypatch.setattr(RowReader, "rows", damaged)
    with pytest.raises(InputError, match="cut off"):
        ingest_file(context, path, IntakeOptions(batch_rows=1))
    assert state(context) == before
    with context.session() as session:
        row = session.connection.execute(
            text("SELECT status, error FROM imports WHERE source = 'deals'")
        ).one()
    assert (row.status, "cut off" in row.error) == ("failed", True)
    monkeypatch.undo()
    assert numbers(ingest_file(context, path)) == (3, 0, 0, 0)
