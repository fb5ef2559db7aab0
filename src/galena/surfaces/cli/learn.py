"""`galena learn`: the loop from outcomes to better scores: run it, see what it waits for, what it did."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from galena.surfaces.cli.options import Place, place_of, place_options
from galena.surfaces.cli.output import emit_json, progress, say, show, table

if TYPE_CHECKING:
    from galena.workflows.learn import LoopReport

RUNS_SHOWN = 15


@click.group("learn", invoke_without_command=True)
@place_options
@click.pass_context
def command(ctx: click.Context, /, **place: Any) -> None:
    """Learn from what became of leads. Without a command: what it waits for, and what it did last.

    By itself it learns once a week, after 100 new outcomes, and when something drifted, while `galena up` runs.
    A new model first scores in the shadow; it takes over when later leads show that it is better.
    """
    ctx.obj = place_of(ctx, **place)
    if ctx.invoked_subcommand is None:
        _status(ctx.obj)


@command.command("run")
@click.option("--when-due", is_flag=True, help="Only where there is a reason to, as it does by itself.")
@click.option("--budget", type=click.FloatRange(1), default=60.0, help="Seconds to train each outcome.")
@click.option("--seed", type=int, default=0, help="Of everything drawn.")
@click.option("--threads", type=click.IntRange(1), help="Default: the cores of this machine.")
@click.option(
    "--new-labels", type=click.IntRange(1), default=100, help="With --when-due: after so many outcomes."
)
@click.option("--every-days", type=click.IntRange(1), default=7, help="With --when-due: after so many days.")
@click.option("--ask-first", is_flag=True, help="Let no model take over by itself; promote it by hand.")
@place_options
@click.pass_context
def run_command(
    ctx: click.Context,
    /,
    when_due: bool,
    budget: float,
    seed: int,
    threads: int | None,
    new_labels: int,
    every_days: int,
    ask_first: bool,
    **place: Any,
) -> None:
    """Run the loop now: try the model on trial, train the next one, let the better one take over."""
    from galena.engines.learning.triggers import Policy
    from galena.surfaces.cli.model_options import usable_threads
    from galena.surfaces.cli.work import working
    from galena.surfaces.reports import write_model_report
    from galena.workflows.learn import learn
    from galena.workflows.learn_head import LearnOptions

    at = place_of(ctx, **place)
    policy = Policy(timedelta(days=every_days), new_labels)
    options = LearnOptions(budget, seed, threads or usable_threads(), policy, not ask_first)
    with (
        working("galena learn", at.home, at.workspace, at.playbook) as work,
        progress("Learning", quiet=at.as_json) as watch,
    ):
        report = learn(
            work.context,
            options,
            page_of=write_model_report,
            by_hand=not when_due,
            progress=lambda doing, share: watch(round(100 * share), 100, doing),
        )
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, **report.as_dict()})
        return
    _say(report)


@command.command("history")
@click.option("--limit", type=click.IntRange(1), default=RUNS_SHOWN, help="So many runs, the newest first.")
@place_options
@click.pass_context
def history_command(ctx: click.Context, /, limit: int, **place: Any) -> None:
    """What it did, when and why."""
    from galena.stores import learning
    from galena.surfaces.cli.work import working

    at = place_of(ctx, **place)
    with (
        working("galena learn history", at.home, at.workspace, at.playbook, reads_only=True) as work,
        work.session() as session,
    ):
        runs = learning.list_runs(session, limit=limit)
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, "runs": [_record(run) for run in runs]})
        return
    if not runs:
        say("It has not learned here yet. `galena learn run` does it now.")
    for run in runs:
        show(click.style(f"{run.started_at:%Y-%m-%d %H:%M}", bold=True) + f"  {run.why}")
        for sentence in run.sentences:
            show(f"  {sentence}")
        for spots in run.report.get("weak_spots", {}).values():
            for spot in spots:
                show(f"  Weak: {spot['sentence']}")


def _record(run: Any) -> dict[str, Any]:
    return {name: getattr(run, name) for name in run.__dataclass_fields__}


def _status(at: Place) -> None:
    from galena.engines.learning.triggers import trigger_of, waiting_sentence
    from galena.stores import learning, models
    from galena.surfaces.cli.work import working
    from galena.workflows.learn import loop_state

    with working("galena learn", at.home, at.workspace, at.playbook, reads_only=True) as work:
        state = loop_state(work.context)
        trigger = trigger_of(state, work.galena.clock())
        with work.session() as session:
            runs = learning.list_runs(session, limit=1)
            on_trial = [each for each in models.list_(session) if each.status in ("champion", "challenger")]
    words = trigger.sentence if trigger else waiting_sentence(state)
    if at.as_json:
        told = {"due": trigger.kind if trigger else None, "sentence": words, "decided": state.decided}
        emit_json({"workspace": work.workspace.slug, **told, "runs": [_record(run) for run in runs]})
        return
    show(f"{state.decided:,} outcomes are known. {words}")
    if trigger:
        say("`galena learn run` does it now; it does so by itself while `galena up` runs.")
    if on_trial:
        rows = [(each.name, {"champion": "scores"}.get(each.status, "on trial")) for each in on_trial]
        show(table(rows, ("model", "what it does")))
    for run in runs:
        show(f"Last time, {run.started_at:%Y-%m-%d %H:%M} (UTC):")
        for sentence in run.sentences:
            show(f"  {sentence}")


def _say(report: "LoopReport") -> None:
    for sentence in report.sentences:
        show(sentence)
