"""Every provider failing in every way at once: what can go on goes on, nothing is lost, nobody is called too often."""

import random
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import text

from galena.connectors.catalogue import list_connectors
from galena.kit.web import WebError
from galena.simulator.providers.server import Fault
from galena.stores import connections
from galena.workflows.connections import NewConnection, add_connection
from galena.workflows.gateway import Gateway
from galena.workflows.pull import pull_connection

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


@pytest.mark.slow
def test_all_at_once(bench_of: Any, context_for: Any, gateway: Gateway, timeline: Any) -> None:
    chance = random.Random(7)
    benches = {
        each.manifest.name: bench_of(each)
        for each in list_connectors()
        if each.is_pulled or each.is_looked_up
    }
    contexts: dict[str, Any] = {}
    for name, bench in benches.items():
        context = contexts.setdefault(bench.vendor.PLAYBOOK, context_for(bench.vendor.PLAYBOOK))
        new = NewConnection(
            name, settings=bench.settings, secrets=bench.secrets, private_ok=True, schedule=None
        )
        add_connection(context, gateway, new)
    pulled = [name for name, bench in benches.items() if bench.connector.is_pulled]
    for _ in range(4):
        for bench in benches.values():
            bench.server.go_wrong(*chance.choices(WAYS, k=6), always=Fault("hang_up"))
        for name, bench in benches.items():
            context = contexts[bench.vendor.PLAYBOOK]
            if bench.connector.is_pulled:
                pull_connection(context, gateway, name)
            else:
                _look_up(context, gateway, name, bench)
        timeline.sleep(60)
    for context in contexts.values():
        with context.session() as session:
            kept = {each.name: each for each in connections.list_all(session)}
        assert all(each.error for each in kept.values() if each.state == "failing"), "the admin sees why"
    timeline.sleep(20_000)
    for name in pulled:
        bench, context = benches[name], contexts[benches[name].vendor.PLAYBOOK]
        bench.server.go_wrong()
        assert pull_connection(context, gateway, name).fault is None
        with context.session() as session:
            kept_now = connections.load(session, name)
            assert (kept_now.state, kept_now.failures) == ("healthy", 0)
        assert kept_now.totals.accepted == getattr(bench.vendor, "count", len)(bench.rows), (
            f"{name}: lost or doubled"
        )
    for context in contexts.values():
        with context.session() as session:
            doubled = text(
                "SELECT source, record_key FROM source_records"
                " GROUP BY source, record_key, payload_hash HAVING count(*) > 1"
            )
            assert session.connection.execute(doubled).all() == []
    for bench in benches.values():
        rate = bench.connector.manifest.rate
        assert bench.server.most_calls_in(rate.per_s) <= rate.calls


def _look_up(context: Any, gateway: Gateway, name: str, bench: Any) -> None:
    with context.session() as session:
        kept = connections.load(session, name)
    with gateway.enricher(context, kept) as enricher:
        for lead, _ in bench.vendor.LEADS:
            # Whatever goes wrong is one of the faults that callers know how to wait for.
            with suppress(WebError):
                enricher.look_up(lead)
