"""`galena clawback`: the desk: who has which lead; take back, give, pass on, hold, release."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from galena.kit.errors import InputError
from galena.surfaces.cli.options import Moment, Place, place_of, place_options
from galena.surfaces.cli.output import emit_json, say, show, table

if TYPE_CHECKING:
    from galena.stores.door import Session
    from galena.surfaces.cli.work import Work
    from galena.workflows.claw_back import DeskReport

SHOWN = 20
why_option = click.option("--why", required=True, help="The reason; the tenant and the history show it.")
leads_argument = click.argument("leads", nargs=-1)


def chosen_options(command: Any) -> Any:
    """Which leads, beside those named: a tenant's, a drop's."""
    for option in (
        click.option("--tenant", help="All leads of this tenant."),
        click.option("--drop", "drop_id", type=click.UUID, help="All leads of this drop."),
    ):
        command = option(command)
    return command


@click.group("clawback", invoke_without_command=True)
@place_options
@click.pass_context
def command(ctx: click.Context, /, **place: Any) -> None:
    """Who has which lead; take back, give, pass on, hold. Without a command: the list."""
    ctx.obj = place_of(ctx, **place)
    if ctx.invoked_subcommand is None:
        _list(ctx.obj, None, None, ended=False)


@command.command("take")
@leads_argument
@chosen_options
@click.option("--hold", "also_hold", is_flag=True, help="Keep them out of drops and routing, too.")
@why_option
@place_options
@click.pass_context
def take_command(
    ctx: click.Context,
    /,
    leads: tuple[str, ...],
    tenant: str | None,
    drop_id: UUID | None,
    also_hold: bool,
    why: str,
    **place: Any,
) -> None:
    """Take leads back into the pool; what they cost is refunded."""
    from galena.workflows.claw_back import claw_back

    def story(work: "Work", ids: tuple[UUID, ...]) -> "DeskReport":
        return claw_back(work.context, ids, why, hold=also_hold)

    _run(place_of(ctx, **place), "take", (leads, tenant, drop_id), story, "taken back")


@command.command("release")
@leads_argument
@chosen_options
@why_option
@place_options
@click.pass_context
def release_command(
    ctx: click.Context,
    /,
    leads: tuple[str, ...],
    tenant: str | None,
    drop_id: UUID | None,
    why: str,
    **place: Any,
) -> None:
    """Free leads from the tenant they are locked to; nothing is refunded."""
    from galena.workflows.claw_back import release

    def story(work: "Work", ids: tuple[UUID, ...]) -> "DeskReport":
        return release(work.context, ids, why)

    _run(place_of(ctx, **place), "release", (leads, tenant, drop_id), story, "released")


@command.command("give")
@leads_argument
@click.option("--to", "to", required=True, help="The tenant that gets them.")
@why_option
@place_options
@click.pass_context
def give_command(ctx: click.Context, /, leads: tuple[str, ...], to: str, why: str, **place: Any) -> None:
    """Give leads that nobody has to a tenant, by hand."""
    from galena.workflows.claw_back import give

    def story(work: "Work", ids: tuple[UUID, ...]) -> "DeskReport":
        return give(work.context, ids, to, why)

    _run(place_of(ctx, **place), "give", (leads, None, None), story, f"given to {to}")


@command.command("pass")
@leads_argument
@chosen_options
@click.option("--to", "to", required=True, help="The tenant that gets them.")
@why_option
@place_options
@click.pass_context
def pass_command(
    ctx: click.Context,
    /,
    leads: tuple[str, ...],
    tenant: str | None,
    drop_id: UUID | None,
    to: str,
    why: str,
    **place: Any,
) -> None:
    """Take leads from their tenant and give them to another one."""
    from galena.workflows.claw_back import reassign

    def story(work: "Work", ids: tuple[UUID, ...]) -> "DeskReport":
        return reassign(work.context, ids, to, why)

    _run(place_of(ctx, **place), "pass", (leads, tenant, drop_id), story, f"passed on to {to}")


@command.command("hold")
@leads_argument
@click.option("--until", type=Moment(), help="The last day of the hold (2026-12-31). Default: until ended.")
@why_option
@place_options
@click.pass_context
def hold_command(
    ctx: click.Context, /, leads: tuple[str, ...], until: datetime | None, why: str, **place: Any
) -> None:
    """Keep leads out of drops and routing."""
    from galena.workflows.claw_back import hold

    def story(work: "Work", ids: tuple[UUID, ...]) -> "DeskReport":
        return hold(work.context, ids, why, until)

    _run(place_of(ctx, **place), "hold", (leads, None, None), story, "held")


@command.command("unhold")
@leads_argument
@why_option
@place_options
@click.pass_context
def unhold_command(ctx: click.Context, /, leads: tuple[str, ...], why: str, **place: Any) -> None:
    """Let drops and routing give held leads again."""
    from galena.workflows.claw_back import end_hold

    def story(work: "Work", ids: tuple[UUID, ...]) -> "DeskReport":
        return end_hold(work.context, ids, why)

    _run(place_of(ctx, **place), "unhold", (leads, None, None), story, "held no more")


@command.command("list")
@click.option("--tenant", help="Only this tenant's.")
@click.option("--state", help="Only this state: active, inactive, closed, clawed_back ...")
@click.option("--ended", is_flag=True, help="Also those that have ended.")
@place_options
@click.pass_context
def list_command(
    ctx: click.Context, /, tenant: str | None, state: str | None, ended: bool, **place: Any
) -> None:
    """Show who has which lead, the newest first."""
    _list(place_of(ctx, **place), tenant, state, ended=ended)


@command.command("history")
@click.argument("lead")
@place_options
@click.pass_context
def history_command(ctx: click.Context, /, lead: str, **place: Any) -> None:
    """Show every step of a lead: who had it, when, why."""
    from galena.stores import assignments, tenants
    from galena.surfaces.cli.work import working
    from galena.workflows.claw_back import leads_named

    at = place_of(ctx, **place)
    with (
        working("galena clawback history", at.home, at.workspace, at.playbook, reads_only=True) as work,
        work.session() as session,
    ):
        changes = assignments.list_changes(session, leads_named(session, [lead])[0])
        names = {
            each.tenant.id: each.tenant.name for each in tenants.list_wants(session, work.galena.clock())
        }
    if at.as_json:
        rows = [{name: getattr(each, name) for name in each.__dataclass_fields__} for each in changes]
        emit_json({"lead": lead, "changes": rows})
        return
    lines: list[tuple[Any, ...]] = [
        (
            f"{each.at:%Y-%m-%d %H:%M}",
            each.step.replace("_", " "),
            names.get(each.tenant_id, "") if each.tenant_id else "",
            each.why or "",
            each.author,
        )
        for each in changes
    ]
    show(table(lines, ("when (UTC)", "step", "tenant", "why", "by")))


@command.command("check")
@place_options
@click.pass_context
def check_command(ctx: click.Context, /, **place: Any) -> None:
    """Replay the whole history and see that it gives exactly what stands now."""
    from galena.surfaces.cli.work import working
    from galena.workflows.ledger_check import check_ledger

    at = place_of(ctx, **place)
    with (
        working("galena clawback check", at.home, at.workspace, at.playbook, reads_only=True) as work,
        work.session() as session,
    ):
        verdict = check_ledger(session)
    if at.as_json:
        emit_json(
            {"steps": verdict.steps, "open": verdict.open_count, "differences": list(verdict.differences)}
        )
    else:
        say(f"{verdict.steps:,} steps replayed; {verdict.open_count:,} leads are with tenants.")
        for words in verdict.differences:
            say(f"  {words}")
        say("The history gives exactly what stands." if not verdict.differences else "The history differs.")
    if verdict.differences:
        raise click.exceptions.Exit(1)


def _run(
    at: Place,
    name: str,
    chosen: tuple[tuple[str, ...], str | None, UUID | None],
    story: "Callable[[Work, tuple[UUID, ...]], DeskReport]",
    said: str,
) -> None:
    from galena.surfaces.cli.work import working

    with working(f"galena clawback {name}", at.home, at.workspace, at.playbook) as work:
        with work.session() as session:
            ids = _ids(session, *chosen)
        report = story(work, ids)
    if at.as_json:
        emit_json(report.as_dict())
        return
    say(f"{len(report.done):,} {'lead' if len(report.done) == 1 else 'leads'} {said}.")
    for lead, why in list(report.left_out.items())[:SHOWN]:
        say(f"  Not {lead}: {why}")
    if len(report.left_out) > SHOWN:
        say(f"  and {len(report.left_out) - SHOWN:,} more")


def _ids(
    session: "Session", named: tuple[str, ...], tenant: str | None, drop_id: UUID | None
) -> tuple[UUID, ...]:
    from galena.stores import routing_desk, tenants
    from galena.stores.routing_desk import DeskQuery
    from galena.workflows.claw_back import leads_named

    if tenant is None and drop_id is None:
        if not named:
            raise InputError("Which leads?", remedy="Name their keys.")
        return leads_named(session, named)
    who = tenants.find(session, tenant).id if tenant else None
    found = routing_desk.list_lead_ids(session, DeskQuery(tenant_id=who, drop_id=drop_id))
    if named:
        wanted = set(leads_named(session, named))
        return tuple(lead for lead in found if lead in wanted)
    return found


def _list(at: Place, tenant: str | None, state: str | None, *, ended: bool) -> None:
    from galena.domain.assignment import STATE_WORDS
    from galena.stores import routing_desk, tenants
    from galena.stores.routing_desk import DeskQuery
    from galena.surfaces.cli.work import working

    with (
        working("galena clawback list", at.home, at.workspace, at.playbook, reads_only=True) as work,
        work.session() as session,
    ):
        who = tenants.find(session, tenant).id if tenant else None
        query = DeskQuery(tenant_id=who, state=state, ended=ended)
        rows, count = routing_desk.list_rows(session, query), routing_desk.count_rows(session, query)
    if at.as_json:
        told = [{name: getattr(each, name) for name in each.__dataclass_fields__} for each in rows]
        emit_json({"count": count, "assignments": told})
        return
    lines: list[tuple[Any, ...]] = [
        (
            each.title,
            each.lead_key,
            each.tenant,
            each.tier,
            f"{each.assigned_at:%Y-%m-%d}",
            STATE_WORDS[each.state],  # type: ignore[index]
        )
        for each in rows
    ]
    show(table(lines, ("lead", "key", "tenant", "tier", "given", "stands")))
    say(f"{count:,} in all.")
