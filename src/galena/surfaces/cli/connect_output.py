"""How `galena connect` tells of connectors, connections and trials."""

from typing import TYPE_CHECKING, Any

from galena.domain.connection import Connection
from galena.domain.connector import Manifest
from galena.surfaces.cli.options import Place
from galena.surfaces.cli.output import emit_json, say, show

if TYPE_CHECKING:
    from galena.workflows.connection_trial import TrialReport


def show_kind(manifest: Manifest) -> None:
    """What a connector is and what it needs."""
    show(f"{manifest.title}: {manifest.gives}")
    rate, cost = manifest.rate, manifest.cost
    day = f", {rate.per_day:,} a day" if rate.per_day else ""
    show(f"Rate: {rate.calls} calls in {rate.per_s:g} s{day}. {manifest.rate_source}")
    price = f"{cost.per_call:g} {cost.currency} a call." if cost.per_call else ""
    show(f"Cost: {f'{price} {cost.note}'.strip() or 'free.'}")
    show(f"Terms: {manifest.terms} {manifest.terms_url}".rstrip())
    show(f"Documented at: {manifest.docs_url}")
    show("")
    for name, setting in manifest.settings.items():
        need = (
            "needed"
            if setting.required
            else f"default {setting.default}"
            if setting.default is not None
            else ""
        )
        show(
            f"  --set {name}=...  {setting.label}. {setting.description} {f'({need})' if need else ''}".rstrip()
        )
    for name, secret in manifest.secrets.items():
        show(
            f"  key {name}: {secret.label}. {secret.description} ({'needed' if secret.required else 'not needed'})"
        )
    for name, preset in manifest.presets.items():
        show(f"  --preset {name}: {preset.label}. {preset.note}".rstrip())


def connection_line(each: Connection) -> tuple[Any, ...]:
    """A connection as a line of a table."""
    from galena.workflows.schedules import schedule_words

    def moment(value: Any) -> str:
        return f"{value:%Y-%m-%d %H:%M}" if value else ""

    return (
        each.name,
        each.connector,
        each.state,
        schedule_words(each.schedule),
        moment(each.last_success_at),
        moment(each.due_at),
        each.totals.accepted,
        each.totals.quarantined,
    )


def connection_json(each: Connection) -> dict[str, Any]:
    """A connection as JSON; keys are left out."""
    return {
        "name": each.name,
        "connector": each.connector,
        "settings": dict(each.settings),
        "has_key": each.sealed is not None,
        "state": each.state,
        "schedule": each.schedule,
        "due_at": each.due_at,
        "last_tried_at": each.last_tried_at,
        "last_success_at": each.last_success_at,
        "failures": each.failures,
        "error": each.error,
        "fetched": each.totals.fetched,
        "accepted": each.totals.accepted,
        "duplicate": each.totals.duplicate,
        "quarantined": each.totals.quarantined,
    }


def tell_done(at: Place, name: str, text: str) -> None:
    """That something small is done."""
    if at.as_json:
        emit_json({"connection": name, "done": True})
    else:
        say(text)


def tell_trial(report: "TrialReport", at: Place, text: str) -> None:
    """What trying a connection showed."""
    if at.as_json:
        streams = [
            {
                "stream": each.stream,
                "sample": each.sample_count,
                "readable": each.readable_count,
                "mapping": each.mapping.source,
                "fields": list(each.fields),
                "unread_columns": list(each.unread),
                "faults": list(each.faults),
            }
            for each in report.streams
        ]
        emit_json(
            {
                "connection": report.connection.name,
                "connector": report.connection.connector,
                "streams": streams,
            }
        )
        return
    say(text)
    for each in report.streams:
        say(f"  {each.stream}: {each.readable_count} of {each.sample_count} sample records are understood.")
        if each.note:
            say(f"    {each.note}")
        for fault in each.faults:
            say(f"    {fault}")
        if each.unread:
            say(f"    Not read: {', '.join(each.unread[:12])}{' ...' if len(each.unread) > 12 else ''}")
