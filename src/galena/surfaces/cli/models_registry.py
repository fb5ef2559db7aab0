"""`galena model`, the registry: which models there are, which one scores, which one did."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from galena.surfaces.cli.models_exchange import export_command, import_command
from galena.surfaces.cli.models_output import model_record, models_table, say_comparison, shown
from galena.surfaces.cli.models_promotion import archive_command, promote_command, rollback_command
from galena.surfaces.cli.models_shadow import agreement_command, challenge_command, shadow_command
from galena.surfaces.cli.models_weights import weights_command
from galena.surfaces.cli.options import Moment, place_of, place_options
from galena.surfaces.cli.output import emit_json, say, table

STATUSES = ("candidate", "challenger", "champion", "archived")


@click.command("register")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--purpose", required=True, metavar="NAME", help="What it predicts: booked, won, or a name of your own."
)
@click.option("--why", default="", metavar="TEXT", help="Why it was trained; kept with it.")
@click.option("--challenger", "challenges", is_flag=True, help="Put it on trial at once.")
@place_options
@click.pass_context
def register_command(
    ctx: click.Context, /, folder: Path, purpose: str, why: str, challenges: bool, **place: Any
) -> None:
    """Keep the model that `galena model train` wrote to DIR, under the next version of its purpose."""
    from galena.bootstrap import open_objects
    from galena.surfaces.cli.work import working
    from galena.workflows.model_facts import facts_of_folder
    from galena.workflows.model_folder import require_model
    from galena.workflows.model_registry import register_model

    at = place_of(ctx, **place)
    require_model(folder)
    facts = facts_of_folder(folder, purpose, why)
    with working("galena model register", at.home, at.workspace, at.playbook) as work:
        store = open_objects(work.galena.settings)
        status: Any = "challenger" if challenges else "candidate"
        model = register_model(work.context, store, folder, facts, status=status)
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, **model_record(model)})
    else:
        says_nothing = model.card.get("usable_signal") is False
        hint = (
            "It found no usable signal"
            if says_nothing
            else f"`galena model promote {model.name}` lets it score"
        )
        say(f"Registered as {model.name}, a {model.status}. {hint}.")


@click.command("list")
@click.option("--purpose", metavar="NAME", help="Only models that predict this.")
@click.option("--status", type=click.Choice(STATUSES), help="Only models of this status.")
@place_options
@click.pass_context
def list_command(ctx: click.Context, /, purpose: str | None, status: Any, **place: Any) -> None:
    """The registered models, the newest of each purpose first."""
    from galena.stores import models
    from galena.surfaces.cli.work import working

    at = place_of(ctx, **place)
    with (
        working("galena model list", at.home, at.workspace, at.playbook, reads_only=True) as work,
        work.session() as session,
    ):
        found = models.list_(session, purpose=purpose, status=status)
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, "models": [model_record(each) for each in found]})
    elif found:
        click.echo(models_table(found))
    else:
        click.echo("No model is registered. `galena model register DIR` keeps one that was trained.")


@click.command("show")
@click.argument("reference", metavar="MODEL")
@place_options
@click.pass_context
def show_command(ctx: click.Context, /, reference: str, **place: Any) -> None:
    """The card of MODEL (booked:3, booked:champion, or its id), and what became of it."""
    from galena.stores import models
    from galena.surfaces.cli.work import working
    from galena.workflows.model_comparison import compare, leaves
    from galena.workflows.model_registry import find_model

    at = place_of(ctx, **place)
    with (
        working("galena model show", at.home, at.workspace, at.playbook, reads_only=True) as work,
        work.session() as session,
    ):
        model = find_model(session, reference)
        history = models.history(session, model_id=model.id)
    if at.as_json:
        changes = [
            {"at": each.at, "step": each.step, "status": each.status, "by": each.actor, "why": each.why,
             "evidence": each.evidence}
            for each in history
        ]  # fmt: skip
        emit_json({"workspace": work.workspace.slug, **model_record(model), "history": changes})
        return
    click.echo(f"{model.name} ({model.id})")
    lines = [(each.name, shown(each.first)) for each in compare(model, model).facts]
    lines += [(name, shown(value)) for name, value in leaves(model.metrics)]
    lines += [(name, shown(value)) for name, value in leaves(model.card)]
    click.echo(table(lines, ("", "")))
    click.echo("\nWhat became of it")
    rows = [(f"{each.at:%Y-%m-%d %H:%M}", each.step, each.status, each.actor, each.why) for each in history]
    click.echo(table(rows, ("at (UTC)", "step", "status", "by", "why")))


@click.command("compare")
@click.argument("first", metavar="MODEL")
@click.argument("second", metavar="OTHER")
@place_options
@click.pass_context
def compare_command(ctx: click.Context, /, first: str, second: str, **place: Any) -> None:
    """MODEL beside OTHER: their figures, what they were trained on, and where their cards differ."""
    from galena.surfaces.cli.work import working
    from galena.workflows.model_comparison import compare
    from galena.workflows.model_registry import find_model

    at = place_of(ctx, **place)
    with (
        working("galena model compare", at.home, at.workspace, at.playbook, reads_only=True) as work,
        work.session() as session,
    ):
        found = compare(find_model(session, first), find_model(session, second))
    if not at.as_json:
        say_comparison(found)
        return
    emit_json(
        {
            "workspace": work.workspace.slug,
            "first": model_record(found.first),
            "second": model_record(found.second),
            "same_data": found.same_data,
            "metrics": [
                {"name": each.name, "first": each.first, "second": each.second, "difference": each.difference}
                for each in found.metrics
            ],
        }
    )


@click.command("live-at")
@click.argument("moment", metavar="TIME", type=Moment())
@click.option("--purpose", metavar="NAME", help="Only of models that predict this.")
@place_options
@click.pass_context
def live_at_command(ctx: click.Context, /, moment: datetime, purpose: str | None, **place: Any) -> None:
    """Which model scored at TIME (2026-01-31: at the end of that day, UTC; or an instant)."""
    from galena.surfaces.cli.work import working
    from galena.workflows.model_registry import live_at

    at = place_of(ctx, **place)
    with working("galena model live-at", at.home, at.workspace, at.playbook, reads_only=True) as work:
        live = live_at(work.context, moment, purpose=purpose)
    if at.as_json:
        found = {name: model_record(model) if model else None for name, model in live.items()}
        emit_json({"workspace": work.workspace.slug, "at": moment, "champions": found})
        return
    for name, model in live.items():
        click.echo(f"{name}: {model.name if model else 'rules'}")
    if not live:
        click.echo("No model was ever registered: rules scored.")


commands = (
    register_command,
    list_command,
    show_command,
    compare_command,
    challenge_command,
    shadow_command,
    agreement_command,
    promote_command,
    rollback_command,
    archive_command,
    live_at_command,
    weights_command,
    export_command,
    import_command,
)
"""What `galena model` adds to its commands on files."""
