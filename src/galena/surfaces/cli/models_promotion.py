"""`galena model promote`, `rollback`, `archive`: which model scores."""

from pathlib import Path
from typing import Any

import click

from galena.surfaces.cli.models_output import model_record, say_promotion
from galena.surfaces.cli.options import place_of, place_options
from galena.surfaces.cli.output import emit_json, say


@click.command("promote")
@click.argument("reference", metavar="MODEL")
@click.option(
    "--on",
    "table",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Later leads with their outcome, to try it on.",
)
@click.option("--target", metavar="COLUMN", help="The column of FILE with the outcome.")
@click.option(
    "--positive", metavar="VALUE", help="The value that counts as the good outcome; else it is found."
)
@click.option(
    "--time", metavar="COLUMN", help="The column of FILE that says when; earlier rows are left out."
)
@click.option(
    "--anyway", default="", metavar="REASON", help="Promote it without such a trial; the reason is kept."
)
@click.option(
    "--keep-former", is_flag=True, help="Let the former champion go on in the shadow, as challenger."
)
@place_options
@click.pass_context
def promote_command(
    ctx: click.Context,
    /,
    reference: str,
    table: Path | None,
    target: str | None,
    positive: str | None,
    time: str | None,
    anyway: str,
    keep_former: bool,
    **place: Any,
) -> None:
    """Let MODEL (booked:3, booked:challenger, or its id) score, when it is better on later leads.

    A model that was trained on the leads of the workspace is tried on those that came after its training and are
    decided; another on FILE, which holds later leads with their outcome. The champion (or, without one, the rules)
    scores the same leads, and the promotion goes through when a test says that the model is better, and surely enough.
    """
    from galena.bootstrap import open_objects
    from galena.surfaces.cli.work import working
    from galena.workflows.head_trial import try_on_leads
    from galena.workflows.model_promotion import promote
    from galena.workflows.model_registry import find_model
    from galena.workflows.model_trial import Trial, try_model

    if (table is None) != (target is None):
        raise click.UsageError("--on and --target go together.")
    at = place_of(ctx, **place)
    with working("galena model promote", at.home, at.workspace, at.playbook) as work:
        store = open_objects(work.galena.settings)
        with work.session() as session:
            model = find_model(session, reference)
        verdict = None
        if table is not None and target is not None:
            verdict = try_model(work.context, store, model.id, Trial(table, target, positive, time))
        elif not anyway.strip():
            verdict = try_on_leads(work.context, store, model.id)
        if verdict is not None and not at.as_json:
            say(verdict.detail["sentence"])
        done = promote(
            work.context,
            store,
            model.id,
            verdict=verdict,
            anyway=anyway,
            former_becomes="challenger" if keep_former else "archived",
        )
    say_promotion(done, "Promoted:", workspace=work.workspace.slug, as_json=at.as_json)


@click.command("rollback")
@click.argument("purpose")
@click.option("--why", required=True, metavar="TEXT", help="The reason; kept in the history.")
@place_options
@click.pass_context
def rollback_command(ctx: click.Context, /, purpose: str, why: str, **place: Any) -> None:
    """Bring back the champion of PURPOSE (booked ...) before the present one, which is archived."""
    from galena.bootstrap import open_objects
    from galena.surfaces.cli.work import working
    from galena.workflows.model_promotion import roll_back

    at = place_of(ctx, **place)
    with working("galena model rollback", at.home, at.workspace, at.playbook) as work:
        done = roll_back(work.context, open_objects(work.galena.settings), purpose, why=why)
    say_promotion(done, "Rolled back:", workspace=work.workspace.slug, as_json=at.as_json)


@click.command("archive")
@click.argument("reference", metavar="MODEL")
@click.option("--why", required=True, metavar="TEXT", help="The reason; kept in the history.")
@click.option("--anyway", is_flag=True, help="Even the champion: from then on rules score.")
@place_options
@click.pass_context
def archive_command(ctx: click.Context, /, reference: str, why: str, anyway: bool, **place: Any) -> None:
    """Put MODEL aside. It is kept, and can be promoted again."""
    from galena.surfaces.cli.work import working
    from galena.workflows.model_promotion import archive
    from galena.workflows.model_registry import find_model

    at = place_of(ctx, **place)
    with working("galena model archive", at.home, at.workspace, at.playbook) as work:
        with work.session() as session:
            model = find_model(session, reference)
        archived = archive(work.context, model.id, why=why, even_champion=anyway)
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, **model_record(archived)})
    else:
        say(f"{archived.name} is archived." + (" Rules score now." if model.status == "champion" else ""))
