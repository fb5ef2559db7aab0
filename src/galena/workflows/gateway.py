"""From a connection kept in the database to a connector that can be asked: settings checked, secrets opened, calls
guarded, rates shared with every other process of the workspace."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from time import sleep as system_sleep
from typing import Any
from urllib.parse import urlsplit

import orjson

from galena.connectors.catalogue import Connector, find_connector, list_connectors
from galena.connectors.rest.templates import filled
from galena.domain.connection import Connection
from galena.domain.connector import Access, ConnectorSetting, Enricher, Manifest, Source
from galena.engines.enrichment.local.emails import MailServers
from galena.kit.errors import ConfigurationError
from galena.kit.secrets import SecretBox
from galena.kit.web import AddressGuard, Limits, Rate, WebClient
from galena.kit.web.mail_exchange import MailExchange
from galena.settings import Settings
from galena.stores.providers import StoredBook, StoredCache, drop_old_answers
from galena.workflows.context import Context
from galena.workflows.sealing import box_of

OF_THE_CONNECTION = {
    "mapping": ConnectorSetting(label="Mapping"),
    "price": ConnectorSetting(
        label="Price of a call",
        description="What your provider really asks for one call; left empty, what the connector states.",
        type="number",
    ),
    "daily_budget": ConnectorSetting(
        label="Budget a day", description="What a day (UTC) may cost; left empty, no limit.", type="number"
    ),
    "calls_per_s": ConnectorSetting(
        label="Calls a second",
        description="What your provider allows you; left empty or 0, what the connector states.",
        type="number",
    ),
}
"""Settings that every connection has beside those of its connector."""

TRUE = frozenset(("true", "yes", "on", "1"))
FALSE = frozenset(("false", "no", "off", "0"))


@dataclass(frozen=True)
class Gateway:
    """How connectors reach the outside.

    Attributes:
        home: the data folder; the operator's own connectors lie below it.
        environment: where keys are looked for that are not kept in the database.
        transport: stands in for the network in tests; None: the guarded one.
        mail_servers: asks the domain name system about e-mail addresses; None: nothing is asked.
    """

    home: Path
    box: SecretBox
    limits: Limits = field(default_factory=Limits)
    sleep: Callable[[float], None] = system_sleep
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    transport: Callable[[], Any] | None = None
    mail_servers: MailServers | None = None

    def connector(self, name: str) -> Connector:
        """The connector of this name.

        Raises:
            NotFoundError: there is none.
        """
        return find_connector(name, self.home)

    def connectors(self) -> tuple[Connector, ...]:
        """Every connector there is."""
        return list_connectors(self.home)

    def access(self, connector: Connector, connection: Connection) -> Access:
        """The connection's settings, complete and checked, and its secrets in clear.

        Raises:
            ConfigurationError: a setting or a required secret is missing or wrong.
            SealError: the stored secrets cannot be opened.
        """
        secrets = self.from_environment(connector.manifest) | self.kept_secrets(connection)
        for name, secret in connector.manifest.secrets.items():
            if secret.required and not secrets.get(name):
                raise ConfigurationError(
                    f"The {secret.label} is missing.",
                    facts={"connection": connection.name, "secret": name},
                    remedy=f"Give it: `galena connect key {connection.name}`, or set"
                    f" {key_variable(connector.manifest, name)}.",
                )
        return Access(checked_settings(connector.manifest, connection.settings), secrets)

    def kept_secrets(self, connection: Connection) -> dict[str, str]:
        """The secrets that are kept with the connection, in clear.

        Raises:
            SealError: they cannot be opened.
        """
        if connection.sealed is None:
            return {}
        kept: dict[str, str] = orjson.loads(self.box.open(connection.sealed, place=seal_place(connection)))
        return kept

    def from_environment(self, manifest: Manifest) -> dict[str, str]:
        """The secrets that the environment gives."""
        found = {name: self.environment.get(key_variable(manifest, name), "") for name in manifest.secrets}
        return {name: value for name, value in found.items() if value}

    @contextmanager
    def source(
        self, context: Context, connection: Connection, *, limits: Limits | None = None
    ) -> Iterator[Source]:
        """What pulls the connection's records."""
        connector = self.connector(connection.connector)
        access = self.access(connector, connection)
        with self._web(context, connector, connection, access, limits) as web:
            yield connector.source(access, web)

    @contextmanager
    def enricher(
        self, context: Context, connection: Connection, *, limits: Limits | None = None
    ) -> Iterator[Enricher]:
        """What looks leads up over the connection."""
        connector = self.connector(connection.connector)
        access = self.access(connector, connection)
        with self._web(context, connector, connection, access, limits) as web:
            yield connector.enricher(access, web)

    def _web(
        self,
        context: Context,
        connector: Connector,
        connection: Connection,
        access: Access,
        limits: Limits | None,
    ) -> WebClient:
        with context.session() as session:
            drop_old_answers(session, context.clock())
        return WebClient(
            provider_of(connector, access),
            rate=rate_of(connector.manifest, access),
            guard=AddressGuard(private_ok=connection.private_ok),
            limits=limits or self.limits,
            book=StoredBook(context.door, context.workspace_id),
            cache=StoredCache(context.door, context.workspace_id),
            clock=context.clock,
            sleep=self.sleep,
            transport=self.transport() if self.transport else None,
        )


