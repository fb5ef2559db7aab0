"""The contract every connector keeps: each rule of its level, proved against a server that speaks its protocol."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from galena.connectors.catalogue import Connector, list_connectors
from galena.connectors.rest.places import at
from galena.domain.connection import PullCounts
from galena.domain.connector import QUALITY_RULES, Capability, rules_of
from galena.domain.playbook import Playbook
from galena.engines.ingestion import Reader, Rejection
from galena.kit.errors import GalenaError
from galena.kit.web import (
    AddressRefusedError,
    BusyError,
    KeyRefusedError,
    Limits,
    NoAnswerError,
    RefusedError,
    UnreadableAnswerError,
    WebError,
)
from galena.playbooks import load
from galena.simulator.providers.server import Fault
from galena.stores import connections
from galena.workflows.connections import NewConnection, add_connection
from galena.workflows.context import Context
from galena.workflows.gateway import Gateway
from galena.workflows.mapping_check import check_mapping
from galena.workflows.pull import pull_connection
from galena.workflows.pull_stream import PullOptions

CONNECTORS = {each.manifest.name: each for each in list_connectors()}
PROOFS: dict[str, Callable[..., None]] = {}
CASES = [
    pytest.param(name, rule.name, id=f"{name}-{rule.name}")
    for name, each in CONNECTORS.items()
    for rule in rules_of(each.manifest.quality, each.manifest.capabilities)
    if each.manifest.capabilities - {Capability.EXPORT, Capability.INBOUND}
]


class World:
    """What a proof may use."""

    def __init__(self, bench: Any, context_for: Callable[[str], Context], gateway: Gateway) -> None:
        self.bench = bench
        self.gateway = gateway
        self._context_for = context_for
        self._context: Context | None = None

    @property
    def connector(self) -> Connector:
        found: Connector = self.bench.connector
        return found

    @property
    def context(self) -> Context:
        """A workspace of the vendor's playbook."""
        if self._context is None:
            self._context = self._context_for(self.bench.vendor.PLAYBOOK)
        return self._context

    @property
    def playbook(self) -> Playbook:
        return load(self.bench.vendor.PLAYBOOK)

    def add(self, **given: Any) -> str:
        """A connection that works, by its name."""
        settings = self.bench.settings | given.pop("settings", {})
        secrets = given.pop("secrets", self.bench.secrets)
        new = NewConnection(
            self.connector.manifest.name,
            name="it",
            settings=settings,
            secrets=secrets,
            private_ok=True,
            **given,
        )
        return add_connection(self.context, self.gateway, new).connection.name

    def names(self) -> list[str]:
        with self.context.session() as session:
            return [each.name for each in connections.list_all(session)]

    def pull(self, **given: Any) -> Any:
        return pull_connection(self.context, self.gateway, "it", PullOptions(**given))

    def call_once(self, **given: Any) -> None:
        """One call of the connector, whatever it can do."""
        if self.connector.is_pulled:
            source = self.bench.source(**given)
            next(iter(source.pages(source.streams()[0], {})))
        else:
            self.bench.enricher(**given).look_up(self.bench.vendor.LEADS[0][0])

    @property
    def expected_count(self) -> int:
        """How many source records the rows of the stand-in make, over all streams."""
        count = getattr(self.bench.vendor, "count", len)
        return int(count(self.bench.rows))

    def key_of(self, record: Any) -> Any:
        return at(record, self.bench.vendor.KEY)

    def keys(self) -> list[str]:
        """The keys of the source records in the workspace."""
        from sqlalchemy import text

        with self.context.session() as session:
            return list(
                session.connection.execute(text("SELECT record_key FROM source_records ORDER BY 1")).scalars()
            )


@pytest.fixture
def world(bench_of: Any, context_for: Any, gateway: Gateway, connector: str) -> World:
    return World(bench_of(CONNECTORS[connector]), context_for, gateway)


@pytest.mark.parametrize(("connector", "rule"), CASES)
def test_rule(world: World, connector: str, rule: str) -> None:
    PROOFS[rule](world)


def test_every_rule_has_a_proof() -> None:
    assert {rule.name for rule in QUALITY_RULES} == PROOFS.keys()


@pytest.mark.parametrize("name", [name for name, each in CONNECTORS.items() if each.is_sending])
def test_what_sends_by_itself_describes_itself_and_fits_its_playbooks(name: str) -> None:
    connector = CONNECTORS[name]
    manifest = connector.manifest
    assert manifest.docs_url.startswith("https://")
    assert manifest.auth == "signature"
    assert connector.inbound().read({}, {}).kind == "unknown"
    filled: set[str] = set()
    for playbook in map(load, manifest.playbooks):
        mappings = connector.mappings(playbook.playbook)
        assert mappings.keys() == {f"{name}_inbound_events", f"{name}_inbound_leads"}
        for mapping in mappings.values():
            check_mapping(mapping, playbook)
            filled |= mapping.fields.keys()
    assert set(manifest.fields) <= filled


def proof(prove: Callable[[World], None]) -> Callable[[World], None]:
    PROOFS[prove.__name__] = prove
    return prove


