"""`galena tasks`: what is to be done next, and chasing."""

from typing import Any

import click

from galena.domain.dispositions import STEP_WORDS, NextStep
from galena.surfaces.cli.options import place_of, place_options
from galena.surfaces.cli.output import emit_json, say, show, table
from galena.surfaces.cli.tenants_named import tenant_named

_HEAD = ("due", "what", "lead", "key", "whose", "note")


@click.group("tasks", invoke_without_command=True)
@click.option("--tenant", help="Only this tenant's.")
@click.option("--due", is_flag=True, help="Only what is due today or overdue.")
@place_options
@click.pass_context
def command(ctx: click.Context, /, tenant: str | None, due: bool, **place: Any) -> None:
    """What is to be done next with leads: call-backs, retries, meetings to report. Without a command: the list."""
    ctx.obj = place_of(ctx, **place)
    if ctx.invoked_subcommand is not None:
        return
    from galena.stores import tasks
    from galena.surfaces.cli.work import working

    at = ctx.obj
    with (
        working("galena tasks", at.home, at.workspace, at.playbook, reads_only=True) as work,
        work.session() as session,
    ):
        day = work.galena.clock().date() if due else None
        found = tasks.list_open(session, due=day, tenant_id=tenant_named(session, tenant))
    rows = [
        (
            each.due_on.isoformat(),
            STEP_WORDS[NextStep(each.step)],
            each.title,
            each.lead_key,
            each.tenant or "",
            each.note,
        )
        for each in found
    ]
    if at.as_json:
        emit_json(
            {"workspace": work.workspace.slug, "tasks": [dict(zip(_HEAD, row, strict=True)) for row in rows]}
        )
    else:
        show(table(list(rows), _HEAD) if rows else "Nothing is to be done.")


@command.command("chase")
@place_options
@click.pass_context
def chase_command(ctx: click.Context, /, **place: Any) -> None:
    """Do what the day asks for: remind, call back, take up leads whose rest is over. Once a day is enough."""
    from galena.surfaces.cli.work import working
    from galena.workflows.chase import chase

    at = place_of(ctx, **place)
    with working("galena tasks chase", at.home, at.workspace, at.playbook) as work:
        done = chase(work.context)
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, **done.as_dict()})
        return
    say(f"{done.resumed:,} leads taken up again after their rest; {done.opened:,} leads left alone too long.")
    for step, count in done.reminded.items():
        say(f"  reminded: {count:,} x {STEP_WORDS[NextStep(step)].lower()}")
