"""`galena run`: from a file to a ranked, explained list in one command."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from galena.surfaces.cli.ingest import check_files, file_options, take_in
from galena.surfaces.cli.options import as_of_option, home_option, json_option, workspace_option
from galena.surfaces.cli.output import emit_json, progress, say


@click.command("run")
@click.argument("files", nargs=-1, required=True, metavar="FILE|FOLDER...")
@click.option(
    "--playbook", "-p", required=True, help="permits, brokerage, realestate, b2b, or a folder of your own."
)
@click.option(
    "--out",
    "-o",
    required=True,
    type=click.Path(path_type=Path),
    help="The file to write: .csv, .parquet or .json.",
)
@workspace_option
@as_of_option
@file_options
@home_option
@json_option
def command(
    files: tuple[str, ...],
    playbook: str,
    out: Path,
    workspace: str | None,
    as_of: datetime | None,
    home: Path | None,
    as_json: bool,
    **reading: Any,
) -> None:
    """From files to a ranked, explained list: ingest, score, export.

    The list holds every scored lead of the workspace, best first. Run it again with more files: leads are kept and
    updated, nothing is doubled.
    """
    from galena.domain.listing import LeadQuery
    from galena.surfaces.cli.export import check_out, format_of
    from galena.surfaces.cli.reason_output import say_reasoning
    from galena.surfaces.cli.reports import say_export, say_intake, say_scoring
    from galena.surfaces.cli.work import working
    from galena.workflows.export import export_list
    from galena.workflows.score_workspace import score_workspace

    check_out(out)
    check_files(files)
    with working("galena run", home, workspace, playbook, make=True) as work:
        taken = take_in(work.context, files, quiet=as_json, **reading)
        say_intake(taken)
        with progress("Scoring", quiet=as_json) as advance:
            scored = score_workspace(
                work.context, work.galena.settings, as_of=as_of, trigger="import", advance=advance
            )
        say_scoring(scored.rescored)
        if scored.reasoned is not None:
            say_reasoning(scored.reasoned, work.context.playbook.currency)
        with work.session() as session:
            written = export_list(session, out, format_of(out), LeadQuery(statuses=("active",)))
        say_export(written)
        if written.best:
            say("`galena explain LEAD` says why; `galena up` shows everything in a browser.")
    if as_json:
        emit_json(
            {
                "workspace": work.workspace.slug,
                **taken.as_dict(),
                "scoring": scored.as_dict(),
                "export": written.as_dict(),
            }
        )
