"""How long one new lead takes to find the lead it belongs to among a million that are there, in PostgreSQL. JSON.

A market of people at companies is made: normal records and keys as intake writes them. Then new leads come, half of
them people who are there already (with a slip of the pen, another telephone or e-mail), half strangers. Timed is the
whole transaction: the lead read, its keys written, candidates looked up, weighed, the decision written, committed.
Beside it, in the same run and one after the other: a plain look-up of the e-mail address by an index.

    .venv/bin/python benchmarks/identity_online.py [--leads 1000000] [--new 300] [--out FILE]
"""

import argparse
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg.types.json import Json, Jsonb
from sqlalchemy import Engine, text

from galena.engines.identity.model import MatchModel
from galena.engines.identity.plan import IdentityPlan
from galena.kit.database import copy_rows, make_engine
from galena.kit.ids import new_id
from galena.kit.postgres import running_server
from galena.playbooks import load
from galena.stores import identity, projections, workspaces
from galena.stores.door import Door
from galena.stores.migrations import migrate
from galena.workflows.context import Context
from galena.workflows.intake import ingest_file
from galena.workflows.lead_assembly import assembly_for
from galena.workflows.match_model import Matching, usual
from galena.workflows.resolving import Resolved, compare_nodes

CHUNK = 50_000
_PLAIN = text("SELECT id FROM leads WHERE workspace_id = :workspace AND fields ->> 'email' = :email")
SYLLABLES = (
    "ka",
    "ro",
    "mi",
    "ten",
    "bel",
    "sor",
    "dan",
    "vi",
    "lu",
    "har",
    "nes",
    "to",
    "gri",
    "wal",
    "pe",
    "on",
)
CITIES = tuple(f"{first}{second} city" for first in SYLLABLES for second in SYLLABLES)
HEAD = "Record ID,First Name,Last Name,Email,Phone Number,Company Name,City,State/Region,Postal Code,Lifecycle Stage"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--new", type=int, default=300)
    parser.add_argument("--out", type=Path)
    parser.add_argument(
        "--keep", type=Path, help="A folder in which the market is made once and found again."
    )
    order = parser.parse_args()
    with (
        nullcontext(order.keep) if order.keep else tempfile.TemporaryDirectory() as folder,
        running_server(Path(folder) / "pg", durable=True) as server,
    ):
        engine = make_engine(server.url)
        migrate(engine)
        result = _measured(engine, order, Path(folder))
        engine.dispose()
    print(json.dumps(result, indent=2))
    if order.out:
        order.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def _measured(engine: Engine, order: argparse.Namespace, folder: Path) -> dict[str, Any]:
    playbook = load("b2b")
    assert playbook.identity is not None
    plan = IdentityPlan(playbook.identity)
    model = usual(plan, order.leads)
    door = Door(engine)
    with door.lobby() as lobby:
        workspace = workspaces.find(lobby, "million")
        made_before = workspace is not None
        workspace = workspace or workspaces.create(lobby, slug="million", name="Million", playbook="b2b")
    context = Context(door, workspace.id, playbook, "benchmark")
    started = time.perf_counter()
    if not made_before:
        _fill(engine, workspace.id, plan, model, order.leads)
    filled_s = None if made_before else round(time.perf_counter() - started)
    with context.session() as session:
        keys = session.connection.execute(text("SELECT count(*) FROM identity_keys")).scalar_one()
    nodes, emails, doubles = _newcomers(context, order, folder)
    with context.session() as session:
        assembly = assembly_for(session, playbook)
    matching = Matching(plan, model)
    times, client, plain, result, pairs = [], [], [], Resolved(), 0
    for node, email in zip(nodes, emails, strict=True):
        began, worked = time.perf_counter(), time.process_time()
        with context.session() as session:
            projections.take_turn(session)
            compared = compare_nodes(session, playbook, matching, assembly, [node], context.clock(), result)
        times.append(1000 * (time.perf_counter() - began))
        client.append(1000 * (time.process_time() - worked))
        pairs += compared.pairs
        began = time.perf_counter()
        # By the owner of the tables: under row-level security no index on a JSON field would be used.
        with engine.begin() as connection:
            connection.execute(_PLAIN, {"email": email, "workspace": workspace.id}).all()
        plain.append(1000 * (time.perf_counter() - began))
    return {
        "existing_leads": order.leads,
        "keys": keys,
        "new_leads": len(nodes),
        "of_these_there_already": doubles,
        "joined": result.merged,
        "asked": result.asked,
        "pairs_weighed_per_lead": round(pairs / len(nodes), 1),
        "online_ms": _spread(times),
        "of_this_processor_time_of_the_client_ms": _spread(client),
        "plain_email_lookup_ms": _spread(plain),
        "filling_s": filled_s,
        "load_average": [round(each, 1) for each in os.getloadavg()],
        "cpus": os.cpu_count(),
    }


