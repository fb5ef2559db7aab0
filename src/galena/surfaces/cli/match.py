"""`galena match`: which rows of one or several tables are the same lead."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from galena.surfaces.cli.model_options import Columns, encoding_option, sheet_option, whole_or_nothing
from galena.surfaces.cli.options import json_option
from galena.surfaces.cli.output import emit_json, progress, say

if TYPE_CHECKING:
    from galena.engines.identity.layout import Kind
    from galena.workflows.match_table import MatchedTable

_COLUMNS_SHOWN = 30
_ROWS_SHOWN = 5


@click.command("match")
@click.argument("files", nargs=-1, required=True, metavar="FILE [FILE2 ...]")
@click.option(
    "--out",
    "-o",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The CSV file to write: every row, with its lead_id, match_confidence and matched_because.",
)
@click.option(
    "--review",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A CSV file for the unsure pairs, both sides in one row, with what speaks for and against.",
)
@click.option(
    "--same",
    type=Columns(),
    default=(),
    metavar="COL,COL",
    help="Rows with the same value in one of these columns are the same lead for certain.",
)
@click.option(
    "--column",
    "stated",
    multiple=True,
    metavar="KIND=COL",
    help="Say what a column is, such as name=Firma; may be given several times. Kinds: given, middle, surname, suffix,"
    " person, company, name, title, email, phone, house, street, line, city, state, postcode, date, id, website,"
    " category, tags, number, text.",
)
@click.option("--drop", type=Columns(), default=(), metavar="COL,COL", help="Columns not to look at.")
@click.option(
    "--region",
    default="US",
    metavar="CC",
    show_default=True,
    help="The country (two letters) in which phone numbers without a country code are dialled.",
)
@encoding_option
@sheet_option
@json_option
def command(
    files: tuple[str, ...],
    out: Path,
    review: Path | None,
    same: tuple[str, ...],
    stated: tuple[str, ...],
    drop: tuple[str, ...],
    region: str,
    encoding: str | None,
    sheet: str | None,
    as_json: bool,
) -> None:
    """Find the rows that are the same lead, within one table or across several.

    Nothing needs to be set up, and no examples are needed: columns are recognised, and how duplicates look is learned
    from the tables themselves. Every row comes back in the order given, with all its columns.
    """
    from galena.connectors.files.tables import TableFile
    from galena.workflows.match_table import MatchOrder, match_tables

    order = MatchOrder(
        files=tuple(TableFile(file, encoding, sheet) for file in files),
        out=out,
        review=review,
        kinds=_kinds(stated),
        same=same,
        drop=drop,
        region=_region(region),
    )
    with whole_or_nothing(), progress("Reading", quiet=as_json) as watch:
        done = match_tables(order, watch=watch)
    _say(done)
    if as_json:
        emit_json(done.as_dict())


def _kinds(stated: tuple[str, ...]) -> "dict[str, Kind]":
    from galena.engines.identity.layout import Kind

    found = {}
    for each in stated:
        kind, equals, column = each.partition("=")
        if not equals or not column.strip():
            raise click.UsageError(f"--column {each}: write it as KIND=COLUMN, such as name=Firma.")
        try:
            found[column.strip()] = Kind(kind.strip().lower())
        except ValueError:
            kinds = ", ".join(known for known in Kind if known is not Kind.IGNORED)
            raise click.UsageError(f"--column {each}: there is no kind {kind}. Kinds: {kinds}.") from None
    return found


def _region(text: str) -> str:
    import phonenumbers

    region = text.strip().upper()
    if region not in phonenumbers.SUPPORTED_REGIONS:
        raise click.UsageError(f"--region {text}: write the two letters of a country, such as US or DE.")
    return region


def _say(done: "MatchedTable") -> None:
    for note in done.notes:
        say(f"note: {note}")
    for name, layout in done.layouts.items():
        _say_columns(name if len(done.layouts) > 1 else "", layout)
    for name, rows in done.unread_rows.items():
        for row in rows[:_ROWS_SHOWN]:
            say(f"not read: row {row.number:,} of {name}. {row.reason} It is a lead of its own.")
        if len(rows) > _ROWS_SHOWN:
            say(f"not read: {len(rows) - _ROWS_SHOWN:,} more rows of {name}.")
    if done.unique:
        say(f"no duplicates of its own: {', '.join(done.unique)}; each of its rows is one lead.")
    say(f"{done.rows:,} rows are {done.leads:,} leads; {done.joined:,} rows share theirs with another row.")
    if done.expected_precision is not None:
        say(f"of 100 rows brought together about {100 * done.expected_precision:.0f} should be right.")
    if done.unsure:
        where = f"they are in {done.review}" if done.review else "add --review FILE to see them"
        say(f"unsure: {done.unsure:,} {'pair' if done.unsure == 1 else 'pairs'} were kept apart; {where}.")
    say(f"wrote {done.out}")


def _say_columns(name: str, layout: Any) -> None:
    from galena.engines.identity.layout import KIND_WORDS, Kind

    used = [f"{role.column} ({KIND_WORDS[role.kind]})" for role in layout.used]
    left = [role.column for role in layout.roles if role.kind is Kind.IGNORED]
    head = f"{name}: " if name else ""
    shown = ", ".join(used[:_COLUMNS_SHOWN]) or "nothing"
    say(f"{head}compared by {shown}" + (f"; not looked at: {', '.join(left)}" if left else ""))
