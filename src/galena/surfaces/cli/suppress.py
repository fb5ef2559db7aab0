"""`galena suppress`: who must not be contacted."""

from typing import Any
from uuid import UUID

import click

from galena.surfaces.cli.options import place_of, place_options
from galena.surfaces.cli.output import emit_json, say, show, table
from galena.surfaces.cli.tenants_named import tenant_named

_HEAD = ("what", "who must not", "why", "by", "since", "id", "lifted")


@click.group("suppress")
@place_options
@click.pass_context
def command(ctx: click.Context, /, **place: Any) -> None:
    """Who must not be contacted: addresses, numbers and leads, for the workspace or one tenant."""
    ctx.obj = place_of(ctx, **place)


@command.command("add")
@click.argument("whom")
@click.option("--reason", required=True, help="Why, such as `asked by letter`.")
@click.option("--tenant", help="For this tenant alone. Default: for everybody in the workspace.")
@place_options
@click.pass_context
def add_command(ctx: click.Context, /, whom: str, reason: str, tenant: str | None, **place: Any) -> None:
    """Ban WHOM: an e-mail address, a number, or a lead with everything it is reached by."""
    from galena.surfaces.cli.work import working
    from galena.workflows.suppress import ban_contact

    at = place_of(ctx, **place)
    with working("galena suppress add", at.home, at.workspace, at.playbook) as work:
        playbook, now = work.context.playbook, work.galena.clock()
        with work.session() as session:
            tenant_id = tenant_named(session, tenant)
            done = ban_contact(session, playbook, whom, reason, now, tenant_id=tenant_id)
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, "added": done.added, "leads_stopped": len(done.leads)})
    elif not done.added:
        say("That is banned already.")
    else:
        say(f"Banned. {len(done.leads):,} leads that are reached the same way were stopped.")


@command.command("list")
@click.option("--all", "lifted", is_flag=True, help="Those that were lifted, too.")
@place_options
@click.pass_context
def list_command(ctx: click.Context, /, lifted: bool, **place: Any) -> None:
    """The bans, the newest first."""
    from galena.stores import suppressions
    from galena.stores.workspaces import list_tenants
    from galena.surfaces.cli.work import working

    at = place_of(ctx, **place)
    with (
        working("galena suppress list", at.home, at.workspace, at.playbook, reads_only=True) as work,
        work.session() as session,
    ):
        found = suppressions.list_(session, lifted=lifted)
        names = {each.id: each.name for each in list_tenants(session)}
    _show(at.as_json, work.workspace.slug, found, names, "Nobody is banned.")


@command.command("check")
@click.argument("whom")
@place_options
@click.pass_context
def check_command(ctx: click.Context, /, whom: str, **place: Any) -> None:
    """Whether WHOM (an address, a number or a lead) may be contacted. Exit status 1: it may not."""
    from galena.stores.workspaces import list_tenants
    from galena.surfaces.cli.work import working
    from galena.workflows.suppress import check

    at = place_of(ctx, **place)
    with working("galena suppress check", at.home, at.workspace, at.playbook, reads_only=True) as work:
        playbook = work.context.playbook
        with work.session() as session:
            found = check(session, playbook, whom)
            names = {each.id: each.name for each in list_tenants(session)}
    stands = [ban for ban in found if ban.lifted_at is None]
    _show(at.as_json, work.workspace.slug, found, names, "May be contacted: no ban bears on it.")
    if stands:
        ctx.exit(1)


@command.command("lift")
@click.argument("suppression", type=click.UUID)
@click.option("--reason", required=True, help="Why it no longer holds; kept for good.")
@place_options
@click.pass_context
def lift_command(ctx: click.Context, /, suppression: UUID, reason: str, **place: Any) -> None:
    """End a ban, as the administrator, with a reason; both stay on record."""
    from galena.surfaces.cli.work import working
    from galena.workflows.suppress import lift

    at = place_of(ctx, **place)
    with (
        working("galena suppress lift", at.home, at.workspace, at.playbook) as work,
        work.session() as session,
    ):
        ban = lift(session, suppression, because=reason, at=work.galena.clock())
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, "lifted": str(ban.id)})
    else:
        say("Lifted. Other bans of the same lead stay: `galena suppress list`.")


def _show(as_json: bool, slug: str, found: Any, names: dict[UUID, str], nothing: str) -> None:
    rows = [
        (
            ban.value or ("lead" if ban.kind == "lead" else f"{ban.kind} (erased)"),
            names.get(ban.tenant_id, "?") if ban.tenant_id else "everybody",
            ban.reason,
            ban.author,
            ban.at.strftime("%Y-%m-%d"),
            str(ban.id),
            f"{ban.lifted_at:%Y-%m-%d}: {ban.lifted_because}" if ban.lifted_at else "",
        )
        for ban in found
    ]
    if as_json:
        emit_json({"workspace": slug, "bans": [dict(zip(_HEAD, row, strict=True)) for row in rows]})
    else:
        show(table(list(rows), _HEAD) if rows else nothing)
