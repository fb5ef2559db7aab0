"""The audit trail: who did what to what, and when; for admins of the workspace."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from galena.domain.events import AuditEntry
from galena.domain.sign_in import MEANS_WORDS
from galena.stores import api_keys, audit, users, workspaces
from galena.stores.door import Session
from galena.surfaces.web.people import author_words, names_of_people
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import ForbiddenError, Operator, entered, galena_of
from galena.surfaces.web.words import moment_words, plain
from galena.workflows.people import SIGN_IN_ACTIONS

router = APIRouter()

ROWS = 50
LONGEST = 90
_CODE = re.compile(r"[a-z]+(_[a-z]+)+")
"""A name among programs, such as not_interested."""

KINDS: Mapping[str, str] = {
    "user": "people and sign-ins",
    "api_key": "API keys",
    "tenant": "tenants",
    "lead": "leads",
    "import": "imports",
    "drop": "drops",
    "model": "models",
    "revision": "factors and tiers",
    "client": "clients",
    "appointment": "appointments",
    "document": "documents",
    "signal": "signals",
    "suppression": "bans on contact",
    "webhook": "webhooks",
    "connection": "sources",
    "experiment": "experiments",
    "buyer": "buyers",
    "file": "exports",
    "workspace": "the workspace",
}
"""What things are done to, by the noun of the trail -> its name on the page."""

_PAGES: Mapping[str, str] = {
    "lead": "/leads/",
    "tenant": "/tenants/",
    "import": "/imports/",
    "drop": "/drops/",
    "model": "/models/",
    "client": "/clients/",
    "appointment": "/appointments/",
    "document": "/documents/",
    "webhook": "/webhooks/",
}


@router.get("/audit", response_class=HTMLResponse)
def show(
    request: Request,
    visitor: Operator,
    who: Annotated[str, Query(max_length=100)] = "",
    kind: Annotated[str, Query(max_length=40)] = "",
    since: Annotated[str, Query(max_length=10)] = "",
    until: Annotated[str, Query(max_length=10)] = "",
    before: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
) -> HTMLResponse:
    """What was done, the newest first."""
    if not visitor.can_edit:
        raise ForbiddenError("The audit trail is for admins.", remedy="Ask one of your admins.")
    galena = galena_of(request)
    now, first, last = galena.clock(), _day(since), _day(until)
    with entered(galena, visitor) as session:
        found = audit.list_(
            session,
            actor=plain(who) or None,
            noun=kind if kind in KINDS else None,
            since=_begin(first) if first else None,
            until=_begin(last) + timedelta(days=1) if last else None,
            before=before,
            limit=ROWS + 1,
        )
        names = {**names_of_people(session), **_tenants(session)}
        authors = {**names, **_programs(session, names)}
        people = [{"id": str(user.id), "name": user.name} for user in users.list_all(session)]
    shown = found[:ROWS]
    asked = {"who": who, "kind": kind, "since": since if first else "", "until": until if last else ""}
    query = {name: value for name, value in asked.items() if value}
    return page(
        request,
        "audit.html",
        visitor,
        here="audit",
        rows=[_line(entry, authors, names, now) for entry in shown],
        kinds=KINDS,
        people=people,
        asked=asked,
        is_filtered=bool(query),
        newer=f"/audit?{urlencode(query)}" if before is not None else "",
        older=f"/audit?{urlencode({**query, 'before': shown[-1].id})}" if len(found) > ROWS else "",
    )


def _day(text: str) -> date | None:
    """The day of a text; what is none filters nothing."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _begin(day: date) -> datetime:
    return datetime.combine(min(day, date.max - timedelta(days=2)), time(), UTC)


def _tenants(session: Session) -> dict[str, str]:
    return {str(tenant.id): tenant.name for tenant in workspaces.list_tenants(session)}


def _programs(session: Session, names: Mapping[str, str]) -> dict[str, str]:
    """Author as programs are kept -> the key's name and whose it is."""
    return {
        f"api_key:{key.id}": f"{key.name}, a program of {names.get(str(key.user_id), 'somebody')}"
        for key in api_keys.list_all(session)
    }


def _line(
    entry: AuditEntry, authors: Mapping[str, str], names: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    noun, _, id_ = entry.subject.partition(":")
    return {
        "when": moment_words(entry.at, now),
        "at": entry.at.isoformat(timespec="seconds"),
        "who": author_words(entry.actor, authors),
        "what": action_words(entry.action),
        "subject": names.get(id_, noun.replace("_", " ")),
        "href": f"{_PAGES[noun]}{id_}" if noun in _PAGES and _is_id(id_) else "",
        "detail": detail_words(entry.detail, names),
    }


_ACTIONS: Mapping[str, str] = {
    "chase": "Remind of what is due",
    "dispose": "Record outcome",
    "register_model": "Keep a trained model",
    "unmerge": "Part what was joined",
}
"""What the trail calls otherwise than a person would."""


def action_words(action: str) -> str:
    """What was done, as a line begins: Change role."""
    return SIGN_IN_ACTIONS.get(action) or _ACTIONS.get(action) or action.replace("_", " ").capitalize()


def detail_words(detail: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """What else is known: `viewer → admin`, `rows 12, name website`."""
    rest = {name: value for name, value in detail.items() if _says_something(value, names)}
    told = [MEANS_WORDS.get(rest.pop("means", ""), "")] if "means" in rest else []
    if "code" in rest:
        told.append("with a code" if rest.pop("code") else "")
    before, after = rest.get("before"), rest.get("after")
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        del rest["before"], rest["after"]
        told += [
            f"{_name(part)}: {_value(before.get(part), names)} → {_value(after.get(part), names)}"
            for part in dict.fromkeys((*before, *after))
        ]
    if "before" in rest and "after" in rest:
        told.append(f"{_value(rest.pop('before'), names)} → {_value(rest.pop('after'), names)}")
    if "from" in rest and "to" in rest:
        told.append(f"{_value(rest.pop('from'), names)} → {_value(rest.pop('to'), names)}")
    told += [f"{_name(name)} {_value(value, names)}" for name, value in rest.items()]
    return ", ".join(filter(None, told))


def _says_something(value: Any, names: Mapping[str, str]) -> bool:
    """Not what is empty, nor an id that no name is known for."""
    return value not in (None, "", [], {}) and not (
        isinstance(value, str) and value not in names and _is_id(value)
    )


def _name(part: str) -> str:
    return part.replace("_", " ")


def _value(value: Any, names: Mapping[str, str]) -> str:
    if value in (None, "", [], {}):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " and ".join(_value(each, names) for each in value)[:LONGEST]
    if isinstance(value, Mapping):
        return detail_words(value, names)[:LONGEST]
    text = str(value)
    is_word = isinstance(value, str) and _CODE.fullmatch(text) is not None
    return names.get(text, text.replace("_", " ") if is_word else text)[:LONGEST]


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
