"""Webhooks: who is told of what happens, how that fares, each message, and what is done about it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from galena.domain.webhook import KINDS, Delivery, Endpoint
from galena.kit.errors import GalenaError, InputError
from galena.stores import webhooks
from galena.surfaces.web.answers import onward
from galena.surfaces.web.forms import Texts
from galena.surfaces.web.pages.work import context_of
from galena.surfaces.web.rendering import Notice, page
from galena.surfaces.web.visitors import Editor, Operator, Visitor, entered, galena_of
from galena.surfaces.web.words import moment_words
from galena.workflows.sealing import box_of
from galena.workflows.webhooks import (
    OVERLAP,
    NewWebhook,
    WebhookSecret,
    add_webhook,
    change_webhook,
    pause_webhook,
    remove_webhook,
    replay_delivery,
    replay_since,
    resume_webhook,
    rotate_secret,
    send_test,
)

router = APIRouter()

LOG_SHOWN = 50
STATES = {"active": ("works", "green"), "paused": ("paused", "grey"), "disabled": ("disabled", "red")}
DELIVERY_STATES = {
    "delivered": ("taken", "green"),
    "waiting": ("waits", "yellow"),
    "failed": ("not taken", "red"),
}
SPANS = {"1": "the last hour", "24": "the last day", "168": "the last week", "720": "the last 30 days"}
"""Hours back, for what is sent once more."""

Chosen = Annotated[list[str], Form(max_length=100)]
_NO_MESSAGES = dict.fromkeys(DELIVERY_STATES, 0)
OTHER = "Everything else"
GROUPS = {"lead": "Leads", "drop": "Drops", "import": "Imports", "source": "Sources", "model": "Models"}


@router.get("/webhooks", response_class=HTMLResponse)
def show(request: Request, visitor: Operator) -> HTMLResponse:
    """Every endpoint, and the form of a new one."""
    return _list(request, visitor, {})


@router.post("/webhooks", response_class=HTMLResponse)
def add(request: Request, visitor: Editor, texts: Texts, kind: Chosen = []) -> HTMLResponse:  # noqa: B006
    """Make an endpoint, and show its secret once."""
    given = {name: texts.get(name, "").strip() for name in ("name", "url", "private")}
    wanted = NewWebhook(given["name"], given["url"], kind, bool(given["private"]))
    try:
        made = add_webhook(context_of(request, visitor), box_of(galena_of(request).settings), wanted)
    except GalenaError as fault:
        return _list(request, visitor, {**given, "kinds": kind}, fault)
    return _one(request, visitor, made.endpoint.id, made)


@router.get("/webhooks/{webhook_id}", response_class=HTMLResponse)
def show_one(
    request: Request,
    visitor: Operator,
    webhook_id: UUID,
    state: Annotated[Literal["", "waiting", "delivered", "failed"], Query()] = "",
) -> HTMLResponse:
    """One endpoint with its log."""
    return _one(request, visitor, webhook_id, state=state)


@router.post("/webhooks/{webhook_id}")
def change(
    request: Request,
    visitor: Editor,
    webhook_id: UUID,
    texts: Texts,
    kind: Chosen = [],  # noqa: B006
) -> RedirectResponse:
    """Change where messages go, or which."""
    name, url = (texts.get(each, "").strip() for each in ("name", "url"))
    changed = change_webhook(context_of(request, visitor), webhook_id, name=name, url=url, kinds=kind)
    return onward(f"/webhooks/{webhook_id}", f"{changed.name}: this holds from now on.")


@router.post("/webhooks/{webhook_id}/test")
def test(request: Request, visitor: Editor, webhook_id: UUID) -> RedirectResponse:
    """Send a message that says nothing but that it works."""
    send_test(context_of(request, visitor), webhook_id)
    return onward(f"/webhooks/{webhook_id}", "A message is on its way; it shows below within seconds.")


@router.post("/webhooks/{webhook_id}/pause")
def pause(request: Request, visitor: Editor, webhook_id: UUID) -> RedirectResponse:
    """Send nothing until somebody says so."""
    kept = pause_webhook(context_of(request, visitor), webhook_id)
    return onward(
        f"/webhooks/{webhook_id}", f"{kept.name} is told nothing; it is told later what happens now."
    )


@router.post("/webhooks/{webhook_id}/resume")
def resume(request: Request, visitor: Editor, webhook_id: UUID, texts: Texts) -> RedirectResponse:
    """Send again."""
    from_now = bool(texts.get("from_now"))
    kept = resume_webhook(context_of(request, visitor), webhook_id, from_now=from_now)
    return onward(f"/webhooks/{webhook_id}", f"{kept.name} is told again.")


@router.post("/webhooks/{webhook_id}/rotate", response_class=HTMLResponse)
def rotate(request: Request, visitor: Editor, webhook_id: UUID) -> Response:
    """Make another secret, and show it once."""
    box = box_of(galena_of(request).settings)
    return _one(request, visitor, webhook_id, rotate_secret(context_of(request, visitor), box, webhook_id))


@router.post("/webhooks/{webhook_id}/replay")
def replay(request: Request, visitor: Editor, webhook_id: UUID, texts: Texts) -> RedirectResponse:
    """Send everything of a while, or one message, once more."""
    context, delivery = context_of(request, visitor), texts.get("delivery", "")
    if delivery:
        replay_delivery(context, _id(delivery))
        return onward(f"/webhooks/{webhook_id}", "The message is sent once more, under the number it had.")
    hours = texts.get("hours", "")
    if hours not in SPANS:
        raise InputError("Since when?", remedy="Choose one of the list.")
    since = context.clock() - timedelta(hours=int(hours))
    count = replay_since(context, webhook_id, since)
    return onward(f"/webhooks/{webhook_id}", f"{count:,} messages of {SPANS[hours]} are sent once more.")


@router.post("/webhooks/{webhook_id}/remove")
def remove(request: Request, visitor: Editor, webhook_id: UUID) -> RedirectResponse:
    """Delete it with its log."""
    remove_webhook(context_of(request, visitor), webhook_id)
    return onward("/webhooks", "It is gone, with its secret and its log.")


def _list(
    request: Request, visitor: Visitor, draft: Mapping[str, Any], fault: GalenaError | None = None
) -> HTMLResponse:
    galena = galena_of(request)
    now = galena.clock()
    with entered(galena, visitor) as session:
        found = webhooks.list_all(session)
        counts = webhooks.count_states(session, [each.id for each in found])
    return page(
        request,
        "webhooks.html",
        visitor,
        here="webhooks",
        status=fault.http_status if fault else 200,
        notices=(Notice(f"{fault.what} {fault.remedy}", "bad"),) if fault else (),
        webhooks=[_told(each, now) | {"counts": _NO_MESSAGES | counts.get(each.id, {})} for each in found],
        groups=_groups(),
        draft={"name": "", "url": "", "private": "", "kinds": [], **draft},
    )


def _one(
    request: Request,
    visitor: Visitor,
    webhook_id: UUID,
    made: WebhookSecret | None = None,
    state: Literal["", "waiting", "delivered", "failed"] = "",
) -> HTMLResponse:
    galena = galena_of(request)
    now = galena.clock()
    with entered(galena, visitor) as session:
        kept = webhooks.load(session, webhook_id)
        log = webhooks.list_deliveries(session, webhook_id, state=state or None, limit=LOG_SHOWN)
    answer = page(
        request,
        "webhook.html",
        visitor,
        here="webhooks",
        webhook=_told(kept, now),
        kinds=list(kept.kinds),
        groups=_groups(),
        log=[_line(each, now) for each in log],
        state=state,
        states={name: words for name, (words, _) in DELIVERY_STATES.items()},
        spans=SPANS,
        secret=made.secret if made else "",
        overlap=f"{OVERLAP.total_seconds() / 3_600:.0f} hours" if made and made.before_until else "",
    )
    if made is not None:
        answer.headers["cache-control"] = "no-store"
    return answer


def _told(each: Endpoint, now: datetime) -> dict[str, Any]:
    words, colour = STATES[each.state]
    if each.state == "active" and each.failures:
        words, colour = "fails", "yellow"
    return {
        "id": each.id,
        "name": each.name,
        "url": each.url,
        "kinds": ", ".join(each.kinds) or "everything",
        "state": words,
        "colour": colour,
        "is_active": each.state == "active",
        "why": each.state_why or "",
        "failures": each.failures,
        "last": moment_words(each.last_success_at, now) if each.last_success_at else "never",
        "next": moment_words(each.not_before, now) if each.not_before and each.not_before > now else "",
        "private": each.private_ok,
    }


def _line(each: Delivery, now: datetime) -> dict[str, Any]:
    words, colour = DELIVERY_STATES[each.state]
    return {
        "id": each.id,
        "kind": each.kind,
        "meaning": KINDS[each.kind].meaning if each.kind in KINDS else "Only a trial.",
        "number": each.message_id,
        "when": moment_words(each.event_at, now),
        "state": words,
        "colour": colour,
        "attempts": each.attempts,
        "answer": each.error or (f"{each.status}" if each.status else ""),
        "next": moment_words(each.next_at, now) if each.state == "waiting" and each.next_at > now else "",
    }


def _groups() -> list[dict[str, Any]]:
    """The kinds of messages, by what they speak of."""
    found: dict[str, list[dict[str, str]]] = {title: [] for title in (*GROUPS.values(), OTHER)}
    for each in KINDS.values():
        title = GROUPS.get(each.name.partition(".")[0], OTHER)
        found.setdefault(title, []).append({"name": each.name, "meaning": each.meaning})
    return [{"title": title, "kinds": kinds} for title, kinds in found.items()]


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise InputError("There is no such message.", remedy="Choose one of the list.") from error
