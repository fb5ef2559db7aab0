"""Trying a connection: every stream and the look-up are asked for a little, which is read with its mapping."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from galena.connectors.catalogue import Connector
from galena.domain.connection import Connection
from galena.domain.connector import Trial
from galena.domain.playbook import Mapping as SourceMapping
from galena.domain.playbook import Playbook
from galena.engines.ingestion import Reader, Rejection, source_name, unmapped_columns
from galena.kit.errors import ConfigurationError, InputError
from galena.stores import mappings
from galena.workflows.context import Context
from galena.workflows.gateway import Gateway
from galena.workflows.mapping_check import check_mapping
from galena.workflows.mapping_choice import choose_mapping

LOOK_UPS = "look_up"
"""The stream name under which an enricher's mapping is kept."""

_SHOWN = 12


@dataclass(frozen=True, slots=True)
class StreamTrial:
    """What trying one stream showed.

    Attributes:
        sample_count: records that came.
        readable_count: of these, how many the mapping reads.
        fields: the fields it fills.
        columns, unread: the columns it has; those that nothing is read from.
        faults: why sample records cannot be read, each once.
    """

    stream: str
    sample_count: int
    mapping: SourceMapping
    readable_count: int
    columns: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    note: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields its records fill."""
        return tuple(self.mapping.fields)


@dataclass(frozen=True, slots=True)
class TrialReport:
    """What trying a connection showed, stream by stream."""

    connection: Connection
    streams: tuple[StreamTrial, ...]


def trial_words(report: TrialReport, playbook: Playbook) -> tuple[str, ...]:
    """What trying it showed, as sentences: what came, what it fills, what is not read, what cannot be read."""
    sentences = []
    for each in report.streams:
        what = "What is looked up" if each.stream == LOOK_UPS else each.stream.replace("_", " ").capitalize()
        labels = [playbook.fields[name].label for name in each.fields if name in playbook.fields]
        came = f"{each.readable_count} of {each.sample_count} sample records are understood."
        sentences.append(f"{what}: {came if each.sample_count else 'it answers.'}")
        if labels:
            sentences.append(f"It fills: {_listed(labels)}.")
        if each.unread:
            sentences.append(f"Not read: {_listed(each.unread)}.")
        sentences += [each.note] * bool(each.note) + list(each.faults)
    return tuple(sentences)


def _listed(names: Iterable[str]) -> str:
    kept = list(names)
    more = f" and {len(kept) - _SHOWN} more" if len(kept) > _SHOWN else ""
    return ", ".join(kept[:_SHOWN]) + more


def mapping_name(connection: Connection, named: str, stream: str, *, several: bool) -> str:
    """The name of a stream's mapping: what the connection says, what the connector says, or the connection's own.

    Args:
        named: what the connector says; empty: nothing.
        several: whether the connector has several streams; then each has a mapping of its own.
    """
    told = str(connection.settings.get("mapping") or "")
    if several:
        return named or source_name(f"{connection.name} {stream}")
    return told or named or source_name(connection.name)


def mapping_of(context: Context, connector: Connector, name: str) -> SourceMapping | None:
    """The mapping of this name: the connector's own, else one saved in the workspace, else one of the playbook."""
    own = connector.mappings(context.playbook.playbook)
    if name in own:
        return own[name]
    with context.session() as session:
        saved = mappings.find(session, name)
    if saved is not None:
        return SourceMapping.model_validate(saved.content)
    return next((each for each in context.playbook.mappings if each.source == name), None)


def try_out(
    context: Context,
    gateway: Gateway,
    connector: Connector,
    draft: Connection,
    given: SourceMapping | None,
    *,
    accept: bool,
) -> tuple[StreamTrial, ...]:
    """Asks every stream and the look-up for a little, and reads it with the mapping it is going to have."""
    limits = replace(gateway.limits, attempts=min(gateway.limits.attempts, 2))
    found: list[tuple[str, str, Trial]] = []
    if connector.is_pulled:
        with gateway.source(context, draft, limits=limits) as source:
            found += [
                (stream, source.mapping_name(stream), source.try_out(stream)) for stream in source.streams()
            ]
    if connector.is_looked_up:
        with gateway.enricher(context, draft, limits=limits) as enricher:
            found.append((LOOK_UPS, enricher.mapping_name(), enricher.try_out()))
    several = len(found) > 1
    trials = []
    for stream, named, trial in found:
        name = mapping_name(draft, named, stream, several=several)
        mapping = _mapping_for(context, connector, name, trial, given, accept=accept)
        trials.append(_read(context, stream, trial, mapping))
    return tuple(trials)


def _mapping_for(
    context: Context,
    connector: Connector,
    name: str,
    trial: Trial,
    given: SourceMapping | None,
    *,
    accept: bool,
) -> SourceMapping:
    known = given or mapping_of(context, connector, name)
    if known is None:
        sample = [each for each in trial.sample if isinstance(each, Mapping)]
        if not sample:
            raise InputError(
                "There is no mapping for this source, and no record to propose one from.",
                facts={"mapping": name},
                remedy="Give one with --mapping FILE.",
            )
        choice = choose_mapping(name, trial.columns, sample, context.playbook, (), accept_proposal=accept)
        known = choice.mapping.model_copy(update={"source": name})
    check_mapping(known, context.playbook)
    return known


def _read(context: Context, stream: str, trial: Trial, mapping: SourceMapping) -> StreamTrial:
    reader = Reader(mapping, context.playbook, context.clock())
    objects = [each for each in trial.sample if isinstance(each, Mapping)]
    results = [reader.read(each, number) for number, each in enumerate(objects, start=1)]
    refused = [each for each in results if isinstance(each, Rejection)]
    faults = dict.fromkeys(f"{fault.field}: {fault.reason}" for each in refused for fault in each.faults)
    if objects and len(refused) == len(objects):
        raise ConfigurationError(
            "The connection answers, but none of its records can be read with the mapping.",
            facts={"mapping": mapping.source, "why": list(faults)[:5]},
            remedy="Check that the settings name the right data set; else give a mapping with --mapping FILE.",
        )
    return StreamTrial(
        stream=stream,
        sample_count=len(trial.sample),
        mapping=mapping,
        readable_count=len(objects) - len(refused),
        columns=trial.columns,
        unread=unmapped_columns(mapping, trial.columns),
        faults=tuple(_first(faults, 5)),
        note=trial.note,
    )


def _first(items: Iterable[str], count: int) -> list[str]:
    return list(items)[:count]
