"""`galena quarantine`: the rows that could not be used: see them, mend and replay them, or leave them out."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from galena.kit.errors import ConfigurationError, NotFoundError
from galena.surfaces.cli.options import Place, place_of, place_options
from galena.surfaces.cli.output import emit_json, say, table

if TYPE_CHECKING:
    from galena.domain.imports import Quarantined
    from galena.stores.door import Session

ID_CHARS = 10
"""The end of a row's id that is shown; enough to tell rows apart."""

CELL_CHARS = 40
REASONS_SHOWN = 10


def list_options(command: Any) -> Any:
    """Which of the waiting rows."""
    for option in (
        click.option(
            "--limit", type=click.IntRange(1, 100_000), default=50, help="How many rows. Default: 50."
        ),
        click.option("--import", "import_id", help="Only rows of this import, as `galena imports` names it."),
    ):
        command = option(command)
    return command


@click.group("quarantine", invoke_without_command=True)
@list_options
@place_options
@click.pass_context
def command(ctx: click.Context, /, import_id: str | None, limit: int, **place: Any) -> None:
    """See the rows that could not be used; correct and replay them.

    Without a command it lists them. A row is named by its id, or by the end of it that the list shows.
    """
    ctx.obj = place_of(ctx, **place)
    if ctx.invoked_subcommand is None:
        _list(ctx.obj, import_id, limit)


@command.command("list")
@list_options
@place_options
@click.pass_context
def list_command(ctx: click.Context, /, import_id: str | None, limit: int, **place: Any) -> None:
    """The rows that wait, with their reasons."""
    _list(place_of(ctx, **place), import_id, limit)


def _list(place: Place, import_part: str | None, limit: int) -> None:
    from galena.stores import imports, quarantine

    with _working("galena quarantine", place, reads_only=True) as work, work.session() as session:
        import_id = _import_id(session, import_part)
        reasons = quarantine.count_by_reason(session, import_id=import_id)
        rows = quarantine.list_(session, import_id=import_id, limit=limit)
        files = {each: imports.load(session, each).file_name for each in {row.import_id for row in rows}}
    waiting = sum(count for _, _, count in reasons)
    if place.as_json:
        emit_json(
            {
                "workspace": work.workspace.slug,
                "waiting": waiting,
                "reasons": [{"field": field, "reason": why, "rows": count} for field, why, count in reasons],
                "rows": [_as_json(row, files[row.import_id]) for row in rows],
            }
        )
        return
    if not waiting:
        click.echo("No row waits: everything that came in could be used.")
        return
    click.echo(f"{waiting:,} rows wait.\n")
    for field, why, count in reasons[:REASONS_SHOWN]:
        click.echo(f"  {count:,} x {field or 'the row'}: {why}")
    lines = [
        (
            str(row.id)[-ID_CHARS:],
            files[row.import_id],
            row.row_number,
            row.faults[0].field,
            _short(row.faults[0].value),
            row.faults[0].reason,
        )
        for row in rows
    ]
    click.echo("\n" + table(lines, ("id", "file", "row", "field", "value", "reason")))
    if waiting > len(rows):
        click.echo(f"\nand {waiting - len(rows):,} more: --limit shows more of them.")
    say(
        "\n`galena quarantine show ID` shows a row; `galena quarantine replay ID --set COLUMN=VALUE` mends it."
    )


@command.command("show")
@click.argument("row")
@place_options
@click.pass_context
def show_command(ctx: click.Context, /, row: str, **place: Any) -> None:
    """Everything about ROW: its cells, what is wrong, what to do."""
    from galena.stores import imports
    from galena.workflows.quarantine_file import payload_of

    at = place_of(ctx, **place)
    with _working("galena quarantine show", at, reads_only=True) as work, work.session() as session:
        found = _row(session, row)
        file_name = imports.load(session, found.import_id).file_name
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, **_as_json(found, file_name)})
        return
    click.echo(f"Row {found.row_number:,} of {file_name} ({found.status})")
    for fault in found.faults:
        click.echo(f"  {fault.field or 'the row'}: {fault.reason} {fault.remedy}".rstrip())
        click.echo(f"    found: {_short(fault.value) or '(empty)'}")
    click.echo("\nAs delivered")
    for name, value in payload_of(found).items():
        click.echo(f"  {name}: {'' if value is None else value}")


