"""One connection: what can be connected, the form of its manifest, trying it, changing it, removing it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from galena.connectors.catalogue import Connector
from galena.domain.connection import Connection
from galena.domain.connector import ConnectorSetting, Manifest
from galena.kit.errors import GalenaError
from galena.stores import connections
from galena.surfaces.web.answers import onward
from galena.surfaces.web.forms import Texts
from galena.surfaces.web.pages.work import context_of
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import Editor, Operator, Visitor, entered, galena_of
from galena.workflows.connection_trial import TrialReport, trial_words
from galena.workflows.connections import (
    NewConnection,
    add_connection,
    change_settings,
    remove_connection,
    schedule_connection,
    try_connection,
    try_new,
)
from galena.workflows.gateway import OF_THE_CONNECTION, TRUE, Gateway, gateway_of

router = APIRouter()

SCHEDULES = {
    "": "by hand alone",
    "hourly": "every hour",
    "daily": "every day",
    "weekly": "every week",
    "monthly": "every month",
}
DOES = {
    "source": "fetches records",
    "events": "fetches what happened",
    "enricher": "looks up leads",
    "inbound": "tells by itself",
    "export": "takes leads out",
}


@dataclass(frozen=True)
class Draft:
    """What a person has typed; keys are never sent back to a page.

    Attributes:
        fault: why it does not work; None: it was not tried, or it does.
        told: what trying it showed, in words.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    schedule: str = ""
    is_private: bool = False
    fault: GalenaError | None = None
    told: tuple[str, ...] = ()


@router.get("/sources/connection", response_class=HTMLResponse)
def show(request: Request, visitor: Operator, kind: str = "", preset: str = "", name: str = "") -> Response:
    """The form of a connection: of the one named, else of a new one of this kind; without either, what there is."""
    gateway = gateway_of(galena_of(request).settings)
    if name:
        kept = _kept(request, visitor, name)
        return _form(request, visitor, gateway.connector(kept.connector), kept, _draft_of(kept))
    if kind:
        connector = gateway.connector(kind)
        known = connector.manifest.presets.get(preset)
        draft = Draft(known.settings if known else {}, preset or kind)
        return _form(request, visitor, connector, None, draft)
    playbook = visitor.workspace.playbook
    return page(
        request,
        "connection_kinds.html",
        visitor,
        here="sources",
        kinds=[_kind(each.manifest) for each in gateway.connectors() if fits(each.manifest, playbook)],
    )


@router.post("/sources/connection")
def save(request: Request, visitor: Editor, texts: Texts) -> Response:
    """Try what was typed, and keep it when it works and that was asked for."""
    context, gateway = context_of(request, visitor), gateway_of(galena_of(request).settings)
    kept = _kept(request, visitor, texts["old_name"]) if texts.get("old_name") else None
    connector = gateway.connector(kept.connector if kept else texts.get("kind", ""))
    typed = {each[4:]: value for each, value in texts.items() if each.startswith("set.")}
    secrets = {each[7:]: value for each, value in texts.items() if each.startswith("secret.") and value}
    schedule = texts.get("schedule", "")
    draft = Draft(typed, texts.get("name", ""), schedule, bool(texts.get("private")))
    try:
        if kept is not None:
            change_settings(context, gateway, kept.name, typed, secrets)
            if schedule != _schedule(kept):
                schedule_connection(context, kept.name, schedule or None)
            return onward("/sources", f"{kept.name} works and is changed.")
        given = {each: value for each, value in typed.items() if value}
        new = NewConnection(
            connector.manifest.name,
            name=draft.name or None,
            settings=given,
            secrets=secrets,
            schedule=schedule or None,
            private_ok=draft.is_private,
            accept_proposal=True,
        )
        if texts.get("action") == "try":
            told = _told(try_new(context, gateway, new), context.playbook)
            return _form(request, visitor, connector, None, _with(draft, told=told))
        report = add_connection(context, gateway, new)
    except GalenaError as fault:
        return _form(request, visitor, connector, kept, _with(draft, fault=fault), status=422)
    if connector.is_sending:
        return RedirectResponse(f"/sources/connection?name={quote(report.connection.name)}", 303)
    return onward("/sources", f"{report.connection.name} works and is connected.")


@router.post("/sources/{name}/check")
def check(request: Request, visitor: Editor, name: str) -> Response:
    """Try a connection that is there; nothing changes."""
    context, gateway = context_of(request, visitor), gateway_of(galena_of(request).settings)
    kept = _kept(request, visitor, name)
    draft = _draft_of(kept)
    try:
        draft = _with(draft, told=_told(try_connection(context, gateway, name), context.playbook))
    except GalenaError as fault:
        draft = _with(draft, fault=fault)
    return _form(request, visitor, gateway.connector(kept.connector), kept, draft)


