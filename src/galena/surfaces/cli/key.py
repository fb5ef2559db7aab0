"""`galena key`: keys with which programs use the API."""

from typing import Any
from uuid import UUID

import click

from galena.domain.access import SCOPE_WORDS, Scope
from galena.surfaces.cli.options import place_of, place_options
from galena.surfaces.cli.output import emit_json, say, show, table


@click.group("key", invoke_without_command=True)
@place_options
@click.pass_context
def command(ctx: click.Context, /, **place: Any) -> None:
    """Make and revoke keys with which programs use the API. Without a command: the keys there are."""
    ctx.obj = place_of(ctx, **place)
    if ctx.invoked_subcommand is None:
        _list(ctx)


@command.command("make")
@click.argument("name")
@click.option(
    "--may",
    "scopes",
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="What it may do; may be given more than once. Default: read.",
)
@click.option("--for", "email", help="The e-mail of whose key it is. Default: the operator.")
@click.option("--days", type=click.IntRange(1, 3650), help="For so many days. Default: until it is revoked.")
@click.option("--per-minute", type=click.IntRange(1, 100_000), default=100, show_default=True, help="Calls.")
@place_options
@click.pass_context
def make_command(
    ctx: click.Context,
    /,
    name: str,
    scopes: tuple[str, ...],
    email: str | None,
    days: int | None,
    per_minute: int,
    **place: Any,
) -> None:
    """Make a key called NAME. It is shown once, and can never be shown again."""
    from galena.kit.errors import NotFoundError
    from galena.stores import users
    from galena.surfaces.cli.work import working
    from galena.workflows.api_access import make_key
    from galena.workflows.people import ensure_operator

    at = place_of(ctx, **place)
    with working("galena key make", at.home, at.workspace, at.playbook) as work, work.session() as session:
        user = users.find(session, email) if email else ensure_operator(session, work.workspace)
        if user is None:
            raise NotFoundError("Nobody here has this e-mail.", facts={"e-mail": email})
        wanted = [Scope(each) for each in scopes] or [Scope.READ]
        now = work.galena.clock()
        made = make_key(session, user, name, wanted, now, days=days, calls_per_minute=per_minute)
    if at.as_json:
        emit_json({"id": str(made.key.id), "key": made.secret, "scopes": sorted(made.key.scopes)})
        return
    say(f"{made.secret}")
    for scope in sorted(made.key.scopes):
        say(f"  may {SCOPE_WORDS[scope]}")
    if left := set(wanted) - made.key.scopes:
        say(f"  not given, because a {user.role} may not: {', '.join(sorted(left))}")
    say("Keep it now; it cannot be shown again. Send it as `Authorization: Bearer ...` to /api/v1.")


@command.command("revoke")
@click.argument("key_id", type=click.UUID)
@place_options
@click.pass_context
def revoke_command(ctx: click.Context, /, key_id: UUID, **place: Any) -> None:
    """Make a key open nothing from now on."""
    from galena.surfaces.cli.work import working
    from galena.workflows.api_access import revoke_key

    at = place_of(ctx, **place)
    with working("galena key revoke", at.home, at.workspace, at.playbook) as work, work.session() as session:
        key = revoke_key(session, key_id, work.galena.clock())
    if at.as_json:
        emit_json({"id": str(key.id), "revoked": True})
    else:
        say(f"{key.name} opens nothing any more.")


@command.command("rotate")
@place_options
@click.pass_context
def rotate_command(ctx: click.Context, /, **place: Any) -> None:
    """Sign tokens with a new key from now on; those given out open nothing any more. Keys stay good."""
    from galena.surfaces.cli.work import working
    from galena.workflows.tokens import rotate_signing_key

    at = place_of(ctx, **place)
    with working("galena key rotate", at.home, at.workspace, at.playbook) as work, work.session() as session:
        rotate_signing_key(session, work.galena.clock())
    if at.as_json:
        emit_json({"rotated": True})
    else:
        say("Tokens given out so far open nothing any more; programs get new ones with their keys.")


@command.command("list")
@place_options
@click.pass_context
def list_command(ctx: click.Context, /, **place: Any) -> None:
    """The keys that were ever made."""
    ctx.obj = place_of(ctx, **place)
    _list(ctx)


def _list(ctx: click.Context) -> None:
    from galena.stores import api_keys, users
    from galena.surfaces.cli.work import working

    at = place_of(ctx, workspace=None, playbook=None, home=None, as_json=False)
    with working("galena key", at.home, at.workspace, at.playbook, reads_only=True) as work:
        with work.session() as session:
            keys = api_keys.list_all(session)
            people = {user.id: user.email for user in users.list_all(session)}
        now = work.galena.clock()
    lines = [
        {
            "id": str(key.id),
            "name": key.name,
            "begins": key.prefix,
            "may": ", ".join(sorted(key.scopes)),
            "whose": people.get(key.user_id, ""),
            "good": "yes" if key.is_good(now) else "revoked" if key.revoked_at else "expired",
            "last used": key.last_used_at.date().isoformat() if key.last_used_at else "never",
        }
        for key in keys
    ]
    if at.as_json:
        emit_json({"keys": lines})
    elif lines:
        show(table([tuple(line.values()) for line in lines], tuple(lines[0])))
    else:
        say("No keys yet: `galena key make NAME` makes one.")
