"""`galena experiment`: part of the leads scored in another way, to see which way is better."""

from typing import TYPE_CHECKING, Any

import click

from galena.kit.errors import InputError
from galena.surfaces.cli.options import Place, place_of, place_options
from galena.surfaces.cli.output import emit_json, say, show, table

if TYPE_CHECKING:
    from galena.domain.learning import Experiment
    from galena.engines.learning.experiment import ExperimentReport

REASON = click.option("--why", required=True, metavar="TEXT", help="The reason; it is kept.")


@click.group("experiment", invoke_without_command=True)
@place_options
@click.pass_context
def command(ctx: click.Context, /, **place: Any) -> None:
    """Score part of the leads in another way, and see which way is better. Without a command: the experiments.

    Which leads are in the trial never changes while it runs. One may look as often as one likes: chance alone ends it
    with one way better in 5 of 100 experiments at most.
    """
    ctx.obj = place_of(ctx, **place)
    if ctx.invoked_subcommand is None:
        _list(ctx.obj)


@command.command("start")
@click.argument("name")
@click.option("--model", default="", metavar="MODEL", help="What scores the trial, such as booked:3.")
@click.option("--weights", metavar="A=1,B=2", help="Other shares of the model's members.")
@click.option("--weights-by", metavar="FIELD", help="Shares of the members by the values of a field.")
@click.option("--share", type=click.FloatRange(1, 99), default=50.0, help="Percent of leads in the trial.")
@click.option("--days", type=click.IntRange(1, 180), default=21, help="Age at which a lead is judged.")
@click.option("--error", type=click.FloatRange(0.1, 50), default=5.0, help="Percent of wrong ends allowed.")
@click.option("--most", type=click.IntRange(2), help="End without a difference after so many leads.")
@REASON
@place_options
@click.pass_context
def start_command(
    ctx: click.Context,
    /,
    name: str,
    model: str,
    weights: str | None,
    weights_by: str | None,
    share: float,
    days: int,
    error: float,
    most: int | None,
    why: str,
    **place: Any,
) -> None:
    """Begin an experiment NAME: another model, or other weights of the model that scores."""
    from galena.engines.learning.experiment import Design
    from galena.surfaces.cli.work import working
    from galena.workflows.experiments import NewExperiment, as_record, start_experiment
    from galena.workflows.rescore import rescore

    at = place_of(ctx, **place)
    new = NewExperiment(
        name, why, model, _shares(weights), weights_by, Design(share / 100, error / 100, days, most)
    )
    with working("galena experiment", at.home, at.workspace, at.playbook) as work:
        begun = start_experiment(work.context, new)
        scored = rescore(work.context, trigger="experiment")
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, "experiment": as_record(begun)})
        return
    say(f"{begun.name} is running: {share:g} % of the leads are scored in the new way.")
    say(
        f"{scored.changed:,} leads have a new score. Leads given out from now on are judged after {days} days."
    )


@command.command("list")
@place_options
@click.pass_context
def list_command(ctx: click.Context, /, **place: Any) -> None:
    """The experiments, the newest first."""
    _list(place_of(ctx, **place))


@command.command("report")
@click.argument("name")
@place_options
@click.pass_context
def report_command(ctx: click.Context, /, name: str, **place: Any) -> None:
    """What an experiment says now; one that is decided ends by that."""
    from galena.stores import experiments
    from galena.surfaces.cli.work import working
    from galena.workflows.experiments import as_record, look_at

    at = place_of(ctx, **place)
    with working("galena experiment report", at.home, at.workspace, at.playbook) as work:
        with work.session() as session:
            experiment = experiments.load_by_name(session, name)
        experiment, report = look_at(work.context, experiment)
    if at.as_json:
        told = {"experiment": as_record(experiment), "now": report.model_dump(mode="json")}
        emit_json({"workspace": work.workspace.slug, **told})
        return
    _show(experiment, report)


@command.command("stop")
@click.argument("name")
@REASON
@place_options
@click.pass_context
def stop_command(ctx: click.Context, /, name: str, why: str, **place: Any) -> None:
    """End an experiment; every lead is scored alike again."""
    from galena.surfaces.cli.work import working
    from galena.workflows.experiments import as_record, stop_experiment

    at = place_of(ctx, **place)
    with working("galena experiment", at.home, at.workspace, at.playbook) as work:
        ended = stop_experiment(work.context, name, why=why)
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, "experiment": as_record(ended)})
        return
    say(f"{ended.name} is over; every lead is scored alike again.")