@router.post("/sources/{name}/remove")
def remove(request: Request, visitor: Editor, name: str) -> RedirectResponse:
    """Remove a connection with its key; what it brought stays."""
    remove_connection(context_of(request, visitor), name)
    return onward("/sources", f"{name} is removed, and its key with it. What it brought stays.")


def fits(manifest: Manifest, playbook: str) -> bool:
    """Whether a connector can be of use to a workspace of this playbook."""
    return not manifest.playbooks or playbook in manifest.playbooks


def _kept(request: Request, visitor: Visitor, name: str) -> Connection:
    with entered(galena_of(request), visitor) as session:
        return connections.load(session, name)


def _draft_of(kept: Connection) -> Draft:
    return Draft(kept.settings, kept.name, _schedule(kept), kept.private_ok)


def _schedule(kept: Connection) -> str:
    from galena.workflows.schedules import WORDS

    return next((word for word, cron in WORDS.items() if cron == kept.schedule), kept.schedule or "")


def _with(draft: Draft, *, fault: GalenaError | None = None, told: tuple[str, ...] = ()) -> Draft:
    return Draft(draft.values, draft.name, draft.schedule, draft.is_private, fault, told)


def _told(report: TrialReport, playbook: Any) -> tuple[str, ...]:
    return trial_words(report, playbook) or ("There is nothing to ask: its messages come by themselves.",)


def _form(
    request: Request,
    visitor: Visitor,
    connector: Connector,
    kept: Connection | None,
    draft: Draft,
    status: int = 200,
) -> HTMLResponse:
    manifest, gateway = connector.manifest, gateway_of(galena_of(request).settings)
    own = dict(manifest.settings)
    if connector.is_looked_up:
        own |= {each: OF_THE_CONNECTION[each] for each in ("price", "daily_budget")}
    return page(
        request,
        "connection.html",
        visitor,
        here="sources",
        status=status,
        kind=_kind(manifest),
        kept_name=kept.name if kept else "",
        is_pulled=connector.is_pulled,
        draft=draft,
        schedules=SCHEDULES if draft.schedule in SCHEDULES else SCHEDULES | {draft.schedule: draft.schedule},
        settings=[_setting(each, setting, draft.values) for each, setting in own.items()],
        secrets=[_secret(each, manifest, gateway, kept) for each in manifest.secrets],
        address=inbound_address(request, visitor, kept.name) if kept and connector.is_sending else "",
    )


def inbound_address(request: Request, visitor: Visitor, name: str) -> str:
    """Where a vendor is to send its messages."""
    return f"{str(request.base_url).rstrip('/')}/inbound/{visitor.workspace.slug}/{quote(name)}"


def _setting(name: str, setting: ConnectorSetting, values: Mapping[str, Any]) -> dict[str, Any]:
    value = values.get(name, setting.default)
    if setting.type == "boolean":
        value = "true" if str(value).casefold() in TRUE else "false"
    return {
        "name": name,
        "label": setting.label,
        "description": setting.description,
        "required": setting.required,
        "value": "" if value is None else value,
        "type": setting.type,
        "choices": setting.choices,
    }


def _secret(name: str, manifest: Manifest, gateway: Gateway, kept: Connection | None) -> dict[str, Any]:
    secret = manifest.secrets[name]
    is_here = bool(kept and gateway.kept_secrets(kept).get(name))
    is_given = name in gateway.from_environment(manifest)
    return {
        "name": name,
        "label": secret.label,
        "description": secret.description,
        "required": secret.required and not is_here and not is_given,
        "hint": "kept; leave empty to keep it" if is_here else "given by the environment" if is_given else "",
    }


def _kind(manifest: Manifest) -> dict[str, Any]:
    rate, cost = manifest.rate, manifest.cost
    day = f", {rate.per_day:,} a day" if rate.per_day else ""
    calls = "call" if rate.calls == 1 else "calls"
    price = f"{cost.per_call:g} {cost.currency} a call." if cost.per_call else ""
    return {
        "name": manifest.name,
        "title": manifest.title,
        "gives": manifest.gives,
        "does": ", ".join(sorted(DOES[each] for each in manifest.capabilities)),
        "is_inbound": "inbound" in manifest.capabilities,
        "rate": f"{rate.calls} {calls} in {rate.per_s:g} s{day}",
        "cost": f"{price} {cost.note}".strip() or "Free.",
        "terms": manifest.terms,
        "setup": manifest.setup,
        "docs": manifest.docs_url,
        "presets": [(each, preset.label) for each, preset in manifest.presets.items()],
    }
