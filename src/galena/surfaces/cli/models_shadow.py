"""`galena model challenge`, `shadow`, `agreement`: a model on trial beside the one that scores."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from galena.surfaces.cli.models_output import model_record
from galena.surfaces.cli.options import as_of_option, place_of, place_options
from galena.surfaces.cli.output import emit_json, progress, say


@click.command("challenge")
@click.argument("reference", metavar="MODEL")
@click.option("--why", default="", metavar="TEXT", help="The reason; kept in the history.")
@place_options
@click.pass_context
def challenge_command(ctx: click.Context, /, reference: str, why: str, **place: Any) -> None:
    """Put MODEL on trial: it scores in the shadow. The challenger before is a candidate again."""
    from galena.surfaces.cli.work import working
    from galena.workflows.model_registry import challenge, find_model

    at = place_of(ctx, **place)
    with working("galena model challenge", at.home, at.workspace, at.playbook) as work:
        with work.session() as session:
            model = find_model(session, reference)
        changed = challenge(work.context, model.id, why=why)
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, **model_record(changed)})
    else:
        say(f"{changed.name} is the challenger. `galena model shadow {changed.purpose}` lets it score.")


@click.command("shadow")
@click.argument("purpose")
@as_of_option
@place_options
@click.pass_context
def shadow_command(ctx: click.Context, /, purpose: str, as_of: datetime | None, **place: Any) -> None:
    """Let the challenger of PURPOSE, and the champion beside it, score every lead in the shadow."""
    from galena.bootstrap import open_objects
    from galena.surfaces.cli.work import working
    from galena.workflows.model_shadow import shadow_score

    at = place_of(ctx, **place)
    with (
        working("galena model shadow", at.home, at.workspace, at.playbook) as work,
        progress("Scoring in the shadow", quiet=at.as_json) as advance,
    ):
        store = open_objects(work.galena.settings)
        report = shadow_score(work.context, store, purpose, as_of=as_of, advance=advance)
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, **asdict(report)})
        return
    say(f"{' and '.join(report.models)} scored {report.leads:,} leads in the shadow.")
    for name, columns in report.missing_columns.items():
        say(f"  {name} misses: {', '.join(columns)}")
    say(f"`galena model agreement {purpose}` says how far they agree.")


@click.command("agreement")
@click.argument("purpose")
@place_options
@click.pass_context
def agreement_command(ctx: click.Context, /, purpose: str, **place: Any) -> None:
    """How far the challenger of PURPOSE agrees with the champion, or with the scores that stand."""
    from galena.surfaces.cli.work import working
    from galena.workflows.model_shadow import agreement

    at = place_of(ctx, **place)
    with working("galena model agreement", at.home, at.workspace, at.playbook, reads_only=True) as work:
        found = agreement(work.context, purpose)
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, **asdict(found)})
        return
    click.echo(f"{found.first} and {found.second}, on {found.leads:,} leads")
    click.echo(f"  mean probability: {found.mean_first:.1%} and {found.mean_second:.1%}")
    click.echo(
        f"  mean difference: {found.mean_difference:.1%}; within 5 points: {found.near_rate:.0%} of leads"
    )
    if found.rank_correlation is not None:
        click.echo(f"  rank correlation: {found.rank_correlation:.2f}")
    click.echo(f"  of the fifth to call first, both name {found.first_calls_in_common_rate:.0%}")
