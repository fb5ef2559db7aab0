"""`galena imports`: earlier imports, and undoing one completely."""

from pathlib import Path
from uuid import UUID

import click

from galena.kit.errors import NotFoundError
from galena.surfaces.cli.options import home_option, json_option, playbook_option, workspace_option
from galena.surfaces.cli.output import emit_json, say, table


@click.group("imports", invoke_without_command=True)
@workspace_option
@playbook_option
@home_option
@json_option
@click.pass_context
def command(
    ctx: click.Context, workspace: str | None, playbook: str | None, home: Path | None, as_json: bool
) -> None:
    """See earlier imports; undo one completely."""
    ctx.obj = (workspace, playbook, home, as_json)
    if ctx.invoked_subcommand is None:
        _list(workspace, playbook, home, as_json)


def _list(workspace: str | None, playbook: str | None, home: Path | None, as_json: bool) -> None:
    from galena.stores import imports
    from galena.surfaces.cli.work import working

    with working("galena imports", home, workspace, playbook) as work, work.session() as session:
        found = imports.list_(session, limit=200)
    if as_json:
        emit_json(
            {
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
                ]
            }
        )
        return
    rows = [
        (
            str(each.id)[:18],
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
@click.argument("import_id")
@click.pass_obj
def undo_command(options: tuple[str | None, str | None, Path | None, bool], import_id: str) -> None:
    """Take an import back: its leads vanish, leads it changed are as they were before."""
    from galena.stores import imports
    from galena.surfaces.cli.work import working
    from galena.workflows.undo import undo_import

    workspace, playbook, home, as_json = options
    with working("galena imports undo", home, workspace, playbook) as work:
        with work.session() as session:
            known = [each.id for each in imports.list_(session, limit=10_000)]
        report = undo_import(work.context, _meant(import_id, known))
    if as_json:
        emit_json({"import_id": str(report.import_id), "was_undone": report.was_undone})
    else:
        say(
            "It had been undone already."
            if report.was_undone
            else "Undone: leads are as if it had never been."
        )


def _meant(beginning: str, known: list[UUID]) -> UUID:
    fitting = [each for each in known if str(each).startswith(beginning.lower())]
    if len(fitting) != 1:
        raise NotFoundError(
            "No import begins like this." if not fitting else "Several imports begin like this.",
            facts={"given": beginning},
            remedy="`galena imports` lists them.",
        )
    return fitting[0]
