"""The look-ups that are connected, opened for one run, and whether a playbook's gate applies."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from galena.connectors.catalogue import find_connector
from galena.domain.connection import Connection
from galena.domain.connector import Capability, Enricher, Manifest
from galena.domain.enrichment import MICROS
from galena.domain.playbook import Mapping as SourceMapping
from galena.domain.playbook import Playbook
from galena.domain.playbook.enrichment import Enrichment
from galena.engines.enrichment.area import Area
from galena.engines.enrichment.waterfall import Provider
from galena.kit.errors import NotFoundError
from galena.settings import Settings
from galena.stores import connections
from galena.stores.door import Session
from galena.workflows.connection_trial import mapping_of
from galena.workflows.context import Context
from galena.workflows.gateway import Gateway


@dataclass(frozen=True, slots=True)
class OpenProvider:
    """A connected look-up that can be asked."""

    provider: Provider
    enricher: Enricher
    mapping: SourceMapping

    @property
    def name(self) -> str:
        """The connection's name."""
        return self.provider.name


@contextmanager
def open_providers(context: Context, gateway: Gateway) -> Iterator[tuple[OpenProvider, ...]]:
    """Every connected look-up that has a mapping for the playbook; those at rest are left out.

    Raises:
        ConfigurationError: a connection lacks its key or a setting.
    """
    with context.session() as session:
        kept = [each for each in connections.list_all(session) if each.state != "paused"]
    wants = context.playbook.enrichment or Enrichment()
    with ExitStack() as opened:
        found = []
        for connection in kept:
            connector = gateway.connector(connection.connector)
            if not connector.is_looked_up:
                continue
            enricher = opened.enter_context(gateway.enricher(context, connection))
            mapping = mapping_of(context, connector, enricher.mapping_name())
            if mapping is None:
                continue
            provider = Provider(
                connection.name,
                connection.connector,
                frozenset(mapping.fields),
                enricher.needs(),
                round(price_of(connection, connector.manifest) * MICROS),
                mapping.source,
                _daily_micros(connection),
                Area.of(str(connection.settings.get("counties") or _default(connector.manifest)), wants),
            )
            found.append(OpenProvider(provider, enricher, mapping))
        yield tuple(found)


def price_of(connection: Connection, manifest: Manifest) -> float:
    """What one call costs: by the connection's own word, else what the connector states."""
    told = connection.settings.get("price")
    return manifest.cost.per_call if told in (None, "") else float(told)


def _default(manifest: Manifest) -> str:
    """The counties that the connector knows by itself; "": it is bound to none."""
    setting = manifest.settings.get("counties")
    return str(setting.default or "") if setting else ""


def _daily_micros(connection: Connection) -> int | None:
    told = connection.settings.get("daily_budget")
    return None if told in (None, "") else round(float(told) * MICROS)


def gate_applies(session: Session, playbook: Playbook) -> bool:
    """Whether leads wait for the fields that the playbook needs: for each of them, a source that gives it is connected.

    A connection at rest counts: it was set up, and its facts are waited for.
    """
    if not playbook.needs:
        return False
    given: set[str] = set()
    for connection in connections.list_all(session):
        with suppress(NotFoundError):
            manifest = _manifest(connection.connector)
            if Capability.ENRICHER in manifest.capabilities:
                given.update(manifest.fields)
    return set(playbook.needs) <= given


def _manifest(name: str) -> Manifest:
    try:
        return find_connector(name).manifest
    except NotFoundError:
        return find_connector(name, Settings().home).manifest
