"""`galena model export` and `import`: models to a folder or to MLflow, and back."""

from pathlib import Path
from typing import Any

import click

from galena.surfaces.cli.models_output import model_record
from galena.surfaces.cli.options import place_of, place_options
from galena.surfaces.cli.output import emit_json, say

_MLFLOW = "The MLflow to exchange with: http://host:5000, sqlite:////path/mlflow.db."


@click.command("export")
@click.argument("reference", metavar="MODEL")
@click.option(
    "--out", "-o", metavar="DIR", type=click.Path(path_type=Path), help="A new folder to write the model to."
)
@click.option("--mlflow", metavar="ADDRESS", help=_MLFLOW)
@click.option("--name", metavar="NAME", help="Its name at MLflow. Default: galena- and the purpose.")
@click.option(
    "--experiment", default="galena", metavar="NAME", help="The experiment at MLflow. Default: galena."
)
@click.option(
    "--artifacts", metavar="ADDRESS", help="Where a new experiment keeps its files. Default: MLflow's own."
)
@place_options
@click.pass_context
def export_command(
    ctx: click.Context,
    /,
    reference: str,
    out: Path | None,
    mlflow: str | None,
    name: str | None,
    experiment: str,
    artifacts: str | None,
    **place: Any,
) -> None:
    """Write MODEL to a folder that `galena model score` reads, or copy it to MLflow."""
    from galena.bootstrap import open_objects
    from galena.surfaces.cli.work import working
    from galena.workflows.mlflow_exchange import export_model
    from galena.workflows.model_artefacts import fetch_to_new
    from galena.workflows.model_registry import find_model

    if (out is None) == (mlflow is None):
        raise click.UsageError("Where to? Give --out DIR or --mlflow ADDRESS.")
    at = place_of(ctx, **place)
    with working("galena model export", at.home, at.workspace, at.playbook) as work:
        store = open_objects(work.galena.settings)
        with work.session() as session:
            model = find_model(session, reference)
        if out is not None:
            fetch_to_new(work.context, store, model, out)
            where: dict[str, Any] = {"folder": str(out)}
        if mlflow is not None:
            copy = export_model(
                work.context,
                store,
                model,
                tracking_uri=mlflow,
                name=name,
                experiment=experiment,
                artifacts=artifacts,
            )
            where = {
                "name": copy.name,
                "version": copy.version,
                "run_id": copy.run_id,
                "address": copy.address,
            }
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, "model": model.name, **where})
    else:
        say(f"{model.name} is in {out}." if out else f"{model.name} is at MLflow as {where['address']}.")


@click.command("import")
@click.argument("name")
@click.option("--mlflow", required=True, metavar="ADDRESS", help=_MLFLOW)
@click.option(
    "--version", type=click.IntRange(min=1), metavar="N", help="Its version there. Default: the newest."
)
@click.option(
    "--purpose", metavar="NAME", help="What it predicts here. Default: what it did where it comes from."
)
@click.option("--why", default="", metavar="TEXT", help="Why it comes here; kept with it.")
@place_options
@click.pass_context
def import_command(
    ctx: click.Context,
    /,
    name: str,
    mlflow: str,
    version: int | None,
    purpose: str | None,
    why: str,
    **place: Any,
) -> None:
    """Register the model NAME from MLflow, where `galena model export` put it, as a candidate."""
    from galena.bootstrap import open_objects
    from galena.surfaces.cli.work import working
    from galena.workflows.mlflow_exchange import import_model

    at = place_of(ctx, **place)
    with working("galena model import", at.home, at.workspace, at.playbook) as work:
        store = open_objects(work.galena.settings)
        model = import_model(
            work.context, store, tracking_uri=mlflow, name=name, version=version, purpose=purpose, why=why
        )
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, **model_record(model)})
    else:
        say(f"Registered as {model.name}, a {model.status}.")