@proof
def describes_itself(world: World) -> None:
    manifest = world.connector.manifest
    assert manifest.docs_url.startswith("https://")
    assert len(manifest.terms) > 10
    assert len(manifest.gives) > 10
    assert manifest.fields
    for name in manifest.playbooks or (world.bench.vendor.PLAYBOOK,):
        assert set(manifest.fields) <= load(name).fields.keys()


@proof
def tries_before_saving(world: World) -> None:
    world.add()
    assert world.names() == ["it"]
    assert world.bench.server.asked, "it was not asked"


@proof
def says_bad_key(world: World) -> None:
    if not world.connector.manifest.secrets:
        return
    with pytest.raises(KeyRefusedError):
        world.add(secrets=dict.fromkeys(world.bench.secrets, "wrong"))
    assert world.names() == []


@proof
def says_wrong_address(world: World) -> None:
    world.bench.server.go_wrong(always=Fault("error", status=404))
    with pytest.raises((RefusedError, NoAnswerError, UnreadableAnswerError)) as told:
        world.add()
    assert told.value.remedy
    world.bench.server.go_wrong(always=Fault("web_page"))
    with pytest.raises(WebError) as told:
        world.add()
    assert told.value.remedy
    assert world.names() == []


@proof
def survives_hang_up(world: World) -> None:
    world.bench.server.go_wrong(Fault("hang_up"), Fault("cut_body"))
    world.call_once()
    world.bench.server.go_wrong(always=Fault("hang_up"))
    with pytest.raises(NoAnswerError):
        world.call_once()


@proof
def survives_silence(world: World) -> None:
    impatient = Limits(read_s=0.03, total_s=0.05, attempts=1)
    for kind in ("silence", "drip"):
        world.bench.server.go_wrong(always=Fault(kind))  # type: ignore[arg-type]
        with pytest.raises(NoAnswerError):
            world.call_once(limits=impatient)


@proof
def survives_broken_body(world: World) -> None:
    world.bench.server.go_wrong(always=Fault("broken_body"))
    with pytest.raises(UnreadableAnswerError):
        world.call_once()


@proof
def reads_every_page(world: World) -> None:
    source = world.bench.source()
    count = page_count = 0
    for stream in source.streams():
        pages = list(source.pages(stream, {}))
        assert [page.is_last for page in pages] == [False] * (len(pages) - 1) + [True]
        found = [world.key_of(record) for page in pages for record in page.records]
        assert len(found) == len(set(found)), "a record came twice"
        count, page_count = count + len(found), max(page_count, len(pages))
    assert page_count > 1, "let the stand-in answer in several pages"
    assert count == world.expected_count


@proof
def maps_its_records(world: World) -> None:
    connector, playbook = world.connector, world.playbook
    mappings = connector.mappings(playbook.playbook)
    assert mappings, f"add mappings/{playbook.playbook}/*.yaml"
    for name, mapping in mappings.items():
        assert name == mapping.source
        assert mapping.fields.keys() <= playbook.fields.keys()
    filled: set[str] = set()
    for record, named in _samples(world):
        row = Reader(mappings[named], playbook, world.context.clock()).read(record, 1)
        assert not isinstance(row, Rejection), row
        filled |= row.fields.keys()
    assert filled & set(connector.manifest.fields)


def _samples(world: World) -> list[tuple[Any, str]]:
    found: list[tuple[Any, str]] = []
    if world.connector.is_pulled:
        source = world.bench.source()
        found += [
            (record, source.mapping_name(stream))
            for stream in source.streams()
            for page in source.pages(stream, {})
            for record in page.records
        ]
    if world.connector.is_looked_up:
        enricher = world.bench.enricher()
        answers = [enricher.look_up(lead) for lead, _ in world.bench.vendor.LEADS]
        found += [(each.record, enricher.mapping_name()) for each in answers if each.record is not None]
    return found


@proof
def finds_the_right_one(world: World) -> None:
    enricher = world.bench.enricher()
    for lead, expected in world.bench.vendor.LEADS:
        found = enricher.look_up(lead)
        if expected is None:
            assert found.status in ("absent", "unsure", "unasked"), (lead, found.because)
            assert found.record is None
            assert found.because
        else:
            assert found.record is not None, (lead, found.because)
            assert world.key_of(found.record) == expected
            assert 0 < found.confidence <= 1
    assert enricher.look_up({}).status == "unasked"


@proof
def waits_when_asked(world: World) -> None:
    world.bench.server.go_wrong(Fault("busy", retry_after="7"))
    world.call_once()
    assert max(world.bench.timeline.slept) >= 7
    world.bench.server.go_wrong(always=Fault("busy", retry_after="600"))
    with pytest.raises(BusyError) as told:
        world.call_once()
    assert told.value.retry_after_s == 600


@proof
def keeps_its_rate(world: World) -> None:
    rate, vendor = world.connector.manifest.rate, world.bench.vendor
    if world.connector.is_pulled:
        source = world.bench.source()
        for _ in range(3):
            for stream in source.streams():
                list(source.pages(stream, {}))
    else:
        enricher = world.bench.enricher()
        for number in range(min(25, 2 * rate.calls + 2)):
            enricher.look_up(vendor.LEADS[number % len(vendor.LEADS)][0])
    asked = len(world.bench.server.asked)
    assert asked >= min(5, rate.calls)
    assert world.bench.server.most_calls_in(rate.per_s) <= rate.calls


