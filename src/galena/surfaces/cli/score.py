"""`galena score`: score the leads by rules, models, and the reasoner where one is set up."""

from datetime import datetime
from pathlib import Path

import click

from galena.surfaces.cli.options import (
    as_of_option,
    home_option,
    json_option,
    playbook_option,
    workspace_option,
)
from galena.surfaces.cli.output import emit_json, progress


@click.command("score")
@workspace_option
@playbook_option
@as_of_option
@click.option(
    "--require-enrichment", is_flag=True, help="Leads that lack facts the playbook needs wait unscored."
)
@home_option
@json_option
def command(
    workspace: str | None,
    playbook: str | None,
    as_of: datetime | None,
    require_enrichment: bool,
    home: Path | None,
    as_json: bool,
) -> None:
    """Score every lead of a workspace. Scores that stay the same leave no trace; the others enter the history."""
    from galena.surfaces.cli.reason_output import say_reasoning
    from galena.surfaces.cli.reports import say_scoring
    from galena.surfaces.cli.work import working
    from galena.workflows.score_workspace import score_workspace

    with working("galena score", home, workspace, playbook) as work:
        with progress("Scoring", quiet=as_json) as advance:
            report = score_workspace(
                work.context,
                work.galena.settings,
                as_of=as_of,
                require_enrichment=require_enrichment,
                advance=advance,
            )
        say_scoring(report.rescored)
        if report.reasoned is not None:
            say_reasoning(report.reasoned, work.context.playbook.currency)
    if as_json:
        emit_json({"workspace": work.workspace.slug, **report.as_dict()})
