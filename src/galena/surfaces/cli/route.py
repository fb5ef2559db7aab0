"""`galena route`: leads given as they arrive; offers accepted and declined, leads returned, how fast tenants are."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from galena.surfaces.cli.options import Place, place_of, place_options
from galena.surfaces.cli.output import emit_json, say, show, table

if TYPE_CHECKING:
    from galena.surfaces.cli.work import Work
    from galena.workflows.route import Routed

SPEED_DAYS = 30
tenant_option = click.option("--tenant", required=True, help="The tenant that has the lead.")


@click.group("route", invoke_without_command=True)
@place_options
@click.pass_context
def command(ctx: click.Context, /, **place: Any) -> None:
    """Give every waiting lead to the tenant whose turn it is, who fits best or bids most."""
    ctx.obj = place_of(ctx, **place)
    if ctx.invoked_subcommand is None:
        _route(ctx.obj)


@command.command("keep")
@place_options
@click.pass_context
def keep_command(ctx: click.Context, /, **place: Any) -> None:
    """Offer lapsed leads on, warn of idle ones, take them back. The running server does it itself."""
    from galena.surfaces.cli.work import working
    from galena.workflows.offers import keep_up

    at = place_of(ctx, **place)
    with working("galena route keep", at.home, at.workspace, at.playbook) as work:
        kept = keep_up(work.context)
    if at.as_json:
        emit_json(kept.as_dict())
        return
    say(f"{kept.lapsed:,} offers lapsed, {kept.warned:,} leads warned of, {kept.taken_back:,} taken back.")
    _say(kept.routed)


@command.command("accept")
@click.argument("lead")
@tenant_option
@place_options
@click.pass_context
def accept_command(ctx: click.Context, /, lead: str, tenant: str, **place: Any) -> None:
    """Accept an offered lead for a tenant."""
    from galena.surfaces.cli.work import working
    from galena.workflows.offers import accept

    at = place_of(ctx, **place)
    with working("galena route accept", at.home, at.workspace, at.playbook) as work:
        accept(work.context, *_named(work, lead, tenant))
    _done(at, f"{lead} is accepted by {tenant}.")


@command.command("decline")
@click.argument("lead")
@tenant_option
@click.option("--why", default="", help="The reason.")
@place_options
@click.pass_context
def decline_command(ctx: click.Context, /, lead: str, tenant: str, why: str, **place: Any) -> None:
    """Decline an offered lead for a tenant; the next one is asked at once."""
    from galena.surfaces.cli.work import working
    from galena.workflows.offers import decline

    at = place_of(ctx, **place)
    with working("galena route decline", at.home, at.workspace, at.playbook) as work:
        routed = decline(work.context, *_named(work, lead, tenant), why)
    if at.as_json:
        emit_json(routed.as_dict())
        return
    _say(routed)


@command.command("return")
@click.argument("lead")
@tenant_option
@click.option("--reason", required=True, help="duplicate, bad_phone, out_of_area, or the playbook's own.")
@click.option("--note", default="", help="More about it.")
@place_options
@click.pass_context
def return_command(
    ctx: click.Context, /, lead: str, tenant: str, reason: str, note: str, **place: Any
) -> None:
    """Return a paid lead for a tenant, for a reason and within the time; it is refunded."""
    from galena.surfaces.cli.work import working
    from galena.workflows.offers import return_lead

    at = place_of(ctx, **place)
    with working("galena route return", at.home, at.workspace, at.playbook) as work:
        one = return_lead(work.context, *_named(work, lead, tenant), reason, note)
    _done(at, f"{lead} is returned; {one.price:,.2f} are refunded.")


@command.command("speed")
@place_options
@click.pass_context
def speed_command(ctx: click.Context, /, **place: Any) -> None:
    """Show how soon tenants contact their leads, over 30 days."""
    from galena.stores import routing_desk
    from galena.surfaces.cli.work import working

    at = place_of(ctx, **place)
    with (
        working("galena route speed", at.home, at.workspace, at.playbook, reads_only=True) as work,
        work.session() as session,
    ):
        found = routing_desk.list_speeds(session, work.galena.clock() - timedelta(days=SPEED_DAYS))
    if at.as_json:
        emit_json(
            {"tenants": [{name: getattr(each, name) for name in each.__dataclass_fields__} for each in found]}
        )
        return
    rows: list[tuple[Any, ...]] = [
        (
            each.tenant,
            each.leads,
            each.contacted,
            None if each.median_minutes is None else round(each.median_minutes),
        )
        for each in found
    ]
    show(table(rows, ("tenant", "leads", "contacted", "median minutes")))


def _route(at: Place) -> None:
    from galena.surfaces.cli.work import working
    from galena.workflows.route import route_ready

    with working("galena route", at.home, at.workspace, at.playbook) as work:
        routed = route_ready(work.context)
    if at.as_json:
        emit_json(routed.as_dict())
        return
    _say(routed)


def _named(work: "Work", lead: str, tenant: str) -> tuple[UUID, UUID]:
    from galena.stores import tenants
    from galena.workflows.claw_back import leads_named

    with work.session() as session:
        return leads_named(session, [lead])[0], tenants.find(session, tenant).id


def _say(routed: "Routed") -> None:
    for name, count in sorted(routed.given.items()):
        say(f"  {name}: {count:,}")
    say(f"{routed.leads:,} leads given or offered; {routed.nobody:,} that no tenant takes now.")


def _done(at: Place, said: str) -> None:
    if at.as_json:
        emit_json({"done": True})
        return
    say(said)