def gateway_of(settings: Settings) -> Gateway:
    """The gateway of an installation; its key file is made when there is none."""
    return Gateway(settings.home, box_of(settings), mail_servers=mail_servers_of(settings))


def mail_servers_of(settings: Settings) -> MailServers | None:
    """Who says whether a domain takes mail; None unless the operator wants it asked."""
    return _mail_exchange() if settings.ask_mail_servers else None


@cache
def _mail_exchange() -> MailExchange:
    """One for the process, so that what it learnt is remembered from run to run."""
    return MailExchange()


def rate_of(manifest: Manifest, access: Access) -> Rate:
    """How often the provider may be called: as the operator says of this connection, else as the connector states."""
    stated = manifest.rate
    own = float(access.settings.get("calls_per_s") or 0)
    return Rate(1, 1 / own, stated.per_day) if own else Rate(stated.calls, stated.per_s, stated.per_day)


def seal_place(connection: Connection) -> str:
    """What the secrets of a connection are bound to."""
    return f"connection:{connection.id}"


def key_variable(manifest: Manifest, secret: str) -> str:
    """The environment variable a secret may be given by: GALENA_KEY_SOCRATA_APP_TOKEN."""
    return f"GALENA_KEY_{manifest.name}_{secret}".upper()


def provider_of(connector: Connector, access: Access) -> str:
    """The name under which calls are counted: the connector and the server, so that one city's portal that fails
    does not keep another's waiting."""
    base = connector.description.base_url if connector.description else ""
    host = urlsplit(filled(base, {"settings": access.settings, "secret": {}}) or "").hostname
    return f"{connector.manifest.name}:{host}" if host else connector.manifest.name


def checked_settings(manifest: Manifest, given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, of the right types and with defaults; an address without its last slash.

    Raises:
        ConfigurationError: one is unknown, missing or wrong.
    """
    if unknown := sorted(given.keys() - manifest.settings.keys() - OF_THE_CONNECTION.keys()):
        raise ConfigurationError(
            f"{manifest.title} has no setting {unknown[0]}.",
            facts={"settings": ", ".join(manifest.settings) or "none"},
            remedy=f"`galena connect kinds {manifest.name}` explains them.",
        )
    found: dict[str, Any] = {}
    for name, setting in (OF_THE_CONNECTION | manifest.settings).items():
        value = given.get(name, setting.default)
        if value in (None, ""):
            if setting.required:
                raise ConfigurationError(
                    f"The setting {name} ({setting.label}) is missing.",
                    facts={"connector": manifest.name},
                    remedy=f"Give it: --set {name}=... " + setting.description,
                )
            continue
        found[name] = _typed(name, setting, value)
    return found


def _typed(name: str, setting: ConnectorSetting, value: Any) -> Any:
    text = str(value).strip()
    try:
        if setting.choices and text not in setting.choices:
            raise ValueError(f"one of: {', '.join(setting.choices)}")
        if setting.type == "integer":
            return int(text)
        if setting.type == "number":
            return _amount(text) if name in OF_THE_CONNECTION else float(text)
        if setting.type == "boolean":
            return _truth(text)
        if setting.type == "date":
            return date.fromisoformat(text).isoformat()
        if setting.type == "address":
            AddressGuard().check_url(text)
            return text.rstrip("/")
    except ValueError as fault:
        raise ConfigurationError(
            f"The setting {name} ({setting.label}) cannot be {text!r}.",
            facts={"wanted": str(fault) if setting.choices else setting.type},
            remedy=setting.description or "Give another value.",
        ) from None
    return text


def _amount(text: str) -> float:
    amount = float(text)
    if not 0 <= amount < 1e9:
        raise ValueError(text)
    return amount


def _truth(text: str) -> bool:
    if text.casefold() in TRUE | FALSE:
        return text.casefold() in TRUE
    raise ValueError(text)