@proof
def fetches_only_news(world: World) -> None:
    world.add()
    first = world.pull()
    assert first.fault is None, first.fault
    assert first.counts.accepted == world.expected_count
    before = world.expected_count
    world.bench.rows += world.bench.vendor.records(5, start=len(world.bench.rows))
    more = world.expected_count - before
    second = world.pull()
    assert second.counts.accepted == more
    # What changed at the very moment of the last record is fetched again, and known again.
    assert second.counts.fetched <= more + getattr(world.bench.vendor, "BOUNDARY", 4)
    assert len(set(world.keys())) == len(world.keys()) == world.expected_count


@proof
def resumes_a_killed_pull(world: World) -> None:
    world.add()

    class Killed(BaseException):
        pass

    class Kill:
        def __init__(self, stage: str, page: int) -> None:
            self.stage, self.left = stage, page

        def __call__(self, progress: Any) -> None:
            self.left -= progress.stage == self.stage
            if not self.left and progress.stage == self.stage:
                raise Killed

    for stage, page in (("taken", 2), ("committed", 1), ("read", 2)):
        with pytest.raises(Killed):
            world.pull(progress=Kill(stage, page))
    report = world.pull()
    assert report.fault is None, report.fault
    assert len(world.keys()) == len(set(world.keys())) == world.expected_count
    with world.context.session() as session:
        kept = connections.load(session, "it")
    assert kept.totals.accepted == world.expected_count, "a record was counted twice, or lost"
    assert report.counts.fetched < world.expected_count, "it began at the beginning"


@proof
def keeps_the_good_part(world: World) -> None:
    world.add()
    calls = len(world.bench.server.asked)
    world.bench.server.go_wrong(None, None, always=Fault("error", status=500))
    report = world.pull()
    assert report.fault is not None
    assert 0 < len(world.keys()) < world.expected_count
    with world.context.session() as session:
        kept = connections.load(session, "it")
        assert kept.state == "failing"
        assert kept.error
    world.bench.server.go_wrong()
    world.bench.timeline.sleep(4_000)
    again = world.pull()
    assert again.fault is None
    assert len(world.keys()) == world.expected_count
    with world.context.session() as session:
        assert connections.load(session, "it").state == "healthy"
    assert len(world.bench.server.asked) > calls


@proof
def reports_drift(world: World) -> None:
    world.add()
    world.pull()
    old, new = world.bench.vendor.RENAMED
    fresh = [_renamed(each, old, new) for each in world.bench.vendor.records(30, start=len(world.bench.rows))]
    world.bench.rows = [_renamed(each, old, new) for each in world.bench.rows] + fresh
    report = world.pull()
    assert report.fault is None, report.fault
    assert any(old in note and new in note for note in report.notes), report.notes
    assert any("brand_new" in note for note in report.notes), report.notes


def _renamed(record: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    renamed = {new if name == old else name: value for name, value in record.items()}
    return renamed | {"brand_new": "1"}


def test_a_connector_refuses_internal_addresses_unless_told(
    bench_of: Any, context_for: Any, gateway: Gateway
) -> None:
    world = World(bench_of(CONNECTORS["socrata"]), context_for, gateway)
    new = NewConnection("socrata", name="it", settings=world.bench.settings)
    with pytest.raises(AddressRefusedError):
        add_connection(world.context, gateway, new)
    assert not world.bench.server.asked


def test_what_a_person_is_told_holds_no_key(bench_of: Any, context_for: Any, gateway: Gateway) -> None:
    world = World(bench_of(CONNECTORS["socrata"]), context_for, gateway)
    with pytest.raises(GalenaError) as told:
        world.add(secrets={"app_token": "hush-hush"})
    assert "hush-hush" not in str(told.value)
    world.add(secrets={"app_token": "good-token"})
    with world.context.session() as session:
        kept = connections.load(session, "it")
    assert kept.sealed is not None
    assert b"good-token" not in kept.sealed
    assert "good-token" not in repr(kept)


def test_fort_worth_tells_what_is_done_in_either_column(bench_of: Any) -> None:
    bench = bench_of(CONNECTORS["arcgis"])
    source = bench.source()
    mapping = CONNECTORS["arcgis"].mappings("permits")["fort_worth_permits"]
    reader = Reader(mapping, load("permits"), bench.timeline())
    records = next(iter(source.pages("records", {}))).records[:2]
    told = [reader.read(each, 1).fields["description"] for each in records]  # type: ignore[union-attr]
    assert told == ["Sample Residence", "Deck number 1. Sample Residence"]


def test_counts_add_up() -> None:
    one = PullCounts(fetched=3, accepted=1, duplicate=1, quarantined=1, pages=1, calls=1)
    assert one + replace(one, fetched=4) == PullCounts(7, 2, 2, 2, 2, 2)