@command.command("value")
@click.argument("model", default="")
@click.option("--best", type=click.FloatRange(1, 99), default=33.0, help="Percent of leads it would choose.")
@click.option("--days", type=click.IntRange(30), default=365, help="Only leads given out in so many days.")
@place_options
@click.pass_context
def value_command(ctx: click.Context, /, model: str, best: float, days: int, **place: Any) -> None:
    """What the best leads by MODEL would have brought, without trying it.

    Read off the leads that drops drew by chance, each counted by how likely it was drawn; so the way of then is not
    flattered. Default: the model that scores.
    """
    from galena.surfaces.cli.work import working
    from galena.workflows.other_choices import compare_choices

    at = place_of(ctx, **place)
    with working("galena experiment value", at.home, at.workspace, at.playbook, reads_only=True) as work:
        found = compare_choices(work.context, model, share=best / 100, days=days)
    if at.as_json:
        told = {"leads": found.leads, "good": found.good, "window_days": found.window_days}
        emit_json({"workspace": work.workspace.slug, **told, "choices": [e.as_dict() for e in found.choices]})
        return
    say(
        f"{found.leads:,} leads drawn by chance are {found.window_days} days old or older;"
        f" {found.good:,} of them booked by then."
    )
    rows = [
        (
            each.name,
            f"{100 * each.worth.self_normalised.value:.1f} %",
            f"{100 * max(0.0, each.worth.self_normalised.low):.1f} to"
            f" {100 * min(1.0, each.worth.self_normalised.high):.1f}",
            f"{100 * each.worth.doubly_robust.value:.1f} %",
            round(each.worth.effective),
            "" if each.worth.enough else "too few leads to conclude anything",
        )
        for each in found.choices
    ]
    heads = (f"best {best:g} % by", "would book", "95 % range", "with the model's help", "worth leads", "")
    show(table(rows, heads))


@command.command("thresholds")
@click.argument("field")
@click.option("--from", "begins", type=click.FloatRange(1, 99), required=True, help="Score it begins at.")
@place_options
@click.pass_context
def thresholds_command(ctx: click.Context, /, field: str, begins: float, **place: Any) -> None:
    """Where a tier should begin in each segment of FIELD, so that its last lead is as good everywhere.

    What is seen of each segment is drawn towards all leads, the more the fewer outcomes it has.
    """
    from galena.surfaces.cli.work import working
    from galena.workflows.experiment_weights import thresholds_of_champion

    at = place_of(ctx, **place)
    with working("galena experiment thresholds", at.home, at.workspace, at.playbook, reads_only=True) as work:
        found = thresholds_of_champion(work.context, field, begins / 100)
    if at.as_json:
        told = [{name: getattr(each, name) for name in each.__dataclass_fields__} for each in found]
        emit_json({"workspace": work.workspace.slug, "field": field, "segments": told})
        return
    rows = [
        (
            each.segment or "(others)",
            each.leads,
            f"{100 * each.said:.0f} %",
            f"{100 * each.rate:.0f} %",
            round(100 * each.threshold, 1),
        )
        for each in found
    ]
    show(table(rows, (field, "outcomes", "said", "came true", "begins at")))


def _list(at: Place) -> None:
    from galena.stores import experiments
    from galena.surfaces.cli.work import working
    from galena.workflows.experiments import as_record

    with (
        working("galena experiment", at.home, at.workspace, at.playbook, reads_only=True) as work,
        work.session() as session,
    ):
        found = experiments.list_(session)
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, "experiments": [as_record(each) for each in found]})
        return
    if not found:
        say("There are no experiments. `galena experiment start NAME --model booked:3 --why ...` begins one.")
        return
    rows = [
        (
            each.name,
            "running" if each.is_running else each.state.replace("_", " "),
            f"{each.started_at:%Y-%m-%d}",
            f"{each.ended_at:%Y-%m-%d}" if each.ended_at else "",
            each.ended_why or each.why,
        )
        for each in found
    ]
    show(table(rows, ("experiment", "state", "from", "to", "why")))


def _show(experiment: "Experiment", report: "ExperimentReport") -> None:
    show(click.style(experiment.name, bold=True) + f"  {experiment.why}")
    show(report.sentence)
    rows = [
        (name, arm.leads, arm.good, "" if arm.rate is None else f"{100 * arm.rate:.1f} %")
        for name, arm in (("as before", report.control), ("new way", report.trial))
    ]
    show(table(rows, ("scored", "leads old enough", "came out well", "share")))
    if not report.is_over and experiment.is_running:
        side = "better" if report.better else "worse"
        show(
            f"The outcomes are {report.evidence:.3g} times likelier if the new way is {side};"
            f" {report.needed:.0f} times end it. {report.young:,} leads are too young yet."
        )
    if experiment.ended_why:
        show(f"It is over: {experiment.ended_why}")


def _shares(text: str | None) -> dict[str, float] | None:
    if text is None:
        return None
    try:
        parts = [part.split("=", 1) for part in text.split(",")]
        return {name.strip(): float(share) for name, share in parts}
    except ValueError as fault:
        raise InputError(
            "These are no weights.",
            facts={"given": text},
            remedy="Write them as --weights boosting=2,forest=1.",
        ) from fault
