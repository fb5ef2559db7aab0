"""Every provider fails in every way at once, by the wall clock, while files are taken in and leads are scored.

Each connector calls a server of its own on this machine that speaks its vendor's protocol, from a thread of its own,
for a while: lines cut before and within an answer, silence, answers byte by byte, 429 with and without Retry-After,
500, 503, 403 and 404, half a JSON, a web page, answers too large, renamed columns, and a port where nobody listens.
A provider that is left alone after failures is called again at once (its clock is put forward), so that it gets as
many calls as its rate allows. Then all providers recover. The servers count the calls as they arrive. Prints JSON.

    .venv/bin/python benchmarks/chaos.py [SECONDS]
"""

import json
import random
import runpy
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

from sqlalchemy import text

from galena.connectors.catalogue import Connector, list_connectors
from galena.kit.database import make_engine
from galena.kit.errors import GalenaError
from galena.kit.postgres import running_server
from galena.kit.secrets import SecretBox
from galena.kit.web import Limits, Rate
from galena.playbooks import load
from galena.simulator.files import write_market
from galena.simulator.providers.server import Asked, Fault, ProviderServer, Reply
from galena.stores import connections, providers, signals
from galena.stores.door import Door
from galena.stores.migrations import migrate
from galena.workflows.connections import NewConnection, add_connection
from galena.workflows.context import Context
from galena.workflows.gateway import Gateway
from galena.workflows.intake import IntakeOptions, ingest_file
from galena.workflows.pull import pull_connection
from galena.workflows.rescore import rescore
from galena.workflows.touched import score_news, score_touched
from galena.workflows.workspaces import ensure_workspace

VENDORS = Path(__file__).parents[1] / "tests" / "payloads"
SECONDS = 60.0
RECORDS = 37
"""As many as the meanest of the protocols shows at a time: three newest reviews of each of 13 businesses."""

BUSINESSES, PARTS = 1_000, 10
AS_OF = date(2026, 11, 20)
NOBODY = "http://127.0.0.1:9"
QUICK = Limits(connect_s=1, read_s=0.5, total_s=1.0, attempts=3, longest_wait_s=5, bytes=2_000_000)
DRIFT, REFUSED = "renamed_columns", "refused"
WAYS: tuple[tuple[str, Fault | None], ...] = (
    ("fine", None),
    ("hang_up", Fault("hang_up")),
    ("half_a_page", Fault("cut_body")),
    ("silence", Fault("silence")),
    ("drip", Fault("drip")),
    ("busy_short", Fault("busy", retry_after="1")),
    ("busy_long", Fault("busy", retry_after="900")),
    ("busy", Fault("busy")),
    ("half_a_json", Fault("broken_body")),
    ("web_page", Fault("web_page")),
    ("error_500", Fault("error", status=500)),
    ("error_503", Fault("error", status=503)),
    ("key_refused", Fault("error", status=403)),
    ("not_found", Fault("error", status=404)),
    ("too_large", Fault("too_large", size=3_000_000)),
    (DRIFT, None),
)


