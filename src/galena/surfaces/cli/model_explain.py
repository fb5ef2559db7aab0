"""`galena model explain`: one row of a table, its score column by column."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from galena.surfaces.cli.model_options import Columns, encoding_option, model_option, sheet_option, united
from galena.surfaces.cli.options import json_option
from galena.surfaces.cli.output import emit_json, show, table

if TYPE_CHECKING:
    from galena.workflows.explain_table import ExplainedRow


HIGH, FAIR = 0.9, 0.75


@click.command("explain")
@click.option("--csv", "csv", required=True, metavar="FILE", help="The table the lead stands in.")
@model_option
@click.option(
    "--row", required=True, type=click.IntRange(min=1), metavar="N", help="The row below the header, from 1."
)
@click.option(
    "--fixed",
    multiple=True,
    type=Columns(),
    help="Columns that cannot change, such as a birth year: nothing is imagined there.",
)
@encoding_option
@sheet_option
@json_option
def explain_command(
    csv: str,
    folder: Path,
    row: int,
    fixed: tuple[tuple[str, ...], ...],
    encoding: str | None,
    sheet: str | None,
    as_json: bool,
) -> None:
    """Why a row has its score, and what would raise it.

    The points where every lead starts and those of every column add up to the score. Each "if" was tried: the row with
    that one value changed, scored again. It says what the model expects, not what causes what.
    """
    from galena.connectors.files.tables import TableFile
    from galena.workflows.explain_table import explain_row
    from galena.workflows.model_folder import load_model

    found = explain_row(TableFile(csv, encoding, sheet), load_model(folder), row, united(fixed))
    if as_json:
        emit_json({"model": str(folder), **found.as_dict()})
    else:
        _show(found)


def _show(found: "ExplainedRow") -> None:
    from galena.workflows.explain_table import shown_sum

    low, high = 100 * found.low, 100 * found.high
    show(f"Row {found.row:,}: score {found.score:.1f} of 100 (between {low:.0f} and {high:.0f})")
    show(f"Confidence {found.confidence:.2f}: {_sure(found.confidence)}")
    if not found.usable_signal:
        show("The model found no usable signal in the past leads: every lead gets the same score.")
        return
    total = shown_sum(found)
    lines = [
        (name, f"{points:.1f}" if place in (0, len(total) - 1) else f"{points:+.1f}")
        for place, (name, points) in enumerate(total)
    ]
    show("\n" + _aligned(lines))
    if found.missing_columns:
        show(f"\nNot in this file: {', '.join(found.missing_columns)}")
    if found.changes:
        show("\nWhat would raise it, one change at a time")
        rows = [
            (f"{each.column}: {each.before or 'not known'} -> {each.after}", f"{each.score:.1f}")
            for each in found.changes
        ]
        show(table(rows, ("change", "score")))


def _sure(confidence: float) -> str:
    """A confidence in words: how much the parts of the model agree, times how much of what counts is known."""
    if confidence >= HIGH:
        return "high. The parts of the model agree, and what counts is known about this lead."
    if confidence >= FAIR:
        return "fair. The parts of the model differ a little, or something that counts is not known about this lead."
    return "low. The parts of the model differ, or much of what counts is not known about this lead."


def _aligned(lines: list[tuple[str, str]]) -> str:
    left = max(len(text) for text, _ in lines)
    right = max(len(number) for _, number in lines)
    return "\n".join(f"{text.ljust(left)}  {number.rjust(right)}" for text, number in lines)
