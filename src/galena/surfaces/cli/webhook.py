"""`galena webhook`: other programs told of what happens, by signed messages."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from galena.surfaces.cli.options import Moment, Place, place_of, place_options
from galena.surfaces.cli.output import emit_json, say, show, table

if TYPE_CHECKING:
    from galena.domain.webhook import Delivery, Endpoint
    from galena.surfaces.cli.work import Work
    from galena.workflows.webhooks import WebhookSecret

webhook_argument = click.argument("webhook")
LOG_SHOWN = 20


@click.group("webhook", invoke_without_command=True)
@place_options
@click.pass_context
def command(ctx: click.Context, /, **place: Any) -> None:
    """Tell other programs what happens, by signed messages (Standard Webhooks). Without a command: the endpoints."""
    ctx.obj = place_of(ctx, **place)
    if ctx.invoked_subcommand is None:
        _list(ctx.obj)


@command.command("add")
@click.argument("name")
@click.argument("url")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    help="Only these messages; once per kind. `galena webhook kinds` lists them.",
)
@click.option(
    "--private", is_flag=True, help="It lies on this machine or in your own network; http is fine then."
)
@place_options
@click.pass_context
def add_command(
    ctx: click.Context, /, name: str, url: str, kinds: tuple[str, ...], private: bool, **place: Any
) -> None:
    """Send messages to URL from now on. The secret that proves them is shown once."""
    from galena.surfaces.cli.work import working
    from galena.workflows.sealing import box_of
    from galena.workflows.webhooks import NewWebhook, add_webhook

    at = place_of(ctx, **place)
    with working("galena webhook add", at.home, at.workspace, at.playbook) as work:
        box = box_of(work.galena.settings)
        made = add_webhook(work.context, box, NewWebhook(name, url, kinds, private))
    _secret(at, made, f"{made.endpoint.name} is told of what happens from now on, while Galena runs.")


@command.command("list")
@place_options
@click.pass_context
def list_command(ctx: click.Context, /, **place: Any) -> None:
    """Show the endpoints and how they fare."""
    _list(place_of(ctx, **place))


@command.command("kinds")
@place_options
@click.pass_context
def kinds_command(ctx: click.Context, /, **place: Any) -> None:
    """Show every kind of message."""
    from galena.domain.webhook import KINDS

    rows = [(each.name, each.meaning) for each in KINDS.values()]
    if place_of(ctx, **place).as_json:
        emit_json({"kinds": [{"kind": name, "meaning": meaning} for name, meaning in rows]})
    else:
        show(table(list(rows), ("message", "says that")))


@command.command("log")
@webhook_argument
@click.option(
    "--state", type=click.Choice(("waiting", "delivered", "failed")), help="Only those that stand so."
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=LOG_SHOWN, help="So many, the newest first.")
@place_options
@click.pass_context
def log_command(ctx: click.Context, /, webhook: str, state: Any, limit: int, **place: Any) -> None:
    """Show what was sent to WEBHOOK, what waits, and why."""
    from galena.stores import webhooks
    from galena.surfaces.cli.work import working

    at = place_of(ctx, **place)
    with (
        working("galena webhook log", at.home, at.workspace, at.playbook, reads_only=True) as work,
        work.session() as session,
    ):
        endpoint = webhooks.find(session, webhook)
        found = webhooks.list_deliveries(session, endpoint.id, state=state, limit=limit)
    rows = [_line(each) for each in found]
    head = ("message", "happened (UTC)", "number", "state", "tries", "answer", "next (UTC)", "id")
    if at.as_json:
        emit_json(
            {"webhook": endpoint.name, "deliveries": [dict(zip(head, row, strict=True)) for row in rows]}
        )
    else:
        show(table(list(rows), head) if rows else "Nothing was sent yet.")


@command.command("test")
@webhook_argument
@place_options
@click.pass_context
def test_command(ctx: click.Context, /, webhook: str, **place: Any) -> None:
    """Send WEBHOOK a message that says nothing but that it works, and say how that went."""
    from galena.stores import webhooks
    from galena.workflows.webhooks import send_test

    at = place_of(ctx, **place)
    with _named(at, "test", webhook) as (work, endpoint):
        delivery = send_test(work.context, endpoint.id)
        _send(work, endpoint)
        with work.session() as session:
            after = webhooks.load_delivery(session, delivery.id)
    if at.as_json:
        emit_json(
            {"webhook": endpoint.name, "state": after.state, "status": after.status, "error": after.error}
        )
    else:
        say(
            "It took the message."
            if after.state == "delivered"
            else f"It did not: {after.error or 'not tried yet'}"
        )
    if after.state != "delivered":
        ctx.exit(1)


@command.command("send")
@place_options
@click.pass_context
def send_command(ctx: click.Context, /, **place: Any) -> None:
    """Send what waits now; for a timer. The running server does it itself."""
    from galena.stores import webhooks
    from galena.surfaces.cli.work import working

    at = place_of(ctx, **place)
    with working("galena webhook send", at.home, at.workspace, at.playbook, reads_only=True) as work:
        with work.session() as session:
            found = webhooks.list_all(session, active=True)
        sent = {each.name: _send(work, each) for each in found}
    if at.as_json:
        emit_json({"sent": sent})
    else:
        say(
            "\n".join(f"{name}: {count:,} messages taken" for name, count in sent.items())
            or "Nobody is told."
        )


@command.command("replay")
@webhook_argument
@click.option("--since", type=Moment(), help="Everything that happened since then (2026-01-31).")
@click.option("--delivery", type=click.UUID, help="This one message.")
@place_options
@click.pass_context
def replay_command(
    ctx: click.Context, /, webhook: str, since: datetime | None, delivery: Any, **place: Any
) -> None:
    """Send WEBHOOK messages once more, each under the number it had."""
    from galena.workflows.webhooks import replay_delivery, replay_since

    at = place_of(ctx, **place)
    if (since is None) == (delivery is None):
        raise click.UsageError("Give --since or --delivery.")
    with _named(at, "replay", webhook) as (work, endpoint):
        if since is not None:
            count = replay_since(work.context, endpoint.id, since)
        else:
            replay_delivery(work.context, delivery)
            count = 1
    _told(at, {"webhook": endpoint.name, "messages": count}, f"{count:,} messages are sent once more.")


@command.command("rotate")
@webhook_argument
@click.option("--overlap-hours", type=click.FloatRange(0, 720), default=24.0, show_default=True,
              help="How long the secret of before proves messages, too.")  # fmt: skip
@place_options
@click.pass_context
def rotate_command(ctx: click.Context, /, webhook: str, overlap_hours: float, **place: Any) -> None:
    """Give WEBHOOK a new secret; for a while both prove each message."""
    from galena.workflows.sealing import box_of
    from galena.workflows.webhooks import rotate_secret

    at = place_of(ctx, **place)
    with _named(at, "rotate", webhook) as (work, endpoint):
        box, overlap = box_of(work.galena.settings), timedelta(hours=overlap_hours)
        made = rotate_secret(work.context, box, endpoint.id, overlap=overlap)
    _secret(at, made, f"{endpoint.name} has a new secret.")


@command.command("pause")
@webhook_argument
@place_options
@click.pass_context
def pause_command(ctx: click.Context, /, webhook: str, **place: Any) -> None:
    """Send WEBHOOK nothing until it resumes; what happens meanwhile is told then."""
    from galena.workflows.webhooks import pause_webhook

    at = place_of(ctx, **place)
    with _named(at, "pause", webhook) as (work, endpoint):
        changed = pause_webhook(work.context, endpoint.id)
    _told(at, _record(changed), f"{changed.name} is told nothing until it resumes.")


@command.command("resume")
@webhook_argument
@click.option("--from-now", is_flag=True, help="Leave out what happened meanwhile.")
@place_options
@click.pass_context
def resume_command(ctx: click.Context, /, webhook: str, from_now: bool, **place: Any) -> None:
    """Send to a paused or disabled WEBHOOK again."""
    from galena.workflows.webhooks import resume_webhook

    at = place_of(ctx, **place)
    with _named(at, "resume", webhook) as (work, endpoint):
        changed = resume_webhook(work.context, endpoint.id, from_now=from_now)
    _told(at, _record(changed), f"{changed.name} is told again.")


@command.command("remove")
@webhook_argument
@place_options
@click.pass_context
def remove_command(ctx: click.Context, /, webhook: str, **place: Any) -> None:
    """Delete WEBHOOK with its secret and its log."""
    from galena.workflows.webhooks import remove_webhook

    at = place_of(ctx, **place)
    with _named(at, "remove", webhook) as (work, endpoint):
        remove_webhook(work.context, endpoint.id)
    _told(at, {"removed": endpoint.name}, f"{endpoint.name} is gone.")


@contextmanager
def _named(at: Place, name: str, webhook: str) -> "Iterator[tuple[Work, Endpoint]]":
    """The open workspace and the endpoint that is named."""
    from galena.stores import webhooks
    from galena.surfaces.cli.work import working

    with working(f"galena webhook {name}", at.home, at.workspace, at.playbook) as work:
        with work.session() as session:
            endpoint = webhooks.find(session, webhook)
        yield work, endpoint


def _send(work: "Work", endpoint: "Endpoint") -> int:
    from galena.kit.web import AddressGuard
    from galena.kit.web.posting import Poster
    from galena.workflows.sealing import box_of
    from galena.workflows.webhook_sending import Posting, send_waiting

    galena = work.galena
    with Poster() as public, Poster(AddressGuard(private_ok=True)) as private:
        posting = Posting(box_of(galena.settings), public, private)
        return send_waiting(galena.door, posting, galena.clock, work.workspace.id, endpoint.id, most=100_000)


def _list(at: Place) -> None:
    from galena.stores import webhooks
    from galena.surfaces.cli.work import working

    with (
        working("galena webhook", at.home, at.workspace, at.playbook, reads_only=True) as work,
        work.session() as session,
    ):
        found = webhooks.list_all(session)
        counts = webhooks.count_states(session, [each.id for each in found])
    if at.as_json:
        emit_json({"webhooks": [_record(each) | counts.get(each.id, {}) for each in found]})
        return
    if not found:
        say("Nobody is told yet: `galena webhook add NAME URL` tells somebody.")
        return
    rows = [
        (
            each.name,
            each.url,
            ", ".join(each.kinds) or "all",
            each.state,
            counts.get(each.id, {}).get("waiting", 0),
            f"{each.last_success_at:%Y-%m-%d %H:%M}" if each.last_success_at else "never",
        )
        for each in found
    ]
    show(table(list(rows), ("webhook", "address", "messages", "state", "waiting", "took one last (UTC)")))
    for each in found:
        if each.state_why:
            say(f"  {each.name}: {each.state_why}")


def _secret(at: Place, made: "WebhookSecret", said: str) -> None:
    if at.as_json:
        emit_json(_record(made.endpoint) | {"secret": made.secret, "before_until": made.before_until})
        return
    say(made.secret)
    say(said)
    if made.before_until is not None:
        say(f"Until {made.before_until:%Y-%m-%d %H:%M} UTC the secret of before proves messages, too.")
    say("Keep the secret now; it cannot be shown again.")


def _record(each: "Endpoint") -> dict[str, Any]:
    names = ("name", "url", "state", "state_why", "failures", "last_tried_at", "last_success_at")
    return {"id": str(each.id), "kinds": list(each.kinds), **{name: getattr(each, name) for name in names}}


def _line(each: "Delivery") -> tuple[Any, ...]:
    return (
        each.kind,
        f"{each.event_at:%Y-%m-%d %H:%M:%S}",
        each.message_id,
        each.state,
        each.attempts,
        each.error or (str(each.status) if each.status else ""),
        f"{each.next_at:%Y-%m-%d %H:%M:%S}" if each.state == "waiting" else "",
        str(each.id),
    )


def _told(at: Place, record: dict[str, Any], said: str) -> None:
    if at.as_json:
        emit_json(record)
    else:
        say(said)
