"""`galena resolve`: which leads are one; why; and taken apart again."""

from pathlib import Path
from uuid import UUID

import click

from galena.surfaces.cli.options import place_of, place_options
from galena.surfaces.cli.output import emit_json, progress, say, show


@click.group("resolve", invoke_without_command=True)
@place_options
@click.option("--dry-run", is_flag=True, help="Count what would be joined and asked, and decide nothing.")
@click.option(
    "--learn", is_flag=True, help="First learn from the leads themselves how duplicates look among them."
)
@click.pass_context
def command(
    ctx: click.Context,
    workspace: str | None,
    playbook: str | None,
    home: Path | None,
    as_json: bool,
    dry_run: bool,
    learn: bool,
) -> None:
    """Compare all leads: join those that are one, put the unsure pairs into the review queue.

    New leads are compared as they come in; this compares all of them, and can be stopped and started at any time.
    """
    from galena.surfaces.cli.resolve_output import resolve_words
    from galena.surfaces.cli.work import working
    from galena.workflows.resolve import resolve_workspace

    place = place_of(ctx, workspace=workspace, playbook=playbook, home=home, as_json=as_json)
    ctx.obj = place
    if ctx.invoked_subcommand:
        return
    with working("galena resolve", place.home, place.workspace, place.playbook) as work:
        with progress("Comparing", quiet=place.as_json) as advance:
            report = resolve_workspace(work.context, dry_run=dry_run, learn=learn, advance=advance)
        for line in resolve_words(report):
            say(line)
        touched = work.score_touched()
    if place.as_json:
        emit_json({"workspace": work.workspace.slug, **report.as_dict(), **touched.as_dict()})


@command.command("explain")
@click.argument("lead")
@place_options
@click.pass_context
def explain(
    ctx: click.Context,
    lead: str,
    workspace: str | None,
    playbook: str | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Say what a LEAD is made of, why its parts are one, and what was kept apart from it."""
    from galena.surfaces.cli.resolve_output import story_as_dict, story_words
    from galena.surfaces.cli.work import working
    from galena.workflows.explain_match import explain_match
    from galena.workflows.lead_view import find_lead

    place = place_of(ctx, workspace=workspace, playbook=playbook, home=home, as_json=as_json)
    with (
        working("galena resolve", place.home, place.workspace, place.playbook, reads_only=True) as work,
        work.session() as session,
    ):
        story = explain_match(session, find_lead(session, lead))
    if place.as_json:
        emit_json(story_as_dict(story))
        return
    for line in story_words(story):
        show(line)


@command.command("undo")
@click.argument("merge", type=click.UUID)
@place_options
@click.pass_context
def undo(
    ctx: click.Context,
    merge: UUID,
    workspace: str | None,
    playbook: str | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Take a lead apart at a MERGE (its id is in `galena resolve explain`). Both sides get back what they had."""
    from galena.stores import projections
    from galena.surfaces.cli.work import working
    from galena.workflows.lead_assembly import assembly_for
    from galena.workflows.sameness import unmerge

    place = place_of(ctx, workspace=workspace, playbook=playbook, home=home, as_json=as_json)
    with working("galena resolve", place.home, place.workspace, place.playbook) as work:
        context = work.context
        with context.session() as session:
            projections.take_turn(session)
            settled = unmerge(session, assembly_for(session, context.playbook), merge, context.clock())
        say(
            "Taken apart: both leads are back, with the scores and signals that each had. They stay apart from now on."
        )
        touched = work.score_touched()
    if place.as_json:
        emit_json({"parted": [str(node) for node in settled.parted], **touched.as_dict()})
