"""`galena model train` and `galena model report`: a model from past leads, and how good it is."""

import re
import shlex
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from galena.kit.errors import InputError
from galena.surfaces.cli.model_options import (
    Budget,
    Columns,
    Directions,
    encoding_option,
    ended_at_once,
    model_option,
    one_way,
    sheet_option,
    united,
    usable_threads,
    whole_or_nothing,
)
from galena.surfaces.cli.model_workspace import (
    for_workspace,
    train_workspace,
    workspace_order,
    workspace_training,
)
from galena.surfaces.cli.options import json_option
from galena.surfaces.cli.output import emit_json, progress, say, show

if TYPE_CHECKING:
    from galena.engines.learning.report import Report
    from galena.workflows.train_table import Prepared, TrainedTable

KINDS = {
    "number": ("number", "numbers"),
    "category": ("category", "categories"),
    "boolean": ("yes-or-no", "yes-or-no"),
    "date": ("date", "dates"),
    "text": ("free text", "free texts"),
}
UNUSED_SHOWN = 8
_POSITIVE = re.compile(r"positive = (.*)(?=\.$)")
_TWO_OUTCOMES = "Keep two outcomes:"


@click.command("train")
@click.option(
    "--csv",
    "csv",
    metavar="FILE",
    help="The table of past leads: CSV, Excel or Parquet. Without it: the leads of a workspace.",
)
@click.option("--target", metavar="COLUMN", help="The column that says how each lead ended.")
@click.option(
    "--out",
    "-o",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The folder to write; an earlier model there is replaced when the new one is complete.",
)
@click.option("--positive", metavar="VALUE", help="The value of the target that is the success, such as won.")
@click.option(
    "--negative",
    multiple=True,
    type=Columns(),
    metavar="VALUE,VALUE",
    help="The values that are the other outcome, such as lost; leads with any other value are still open.",
)
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
@encoding_option
@sheet_option
@workspace_training
@json_option
@click.pass_context
def train_command(ctx: click.Context, /, csv: str | None, out: Path, as_json: bool, **given: Any) -> None:
    """Train a model on past leads with an outcome column, and report how good it is.

    Any table will do: numbers, dates, categories and free text are found by themselves. Columns that seem to know the
    outcome are named with the reason. The folder appears when the model is complete, with report.json and report.html;
    a run that is stopped leaves nothing behind. No server and no database is needed.

    Without --csv the heads of a workspace's playbook are trained on what became of its own leads, and registered.
    """
    if for_workspace(ctx, csv):
        train_workspace(**workspace_order(as_json=as_json, **given))
        return
    assert csv is not None
    with whole_or_nothing():
        prepared = _prepared(csv, out, quiet=as_json, **given)
        _say_understood(prepared)
        done = _trained(prepared, quiet=as_json)
    _say_cost_of_leaks(done)
    if as_json:
        emit_json(_result(done))
    else:
        _show(done.report, out)


def _prepared(csv: str, out: Path, *, quiet: bool, **given: Any) -> "Prepared":
    from galena.connectors.files.tables import TableFile
    from galena.workflows.train_table import prepare_table

    try:
        with progress("Reading the table", quiet=quiet):
            file = TableFile(csv, given["encoding"], given["sheet"])
            return prepare_table(file, out, _order(**given))
    except InputError as fault:
        fault.remedy = _for_the_command_line(fault.remedy, fault.facts)
        raise


def _trained(prepared: "Prepared", *, quiet: bool) -> "TrainedTable":
    from galena.kit.clock import system_clock
    from galena.surfaces.reports import write_model_report
    from galena.workflows.train_table import keep_trained, train_table

    with ended_at_once(), progress("Training", quiet=quiet) as watch:
        done = train_table(
            prepared,
            clock=system_clock,
            progress=lambda doing, share: watch(round(100 * share), 100, doing),
        )
        page = write_model_report(done.report)
    keep_trained(done, page)
    return done


def _for_the_command_line(remedy: str, facts: Mapping[str, Any]) -> str:
    """What to do about an unclear outcome, with the options that do it."""
    remedy = _POSITIVE.sub(lambda found: f"--positive {shlex.quote(found[1])}", remedy)
    if _TWO_OUTCOMES in remedy:
        remedy += f" Or name both, such as {_both_named(facts)}: all others then count as still open."
    return remedy


