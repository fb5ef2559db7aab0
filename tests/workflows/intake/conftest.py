"""A small playbook of firms, a database, and the whole state of a workspace to compare."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from galena.domain.playbook import Field, LeadWords, Playbook, SignalKind
from galena.domain.playbook import Mapping as SourceMapping
from galena.kit.database import make_engine
from galena.stores import leads, projections, workspaces
from galena.stores.door import Door
from galena.stores.migrations import migrate
from galena.workflows.context import Context

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

DEALS = {
    "source": "deals",
    "recognise": ("deal", "account"),
    "key": ("deal",),
    "fields": {
        "title": {"column": "deal"},
        "account": {"column": "account"},
        "amount": {"column": "amount"},
        "email": {"column": "email"},
    },
    "signals": ({"kind": "opened", "at": "opened", "when_column": "opened"},),
}
ACCOUNTS = {
    "source": "accounts",
    "role": "details",
    "recognise": ("account", "sector"),
    "key": ("account",),
    "match": {"account": "account"},
    "trust": 0.9,
    "fields": {"sector": {"column": "sector"}, "amount": {"column": "typical"}},
}
VISITS = {
    "source": "visits",
    "role": "signals",
    "recognise": ("visitor", "when"),
    "match": {"account": "visitor"},
    "signals": ({"kind": "visit", "at": "when", "attributes": {"pages": "pages"}, "external_id": "id"},),
}


def make_playbook() -> Playbook:
    return Playbook.model_construct(
        playbook="firms",
        version=1,
        label="Firms",
        lead=LeadWords(one="deal", many="deals", title="title || ' of ' || account", subtitle="sector"),
        currency="USD",
        fields={
            "title": Field(type="text", label="Title", importance="required"),
            "account": Field(type="text", label="Account", importance="required"),
            "amount": Field(type="number", label="Amount", importance="useful", minimum=0),
            "sector": Field(type="text", label="Sector", importance="useful"),
            "email": Field(type="email", label="E-mail"),
        },
        signal_kinds={"visit": SignalKind(label="Visit"), "opened": SignalKind(label="Opened")},
        behaviours=(),
        aggregates=(),
        mappings=tuple(SourceMapping.model_validate(each) for each in (DEALS, ACCOUNTS, VISITS)),
    )


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def new_context(engine: Engine) -> Callable[[], Context]:
    """A function that makes an empty workspace; its clock goes on by a minute with each look."""

    def make() -> Context:
        door = Door(engine)
        with door.lobby() as lobby:
            workspace = workspaces.create(lobby, slug=f"w-{uuid4()}", name="Firms", playbook="firms")
        ticks = iter(range(1_000_000))
        return Context(
            door, workspace.id, make_playbook(), "a test", clock=lambda: NOON + timedelta(minutes=next(ticks))
        )

    return make


@pytest.fixture
def context(new_context: Callable[[], Context]) -> Context:
    return new_context()


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """write(name, *lines): a file of these lines."""

    def make(name: str, *lines: str) -> Path:
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return make


Snapshot = Mapping[str, list[Any]]

_STATE = {
    "leads": "SELECT to_jsonb(l) - 'updated_at' - 'workspace_id' FROM leads l ORDER BY lead_key",
    "links": "SELECT l.lead_key, k.link FROM lead_links k JOIN leads l ON l.id = k.lead_id ORDER BY 1, 2",
    "signals": "SELECT to_jsonb(s) - 'workspace_id' FROM signals s ORDER BY id",
    "records": "SELECT to_jsonb(r) - 'workspace_id' FROM source_records r ORDER BY id",
    "quarantine": "SELECT to_jsonb(q) - 'workspace_id' FROM quarantine q ORDER BY id",
}
_MEANING = {
    "leads": "SELECT lead_key, title, subtitle, fields::text, data_quality, data_quality_parts::text, status FROM leads"
    " ORDER BY 1",
    "links": _STATE["links"],
    "signals": (
        "SELECT coalesce(l.lead_key, ''), s.kind, s.at, s.attributes::text, s.source, coalesce(s.link, '')"
        " FROM signals s LEFT JOIN leads l ON l.id = s.lead_id ORDER BY 1, 2, 3, 4, 5, 6"
    ),
    "records": "SELECT source, record_key, role, payload::text, link FROM source_records ORDER BY 1, 2, 4",
    "quarantine": "SELECT source, row_number, payload::text, faults::text, status FROM quarantine ORDER BY 1, 2, 3",
}


def _read(context: Context, queries: Mapping[str, str]) -> Snapshot:
    with context.session() as session:
        return {
            name: [tuple(row) for row in session.connection.execute(text(query))]
            for name, query in queries.items()
        }


@pytest.fixture(scope="session")
def state() -> Callable[[Context], Snapshot]:
    """Every row of a workspace, byte for byte, but for when leads were updated."""
    return lambda context: _read(context, _STATE)


@pytest.fixture(scope="session")
def meaning() -> Callable[[Context], Snapshot]:
    """What a workspace knows, without ids and times of writing: equal for two that were told the same."""

    def read(context: Context) -> Snapshot:
        with context.session() as session:
            ids = projections.lead_ids(session, after=leads.FIRST, limit=10_000)
            entries = leads.load_many(session, ids).values()
        origins = {
            entry.lead.key: {
                name: (origin.trust, origin.observed_at, origin.source)
                for name, origin in entry.lead.provenance.items()
            }
            for entry in entries
        }
        return {**_read(context, _MEANING), "origins": sorted(origins.items(), key=lambda each: each[0])}

    return read


@pytest.fixture
def fields_of(context: Context) -> Callable[[], dict[str, dict[str, Any]]]:
    """The fields of every lead, by its source's own key."""

    def read() -> dict[str, dict[str, Any]]:
        rows = _read(context, {"leads": "SELECT lead_key, fields FROM leads ORDER BY lead_key"})["leads"]
        return {key.partition(":")[2]: fields for key, fields in rows}

    return read
