"""`galena model score`: every row of a table with its score, tier and reasons."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from galena.surfaces.cli.model_options import encoding_option, model_option, sheet_option, whole_or_nothing
from galena.surfaces.cli.options import json_option
from galena.surfaces.cli.output import emit_json, progress, say

if TYPE_CHECKING:
    from galena.workflows.score_table import Findings, ScoredTable
    from galena.workflows.tiering import SharedBorder, TierRule

NAMES_SHOWN = 8
ROWS_SHOWN = 5

FEW_ROWS = 10
"""With fewer rows a tier by rank says little: the best of three leads is A, however poor."""


@click.command("score")
@click.option(
    "--csv", "csv", required=True, metavar="FILE", help="The table of new leads: CSV, Excel or Parquet."
)
@model_option
@click.option(
    "--out",
    "-o",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The CSV file to write, such as scored.csv.",
)
@click.option(
    "--capacity",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many leads can be worked: the best N are tier A. Default: the top 20 %.",
)
@click.option(
    "--playbook",
    "-p",
    metavar="P",
    help="Take the tiers from a playbook's thresholds: permits, brokerage, realestate, b2b, or a folder.",
)
@encoding_option
@sheet_option
@json_option
def score_command(
    csv: str,
    folder: Path,
    out: Path,
    capacity: int | None,
    playbook: str | None,
    encoding: str | None,
    sheet: str | None,
    as_json: bool,
) -> None:
    """Add score, tier, probability and reasons to each row.

    Every input column and the order of the rows are kept. The outcome column is not needed. Columns that are missing,
    new or of another type are named; the rows are scored all the same. The file appears only when it is complete.
    """
    from galena.connectors.files.tables import TableFile
    from galena.workflows.model_folder import check_outside, load_model
    from galena.workflows.score_table import score_table

    if capacity is not None and playbook:
        raise click.UsageError("Give --capacity or --playbook, not both.")
    tiers = _tiers(capacity, playbook)
    model = load_model(folder)
    check_outside(folder, out)
    with whole_or_nothing(), progress("Scoring", quiet=as_json) as watch:
        seen = tuple(model.meta.get("seen_columns", ()))
        done = score_table(
            TableFile(csv, encoding, sheet), model, out, tiers=tiers, watch=watch, seen_columns=seen
        )
    _say_findings(done.findings)
    _say_result(done)
    if capacity is not None and done.usable_signal and capacity >= done.tiers.get("A", 0) == done.scored > 0:
        say(f"all of them are within the capacity of {capacity:,}: go down the list by score.")
    if capacity is None and not playbook and done.usable_signal and 0 < done.rows < FEW_ROWS:
        say("tiers rank the leads of this file among themselves: with so few of them, go by the score.")
    if as_json:
        emit_json({"model": str(folder), **done.as_dict()})


def _tiers(capacity: int | None, playbook: str | None) -> "TierRule":
    from galena.workflows.tiering import TopShares, thresholds

    if not playbook:
        return TopShares(capacity)
    from galena.kit.clock import system_clock
    from galena.playbooks import load

    found = load(playbook)
    return thresholds(found.rules.tiers, found.playbook, system_clock())


def _say_findings(findings: "Findings") -> None:
    from galena.workflows.score_table import BEYOND

    for note in findings.notes:
        say(f"note: {note}")
    if findings.renamed:
        pairs = [f"“{given}” is {known}" for given, known in findings.renamed.items()]
        say(f"note: {_columns(len(pairs))} spelt in another way than in the training: {_listed(pairs)}.")
    if findings.other_decimals:
        count = len(findings.other_decimals)
        say(
            f"note: {_columns(count)} written with a decimal {'point' if findings.decimals == ',' else 'comma'}, in the"
            f" training with a {'comma' if findings.decimals == ',' else 'point'};"
            f" {'it was' if count == 1 else 'they were'} read as such: {_listed(findings.other_decimals)}."
        )
    if findings.missing_columns:
        say(
            f"missing: {_listed(findings.missing_columns)}. The model reads"
            f" {'them' if len(findings.missing_columns) > 1 else 'it'}; every lead counts as not known there, so"
            " scores are less sure."
        )
        for name, near in _likely(findings):
            say(f"  is {name} called “{near}” here? Then rename it and score again.")
    for name, odd in findings.unreadable.items():
        shown = ", ".join(f"'{example}'" for example in odd.examples)
        say(
            f"unreadable: {_values(odd.count)} of {name} {'is' if odd.count == 1 else 'are'} of another kind than in"
            f" the training ({shown});"
        )
        say(f"  {'it counts' if odd.count == 1 else 'they count'} as not known.")
    for name, count in findings.unseen.items():
        say(f"new: {_values(count)} of {name} did not occur in the training.")
    if findings.extra_columns:
        say(f"not used: {_listed(findings.extra_columns)} (the model was trained without).")
    for row in findings.unread_rows[:ROWS_SHOWN]:
        say(f"not scored: row {row.number:,} below the header. {row.reason}")
    if len(findings.unread_rows) > ROWS_SHOWN:
        say(f"not scored: {len(findings.unread_rows) - ROWS_SHOWN:,} more rows, see their reason_1.")
    if any(row.beyond for row in findings.unread_rows):
        say(f"  what stands in cells beyond the header is kept in the column {BEYOND}.")
        say("  A cell that holds the character between cells must stand in quotes in the file.")


def _likely(findings: "Findings") -> Iterator[tuple[str, str]]:
    """Missing columns that may stand in the file under another spelling."""
    from rapidfuzz import process, utils

    for name in findings.missing_columns:
        near = process.extractOne(
            name, findings.extra_columns, score_cutoff=85, processor=utils.default_process
        )
        if near:
            yield name, near[0]


def _say_result(done: "ScoredTable") -> None:
    if not done.usable_signal:
        say(
            "This model found no usable signal in the past leads: every row gets about the same score,"
            f" {100 * done.base_rate:.1f}, and nobody is ranked above anybody."
        )
    mean = "" if done.mean_probability is None else f", {100 * done.mean_probability:.1f} on average"
    say(f"scored {done.scored:,} of {done.rows:,} rows{mean}")
    if done.tiers:
        each = [f"{tier} {count:,} (from {done.tiers_from[tier]:.1f})" for tier, count in done.tiers.items()]
        say(f"tiers, by score: {', '.join(each)}")
    for border in done.shared_borders:
        say(_shared(border))
    say(f"wrote {done.out}")


def _shared(border: "SharedBorder") -> str:
    """That a tier ends in the middle of equal leads: which of them are in is the order of the file."""
    outside = border.leads - border.inside
    return (
        f"note: {border.leads:,} leads share the score {border.score:.1f} at the end of tier {border.tier}: the first"
        f" {border.inside:,} of them in the file {'is' if border.inside == 1 else 'are'} in it, the other"
        f" {outside:,} {'is' if outside == 1 else 'are'} not. The model cannot tell them apart."
    )


def _columns(count: int) -> str:
    return "1 column is" if count == 1 else f"{count:,} columns are"


def _values(count: int) -> str:
    return "1 value" if count == 1 else f"{count:,} values"


def _listed(names: Any) -> str:
    shown = ", ".join(str(name) for name in names[:NAMES_SHOWN])
    return shown if len(names) <= NAMES_SHOWN else f"{shown} and {len(names) - NAMES_SHOWN:,} more"
