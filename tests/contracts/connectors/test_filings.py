"""Filings go to the lead that bears their company's number, wait for one that comes later, and change its facts."""

from pathlib import Path
from typing import Any

from sqlalchemy import text

from galena.connectors.catalogue import find_connector
from galena.playbooks import load
from galena.workflows.connections import NewConnection, add_connection
from galena.workflows.context import Context
from galena.workflows.gateway import Gateway
from galena.workflows.intake import ingest_file
from galena.workflows.pull import pull_connection


def test_filings_find_their_leads(bench_of: Any, context_for: Any, gateway: Gateway, tmp_path: Path) -> None:
    bench, context = bench_of(find_connector("sec_edgar")), context_for("brokerage")
    bench.rows = bench.rows[27:]
    _import(context, tmp_path / "early.csv", "1,Sample Rockets Inc,1000001")
    new = NewConnection("sec_edgar", name="it", settings=bench.settings, private_ok=True)
    add_connection(context, gateway, new)
    assert pull_connection(context, gateway, "it").fault is None
    _import(context, tmp_path / "late.csv", "2,Sample Bakeries Corp,1000002")

    told = _told(context)
    assert {name: sorted(set(kinds)) for name, kinds in told.items()} == {
        "Sample Rockets Inc": ["executive_departure", "filing", "insider_sale"],
        "Sample Bakeries Corp": ["filing"],
    }
    with context.session() as session:
        facts = dict(
            session.connection.execute(
                text("SELECT fields->>'name', (fields->>'going_concern_warning') FROM leads")
            ).all()
        )
    assert facts == {"Sample Rockets Inc": "true", "Sample Bakeries Corp": "true"}
    assert load("brokerage").signal_kinds.keys() >= {kind for kinds in told.values() for kind in kinds}


def _import(context: Context, file: Path, row: str) -> None:
    file.write_text(f"external_id,name,sec_cik\n{row}\n", "utf-8")
    ingest_file(context, file)


def _told(context: Context) -> dict[str, list[str]]:
    query = "SELECT l.fields->>'name', s.kind FROM signals s JOIN leads l ON l.id = s.lead_id"
    found: dict[str, list[str]] = {}
    with context.session() as session:
        for name, kind in session.connection.execute(text(query)):
            found.setdefault(name, []).append(kind)
    return found