@command.command("replay")
@click.argument("rows", nargs=-1, metavar="[ROW]...")
@click.option(
    "--set", "changes", multiple=True, metavar="COLUMN=VALUE", help="What stands there in truth; repeatable."
)
@click.option(
    "--file",
    "mended",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A corrected file that `galena quarantine export` wrote.",
)
@click.option("--all", "everything", is_flag=True, help="Every row that waits, as it is.")
@place_options
@click.pass_context
def replay_command(
    ctx: click.Context,
    /,
    rows: tuple[str, ...],
    changes: tuple[str, ...],
    mended: Path | None,
    everything: bool,
    **place: Any,
) -> int:
    """Bring rows in after all: with corrections, or as they are once the mapping or the playbook is mended.

    Where leads are scored, those of rows that come in are scored at once.
    """
    from galena.stores import quarantine
    from galena.surfaces.cli.reports import fault_words
    from galena.workflows.quarantine_file import open_rows_of, read_mended
    from galena.workflows.replay_quarantine import Corrections, correct_and_replay

    if sum((bool(rows), mended is not None, everything)) != 1:
        raise ConfigurationError("Which rows?", remedy="Give their ids, or --file MENDED.csv, or --all.")
    at = place_of(ctx, **place)
    typed = _typed(changes)
    if typed and not rows:
        raise ConfigurationError("--set needs the ids of the rows it corrects.")
    untouched = 0
    with _working("galena quarantine replay", at) as work:
        with work.session() as session:
            corrections: dict[UUID, Corrections] = {}
            if mended is not None:
                read = read_mended(session, mended)
                corrections, untouched = dict(read.corrections), len(read.as_they_are)
                ids = list(corrections)
            elif everything:
                ids = [row.id for row in open_rows_of(session)]
            else:
                found = [_row(session, row) for row in rows]
                ids = [row.id for row in found]
                corrections = {row.id: typed for row in found if typed}
                for row in found:
                    _check_columns(session, row, typed)
        report = correct_and_replay(work.context, ids, corrections)
        touched = work.score_touched()
        with work.session() as session:
            refused = [quarantine.load(session, row.id) for row in report.refused]
    if at.as_json:
        emit_json(
            {
                "workspace": work.workspace.slug,
                "replayed": [str(each) for each in report.replayed],
                "refused": [
                    {"id": str(row.id), "row": row.row_number, "faults": _faults(row)} for row in refused
                ],
                "closed": [str(each) for each in report.closed],
                "unchanged": untouched,
                "scored": touched.changed,
            }
        )
    else:
        click.echo(f"{len(report.replayed):,} came in, {len(refused):,} still cannot be used.")
        for row in refused[:REASONS_SHOWN]:
            click.echo(
                f"  {str(row.id)[-ID_CHARS:]}  row {row.row_number:,}: {'; '.join(map(fault_words, row.faults))}"
            )
        if report.closed:
            click.echo(f"{len(report.closed):,} had been dealt with before.")
        if untouched:
            click.echo(f"{untouched:,} rows of the file were not changed and go on waiting.")
    return 1 if refused else 0


