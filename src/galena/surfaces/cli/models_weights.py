"""`galena model weights`: how much each member of a model counts, how that moved, and the way back."""

from typing import TYPE_CHECKING, Any

import click

from galena.surfaces.cli.options import place_of, place_options
from galena.surfaces.cli.output import emit_json, say, table

if TYPE_CHECKING:
    from galena.workflows.model_weights import Shares


@click.command("weights")
@click.option("--purpose", metavar="NAME", help="Only of the model that predicts this.")
@click.option(
    "--reset",
    is_flag=True,
    help="Bring back the weights of the training; only outcomes from now on count.",
)
@click.option("--why", default="", metavar="TEXT", help="The reason for --reset; kept in the history.")
@place_options
@click.pass_context
def weights_command(ctx: click.Context, /, purpose: str | None, reset: bool, why: str, **place: Any) -> None:
    """How much each member of the models that score counts.

    `galena score` adapts the weights by itself: members that foretold the latest outcomes better count more, and none
    falls below 5 %. Fewer than 30 outcomes change nothing.
    """
    from galena.surfaces.cli.work import working
    from galena.workflows.model_weights import reset_weights, shares_of_champions

    at = place_of(ctx, **place)
    with working("galena model weights", at.home, at.workspace, at.playbook, reads_only=not reset) as work:
        if reset:
            found = reset_weights(work.context, purpose=purpose, why=why)
        else:
            found = shares_of_champions(work.context, purpose=purpose)
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, "models": [each.as_dict() for each in found]})
        return
    for shares in found:
        _show(shares)
    if reset:
        say("The weights of the training are back. `galena score` scores every lead with them.")


def _show(shares: "Shares") -> None:
    held = shares.in_force
    click.echo(click.style(shares.model.name, bold=True))
    rows = [
        (
            name,
            _percent(held.weights[name] if held else share),
            _percent(share),
            f"{100 * held.errors[name]:.0f}" if held else "",
        )
        for name, share in shares.trained.items()
    ]
    click.echo(table(rows, ("member", "counts now", "when trained", "points off lately")))
    if held is None:
        click.echo("As trained: no outcomes have moved the weights.")
    if shares.history:
        click.echo("How they moved")
        told = [
            (
                f"{each.at:%Y-%m-%d %H:%M}",
                ", ".join(f"{name} {_percent(share)}" for name, share in each.weights.items()),
                each.why,
                each.author,
            )
            for each in shares.history
        ]
        click.echo(table(told, ("at (UTC)", "weights", "why", "by")))
    click.echo()


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
