"""`galena notifications`: what administrators are told, and who has seen it."""

from typing import Any
from uuid import UUID

import click

from galena.surfaces.cli.options import place_of, place_options
from galena.surfaces.cli.output import emit_json, say, show, table


@click.command("notifications")
@click.option("--all", "whole", is_flag=True, help="Also those somebody has seen.")
@click.option("--seen", "ids", type=click.UUID, multiple=True, help="Mark this one as seen.")
@click.option("--seen-all", is_flag=True, help="Mark all as seen.")
@place_options
@click.pass_context
def command(ctx: click.Context, /, whole: bool, ids: tuple[UUID, ...], seen_all: bool, **place: Any) -> None:
    """What administrators are told: drift, models that took over, experiments that ended, faults."""
    from galena.stores import notifications
    from galena.surfaces.cli.work import working

    at = place_of(ctx, **place)
    marks = bool(ids) or seen_all
    with (
        working("galena notifications", at.home, at.workspace, at.playbook, reads_only=not marks) as work,
        work.session() as session,
    ):
        done = (
            notifications.acknowledge(session, work.galena.clock(), None if seen_all else ids) if marks else 0
        )
        found = notifications.list_(session, seen=None if whole else False)
    if at.as_json:
        told = [{name: getattr(each, name) for name in each.__dataclass_fields__} for each in found]
        emit_json({"workspace": work.workspace.slug, "marked": done, "notifications": told})
        return
    if marks:
        say(f"{done} marked as seen.")
    if not found:
        say("Nothing new.")
        return
    rows = [
        (
            f"{each.at:%Y-%m-%d %H:%M}",
            each.severity,
            each.times,
            each.what,
            each.acknowledged_by or "",
            str(each.id),
        )
        for each in found
    ]
    show(table(rows, ("at (UTC)", "", "times", "what", "seen by", "id")))
