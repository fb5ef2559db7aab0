"""`galena model train` without a file: the models of a workspace, from what became of its own leads."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from galena.surfaces.cli.options import home_option, playbook_option, workspace_option
from galena.surfaces.cli.output import emit_json, progress, say

if TYPE_CHECKING:
    from galena.workflows.train_leads import HeadTraining, TrainingReport

Command = Callable[..., Any]

_OF_WORKSPACE = {"workspace", "playbook", "head", "promote", "why", "home"}
_OF_TABLE = {
    *("target", "out", "positive", "negative", "drop", "time", "group", "id_column"),
    *("in_time_order", "monotone", "encoding", "sheet"),
}
_WORDS = {"rules": "rules alone", "model": "model alone", "blend": "both together"}
_FIGURES = {
    "log_loss": "log-loss (less is better)",
    "average_precision": "average precision (more is better)",
}


def workspace_training(command: Command) -> Command:
    """The options of training on a workspace's own leads, which go without --csv."""
    options = (
        workspace_option,
        playbook_option,
        click.option("--head", metavar="NAME", help="Only this head of the workspace's playbook."),
        click.option(
            "--promote", is_flag=True, help="Let a first model score at once when it surely beats the rules."
        ),
        click.option(
            "--why", default="trained by hand", metavar="TEXT", help="Kept with the registered model."
        ),
        home_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


def for_workspace(ctx: click.Context, csv: str | None) -> bool:
    """Whether a workspace is to be trained, and not a table.

    Raises:
        click.UsageError: options of both are given, or one is missing.
    """
    given = {name for name in ctx.params if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    of_workspace, of_table = sorted(given & _OF_WORKSPACE), sorted(given & _OF_TABLE)
    if csv is None:
        if of_table:
            raise click.UsageError(f"{_spelt(of_table[0])} needs --csv FILE.", ctx)
        return True
    if of_workspace:
        raise click.UsageError(f"{_spelt(of_workspace[0])} goes without --csv.", ctx)
    for name in ("target", "out"):
        if ctx.params.get(name) is None:
            raise click.UsageError(f"Missing option '{_spelt(name)}'.", ctx)
    return False


def workspace_order(*, as_json: bool, **given: Any) -> dict[str, Any]:
    """Of the options of `galena model train`, what `train_workspace` reads."""
    read = (
        "workspace",
        "playbook",
        "home",
        "head",
        "budget",
        "seed",
        "threads",
        "drop_leaks",
        "promote",
        "why",
    )
    return {"as_json": as_json, **{name: given[name] for name in read}}


def _spelt(name: str) -> str:
    return "--" + {"id_column": "id"}.get(name, name).replace("_", "-")


def train_workspace(
    *,
    workspace: str | None,
    playbook: str | None,
    home: Path | None,
    as_json: bool,
    head: str | None = None,
    budget: float = 120.0,
    seed: int = 0,
    threads: int | None = None,
    drop_leaks: bool = False,
    promote: bool = False,
    why: str = "trained by hand",
) -> None:
    """Train the heads of a workspace's playbook on its decided leads, and register what was learned.

    Raises:
        NotFoundError: the workspace cannot be found.
        InputError: the playbook names nothing to predict, or not this.
        ConflictError: another process trains this workspace.
    """
    from galena.surfaces.cli.model_options import usable_threads
    from galena.surfaces.cli.work import working
    from galena.surfaces.reports import write_model_report
    from galena.workflows.train_leads import Order, train_leads

    order = Order(head, budget, seed, threads or usable_threads(), drop_leaks, promote, why)
    with working("galena model train", home, workspace, playbook) as work:
        try:
            with progress("Training", quiet=as_json) as watch:
                report = train_leads(
                    work.context,
                    order,
                    page_of=write_model_report,
                    progress=lambda doing, share: watch(round(100 * share), 100, doing),
                )
        except KeyboardInterrupt as end:
            say("\nStopped. Nothing was registered; the same command starts anew.")
            raise click.exceptions.Exit(getattr(end, "exit_code", 130)) from end
    if as_json:
        emit_json({"workspace": work.workspace.slug, **report.as_dict()})
    else:
        _show(report)


def _show(report: "TrainingReport") -> None:
    say(
        f"{report.leads:,} leads, the newest day they speak of is {report.as_of:%Y-%m-%d};"
        f" {report.from_scores:,} known by their first score. {report.seconds:.0f} s."
    )
    for head in report.heads:
        _show_head(head)


def _show_head(head: "HeadTraining") -> None:
    click.echo(f"\n{click.style(head.head.label, bold=True)} ({head.head.name})")
    lost = head.decided - head.positives
    click.echo(f"  {head.decided:,} decided ({head.positives:,} yes, {lost:,} no), {head.open:,} still open")
    for who, figures in head.metrics.items():
        told = [f"{_FIGURES[name]} {_figure(figures[name])}" for name in _FIGURES if name in figures]
        click.echo(f"  {_WORDS[who]:<14} {', '.join([*_pairs(figures.get('auc')), *told])}")
    if head.weight is not None:
        click.echo(f"  The model counts {head.weight:.0%}, the rules {1 - head.weight:.0%}.")
    for suspect in head.suspects:
        click.echo(f"  seems to know the outcome: {suspect}")
    click.echo(f"  {head.sentence}")
    if head.model is not None and head.step not in ("champion", "no_signal"):
        click.echo(f"  `galena model promote {head.model.name}` lets it score.")


def _pairs(area: Any) -> tuple[str, ...]:
    """How well leads are ordered, for people."""
    if not area or area["value"] is None:
        return ()
    between = f" ({100 * area['low']:.0f} to {100 * area['high']:.0f})" if area["low"] is not None else ""
    return (f"the better lead first in {100 * area['value']:.0f}{between} of 100 pairs",)


def _figure(estimate: Any) -> str:
    if estimate["value"] is None:
        return "not defined"
    between = f" ({estimate['low']:.3f} to {estimate['high']:.3f})" if estimate["low"] is not None else ""
    return f"{estimate['value']:.3f}{between}"
