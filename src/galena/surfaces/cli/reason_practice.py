"""`galena reason practice`: an endpoint on this machine that nobody has to pay."""

from collections.abc import Mapping
from threading import Event
from typing import Any

import click

from galena.kit.errors import ConfigurationError, UnavailableError
from galena.surfaces.cli.output import emit_json, say, show

ALL = "all"
SHARE_OF_ALL = 0.02


@click.command("practice")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8_765, show_default=True, help="0 takes any free one."
)
@click.option(
    "--fastest", type=click.FloatRange(0, 600), default=2.0, show_default=True, help="Seconds at least."
)
@click.option(
    "--slowest", type=click.FloatRange(0, 600), default=8.0, show_default=True, help="Seconds at most."
)
@click.option("--seed", type=int, default=7, show_default=True, help="Another number gives other answers.")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="KIND=SHARE",
    help="How often it fails, such as too_busy=0.05; `all` fails in every way. May be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON at the end, for scripts.")
def command(
    port: int, fastest: float, slowest: float, seed: int, faults: tuple[str, ...], as_json: bool
) -> None:
    """Start a pretended language model on this machine, to try everything without a key or money.

    It scores plausibly, takes its time, fails as often as it is told to, and ends with Ctrl-C.
    """
    from galena.simulator.providers.reasoner import Manner, running_reasoner

    manner = Manner(seed=seed, latency_s=(fastest, max(fastest, slowest)), faults=_shares(faults))
    try:
        with running_reasoner(manner, port) as server:
            show(f"A practice endpoint answers at {server.address}. In another window:")
            show(f"  galena reason setup --url {server.address} --model deepseek-reasoner --no-key --private")
            say("Ctrl-C ends it.")
            try:
                Event().wait()
            except KeyboardInterrupt:
                tally = server.tally.as_dict()
    except OSError as fault:
        raise UnavailableError(
            "The practice endpoint cannot start.",
            facts={"port": port, "reason": fault.strerror or str(fault)},
            remedy="Give another --port, or 0 for any free one.",
        ) from fault
    if as_json:
        emit_json({"tally": tally})
    else:
        say(f"\n{sum(tally['calls'].values()):,} calls: " + _words(tally["calls"]))


def _shares(given: tuple[str, ...]) -> dict[Any, float]:
    from galena.simulator.providers.reasoner import FAULTS

    found: dict[Any, float] = {}
    for each in given:
        kind, _, share = each.partition("=")
        if kind == ALL:
            found |= dict.fromkeys(FAULTS, _number(share, each) if share else SHARE_OF_ALL)
        elif kind in FAULTS:
            found[kind] = _number(share, each)
        else:
            raise ConfigurationError(
                f"There is no fault {kind!r}.",
                facts={"faults": ", ".join(FAULTS)},
                remedy="Name one of these.",
            )
    if sum(found.values()) > 1:
        raise ConfigurationError("The shares of the faults are more than 1 together.")
    return found


def _number(text: str, given: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ConfigurationError(
            "A share is a number from 0 to 1.", facts={"given": given}, remedy="Write it as too_busy=0.05."
        )
    return share


def _words(calls: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in sorted(calls.items()))