def _spread(times: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(times, n=100)
    return {
        "p50": round(statistics.median(times), 2),
        "p95": round(cuts[94], 2),
        "p99": round(cuts[98], 2),
        "worst": round(max(times), 2),
    }


def made_person(number: int) -> dict[str, Any]:
    """A person by number: the same each time, names as common as in a town."""
    draw = random.Random(number)
    given = draw.choice(SYLLABLES) + draw.choice(SYLLABLES)
    surname = "".join(draw.choice(SYLLABLES) for _ in range(draw.choice((2, 3, 3))))
    trade = draw.choice(("supply", "systems", "design", "works"))
    company = f"{''.join(draw.choice(SYLLABLES) for _ in range(3))} {trade}"
    digits = f"{draw.randrange(2_000_000, 9_999_999)}"
    return {
        "given": given,
        "surname": surname,
        "email": f"{given}.{surname}{draw.randrange(100)}@{company.replace(' ', '')}.com",
        "phone": f"+1{draw.choice(('512', '214', '972'))}{digits}",
        "company": company,
        "city": draw.choice(CITIES),
        "state": "tx",
        "postcode": f"7{draw.randrange(5_000, 8_999)}",
    }


def _form(person: dict[str, Any]) -> dict[str, Any]:
    """The normal record, as `IdentityPlan.form` makes it of these values."""
    local, _, domain = person["email"].partition("@")
    return {
        **person,
        "formal": person["given"],
        "email_local": local,
        "email_domain": domain,
        "phone_line": person["phone"][-7:],
        "company_tokens": sorted(set(person["company"].split())),
        "postcode_area": person["postcode"][:3],
    }


def _fill(engine: Engine, workspace: UUID, plan: IdentityPlan, model: MatchModel, count: int) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("SELECT set_config('app.workspace', :id, true), set_config('app.tenant', '*', true)"),
            {"id": str(workspace)},
        )
        connection.execute(text("ALTER TABLE identity_keys DROP CONSTRAINT identity_keys_pkey"))
        connection.execute(text("DROP INDEX identity_keys_node_idx"))
        for start in range(0, count, CHUNK):
            ids = [new_id() for _ in range(start, min(start + CHUNK, count))]
            people = [made_person(start + at) for at in range(len(ids))]
            forms = [_form(person) for person in people]
            _copy(
                connection,
                "leads",
                (
                    "workspace_id",
                    "id",
                    "lead_key",
                    "title",
                    "fields",
                    "provenance",
                    "data_quality",
                    "status",
                    "search",
                ),
                ("uuid", "uuid", "text", "text", "jsonb", "jsonb", "float8", "text", "text"),
                (
                    (
                        workspace,
                        lead,
                        f"crm:{start + at}",
                        person["email"],
                        Jsonb({"email": person["email"]}),
                        Jsonb({"from": [], "fields": {}}),
                        50.0,
                        "active",
                        "",
                    )
                    for at, (lead, person) in enumerate(zip(ids, people, strict=True))
                ),
            )
            _copy(
                connection,
                "identity_nodes",
                ("workspace_id", "node_id", "form"),
                ("uuid", "uuid", "json"),
                ((workspace, lead, Json(form)) for lead, form in zip(ids, forms, strict=True)),
            )
            pairs = list(_keys(workspace, ids, forms, plan, model))
            _copy(
                connection,
                "identity_keys",
                ("workspace_id", "key", "node_id"),
                ("uuid", "int8", "uuid"),
                pairs,
            )
        connection.execute(text("SET LOCAL maintenance_work_mem = '1GB'"))
        connection.execute(
            text(
                "ALTER TABLE identity_keys ADD CONSTRAINT identity_keys_pkey PRIMARY KEY (workspace_id, key, node_id)"
            )
        )
        connection.execute(
            text("CREATE INDEX identity_keys_node_idx ON identity_keys (workspace_id, node_id)")
        )
        connection.execute(text("CREATE INDEX plain_email_idx ON leads (workspace_id, (fields ->> 'email'))"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _copy(connection: Any, table: str, columns: tuple[str, ...], types: tuple[str, ...], rows: Any) -> None:
    copy_rows(connection, table, columns, types, rows)


def _keys(
    workspace: UUID, ids: list[UUID], forms: list[dict[str, Any]], plan: IdentityPlan, model: MatchModel
) -> Iterator[tuple[UUID, int, UUID]]:
    for lead, form in zip(ids, forms, strict=True):
        for key in plan.keys(model.weighted(dict(form)), model):
            yield workspace, key, lead


def _newcomers(
    context: Context, order: argparse.Namespace, folder: Path
) -> tuple[list[UUID], list[str], int]:
    """New leads, taken in by an import that compares nothing yet."""
    with context.session() as session:
        seed = session.connection.execute(text("SELECT count(*) FROM source_records")).scalar_one()
    draw = random.Random(seed)
    lines, emails, doubles = [HEAD], [], 0
    for at in range(order.new):
        known = at % 2 == 0
        doubles += known
        person = made_person(draw.randrange(order.leads) if known else order.leads + seed + at)
        if known:
            person = with_slip(person, draw)
        emails.append(person["email"])
        names = (
            person["given"].title(),
            person["surname"].title(),
            person["email"],
            person["phone"],
            person["company"].title(),
        )
        lines.append(
            ",".join((f"n{seed + at}", *names, person["city"].title(), "TX", person["postcode"], "lead"))
        )
    path = folder / "new.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    quiet = replace(context, playbook=context.playbook.model_copy(update={"identity": None}))
    before = _newest(context)
    report = ingest_file(quiet, path)
    assert report.created == order.new, report.as_dict()
    with context.session() as session:
        found = projections.lead_ids(session, after=before, limit=order.new + 1)
        assert identity.count_pending(session) == 0
    return found, emails, doubles


def _newest(context: Context) -> UUID:
    with context.session() as session:
        return session.connection.execute(text("SELECT id FROM leads ORDER BY id DESC LIMIT 1")).scalar_one()


def with_slip(person: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """The same person as another source has it: one thing is other, and sometimes the address of the mail too."""
    changed = dict(person)
    surname = changed["surname"]
    at = draw.randrange(1, len(surname))
    match draw.randrange(3):
        case 0:
            changed["surname"] = surname[:at] + surname[at:].replace(surname[at], "", 1)
        case 1:
            changed["phone"] = f"+1512{draw.randrange(2_000_000, 9_999_999)}"
        case _:
            changed["email"] = f"{changed['given']}{draw.randrange(1000)}@mail.com"
    return changed


if __name__ == "__main__":
    main()
