"""`galena imports`: earlier imports, and undoing one completely."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

import click

from galena.kit.errors import NotFoundError
from galena.surfaces.cli.options import Place, place_of, place_options
from galena.surfaces.cli.output import emit_json, say, table

ID_CHARS = 18
"""The beginning of an import's id that is shown; enough to tell imports apart."""


@click.group("imports", invoke_without_command=True)
@place_options
@click.pass_context
def command(ctx: click.Context, /, **place: Any) -> None:
    """See earlier imports; undo one completely. Without a command it lists them."""
    ctx.obj = place_of(ctx, **place)
    if ctx.invoked_subcommand is None:
        _list(ctx.obj)


@command.command("list")
@place_options
@click.pass_context
def list_command(ctx: click.Context, /, **place: Any) -> None:
    """Earlier imports, the latest first."""
    _list(place_of(ctx, **place))


def _list(place: Place) -> None:
    from galena.stores import imports
    from galena.surfaces.cli.work import working

    with (
        working("galena imports", place.home, place.workspace, place.playbook, reads_only=True) as work,
        work.session() as session,
    ):
        found = imports.list_(session, limit=200)
    if place.as_json:
        emit_json(
            {
                "workspace": work.workspace.slug,
                "imports": [
                    {
                        "id": str(each.id),
                        "file": each.file_name,
                        "source": each.source,
                        "status": each.status,
                        "rows": each.counts.read,
                        "created": each.counts.created,
                        "updated": each.counts.updated,
                        "unchanged": each.counts.unchanged,
                        "quarantined": each.counts.quarantined,
                        "started_at": each.started_at.isoformat(),
                        "error": each.error,
                    }
                    for each in found
                ],
            }
        )
        return
    rows = [
        (
            str(each.id)[:ID_CHARS],
            f"{each.started_at:%Y-%m-%d %H:%M}",
            each.file_name,
            each.status,
            each.counts.read,
            each.counts.created,
            each.counts.updated,
            each.counts.unchanged,
            each.counts.quarantined,
        )
        for each in found
    ]
    heads = (
        "import",
        "began (UTC)",
        "file",
        "state",
        "rows",
        "created",
        "updated",
        "unchanged",
        "quarantined",
    )
    click.echo(table(rows, heads) if rows else "Nothing has been imported yet.")


@command.command("undo")
@click.argument("import_id", metavar="IMPORT")
@place_options
@click.pass_context
def undo_command(ctx: click.Context, /, import_id: str, **place: Any) -> None:
    """Take IMPORT back (its id, or the beginning of it): its leads vanish, leads it changed are as before."""
    from galena.stores import imports
    from galena.surfaces.cli.work import working
    from galena.workflows.undo import undo_import

    at = place_of(ctx, **place)
    with working("galena imports undo", at.home, at.workspace, at.playbook) as work:
        with work.session() as session:
            known = [each.id for each in imports.list_(session, limit=100_000)]
        report = undo_import(work.context, meant(import_id, known))
        touched = work.score_touched()
    if at.as_json:
        counts = {name: count for name, count in asdict(report).items() if name != "import_id"}
        emit_json(
            {
                "workspace": work.workspace.slug,
                "import_id": str(report.import_id),
                **counts,
                **touched.as_dict(),
            }
        )
    elif report.was_undone:
        say("It had been undone already.")
    else:
        say(
            f"Undone: {report.leads_removed:,} leads removed, {report.leads_rebuilt:,} as they were before,"
            f" {report.quarantined:,} rows taken out of the quarantine."
        )


def meant(beginning: str, known: Sequence[UUID]) -> UUID:
    """The import whose id begins like this.

    Raises:
        NotFoundError: none does, or several do.
    """
    fitting = [each for each in known if beginning and str(each).startswith(beginning.lower())]
    if len(fitting) != 1:
        raise NotFoundError(
            "Several imports begin like this." if fitting else "No import begins like this.",
            facts={"given": beginning},
            remedy="`galena imports` lists them.",
        )
    return fitting[0]
