"""Does the loop learn? Invented brokerages live through a year, with the loop on, by rules only, with a model trained
once, and with leads handed out by somebody who knows the truth; from month 7 on owners have other reasons. And a year
in which outcomes are chance alone, where no model should take over. Prints JSON.

Every year runs through the real steps and the real database, in a workspace of its own. A run that was stopped goes on
where it was when the same --home is given. Conversion is meetings per 100 leads given, as they truly came to be,
whether or not a broker recorded them; AUC and Brier are of all leads that came in, given or not.
Intervals: 95 %, over seeds.

    nice .venv/bin/python benchmarks/loop.py --seeds 10 --home /tmp/loop
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from math import sqrt
from multiprocessing import get_context
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from scipy.stats import beta, t

from galena.bootstrap import open_galena, settings_with
from galena.engines.learning.triggers import TAKEOVER_ERROR_RATE
from galena.kit.clock import stopwatch
from galena.playbooks import load
from galena.simulator.diary import Diary, Week, month_of, stretch_of
from galena.simulator.year import POLICIES, Plan, Year
from galena.workflows.context import Context
from galena.workflows.workspaces import ensure_workspace

FIGURES = ("conversion", "expected", "auc", "best_auc", "brier", "promotions", "alarms")
BEFORE_WEEKS, ROLLING_WEEKS = 8, 4
BACK = 0.8
"""Recovered: so much of what the AUC was above one half in the weeks before the shock is there again."""


def main() -> None:
    """Measure and print."""
    given = _given()
    plans = [
        Plan(months=given.months, seed=seed, policy=policy, **_size(given))
        for seed in range(given.first_seed, given.first_seed + given.seeds)
        for policy in given.policies
    ]
    if not given.without_noise:
        plans += [
            Plan(months=given.months, seed=seed, policy="loop", noise=True, **_size(given))
            for seed in range(given.first_seed, given.first_seed + given.seeds)
        ]
    passed = stopwatch()
    with tempfile.TemporaryDirectory() as folder:
        home = given.home or Path(folder)
        with (
            # The database stays up between years.
            open_galena(settings_with(home)),
            ProcessPoolExecutor(given.processes, mp_context=get_context("spawn")) as pool,
        ):
            files = list(pool.map(lived, [home] * len(plans), plans))
        diaries = {plan: Diary.opened(file, {}) for plan, file in zip(plans, files, strict=True)}
    print(json.dumps({"plan": asdict(plans[0]), "seconds": round(passed()), **summary(diaries)}))


def lived(home: Path, plan: Plan) -> Path:
    """Live through a year in a process of its own; the file of its diary."""
    name = f"{plan.policy}-{plan.seed}" + ("-noise" if plan.noise else "")
    with open_galena(settings_with(home)) as galena:
        workspace = ensure_workspace(galena.door, "brokerage", slug=name, actor="a benchmark")
        context = Context(galena.door, workspace.id, load("brokerage"), "a benchmark", galena.clock)
        file = home / "simulations" / f"{name}.json"
        Year(context, plan, file).run()
    print(f"{name}: done", file=sys.stderr, flush=True)
    return file


def summary(diaries: dict[Plan, Diary]) -> dict[str, Any]:
    """The years in figures."""
    moved = {plan: diary for plan, diary in diaries.items() if not plan.noise}
    by_policy = {
        policy: [diary for plan, diary in moved.items() if plan.policy == policy]
        for policy in dict.fromkeys(plan.policy for plan in moved)
    }
    found: dict[str, Any] = {
        "by_month": {policy: by_month(years) for policy, years in by_policy.items()},
        "whole": {
            policy: _over(years, lambda year: stretch_of(year.weeks)) for policy, years in by_policy.items()
        },
    }
    found["loop_less"] = {
        other: {
            "by_month": _differences(by_policy["loop"], years),
            "by_part": _by_part(by_policy["loop"], years, next(iter(moved)).shock_month),
        }
        for other, years in by_policy.items()
        if "loop" in by_policy and other != "loop"
    }
    begun = {plan: diary for plan, diary in moved.items() if plan.shock_month and plan.policy == "loop"}
    found["shock"] = [
        {"seed": plan.seed, **after_shock(diary.weeks, plan.shock_month)} for plan, diary in begun.items()
    ]
    noisy = [diary for plan, diary in diaries.items() if plan.noise]
    if noisy:
        found["noise"] = in_noise(noisy)
    return found


def by_month(years: Sequence[Diary]) -> dict[int, dict[str, Any]]:
    """Month -> figure -> mean over the years and its interval."""
    months = [year.months() for year in years]
    return {
        month: {name: interval([getattr(each[month], name) for each in months]) for name in FIGURES}
        for month in months[0]
    }


def interval(values: Sequence[float | None]) -> list[float | None]:
    """Mean, low, high (95 %, over seeds); low and high are unknown with one seed."""
    known = [value for value in values if value is not None]
    if not known:
        return [None, None, None]
    middle = mean(known)
    if len(known) < 2:
        return [round(middle, 4), None, None]
    half = float(t.ppf(0.975, len(known) - 1)) * stdev(known) / sqrt(len(known))
    return [round(middle, 4), round(middle - half, 4), round(middle + half, 4)]


def after_shock(weeks: Sequence[Week], shock_month: int) -> dict[str, Any]:
    """Weeks from the shock to the first alarm of drift, to the next takeover, and until the AUC is back."""
    shock = next((number for number in range(len(weeks)) if month_of(number) >= shock_month), None)
    if shock is None:
        return {}
    after = range(shock, len(weeks))
    before = stretch_of(weeks[max(0, shock - BEFORE_WEEKS) : shock]).auc or 0.5
    wanted = 0.5 + BACK * (before - 0.5)
    rolling = [
        number for number in after if number + ROLLING_WEEKS <= len(weeks)
        and (stretch_of(weeks[number : number + ROLLING_WEEKS]).auc or 0) >= wanted
    ]  # fmt: skip
    first: Callable[[list[int]], int | None] = lambda found: found[0] - shock if found else None  # noqa: E731
    return {
        "auc_before": before,
        "weeks_to_alarm": first([number for number in after if weeks[number].alarms]),
        "weeks_to_takeover": first([number for number in after if weeks[number].promotions]),
        "weeks_to_recover": first(rolling),
    }


def in_noise(years: Sequence[Diary]) -> dict[str, Any]:
    """How often a model took over although there was nothing to learn, with the exact interval of that share."""
    wrong = sum(any(week.promotions for week in year.weeks) for year in years)
    low = float(beta.ppf(0.025, wrong, len(years) - wrong + 1)) if wrong else 0.0
    high = float(beta.ppf(0.975, wrong + 1, len(years) - wrong)) if wrong < len(years) else 1.0
    return {
        "years": len(years),
        "years_with_a_takeover": wrong,
        "share": [round(wrong / len(years), 4), round(low, 4), round(high, 4)],
        "stated_error_rate": TAKEOVER_ERROR_RATE,
    }


def _over(years: Sequence[Diary], figures: Callable[[Diary], Any]) -> dict[str, Any]:
    found = [figures(year) for year in years]
    return {name: interval([getattr(each, name) for each in found]) for name in FIGURES}


def _differences(loops: Sequence[Diary], others: Sequence[Diary]) -> dict[int, Any]:
    """By month, of the same seeds: meetings per 100 leads with the loop less those without, luck left out."""
    pairs = [(one.months(), other.months()) for one, other in zip(loops, others, strict=True)]
    return {
        month: interval([(one[month].expected or 0) - (other[month].expected or 0) for one, other in pairs])
        for month in pairs[0][0]
    }  # fmt: skip


def _by_part(loops: Sequence[Diary], others: Sequence[Diary], shock_month: int) -> dict[str, Any]:
    """The same before the shock, from it on, in the last three months, and in the whole year."""
    parts: dict[str, Callable[[int, int], bool]] = {
        "before_the_shock": lambda month, _last: month < shock_month,
        "from_the_shock_on": lambda month, _last: month >= shock_month,
        "last_three_months": lambda month, last: month > last - 3,
        "whole": lambda _month, _last: True,
    }

    def expected(year: Diary, chosen: Callable[[int, int], bool]) -> float:
        last = month_of(len(year.weeks) - 1)
        weeks = [week for number, week in enumerate(year.weeks) if chosen(month_of(number), last)]
        return stretch_of(weeks).expected or 0.0

    return {
        name: interval(
            [
                expected(one, chosen) - expected(other, chosen)
                for one, other in zip(loops, others, strict=True)
            ]
        )
        for name, chosen in parts.items()
    }


def _size(given: argparse.Namespace) -> dict[str, Any]:
    return {"tenants": given.tenants, "leads_per_week": given.leads_per_week, "budget_s": given.budget}


def _given() -> argparse.Namespace:
    options = argparse.ArgumentParser()
    options.add_argument("--seeds", type=int, default=10)
    options.add_argument("--first-seed", type=int, default=1)
    options.add_argument("--months", type=int, default=12)
    options.add_argument("--tenants", type=int, default=6)
    options.add_argument("--leads-per-week", type=int, default=100)
    options.add_argument("--budget", type=float, default=2.0, help="seconds per training")
    options.add_argument("--policies", nargs="+", choices=POLICIES, default=list(POLICIES))
    options.add_argument("--without-noise", action="store_true")
    options.add_argument("--processes", type=int, default=2)
    options.add_argument("--home", type=Path, help="kept, so that a stopped run goes on")
    return options.parse_args()


if __name__ == "__main__":
    main()
