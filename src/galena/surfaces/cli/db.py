"""`galena db`: back up, restore, migrate."""

from datetime import datetime
from pathlib import Path

import click

from galena.bootstrap import open_engine, open_objects, settings_with
from galena.kit.clock import system_clock
from galena.kit.errors import ConflictError
from galena.kit.postgres.dump import back_up, restore
from galena.stores.migrations import migrate, schema_version
from galena.surfaces.cli.options import home_option, json_option
from galena.surfaces.cli.output import emit_json, say


@click.group("db")
def command() -> None:
    """Back up, restore and migrate the database."""


@command.command("backup")
@click.option("--out", "file", type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
@home_option
@json_option
def backup_command(file: Path | None, home: Path | None, as_json: bool) -> None:
    """Write everything to one file, while Galena may go on running; models, if there are any, to a second beside it."""
    from galena.workflows.model_backup import back_up_models, file_beside

    file = file or Path(_file_name(system_clock()))
    settings = settings_with(home)
    with open_engine(settings) as engine:
        back_up(engine.url.set(drivername="postgresql").render_as_string(hide_password=False), file)
    models_file = file_beside(file)
    count = back_up_models(open_objects(settings), models_file)
    size = file.stat().st_size
    if as_json:
        emit_json(
            {
                "file": str(file),
                "bytes": size,
                "models_file": str(models_file) if count else None,
                "models": count,
            }
        )
        return
    say(f"Backed up to {file} ({size:,} bytes). `galena db restore {file}` brings it back.")
    if count:
        say(f"The stored models ({count:,}) are in {models_file}: keep the two files together.")


@command.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Replace what is there without asking.")
@home_option
@json_option
def restore_command(file: Path, yes: bool, home: Path | None, as_json: bool) -> None:
    """Replace everything by what a back-up holds: all of it, or nothing when something is wrong."""
    from galena.workflows.model_backup import file_beside, restore_models

    settings = settings_with(home)
    models_file = file_beside(file)
    with open_engine(settings) as engine:
        if schema_version(engine) is not None and not yes:
            raise ConflictError(
                "The database holds data that the back-up would replace.",
                facts={"back-up": str(file)},
                remedy="Run it again with --yes to replace it. `galena db backup` keeps a copy first.",
            )
        # Models come first: one too many does no harm, one that is listed and missing does.
        count = restore_models(open_objects(settings), models_file) if models_file.is_file() else 0
        migrate(engine)  # The roles that the back-up's permissions name must exist before it comes.
        url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        engine.dispose()
        restore(url, file)
        migrate(engine)
        version = schema_version(engine)
    if as_json:
        emit_json({"restored": str(file), "schema_version": version, "models": count})
        return
    say(f"Restored from {file}.")
    if count:
        say(f"Brought back {count:,} stored models from {models_file}.")


@command.command("migrate")
@home_option
@json_option
def migrate_command(home: Path | None, as_json: bool) -> None:
    """Bring the database to this version of Galena; it happens by itself at each start, too."""
    with open_engine(settings_with(home)) as engine:
        before = schema_version(engine)
        migrate(engine)
        after = schema_version(engine)
    if as_json:
        emit_json({"before": before, "after": after})
    else:
        say(f"The database was at {before or 'nothing'} and is at {after}.")


def _file_name(now: datetime) -> str:
    return f"galena-{now:%Y%m%d-%H%M%S}.backup"
