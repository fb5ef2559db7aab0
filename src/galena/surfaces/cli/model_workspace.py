"""`galena model train` without a file: the models of a workspace, from what became of its own leads."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from galena.surfaces.cli.output import emit_json, progress, say

if TYPE_CHECKING:
    from galena.workflows.train_leads import HeadTraining, TrainingReport

_WORDS = {"rules": "rules alone", "model": "model alone", "blend": "both together"}
_FIGURES = {"log_loss": "log-loss", "average_precision": "average precision", "auc": "AUC"}


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
        told = ", ".join(f"{_FIGURES[name]} {_figure(figures[name])}" for name in _FIGURES if name in figures)
        click.echo(f"  {_WORDS[who]:<14} {told}")
    if head.weight is not None:
        click.echo(f"  The model counts {head.weight:.0%}, the rules {1 - head.weight:.0%}.")
    for suspect in head.suspects:
        click.echo(f"  seems to know the outcome: {suspect}")
    click.echo(f"  {head.sentence}")
    if head.model is not None and head.step != "champion":
        click.echo(f"  `galena model promote {head.model.name}` lets it score.")


def _figure(estimate: Any) -> str:
    if estimate["value"] is None:
        return "not defined"
    between = f" ({estimate['low']:.3f} to {estimate['high']:.3f})" if estimate["low"] is not None else ""
    return f"{estimate['value']:.3f}{between}"
