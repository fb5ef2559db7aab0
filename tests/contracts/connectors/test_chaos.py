"""Every provider failing in every way at once: taking in and scoring go on, the admin sees who is sick, nothing is
lost, nobody is called too often. `benchmarks/chaos.py` does the same at length and by the wall clock."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from galena.connectors.catalogue import list_connectors
from galena.kit.web import WebError
from galena.playbooks import load
from galena.simulator.providers.server import Fault
from galena.stores import connections, providers
from galena.stores.door import Door
from galena.workflows.connections import NewConnection, add_connection
from galena.workflows.context import Context
from galena.workflows.gateway import Gateway
from galena.workflows.intake import IntakeOptions, ingest_file
from galena.workflows.pull import pull_connection
from galena.workflows.rescore import rescore
from galena.workflows.touched import score_news
from galena.workflows.workspaces import ensure_workspace

WAYS = [
    Fault("hang_up"),
    Fault("cut_body"),
    Fault("busy", retry_after="5"),
    Fault("busy", retry_after="900"),
    Fault("busy"),
    Fault("broken_body"),
    Fault("web_page"),
    Fault("error", status=500),
    Fault("error", status=503),
    Fault("error", status=403),
    Fault("error", status=404),
    None,
    None,
    None,
]
_DOUBLED = "SELECT source, record_key FROM source_records GROUP BY source, record_key, payload_hash HAVING count(*) > 1"
_UNSCORED = (
    "SELECT count(*) FROM leads l WHERE l.status = 'active'"
    " AND NOT EXISTS (SELECT FROM current_scores c WHERE c.lead_id = l.id)"
)


@pytest.fixture
def ready(engine: Engine, timeline: Any) -> Callable[[str], Context]:
    """A function: from a playbook to a workspace of it in which leads can be scored."""

    def make(playbook: str) -> Context:
        workspace = ensure_workspace(Door(engine), playbook, slug=f"w-{uuid4()}", actor="a test")
        return Context(Door(engine), workspace.id, load(playbook), "a test", clock=timeline)

    return make


@pytest.mark.slow
def test_all_at_once(
    bench_of: Any, ready: Callable[[str], Context], gateway: Gateway, timeline: Any, tmp_path: Path
) -> None:
    chance, contexts = random.Random(7), dict[str, Context]()
    benches = {each.manifest.name: bench_of(each) for each in list_connectors() if _is_asked(each)}
    for name, bench in benches.items():
        playbook = bench.vendor.PLAYBOOK
        context = contexts[playbook] = contexts.get(playbook) or ready(playbook)
        add_connection(
            context,
            gateway,
            NewConnection(name, settings=bench.settings, secrets=bench.secrets, private_ok=True),
        )
    desk = contexts["b2b"]
    people = _people(tmp_path)
    for faults in (6, 0):
        asked = {name: len(bench.server.asked) for name, bench in benches.items()}
        for name, bench in benches.items():
            bench.server.go_wrong(*chance.choices(WAYS, k=faults), always=Fault("hang_up"))
            _ask(contexts[bench.vendor.PLAYBOOK], gateway, name, bench)
        taken = ingest_file(desk, next(people), IntakeOptions(accept_proposal=True)).counts
        assert (taken.created, score_news(desk).leads) == (20, 20), "taking in and scoring go on meanwhile"
        timeline.sleep(4_000)
    # What was told before is kept, so that some were not asked again; whoever was hung up.
    called = {name for name, bench in benches.items() if len(bench.server.asked) > asked[name]}
    assert _sick(contexts.values()) >= called, "the admin sees who is sick"
    assert called >= {name for name, bench in benches.items() if bench.connector.is_pulled}
    timeline.sleep(20_000)
    for name, bench in benches.items():
        if bench.connector.is_pulled:
            _recovers(contexts[bench.vendor.PLAYBOOK], gateway, name, bench)
    for context in contexts.values():
        score_news(context)
        assert _rows(context, _DOUBLED) == []
        assert _rows(context, _UNSCORED) == [(0,)]
        rescore(context)  # Time went on.
        assert rescore(context).changed == 0
    for bench in benches.values():
        rate = bench.connector.manifest.rate
        assert bench.server.most_calls_in(rate.per_s) <= rate.calls


def _is_asked(connector: Any) -> bool:
    return bool(connector.is_pulled or connector.is_looked_up)


def _people(folder: Path) -> Iterator[Path]:
    """Files of twenty people each, who have nothing in common."""
    chance = random.Random(1)
    while True:
        path = folder / f"people-{uuid4()}.csv"
        words = ["".join(chance.choices("bcdfglmnprst", k=9)) for _ in range(60)]
        rows = [
            f"{first}@{firm}.com,{first} {last},{firm},CEO"
            for first, last, firm in zip(words[:20], words[20:40], words[40:], strict=True)
        ]
        path.write_text("email,name,company,title\n" + "\n".join(rows) + "\n")
        yield path


def _ask(context: Context, gateway: Gateway, name: str, bench: Any) -> None:
    if bench.connector.is_pulled:
        pull_connection(context, gateway, name)
        score_news(context)
        return
    with context.session() as session:
        kept = connections.load(session, name)
    with gateway.enricher(context, kept) as enricher:
        for lead, _ in bench.vendor.LEADS:
            # Whatever goes wrong is one of the faults that callers know how to wait for.
            with suppress(WebError):
                enricher.look_up(lead)


def _sick(contexts: Any) -> set[str]:
    """The connections that the pages show as failing with a reason, and the providers left alone for a while."""
    found = set()
    for context in contexts:
        with context.session() as session:
            kept = connections.list_all(session)
            states = providers.list_states(session)
        assert all(each.error for each in kept if each.state == "failing"), "the admin sees why"
        found |= {each.name for each in kept if each.state == "failing"}
        found |= {name.partition(":")[0] for name, state in states.items() if state.failures}
    return found


def _recovers(context: Context, gateway: Gateway, name: str, bench: Any) -> None:
    bench.server.go_wrong()
    assert pull_connection(context, gateway, name).fault is None
    with context.session() as session:
        kept = connections.load(session, name)
    assert (kept.state, kept.failures) == ("healthy", 0)
    held = getattr(bench.vendor, "count", len)(bench.rows)
    assert kept.totals.accepted == held, f"{name}: lost or doubled"


def _rows(context: Context, query: str) -> list[Any]:
    with context.session() as session:
        return [tuple(row) for row in session.connection.execute(text(query))]
