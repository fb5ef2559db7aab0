"""`galena drop`: the weekly drop planned, committed, shown and undone."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from galena.surfaces.cli.options import Place, place_of, place_options
from galena.surfaces.cli.output import emit_json, say, show, table

if TYPE_CHECKING:
    from galena.workflows.drop_report import DropReport, TenantReport

on_option = click.option("--on", help="The day of the drop (2026-11-24). Default: the next one.")


@click.group("drop", invoke_without_command=True)
@place_options
@click.pass_context
def command(ctx: click.Context, /, **place: Any) -> None:
    """Give tenants their leads of the week. Without a command: the drops so far."""
    ctx.obj = place_of(ctx, **place)
    if ctx.invoked_subcommand is None:
        _list(ctx.obj)


@command.command("plan")
@on_option
@place_options
@click.pass_context
def plan_command(ctx: click.Context, /, on: str | None, **place: Any) -> None:
    """Plan the next drop with every lead and reason; nothing is given yet."""
    from galena.surfaces.cli.work import working
    from galena.workflows.drop_plan import plan_next_drop, read_day
    from galena.workflows.drop_report import drop_report

    at = place_of(ctx, **place)
    with working("galena drop plan", at.home, at.workspace, at.playbook) as work:
        drop_id = plan_next_drop(work.context, read_day(on))
        with work.session() as session:
            report = drop_report(session, drop_id)
    _show(at, report)
    if not at.as_json:
        say("Nothing was given yet: `galena drop commit` gives these leads.")


@command.command("commit")
@click.argument("drop_id", type=click.UUID, required=False)
@on_option
@place_options
@click.pass_context
def commit_command(ctx: click.Context, /, drop_id: UUID | None, on: str | None, **place: Any) -> None:
    """Give the leads of the plan, all or none. Without a plan: plan now. Twice changes nothing."""
    from galena.surfaces.cli.work import working
    from galena.workflows.drop_commit import commit_drop
    from galena.workflows.drop_plan import read_day
    from galena.workflows.drop_report import drop_report

    at = place_of(ctx, **place)
    with working("galena drop commit", at.home, at.workspace, at.playbook) as work:
        done = commit_drop(work.context, drop_id, read_day(on))
        with work.session() as session:
            report = drop_report(session, done.drop_id)
    _show(at, report)
    if not at.as_json and not done.changed:
        say("This drop was committed before; nothing changed.")


@command.command("due")
@place_options
@click.pass_context
def due_command(ctx: click.Context, /, **place: Any) -> None:
    """Commit the drops that are due now, in every workspace; for a timer. The server does it itself."""
    from galena.bootstrap import open_galena, settings_with
    from galena.workflows.drop_schedule import carry_out_drop, find_due_drops

    at = place_of(ctx, **place)
    with open_galena(settings_with(at.home)) as galena:
        due = find_due_drops(galena.door, galena.clock)
        ended = {each.key: carry_out_drop(galena.door, galena.clock, each) for each in due}
    if at.as_json:
        emit_json({"drops": ended})
        return
    say("\n".join(f"{key}: {word}" for key, word in ended.items()) or "No drop is due.")


@command.command("undo")
@click.argument("drop_id", type=click.UUID)
@click.option("--why", required=True, help="The reason; tenants read it.")
@place_options
@click.pass_context
def undo_command(ctx: click.Context, /, drop_id: UUID, why: str, **place: Any) -> None:
    """Take a whole drop back; leads that a tenant has contacted stay with it."""
    from galena.surfaces.cli.work import working
    from galena.workflows.drop_commit import undo_drop

    at = place_of(ctx, **place)
    with working("galena drop undo", at.home, at.workspace, at.playbook) as work:
        back, stay = undo_drop(work.context, drop_id, why)
    if at.as_json:
        emit_json({"drop": str(drop_id), "back": back, "stay": stay})
        return
    say(f"{back:,} leads are back in the pool.")
    if stay:
        say(f"{stay:,} stay with their tenants, who have contacted them.")


@command.command("list")
@place_options
@click.pass_context
def list_command(ctx: click.Context, /, **place: Any) -> None:
    """Show the drops, the newest first."""
    _list(place_of(ctx, **place))


@command.command("show")
@click.argument("drop_id", type=click.UUID, required=False)
@click.option("--tenant", help="Only this tenant, with every lead.")
@place_options
@click.pass_context
def show_command(ctx: click.Context, /, drop_id: UUID | None, tenant: str | None, **place: Any) -> None:
    """Show a drop (the newest): who got how many, what is missing and why."""
    from galena.stores import drops, tenants
    from galena.surfaces.cli.work import working
    from galena.workflows.drop_report import drop_report, newest_drop

    at = place_of(ctx, **place)
    with (
        working("galena drop show", at.home, at.workspace, at.playbook, reads_only=True) as work,
        work.session() as session,
    ):
        kept = drops.load(session, drop_id) if drop_id else newest_drop(session)
        who = tenants.find(session, tenant).id if tenant else None
        report = drop_report(session, kept.id, tenant_id=who)
    _show(at, report, with_leads=who is not None)


def _list(at: Place) -> None:
    from galena.stores import drops
    from galena.surfaces.cli.work import working
    from galena.workflows.drop_report import STATE_WORDS
    from galena.workflows.drop_schedule import next_drop_hours

    with (
        working("galena drop list", at.home, at.workspace, at.playbook, reads_only=True) as work,
        work.session() as session,
    ):
        found = drops.list_(session)
        coming = next_drop_hours(work.context, work.galena.clock())
    if at.as_json:
        rows = [
            {"drop": str(each.id), "drop_on": each.drop_on.isoformat(), "state": each.state} for each in found
        ]
        emit_json({"drops": rows})
        return
    if not found:
        say("There was no drop yet: `galena drop plan` plans one.")
        _say_next(coming)
        return
    lines: list[tuple[Any, ...]] = [
        (
            f"{each.drop_on:%a %d %b %Y}",
            STATE_WORDS[each.state],
            each.figures["measures"]["places"],
            each.figures.get("given", each.figures["measures"]["filled"]),
            str(each.id),
        )
        for each in found
    ]
    show(table(lines, ("day", "state", "places", "leads", "drop")))
    _say_next(coming)


def _say_next(coming: tuple[date, datetime] | None) -> None:
    if coming is not None:
        say(f"Next by schedule: {coming[0]:%A, %d %B %Y}, made at {coming[1]:%H:%M} UTC while Galena runs.")


def _show(at: Place, report: "DropReport", *, with_leads: bool = False) -> None:
    from galena.workflows.drop_report import STATE_WORDS

    if at.as_json:
        emit_json(report.as_dict())
        return
    kept, measures = report.drop, report.drop.figures["measures"]
    say(f"Drop of {kept.drop_on:%A, %d %B %Y}: {STATE_WORDS[kept.state]}. Its number: {kept.id}")
    rows: list[tuple[Any, ...]] = [
        (each.name, *_tiers(each), each.got, each.quota, round(each.value)) for each in report.tenants
    ]
    tiers = tuple(share.tier for share in report.tenants[0].shares) if report.tenants else ()
    if rows and all(len(row) == len(rows[0]) for row in rows):
        show(table(rows, ("tenant", *tiers, "leads", "places", "value")))
    say(
        f"{report.got:,} of {report.quota:,} places filled from {measures['leads']:,} leads;"
        f" evenness of value (Gini) {measures['gini']:.2f}."
    )
    for each in report.tenants:
        for words in each.shortfalls:
            say(f"  {each.name}, {words}")
    for name, why in report.out:
        say(f"  {name} takes no part. {why}")
    for line in report.left_out:
        say(f"  Left out: {line.title}. {line.left_out}")
    if with_leads:
        lines: list[tuple[Any, ...]] = [
            (line.title, line.tier, round(line.points), line.words)
            for each in report.tenants
            for line in each.lines
        ]
        show(table(lines, ("lead", "tier", "score", "why")))


def _tiers(each: "TenantReport") -> tuple[str, ...]:
    return tuple(
        f"{share.planned if share.given is None else share.given}/{share.quota}" for share in each.shares
    )
