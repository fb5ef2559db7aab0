"""`galena demo`: a workspace filled with an invented market."""

import tempfile
from pathlib import Path

import click

from galena.surfaces.cli.options import home_option, json_option
from galena.surfaces.cli.output import emit_json, progress


@click.command("demo")
@click.option(
    "--leads",
    "count",
    type=click.IntRange(10, 5_000_000),
    default=2_000,
    show_default=True,
    help="How many businesses.",
)
@click.option("--seed", type=int, default=7, show_default=True, help="Another number makes another market.")
@home_option
@json_option
def command(count: int, seed: int, home: Path | None, as_json: bool) -> None:
    """Fill the workspace `demo` with an invented market of businesses, and score it. Nobody in it exists."""
    from galena.simulator.demo import fill_demo
    from galena.surfaces.cli.reports import say_intake, say_scoring
    from galena.surfaces.cli.work import working

    with working("galena demo", home, "demo", "brokerage", make=True) as work:
        with progress("Inventing", quiet=as_json) as advance, tempfile.TemporaryDirectory() as folder:
            taken, scored = fill_demo(work.context, Path(folder), count=count, seed=seed, advance=advance)
        say_intake(taken)
        say_scoring(scored)
    if as_json:
        emit_json({"workspace": "demo", **taken.as_dict(), "scoring": scored.as_dict()})