def _both_named(facts: Mapping[str, Any]) -> str:
    """Both options with values that the outcome column has; the facts hold them in quotes, the frequent ones first."""
    from galena.engines.learning.outcome import NEGATIVES, POSITIVES, value_key

    values = [name[1:-1] for name in facts if name.startswith("“")]
    won = next((value for value in values if value_key(value) in POSITIVES), values[0])
    others = [value for value in values if value != won]
    lost = next((value for value in others if value_key(value) in NEGATIVES), others[0])
    return f"--positive {shlex.quote(won)} --negative {shlex.quote(lost)}"


def _order(**given: Any) -> Any:
    from galena.workflows.train_table import Order

    return Order(
        target=given["target"],
        positive=given["positive"],
        negative=united(given["negative"]),
        drop=united(given["drop"]),
        drop_leaks=given["drop_leaks"],
        time=given["time"],
        group=given["group"],
        id_column=given["id_column"],
        in_time_order=given["in_time_order"],
        monotone=one_way(given["monotone"]),
        budget_s=given["budget"],
        seed=given["seed"],
        threads=given["threads"] or usable_threads(),
    )


def _say_understood(prepared: "Prepared") -> None:
    """What was found in the file, before the long work."""
    for note in prepared.file_notes:
        say(f"note: {note}")
    dataset = prepared.dataset
    say(dataset.outcome.sentence())
    kinds = Counter(column.kind for column in dataset.reading.used)
    counted = ", ".join(f"{count:,} {KINDS[kind][count > 1]}" for kind, count in kinds.most_common())
    say(f"Learning from {dataset.rows:,} leads and {_columns(sum(kinds.values()))}: {counted}.")
    unused = [column for column in dataset.reading.columns if column.kind == "unused"]
    for column in unused[:UNUSED_SHOWN]:
        say(f"  not used: {column.name} ({column.why})")
    if len(unused) > UNUSED_SHOWN:
        say(f"  not used: {len(unused) - UNUSED_SHOWN:,} more columns, see the report")
    _say_leaks(prepared)


def _columns(count: int) -> str:
    return "1 column" if count == 1 else f"{count:,} columns"


def _say_leaks(prepared: "Prepared") -> None:
    if not prepared.leaks:
        return
    dropped = prepared.order.drop_leaks
    if dropped:
        say("Left out, because they seem to know the outcome:")
    else:
        say(click.style("Warning: ", fg="yellow", bold=True) + "these columns seem to know the outcome.")
    for leak in prepared.leaks:
        say(f"  {leak.column}: {leak.reason}")
    if not dropped:
        names = ",".join(f'"{name}"' if "," in name else name for name in prepared.suspects)
        say(
            "  They are used, since nobody said otherwise. If new leads will not have them, or not yet, stop here and"
        )
        say(f"  leave them out: --drop-leaks, or choose with --drop '{names}'")


def _say_cost_of_leaks(done: "TrainedTable") -> None:
    if not done.prepared.leaks or done.prepared.order.drop_leaks:
        return
    say(
        click.style("Warning: ", fg="yellow", bold=True)
        + "the figures below count on columns that seem to know the outcome."
    )
    if cost := done.cost_of_leaks:
        say(f"  {cost}")


def _show(report: "Report", folder: Path) -> None:
    from galena.engines.learning.report_text import lines_of

    show("\n".join(lines_of(report)))
    show(f"\nModel: {folder}\nFor the browser: {folder / 'report.html'}")


def _result(done: "TrainedTable") -> dict[str, Any]:
    prepared, folder = done.prepared, done.prepared.out
    report = done.report.model_dump(mode="json", include={"usable_signal", "metrics", "dropped", "headline"})
    return {
        "model": str(folder),
        "report": str(folder / "report.json"),
        "page": str(folder / "report.html"),
        "rows": prepared.dataset.rows,
        "unread_rows": len(prepared.unread_rows),
        "seconds": done.seconds,
        **report,
        "leaks": [
            {"column": leak.column, "reason": leak.reason, "kind": leak.kind, "auc": leak.auc}
            for leak in prepared.leaks
        ],
        "leaks_dropped": prepared.order.drop_leaks,
        "auc_without_leaks": done.auc_without,
        "notes": list(prepared.notes),
    }


@click.command("report")
@model_option
@click.option("--html", "as_page", is_flag=True, help="Print where the report for the browser lies.")
@json_option
def report_command(folder: Path, as_page: bool, as_json: bool) -> None:
    """How good a model is: what `train` said, again."""
    from galena.workflows.model_folder import PAGE, read_report

    report = read_report(folder)
    if as_page:
        show(str((folder / PAGE).absolute()))
    elif as_json:
        emit_json(report.model_dump(mode="json"))
    else:
        _show(report, folder)
