"""`galena model train` and `galena model report`: a model from past leads, and how good it is."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from galena.surfaces.cli.model_options import (
    Budget,
    Columns,
    Directions,
    model_option,
    united,
    usable_threads,
)
from galena.surfaces.cli.options import json_option
from galena.surfaces.cli.output import emit_json, progress, say

if TYPE_CHECKING:
    from galena.workflows.train_table import TrainedTable


@click.command("train")
@click.option(
    "--csv", "csv", required=True, metavar="FILE", help="The table of past leads: CSV, Excel or Parquet."
)
@click.option("--target", required=True, metavar="COLUMN", help="The column that says how each lead ended.")
@click.option(
    "--out",
    "-o",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The folder to write; an earlier model there is replaced when the new one is complete.",
)
@click.option("--positive", metavar="VALUE", help="The value of the target that is the success, such as won.")
@click.option("--drop", multiple=True, type=Columns(), help="Columns to leave out, between commas.")
@click.option("--drop-leaks", is_flag=True, help="Leave out the columns suspected of knowing the outcome.")
@click.option(
    "--time", metavar="COLUMN", help="When each lead came in: the model is judged on later leads than it saw."
)
@click.option(
    "--group", metavar="COLUMN", help="Rows that belong together, such as a company: judged on unseen ones."
)
@click.option(
    "--id", "id_column", metavar="COLUMN", help="A column that only names the rows; not learned from."
)
@click.option("--in-time-order", is_flag=True, help="The rows are in time order although no column tells.")
@click.option(
    "--budget",
    type=Budget(),
    default="120",
    show_default=True,
    help="How long the training may take: seconds, or 90s, 2m.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of all random choices."
)
@click.option(
    "--monotone",
    multiple=True,
    type=Directions(),
    help="Columns of which more may only raise (up) or lower (down) the score.",
)
@click.option(
    "--threads", type=click.IntRange(min=1), metavar="N", help="Processor threads. Default: all there are."
)
@json_option
def train_command(csv: str, out: Path, as_json: bool, **given: Any) -> None:
    """Train a model on past leads with an outcome column, and report how good it is.

    Any table will do: numbers, dates, categories and free text are found by themselves. Columns that seem to know the
    outcome are named with the reason. The folder appears when the model is complete, with report.json and report.html;
    a run that is stopped leaves nothing behind. No server and no database is needed.
    """
    from galena.kit.clock import system_clock
    from galena.surfaces.cli.model_report import say_report
    from galena.surfaces.reports import model_page
    from galena.workflows.train_table import train_table

    try:
        with progress("Training", quiet=as_json) as watch:
            done = train_table(
                csv,
                out,
                _order(**given),
                page_of=model_page,
                clock=system_clock,
                progress=lambda doing, share: watch(round(100 * share), 100, doing),
            )
    except KeyboardInterrupt as end:
        say("\nStopped. Nothing was written; the same command starts anew.")
        raise click.exceptions.Exit(getattr(end, "exit_code", 130)) from end
    _say_leakage(done, as_json=as_json)
    for note in (*done.notes, *_unread(done)):
        say(f"note: {note}")
    report = done.report.model_dump(mode="json")
    if not as_json:
        say_report(report, out)
    else:
        emit_json(_result(done, report))


def _order(**given: Any) -> Any:
    from galena.workflows.train_table import Order

    monotone = {name: way for each in given["monotone"] for name, way in each.items()}
    return Order(
        target=given["target"],
        positive=given["positive"],
        drop=united(given["drop"]),
        drop_leaks=given["drop_leaks"],
        time=given["time"],
        group=given["group"],
        id_column=given["id_column"],
        in_time_order=given["in_time_order"],
        monotone=monotone,
        budget_s=given["budget"],
        seed=given["seed"],
        threads=given["threads"] or usable_threads(),
    )


def _say_leakage(done: "TrainedTable", *, as_json: bool) -> None:
    leakage = done.leakage
    if not leakage.suspects:
        return
    if leakage.dropped:
        say("Left out, because they seem to know the outcome:")
    else:
        say(click.style("Warning: ", fg="yellow", bold=True) + "these columns seem to know the outcome.")
    for column, why in leakage.suspects.items():
        say(f"  {column}: {why}")
    if leakage.dropped:
        return
    say(
        "  They were used. If they are filled in only after the outcome, new leads will not have them, and the figures"
    )
    if leakage.auc_with is not None and leakage.auc_without is not None:
        say(
            f"  are too good: AUC {leakage.auc_with:.3f} with them, about {leakage.auc_without:.3f} without"
            " (0.5 is a coin)."
        )
    else:
        say("  are too good.")
    names = ",".join(f'"{name}"' if "," in name else name for name in leakage.suspects)
    say(f"  Leave them out with --drop-leaks, or choose: --drop '{names}'")
    if not as_json:
        say()


def _unread(done: "TrainedTable") -> list[str]:
    rows = done.unread_rows
    if not rows:
        return []
    return [
        f"{len(rows):,} row(s) could not be read and were left out, the first is row {rows[0].number:,}:"
        f" {rows[0].reason}"
    ]


def _result(done: "TrainedTable", report: dict[str, Any]) -> dict[str, Any]:
    leakage = done.leakage
    return {
        "model": str(done.folder),
        "report": str(done.folder / "report.json"),
        "page": str(done.folder / "report.html"),
        "rows": done.rows,
        "unread_rows": len(done.unread_rows),
        "seconds": round(done.seconds, 2),
        "usable_signal": report["usable_signal"],
        "metrics": report["metrics"],
        "dropped": report["dropped"],
        "leaks": [{"column": column, "reason": why} for column, why in leakage.suspects.items()],
        "leaks_dropped": leakage.dropped,
        "auc_without_leaks": leakage.auc_without,
        "notes": list(done.notes),
    }


@click.command("report")
@model_option
@click.option("--html", "as_page", is_flag=True, help="Print where the report for the browser lies.")
@json_option
def report_command(folder: Path, as_page: bool, as_json: bool) -> None:
    """How good a model is: what `train` said, again."""
    from galena.surfaces.cli.model_report import say_report
    from galena.workflows.model_folder import PAGE, read_report

    report = read_report(folder)
    if as_page:
        click.echo(str((folder / PAGE).absolute()))
    elif as_json:
        emit_json(report)
    else:
        say_report(report, folder)
