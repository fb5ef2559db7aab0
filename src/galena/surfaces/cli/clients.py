"""`galena clients`: a tenant's own customers from the command line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from galena.kit.errors import InputError, UnavailableError
from galena.surfaces.cli.options import Place, place_of, place_options
from galena.surfaces.cli.output import emit_json, say, show, table

if TYPE_CHECKING:
    from galena.stores.door import Session
    from galena.surfaces.cli.work import Work

_HEAD = ("row", "what stands there", "what is wrong")
_tenant = click.option("--tenant", help="Whose, by name. Default: the operator's own.")


@click.group("clients")
@place_options
@click.pass_context
def command(ctx: click.Context, /, **place: Any) -> None:
    """A tenant's own customers: take a file in, write the list out."""
    ctx.obj = place_of(ctx, **place)


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_tenant
@click.option(
    "--column", "columns", multiple=True, metavar="PLACE=COLUMN",
    help="What a column is, such as `email=Mail 2`; otherwise as proposed by the headings. `about=` leaves it out.",
)  # fmt: skip
@place_options
@click.pass_context
def import_command(
    ctx: click.Context, /, file: Path, tenant: str | None, columns: tuple[str, ...], **place: Any
) -> None:
    """Take FILE in (CSV, Excel); the same file again changes nothing."""
    from galena.workflows.client_import import PLACES, look_into, take_in

    at = place_of(ctx, **place)
    mapping = dict(look_into(file).mapping)
    for each in columns:
        name, sign, column = each.partition("=")
        if not sign or name not in PLACES:
            raise InputError(f"{each!r} names no place.", facts={"places": list(PLACES)})
        mapping[name] = column
    with _inside(at, "galena clients import", tenant) as (work, session):
        done = take_in(session, file, file.name, mapping, work.galena.clock())
    if at.as_json:
        problems = [[each.row, each.value, each.reason] for each in done.problems]
        told = {"columns": dict(done.mapping), **done.counts, "problems": problems}
        emit_json({"workspace": work.workspace.slug, **told})
        return
    for place_name, column in done.mapping.items():
        say(f"  {PLACES[place_name]}: {column}")
    if done.problems:
        show(table([(str(each.row), each.value, each.reason) for each in done.problems], _HEAD))
    counts = done.counts
    say(
        f"{counts['created']:,} new, {counts['updated']:,} changed, {counts['unchanged']:,} as before;"
        f" {counts['repeated']:,} rows named somebody twice, {counts['refused']:,} were refused."
    )


@command.command("export")
@click.option("--out", "-o", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The CSV.")
@_tenant
@place_options
@click.pass_context
def export_command(ctx: click.Context, /, out: Path, tenant: str | None, **place: Any) -> None:
    """Write the whole list as CSV; it can be taken in again."""
    from galena.domain.clients import FIELD_WORDS, MOST_CLIENTS
    from galena.kit.csv_text import write_csv
    from galena.stores import clients

    at = place_of(ctx, **place)
    with _inside(at, "galena clients export", tenant) as (work, session):
        found, _ = clients.list_own(session, limit=MOST_CLIENTS)
    rows = [tuple(getattr(each.entry, name) for name in FIELD_WORDS) for each in found]
    try:
        out.write_bytes(write_csv(tuple(FIELD_WORDS.values()), rows))
    except OSError as fault:
        raise UnavailableError(f"{out} cannot be written.", facts={"reason": fault.strerror}) from fault
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, "file": str(out), "clients": len(rows)})
    else:
        say(f"{len(rows):,} clients in {out}.")


@contextmanager
def _inside(at: Place, doing: str, tenant: str | None) -> "Iterator[tuple[Work, Session]]":
    """The list of a tenant, or the operator's own."""
    from galena.stores.door import OPERATOR
    from galena.surfaces.cli.tenants_named import tenant_named
    from galena.surfaces.cli.work import working

    with working(doing, at.home, at.workspace, at.playbook, reads_only=True) as work:
        with work.session() as session:
            who = tenant_named(session, tenant)
        with work.galena.door.enter(work.workspace.id, tenant_id=who or OPERATOR, actor=doing) as session:
            yield work, session