@command.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--import", "import_id", help="Only rows of this import, as `galena imports` names it.")
@place_options
@click.pass_context
def export_command(ctx: click.Context, /, file: Path, import_id: str | None, **place: Any) -> None:
    """Write the rows that wait to FILE (CSV), each with its reason: mend them there, then `replay --file`."""
    from galena.workflows.quarantine_file import export_rejected

    at = place_of(ctx, **place)
    with _working("galena quarantine export", at, reads_only=True) as work, work.session() as session:
        count = export_rejected(session, file, import_id=_import_id(session, import_id))
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, "file": str(file), "rows": count})
    else:
        say(f"wrote {count:,} rows to {file}; leave the column row_id as it is.")
        say(f"`galena quarantine replay --file {file}` brings in those that were corrected.")


@command.command("dismiss")
@click.argument("rows", nargs=-1, required=True, metavar="ROW...")
@place_options
@click.pass_context
def dismiss_command(ctx: click.Context, /, rows: tuple[str, ...], **place: Any) -> None:
    """Leave rows out for good. What was delivered stays kept with its import."""
    from galena.workflows.replay_quarantine import dismiss_rows

    at = place_of(ctx, **place)
    with _working("galena quarantine dismiss", at) as work:
        with work.session() as session:
            ids = [_row(session, row).id for row in rows]
        count = dismiss_rows(work.context, ids)
    if at.as_json:
        emit_json(
            {"workspace": work.workspace.slug, "dismissed": count, "closed_before": len(set(ids)) - count}
        )
    else:
        click.echo(f"{count:,} rows are left out.")


def _working(name: str, place: Place, *, reads_only: bool = False) -> Any:
    from galena.surfaces.cli.work import working

    return working(name, place.home, place.workspace, place.playbook, reads_only=reads_only)


def _row(session: "Session", part: str) -> "Quarantined":
    from galena.stores import quarantine

    found = quarantine.find_like(session, part.lower()) if part else ()
    if len(found) != 1:
        raise NotFoundError(
            "Several quarantined rows fit this." if found else "No quarantined row has this id.",
            facts={"given": part},
            remedy="`galena quarantine` lists the rows that wait, with their ids.",
        )
    return found[0]


def _import_id(session: "Session", part: str | None) -> UUID | None:
    from galena.stores import imports
    from galena.surfaces.cli.imports import meant

    return None if part is None else meant(part, [each.id for each in imports.list_(session, limit=100_000)])


def _typed(changes: Sequence[str]) -> dict[str, str]:
    found = {}
    for change in changes:
        name, sign, value = change.partition("=")
        if not sign or not name.strip():
            raise ConfigurationError(
                f"{change!r} is no correction.",
                remedy='Write it as --set COLUMN=VALUE or --set "A COLUMN=VALUE".',
            )
        found[name.strip()] = value.strip()
    return found


def _check_columns(session: "Session", row: "Quarantined", changes: dict[str, str]) -> None:
    """A correction of a column that the row does not have and the mapping does not read would change nothing."""
    from galena.stores import imports
    from galena.workflows.quarantine_file import payload_of

    fields = (imports.load(session, row.import_id).mapping or {}).get("fields", {})
    known = {*payload_of(row), *fields, *(each.get("column") for each in fields.values())}
    for name in changes:
        if name not in known:
            from rapidfuzz import process

            near = process.extractOne(name, [each for each in known if each], score_cutoff=60)
            raise NotFoundError(
                f"The row has no column {name}.",
                facts={"nearest": near[0]} if near else {"columns": list(payload_of(row))},
                remedy="Write the column as `galena quarantine show` does.",
            )


def _as_json(row: "Quarantined", file_name: str) -> dict[str, Any]:
    from galena.workflows.quarantine_file import payload_of

    return {
        "id": str(row.id),
        "import_id": str(row.import_id),
        "file": file_name,
        "source": row.source,
        "row": row.row_number,
        "status": row.status,
        "faults": _faults(row),
        "cells": payload_of(row),
    }


def _faults(row: "Quarantined") -> list[dict[str, Any]]:
    return [
        {"field": each.field, "value": each.value, "reason": each.reason, "remedy": each.remedy}
        for each in row.faults
    ]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= CELL_CHARS else line[: CELL_CHARS - 1] + "…"
