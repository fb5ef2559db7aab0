"""`galena pull`: fetch what is new at connected sources."""

from typing import TYPE_CHECKING, Any

import click

from galena.surfaces.cli.options import place_of, place_options
from galena.surfaces.cli.output import Advance, emit_json, progress, say

if TYPE_CHECKING:
    from galena.surfaces.cli.work import Work
    from galena.workflows.pull import PullReport


@click.command("pull")
@click.argument("names", nargs=-1, metavar="[NAME...]")
@click.option("--all", "every", is_flag=True, help="Every connection that is not paused.")
@click.option("--due", is_flag=True, help="Those whose time has come by their schedule; for cron or a timer.")
@click.option(
    "--from-start", is_flag=True, help="Fetch everything again; what is here already is not doubled."
)
@place_options
@click.pass_context
def command(
    ctx: click.Context, /, names: tuple[str, ...], every: bool, due: bool, from_start: bool, **place: Any
) -> None:
    """Fetch what is new at the connections NAME; a pull that was cut off goes on where it was.

    What comes is taken in as files are: records, quarantine, duplicates. Where leads are scored, those that it touches
    are scored again. A source that fails does not keep the others waiting; the exit status is then 4.
    """
    from galena.surfaces.cli.work import working

    at = place_of(ctx, **place)
    if sum((bool(names), every, due)) != 1:
        raise click.UsageError("Name connections, or give one of --all and --due.")
    with working("galena pull", at.home, at.workspace, at.playbook) as work:
        wanted = list(names) or _chosen(work, due_only=due)
        reports = []
        for name in wanted:
            with progress(f"Pulling {name}", quiet=at.as_json) as advance:
                reports.append(
                    _pull(work, name, advance, from_start=from_start, trigger="schedule" if due else "hand")
                )
            if not at.as_json:
                _tell(reports[-1])
        touched = work.score_touched()
    if at.as_json:
        pulls = [each.as_dict() for each in reports]
        emit_json({"workspace": work.workspace.slug, "pulls": pulls, **touched.as_dict()})
    elif not reports:
        say("Nothing is due." if due else "Nothing is connected that can be pulled.")
    if any(each.fault for each in reports):
        ctx.exit(4)


def _chosen(work: "Work", *, due_only: bool) -> list[str]:
    from galena.stores import connections
    from galena.workflows.gateway import gateway_of

    gateway = gateway_of(work.galena.settings)
    with work.session() as session:
        if due_only:
            return [each.name for each in connections.list_due(session, work.galena.clock())]
        found = connections.list_all(session)
    return [
        each.name for each in found if each.state != "paused" and gateway.connector(each.connector).is_pulled
    ]


def _pull(work: "Work", name: str, advance: Advance, *, from_start: bool, trigger: str) -> "PullReport":
    from galena.workflows.gateway import gateway_of
    from galena.workflows.pull import pull_connection
    from galena.workflows.pull_stream import PullOptions

    options = PullOptions(
        trigger=trigger,
        from_start=from_start,
        progress=lambda now: advance(now.counts.fetched, None, f"Pulling {now.connection}, {now.stream}"),
    )
    return pull_connection(work.context, gateway_of(work.galena.settings), name, options)


def _tell(report: "PullReport") -> None:
    counts, leads = report.counts, report.leads
    say(
        f"{report.connection}: {counts.fetched:,} records fetched, {counts.accepted:,} new, {counts.duplicate:,} known,"
        f" {counts.quarantined:,} set aside; {leads.created:,} leads made, {leads.updated:,} changed."
    )
    for note in report.notes:
        say(f"  {note}")
    if report.fault:
        say(f"  It stopped: {report.fault}")
        if counts.fetched:
            say("  What came before is kept; the next pull goes on from there.")
