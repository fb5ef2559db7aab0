"""Connections: added after a trial that worked, tried again, changed, paused, removed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from galena.connectors.catalogue import Connector
from galena.domain.connection import Connection, ConnectionState
from galena.domain.playbook import Mapping as SourceMapping
from galena.kit.errors import ConfigurationError, ConflictError, InputError
from galena.kit.ids import new_id
from galena.stores import audit, connections
from galena.stores.door import Session
from galena.workflows.connection_trial import TrialReport, try_out
from galena.workflows.context import Context
from galena.workflows.gateway import Gateway, checked_settings, seal_place
from galena.workflows.inbound_trial import try_secret
from galena.workflows.relinking import keep_mapping
from galena.workflows.schedules import next_due, read_schedule


@dataclass(frozen=True, slots=True)
class NewConnection:
    """What a person says of a connection to be added.

    Attributes:
        name: None: the preset's name, or the connector's.
        mapping: for its records, when the connector has none of its own.
        accept_proposal: take a proposed mapping even when it is not certain.
    """

    connector: str
    preset: str | None = None
    name: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    schedule: str | None = None
    private_ok: bool = False
    mapping: SourceMapping | None = None
    accept_proposal: bool = False


def add_connection(context: Context, gateway: Gateway, new: NewConnection) -> TrialReport:
    """Tries a connection and keeps it when it works.

    Raises:
        ConfigurationError: a setting is wrong, or no mapping fits.
        WebError: the provider does not answer as it should; nothing is kept.
        ConflictError: there is a connection of this name.
    """
    connector = gateway.connector(new.connector)
    draft = _draft(context, gateway, connector, new)
    with context.session() as session:
        _refuse_taken_name(session, draft.name)
    trials = try_out(context, gateway, connector, draft, new.mapping, accept=new.accept_proposal)
    draft = replace(
        draft, columns={each.stream: {"names": sorted(each.columns)} for each in trials if each.columns}
    )
    with context.session() as session:
        connections.add(session, draft)
        for each in trials:
            keep_mapping(session, context.playbook, each.mapping, context.clock())
        _note(session, "add_connection", draft, {"connector": draft.connector})
    return TrialReport(draft, trials)


def try_new(context: Context, gateway: Gateway, new: NewConnection) -> TrialReport:
    """Tries a connection that is not kept.

    Raises:
        ConfigurationError: a setting is wrong, or no mapping fits.
        WebError: the provider does not answer as it should.
    """
    connector = gateway.connector(new.connector)
    draft = _draft(context, gateway, connector, new)
    return TrialReport(
        draft, try_out(context, gateway, connector, draft, new.mapping, accept=new.accept_proposal)
    )


def try_connection(context: Context, gateway: Gateway, name: str) -> TrialReport:
    """Tries a connection that is there; nothing changes.

    Raises:
        WebError: the provider does not answer as it should.
    """
    with context.session() as session:
        kept = connections.load(session, name)
    connector = gateway.connector(kept.connector)
    return TrialReport(kept, try_out(context, gateway, connector, kept, None, accept=True))


def pause_connection(context: Context, name: str) -> None:
    """Lets a connection rest: it is not pulled until somebody says so."""
    with context.session() as session:
        kept = connections.load(session, name)
        connections.change(session, kept.id, state="paused", due_at=None)
        _note(session, "pause_connection", kept)


def resume_connection(context: Context, name: str) -> None:
    """Ends a pause; the next pull is the next one of the schedule."""
    with context.session() as session:
        kept = connections.load(session, name)
        due = next_due(kept.schedule, context.clock()) if kept.schedule else None
        state: ConnectionState = "healthy" if kept.last_success_at else "new"
        connections.change(session, kept.id, state=state, due_at=due, failures=0, error=None)
        _note(session, "resume_connection", kept)


def remove_connection(context: Context, name: str) -> None:
    """Deletes a connection, its key and its log; the records it brought stay."""
    with context.session() as session:
        kept = connections.load(session, name)
        connections.remove(session, kept.id)
        _note(session, "remove_connection", kept)


def schedule_connection(context: Context, name: str, schedule: str | None) -> None:
    """Gives a connection another schedule; None: it is pulled by hand alone.

    Raises:
        InputError: the schedule cannot be read.
    """
    expression = read_schedule(schedule) if schedule else None
    with context.session() as session:
        kept = connections.load(session, name)
        due = next_due(expression, context.clock()) if expression else None
        connections.change(session, kept.id, schedule=expression, due_at=due)
        _note(session, "schedule_connection", kept, {"schedule": expression or ""})


def change_secrets(context: Context, gateway: Gateway, name: str, secrets: Mapping[str, str]) -> TrialReport:
    """Replaces a connection's keys after a trial with the new ones.

    Raises:
        WebError: the provider does not take them; the old ones stay.
    """
    with context.session() as session:
        kept = connections.load(session, name)
    connector = gateway.connector(kept.connector)
    renewed = replace(kept, sealed=_sealed(gateway, connector, kept, secrets))
    trials = try_out(context, gateway, connector, renewed, None, accept=True)
    with context.session() as session:
        connections.change(session, kept.id, sealed=renewed.sealed, failures=0, error=None)
        _note(session, "change_secrets", kept)
    return TrialReport(renewed, trials)


def change_settings(
    context: Context,
    gateway: Gateway,
    name: str,
    settings: Mapping[str, Any],
    secrets: Mapping[str, str] | None = None,
) -> TrialReport:
    """Gives a connection other settings after a trial with them, and other keys where some are given.

    Args:
        settings: what is to be another; an empty text takes a setting back to its default.
        secrets: those to be replaced; the others stay as they are.

    Raises:
        ConfigurationError: a setting is wrong.
        WebError: the provider does not work with them; the old ones stay.
    """
    with context.session() as session:
        kept = connections.load(session, name)
    connector = gateway.connector(kept.connector)
    merged = {**kept.settings, **settings}
    merged = {each: value for each, value in merged.items() if value not in (None, "")}
    checked_settings(connector.manifest, merged)
    renewed = replace(kept, settings=merged)
    given = {each: value for each, value in (secrets or {}).items() if value.strip()}
    if given:
        own = gateway.kept_secrets(kept) | given
        renewed = replace(renewed, sealed=_sealed(gateway, connector, kept, own))
    trials = try_out(context, gateway, connector, renewed, None, accept=True)
    with context.session() as session:
        connections.change(session, kept.id, settings=merged, sealed=renewed.sealed, failures=0, error=None)
        changed = sorted(each for each in settings if kept.settings.get(each) != merged.get(each))
        _note(session, "change_settings", kept, {"settings": changed, "secrets": sorted(given)})
    return TrialReport(renewed, trials)


def _draft(context: Context, gateway: Gateway, connector: Connector, new: NewConnection) -> Connection:
    manifest = connector.manifest
    if new.preset and new.preset not in manifest.presets:
        raise InputError(
            f"{manifest.title} has no preset {new.preset}.",
            facts={"presets": ", ".join(manifest.presets) or "none"},
        )
    if manifest.playbooks and context.playbook.playbook not in manifest.playbooks and new.mapping is None:
        raise ConfigurationError(
            f"{manifest.title} is made for other playbooks.",
            facts={
                "its_playbooks": ", ".join(manifest.playbooks),
                "this_workspace": context.playbook.playbook,
            },
            remedy="Choose another workspace with --workspace, or give a mapping with --mapping.",
        )
    preset = manifest.presets[new.preset].settings if new.preset else {}
    settings: dict[str, Any] = {**preset, **new.settings}
    if new.mapping is not None:
        settings["mapping"] = new.mapping.source
    checked_settings(manifest, settings)
    schedule = read_schedule(new.schedule) if new.schedule else None
    if schedule and not connector.is_pulled:
        raise InputError(f"{manifest.title} looks up single leads; there is nothing to schedule.")
    draft = Connection(
        id=new_id(),
        name=_checked_name(new.name or new.preset or manifest.name),
        connector=manifest.name,
        settings=settings,
        created_at=context.clock(),
        author=context.actor,
        private_ok=new.private_ok,
        schedule=schedule,
        due_at=next_due(schedule, context.clock()) if schedule else None,
    )
    return replace(draft, sealed=_sealed(gateway, connector, draft, new.secrets))


def _checked_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][\w .-]{0,59}", name):
        raise InputError(
            "This cannot be the name of a connection.",
            facts={"name": name},
            remedy="Use letters, digits, spaces, points, hyphens and underscores; begin with a letter or digit.",
        )
    return name


def _sealed(
    gateway: Gateway, connector: Connector, draft: Connection, secrets: Mapping[str, str]
) -> bytes | None:
    if unknown := sorted(secrets.keys() - connector.manifest.secrets.keys()):
        raise ConfigurationError(
            f"{connector.manifest.title} has no secret {unknown[0]}.",
            facts={"secrets": ", ".join(connector.manifest.secrets) or "none"},
        )
    given = {name: value.strip() for name, value in secrets.items() if value.strip()}
    if given and connector.is_sending:
        try_secret(connector, given)
    return gateway.box.seal(orjson.dumps(given).decode(), place=seal_place(draft)) if given else None


def _refuse_taken_name(session: Session, name: str) -> None:
    if connections.find(session, name) is not None:
        raise ConflictError(
            "There is a connection of this name already.",
            facts={"name": name},
            remedy="Choose another with --name, or remove the other one first: `galena connect remove NAME`.",
        )


def _note(session: Session, action: str, kept: Connection, detail: Mapping[str, Any] | None = None) -> None:
    audit.record(session, action, f"connection:{kept.id}", {"name": kept.name, **(detail or {})})
