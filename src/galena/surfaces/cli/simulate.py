"""`galena simulate`: months of an invented brokerage in minutes, to see whether scores learn."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from galena.surfaces.cli.options import home_option, json_option
from galena.surfaces.cli.output import emit_json, progress, say, show, table

if TYPE_CHECKING:
    from galena.simulator.diary import Diary

HEADINGS = ("month", "leads given", "meetings per 100", "AUC", "best AUC", "Brier", "takeovers", "alarms")


@click.command("simulate")
@click.option("--months", type=click.IntRange(1, 120), default=12, show_default=True,
              help="How many months to live through.")  # fmt: skip
@click.option(
    "--seed", type=int, default=1, show_default=True, help="Another number makes another market and brokers."
)
@click.option("--tenants", type=click.IntRange(1, 99), default=6, show_default=True, help="How many brokers.")
@click.option("--leads-per-week", type=click.IntRange(10, 100_000), default=100, show_default=True,
              help="How many businesses come in; two in five can be given.")  # fmt: skip
@click.option(
    "--policy",
    type=click.Choice(("loop", "rules", "once", "oracle")),
    default="loop",
    show_default=True,
    help="Learn weekly, never, once; or hand out leads by the truth.",
)
@click.option("--shock", "shock_month", type=click.IntRange(0), default=7, show_default=True,
              help="From this month on owners have other reasons; 0: never.")  # fmt: skip
@click.option("--noise", is_flag=True, help="Outcomes by chance alone: there is nothing to learn.")
@click.option("--budget", type=click.FloatRange(1), default=2.0, show_default=True,
              help="Seconds to train each outcome.")  # fmt: skip
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures as JSON, too."
)
@click.option("--workspace", "-w", help="Default: one for this policy and seed.")
@home_option
@json_option
def command(
    out: Path | None, workspace: str | None, home: Path | None, as_json: bool, **settings: Any
) -> None:
    """Live through months of an invented brokerage in minutes, in a workspace of its own.

    Businesses come in every week, leads are dropped, brokers record what owners said, and the loop learns:
    all by the same steps as in life, by a clock that is set to 2025. Ctrl-C stops it; the same command
    goes on. Use another --home than that of your own data: a server there would go on by today's clock.
    """
    from galena.simulator.year import Plan, Year
    from galena.surfaces.cli.work import working
    from galena.surfaces.reports import write_model_report

    plan = Plan(budget_s=settings.pop("budget"), **settings)
    slug = workspace or f"simulated-{plan.policy}-{plan.seed}" + ("-noise" if plan.noise else "")
    with working("galena simulate", home, slug, "brokerage", make=True) as work:
        state = work.galena.settings.home / "simulations" / f"{slug}.json"
        year = Year(work.context, plan, state, write_model_report)
        with progress("Simulating", quiet=as_json) as advance:
            diary = year.run(advance)
    months = _months(diary)
    found = {"workspace": slug, "plan": asdict(plan), "months": months}
    if out is not None:
        out.write_text(json.dumps(found, indent=1) + "\n")
    if as_json:
        emit_json(found)
        return
    show(table([_row(month) for month in months], HEADINGS))
    say("Best AUC: what somebody who knows every owner's mind would reach.")


def _months(diary: "Diary") -> list[dict[str, Any]]:
    return [{"month": month, **asdict(figures)} for month, figures in diary.months().items()]


def _row(month: dict[str, Any]) -> tuple[Any, ...]:
    names = ("month", "assigned", "conversion", "auc", "best_auc", "brier", "promotions", "alarms")
    return tuple(_told(name, month[name]) for name in names)


def _told(name: str, value: Any) -> Any:
    if value is None:
        return ""
    return {"conversion": f"{value:.1f}"}.get(name, f"{value:.2f}" if isinstance(value, float) else value)