@dataclass
class Shifted:
    """The wall clock, put forward."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Post:
    """A connector beside its provider, in a workspace, with a clock of its own."""

    connector: Connector
    vendor: SimpleNamespace
    context: Context
    clock: Shifted
    rows: list[Any]
    server: ProviderServer
    injected: Counter[str] = field(default_factory=Counter)
    drifts: Event = field(default_factory=Event)
    seen: set[str] = field(default_factory=set)
    alarmed: bool = False

    @property
    def name(self) -> str:
        return self.connector.manifest.name


def main() -> None:
    """Measure and print."""
    sys.setswitchinterval(
        0.001
    )  # Servers and callers share this process: nobody is to wait long for the other.
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    with ExitStack() as closing:
        home = Path(closing.enter_context(tempfile.TemporaryDirectory()))
        address = closing.enter_context(running_server(home / "postgres", durable=True))
        engine = make_engine(address.url, pool_size=40)
        closing.callback(engine.dispose)
        migrate(engine)
        gateway = Gateway(home, SecretBox((bytes(32),)), QUICK, environment={})
        posts = [_post(closing, Door(engine), each) for each in list_connectors() if _is_asked(each)]
        for post in posts:
            add_connection(post.context, gateway, _new(post))
            post.server.asked.clear()
        market = _workspace(Door(engine), "brokerage", "market")
        parts = _market_files(home)
        quiet = _take_in(_workspace(Door(engine), "brokerage", "quiet"), parts)
        ends_at = time.monotonic() + seconds
        with ThreadPoolExecutor(len(posts)) as pool:
            calling = [pool.submit(_be_called, post, gateway, ends_at) for post in posts]
            under_chaos = _take_in(market, parts)
            for each in calling:
                each.result()
        told = [_told(post) for post in posts]
        lost = [_recovered(post, gateway) for post in posts if post.connector.is_pulled]
        contexts = {post.context.workspace_id: post.context for post in posts}
        result = {
            "seconds": seconds,
            "providers": told,
            "calls": sum(each["calls"] for each in told),
            "faults_injected": sum(sum(each["faults"].values()) for each in told),
            "above_their_rate": [each["provider"] for each in told if each["most_in_span"] > each["stated"]],
            "quiet": quiet,
            "under_chaos": under_chaos,
            "same_leads_and_scores": _meaning(market)
            == _meaning(_workspace(Door(engine), "brokerage", "quiet")),
            "pulled_after_recovery": lost,
            "records_lost_or_doubled": [each["provider"] for each in lost if each["lost"] or each["doubled"]],
            "scores_that_scoring_everything_afresh_changes": _stale([market, *contexts.values()]),
        }
    print(json.dumps(result))


def _is_asked(connector: Connector) -> bool:
    return connector.is_pulled or connector.is_looked_up


def _workspace(door: Door, playbook: str, name: str) -> Context:
    workspace = ensure_workspace(door, playbook, slug=name, actor="a benchmark")
    now = datetime.combine(AS_OF, datetime.min.time(), UTC)
    return Context(door, workspace.id, load(playbook), "a benchmark", clock=lambda: now)


def _post(closing: ExitStack, door: Door, connector: Connector) -> Post:
    vendor = SimpleNamespace(**runpy.run_path(str(VENDORS / connector.manifest.name / "provider.py")))
    playbook, clock = vendor.PLAYBOOK, Shifted()
    workspace = ensure_workspace(door, playbook, slug=f"pulls-{playbook}", actor="a benchmark")
    context = Context(door, workspace.id, load(playbook), "a benchmark", clock=clock)
    rows = vendor.records(RECORDS)

    def protocol(asked: Asked) -> Reply:
        reply: Reply = vendor.answer(asked, rows)
        return _drifted(reply) if post.drifts.is_set() else reply

    server = closing.enter_context(ProviderServer(protocol).running())
    post = Post(connector, vendor, context, clock, rows, server)
    return post


def _drifted(reply: Reply) -> Reply:
    """The answer with every column of every record renamed."""

    def renamed(value: Any, depth: int = 0) -> Any:
        if isinstance(value, list):
            return [renamed(each, depth + 1) for each in value]
        if isinstance(value, Mapping):
            ending = "_v2" if depth else ""
            return {f"{name}{ending}": renamed(each, depth) for name, each in value.items()}
        return value

    return reply if isinstance(reply.body, bytes) else Reply(renamed(reply.body), reply.status, reply.headers)


def _new(post: Post) -> NewConnection:
    return NewConnection(
        post.name,
        settings=post.vendor.settings(post.server.url),
        secrets=dict(post.vendor.SECRETS),
        private_ok=True,
    )


def _market_files(home: Path) -> list[Path]:
    """The files of a market, in parts: businesses first, then what happened to them."""
    files = write_market(home / "market", seed=5, count=BUSINESSES, as_of=AS_OF)
    parts = []
    for file, pieces in ((files.businesses, PARTS // 2), (files.signals, PARTS)):
        head, *lines = file.read_text().splitlines(keepends=True)
        size = -(-len(lines) // pieces)
        for number in range(pieces):
            part = home / f"{file.stem}-{number}.csv"
            part.write_text(head + "".join(lines[number * size : (number + 1) * size]))
            parts.append(part)
    return parts


def _take_in(context: Context, parts: list[Path]) -> dict[str, Any]:
    """Files taken in and scored, one after the other."""
    began, rows, rescored = time.perf_counter(), 0, 0
    for part in parts:
        rows += ingest_file(context, part, IntakeOptions(accept_proposal=True)).counts.read
        rescored += score_news(context).leads
    with context.session() as session:
        counts = signals.count_all(session)
        leads = session.connection.execute(text("SELECT count(*) FROM leads")).scalar_one()
        scored = session.connection.execute(text("SELECT count(*) FROM current_scores")).scalar_one()
    return {
        "seconds": round(time.perf_counter() - began, 1),
        "files": len(parts),
        "rows": rows,
        "leads": leads,
        "signals": sum(each.attached for each in counts),
        "scored": scored,
        "scored_again": rescored,
    }


def _be_called(post: Post, gateway: Gateway, ends_at: float) -> None:
    """Pulls or looks up over and over, while the provider fails in one way after the other."""
    chance = random.Random(post.name)
    rate = post.connector.manifest.rate
    ways = list(WAYS)
    while time.monotonic() < ends_at:
        chance.shuffle(ways)
        for name, fault in ways:
            post.drifts.set() if name == DRIFT else post.drifts.clear()
            before = len(post.server.asked)
            post.server.go_wrong(*([] if fault is None else [fault] * 2))
            _ask(post, gateway)
            if name != "fine":
                met = len(post.server.asked) - before
                post.injected[name] += met if name == DRIFT else min(met, 2)
            _look_at(post)
            if time.monotonic() >= ends_at:
                break
            # Left alone, or asked to come later: the pause is over at once, but never the rate's own interval.
            time.sleep(Rate(rate.calls, rate.per_s).interval_s)
            # As far as kept answers last, so that look-ups are made again.
            post.clock.ahead += timedelta(days=120)
        _refuse(post, gateway)


def _ask(post: Post, gateway: Gateway) -> None:
    if post.connector.is_pulled:
        pull_connection(post.context, gateway, post.name)
        score_news(post.context)
        return
    with post.context.session() as session:
        kept = connections.load(session, post.name)
    with gateway.enricher(post.context, kept) as enricher:
        for lead, _ in post.vendor.LEADS:
            with suppress(GalenaError):
                enricher.look_up(lead)


def _refuse(post: Post, gateway: Gateway) -> None:
    """For once nobody listens at the address."""
    settings = dict(post.vendor.settings(post.server.url))
    with post.context.session() as session:
        kept = connections.load(session, post.name)
        connections.change(session, kept.id, settings={**settings, "address": NOBODY})
    with suppress(GalenaError):
        _ask(post, gateway)
    post.injected[REFUSED] += 1
    _look_at(post)
    with post.context.session() as session:
        connections.change(session, kept.id, settings=settings)


def _look_at(post: Post) -> None:
    """What the administrator is shown at this moment."""
    with post.context.session() as session:
        kept = connections.load(session, post.name)
        states = providers.list_states(session)
    post.seen.add(kept.state)
    mine = [state for name, state in states.items() if name.partition(":")[0] == post.name]
    post.alarmed |= bool(kept.state == "failing" and kept.error) or any(each.failures for each in mine)


def _told(post: Post) -> dict[str, Any]:
    rate = post.connector.manifest.rate
    return {
        "provider": post.name,
        "faults": dict(sorted(post.injected.items())),
        "calls": len(post.server.asked),
        "stated": rate.calls,
        "span_s": rate.per_s,
        "most_in_span": post.server.most_calls_in(rate.per_s),
        "shown": sorted(post.seen),
        "named_as_sick": post.alarmed,
    }


def _recovered(post: Post, gateway: Gateway) -> dict[str, Any]:
    """The provider works again: what is pulled then is all that it holds, once."""
    post.drifts.clear()
    post.server.go_wrong()
    post.clock.ahead += timedelta(days=2)
    report = pull_connection(post.context, gateway, post.name)
    score_news(post.context)
    with post.context.session() as session:
        kept = connections.load(session, post.name)
        doubled = session.connection.execute(
            text(
                "SELECT count(*) FROM (SELECT FROM source_records GROUP BY source, record_key, payload_hash"
                " HAVING count(*) > 1) d"
            )
        ).scalar_one()
    held = getattr(post.vendor, "count", len)(post.rows)
    return {
        "provider": post.name,
        "fault": str(report.fault) if report.fault else None,
        "state": kept.state,
        "held": held,
        "accepted": kept.totals.accepted,
        "quarantined": kept.totals.quarantined,
        "lost": max(0, held - kept.totals.accepted),
        "doubled": doubled,
    }


def _meaning(context: Context) -> list[tuple[Any, ...]]:
    # Of two that are one, the key of either may stand: which was founded first within a millisecond is chance.
    query = text(
        "SELECT l.status, c.micropoints, c.tier FROM leads l LEFT JOIN current_scores c ON c.lead_id = l.id"
        " ORDER BY 1, 2, 3"
    )
    with context.session() as session:
        return [tuple(row) for row in session.connection.execute(query)]


def _stale(contexts: list[Context]) -> int:
    changed = 0
    for context in contexts:
        score_touched(context)
        first = rescore(context)
        # Clocks were put forward: time alone moves scores, so that only what stands still is compared.
        changed += first.changed if not isinstance(context.clock, Shifted) else rescore(context).changed
    return changed


if __name__ == "__main__":
    main()
