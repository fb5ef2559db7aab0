"""The reports: the funnel, commissions, reasons, what was acted on, fairness, conversion, and what scores are worth."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType

import polars as pl

from galena.domain.playbook import Playbook
from galena.domain.report import Column, Report, Table
from galena.engines.insight.commissions import FEWEST_PAID, earned, forecast, forecast_table
from galena.engines.insight.funnel import actioned, funnel
from galena.engines.insight.losses import reasons
from galena.engines.insight.model_value import FEWEST, model_value
from galena.engines.insight.worked import GROUPS
from galena.engines.learning.conversion import Conversion, ConversionLine, conversion_of
from galena.engines.routing.fairness import gini
from galena.kit.errors import InputError
from galena.stores.door import Session
from galena.workflows.report_leads import worked_leads

_ONCE = (
    "Each lead counts once: with the broker who brought it furthest, and of equals the last.",
    "Tier and score are those of the moment the lead was given; weeks and days are UTC.",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a report is asked for.

    Attributes:
        by: the grouping; None: the report's own.
        since, until: the days on which leads were given, both inclusive.
        outcome: for conversion, what counts as one: booked or won.
    """

    by: str | None = None
    since: date | None = None
    until: date | None = None
    outcome: str = "booked"


@dataclass(frozen=True, slots=True)
class _Ground:
    leads: pl.DataFrame
    playbook: Playbook
    wanted: Wanted
    now: datetime

    @property
    def by(self) -> str:
        return self.wanted.by or "tier"


def make_report(session: Session, playbook: Playbook, name: str, wanted: Wanted, now: datetime) -> Report:
    """A report of the leads that this session may see.

    Raises:
        InputError: there is no such report or grouping, or the days are in the wrong order.
    """
    if name not in _MAKERS:
        raise InputError(f"There is no report {name!r}.", facts={"reports": list(_MAKERS)})
    groups = groups_of(name)
    if wanted.by is not None and wanted.by not in groups:
        raise InputError(
            f"{name} cannot be grouped by {wanted.by!r}.",
            facts={"groups": list(groups)},
            remedy="Give one of these.",
        )
    if wanted.since and wanted.until and wanted.until < wanted.since:
        raise InputError(f"{wanted.until} lies before {wanted.since}.", remedy="Exchange the two days.")
    leads = worked_leads(session, playbook, since=wanted.since, until=wanted.until)
    if name != "fairness":  # What was given and is not seen yet is already given fairly or not.
        leads = leads.filter(pl.col("given_at") <= now)
    made = _MAKERS[name](_Ground(leads, playbook, wanted, now))
    return replace(made, since=wanted.since, until=wanted.until)


def groups_of(name: str) -> tuple[str, ...]:
    """The groupings of a report."""
    if name == "commissions":
        return ("month", *GROUPS)
    if name in ("fairness", "model-value"):
        return ()
    return tuple(group for group in GROUPS if not (group == "booked_by" and name != "funnel"))


def _funnel(ground: _Ground) -> Report:
    table = funnel(ground.leads, ground.by)
    total = next(iter(replace(table, rows=(table.total or (),)).records()))
    said = f"{total['leads']:,} leads: {total['contacted']:,} contacted, {total['booked']:,} booked,"
    said += f" {total['met']:,} met, {total['won']:,} won."
    method = (
        *_ONCE,
        "Contacted: somebody tried to reach the lead. Met: it was said what became of the meeting. Times are medians.",
    )
    return _report(ground, "funnel", "From lead to win", (table,), (said,), method)


def _commissions(ground: _Ground) -> Report:
    year = ground.now.year
    by = ground.wanted.by or "month"
    table = earned(ground.leads, by, year)
    found = forecast(ground.leads, ground.now.date())
    money = _money(ground.playbook.currency)
    paid = table.total[3] if table.total else 0.0
    said = [
        f"{year} so far: {money(paid)} from {(table.rows and table.total and table.total[1]) or 0:,} deals."
    ]
    if found.expected is None:
        said.append(f"Too few commissions for a forecast: {found.paid} were paid, {FEWEST_PAID} are needed.")
    else:
        said.append(
            f"The rest of {year} may bring {money(found.expected)}; eight times in ten between"
            f" {money(found.low)} and {money(found.high)}."
        )
    method = (
        _ONCE[0],
        "A commission counts on its day of closing. Forecast: a thousand draws of the rest of the year. Won deals close"
        " on their day; others are won with the chance that leads at their step had so far, if the time that wins took"
        " lets them close in the year; amounts are drawn from the commissions paid.",
    )
    return _report(
        ground, "commissions", f"Commissions of {year}", (table, forecast_table(found)), said, method
    )


def _reasons(ground: _Ground) -> Report:
    labels = {reason.code: reason.label for reason in ground.playbook.outcomes.reasons}
    whole = reasons(ground.leads, labels)
    more = (reasons(ground.leads, labels, ground.wanted.by),) if ground.wanted.by else ()
    lost = whole.total[3] if whole.total else 0
    first = f" Most often: {whole.rows[0][1]}." if whole.rows else ""
    return _report(
        ground,
        "reasons",
        "Why leads were lost",
        (whole, *more),
        (f"{lost:,} leads were lost with a reason.{first}",),
        (*_ONCE[:1], "The reason that a person confirmed, of the newest outcome that stands."),
    )


def _actioned(ground: _Ground) -> Report:
    within = ground.playbook.outcomes.act_within_days
    today = ground.now.date()
    table = actioned(ground.leads, ground.wanted.by or "broker", within_days=within, today=today)
    figures = next(iter(replace(table, rows=(table.total or (),)).records()))
    share = figures["share"]
    said = f"{figures['actioned']:,} of {figures['leads']:,} leads were acted on"
    said += f" ({share:.0%})." if isinstance(share, float) else "."
    method = (
        *_ONCE,
        "Acted on: the broker recorded an outcome or a call.",
        f"In time: within {within} days; leads younger than that and not acted on are left out of that share.",
    )
    return _report(ground, "actioned", "Leads acted on", (table,), (said,), method)


def _fairness(ground: _Ground) -> Report:
    held = ground.leads.filter(pl.col("value").is_not_null())
    tiers = [tier.name for tier in ground.playbook.rules.tiers if tier.name in set(held["tier"].to_list())]
    figures = [
        pl.len().alias("leads"),
        *((pl.col("tier") == tier).sum().alias(f"tier_{tier}") for tier in tiers),
        pl.col("value").sum().alias("value"),
        pl.col("value").mean().alias("mean"),
    ]
    brokers = held.group_by("broker").agg(figures).sort(["value", "broker"], descending=[True, False])
    unfair = gini(brokers["value"].to_list())
    columns = (
        Column("broker", "Broker", "text"),
        Column("leads", "Leads"),
        *(Column(f"tier_{tier}", tier) for tier in tiers),
        Column("value", "Value", "number"),
        Column("mean", "Value per lead", "number"),
    )
    total = ("all", *held.select(figures).row(0))
    table = Table("fairness", "Value given to each broker", columns, tuple(brokers.iter_rows()), total)
    said = f"Gini of value over {brokers.height:,} brokers: {unfair:.3f} (0: all the same, 1: one has everything)."
    method = (
        *_ONCE,
        "Value: what the plan took a lead to be worth when it was given. Brokers without a lead are not seen.",
    )
    return _report(ground, "fairness", "Fairness of what brokers were given", (table,), (said,), method)


def _conversion(ground: _Ground) -> Report:
    scored = ground.leads.filter(pl.col("points").is_not_null())
    decided = pl.col("booked") | pl.col("outcome").is_in(["no_answer", "not_interested", "do_not_contact"])
    if ground.wanted.outcome == "won":
        decided = (
            pl.col("won")
            | (pl.col("closing") == "closed_lost").fill_null(False)
            | (decided & ~pl.col("booked"))
        )
    target = pl.when(decided.fill_null(False)).then(pl.col(ground.wanted.outcome).cast(pl.Float64))
    names = (ground.wanted.by,) if ground.wanted.by else ("tier", "source", "segment")
    found = conversion_of(
        scored["points"].to_numpy(),
        scored.select(target.alias("x"))["x"].cast(pl.Float64).fill_null(float("nan")).to_numpy(),
        {name: scored[name].to_numpy() for name in names},
    )
    return _report(
        ground,
        "conversion",
        f"Conversion: {ground.wanted.outcome}",
        tuple(_conversion_tables(found)),
        (
            "No band of the score surely converts less than a lower one."
            if found.rises
            else "A higher band of the score surely converts less than a lower one: the scores need a look.",
        ),
        (
            *_ONCE,
            "Rate: of the decided leads, with Wilson's 95 % interval; leads still open are never taken for lost.",
        ),
    )


def _conversion_tables(found: Conversion) -> list[Table]:
    return [
        _conversion_table("band", "Conversion by score", "Score", found.bands),
        *(
            _conversion_table(name, f"Conversion by {name}", name.capitalize(), lines)
            for name, lines in found.by.items()
        ),
    ]


def _conversion_table(name: str, title: str, label: str, lines: tuple[ConversionLine, ...]) -> Table:
    columns = (
        Column(name, label, "text"),
        Column("leads", "Leads"),
        Column("decided", "Decided"),
        Column("wins", "Converted"),
        Column("rate", "Rate", "share"),
        Column("low", "at least", "share"),
        Column("high", "at most", "share"),
        Column("mean_score", "Mean score", "number"),
    )
    rows = tuple(
        (line.value, line.leads, line.decided, line.wins, line.rate.value, line.rate.low, line.rate.high,
         line.mean_score)
        for line in lines
    )  # fmt: skip
    return Table(f"conversion_by_{name}", title, columns, rows)


def _model_value(ground: _Ground) -> Report:
    found = model_value(ground.leads)
    money = _money(ground.playbook.currency)
    said = []
    if found.decided < FEWEST:
        said.append(f"Too few decided leads to say: {found.decided}, {FEWEST} are needed.")
    else:
        half = next(iter(replace(found.table, rows=found.table.rows[1:2]).records()))
        said.append(
            f"The better half by score, beside as many average leads: {money(half['gain'])}"
            f" (95 %: {money(half['low'])} to {money(half['high'])})."
        )
        if not _is_sure(half["low"], half["high"]):
            said.append("That may be chance: the interval holds 0.")
    if found.explored:
        said.append(
            f"Drawn outside the order: {found.explored:,}, with {money(found.explored_per_lead)} each; chosen:"
            f" {money(found.chosen_per_lead)} each."
        )
    method = (
        *_ONCE,
        "Decided leads alone: lost, given up, or won and paid. The gain is the difference in commission per lead times"
        " the number of leads; the interval comes from a thousand drawings of the leads.",
    )
    return _report(ground, "model-value", "What scores are worth in money", (found.table,), said, method)


def _is_sure(low: object, high: object) -> bool:
    return isinstance(low, float) and isinstance(high, float) and (low > 0 or high < 0)


def _report(
    ground: _Ground,
    name: str,
    title: str,
    tables: tuple[Table, ...],
    said: list[str] | tuple[str, ...],
    method: tuple[str, ...],
) -> Report:
    return Report(name, title, ground.playbook.currency, tables, tuple(said), method)


def _money(currency: str) -> Callable[[object], str]:
    return lambda amount: f"{amount:,.0f} {currency}" if isinstance(amount, int | float) else "nothing yet"


_MAKERS: Mapping[str, Callable[[_Ground], Report]] = MappingProxyType(
    {
        "funnel": _funnel,
        "commissions": _commissions,
        "reasons": _reasons,
        "actioned": _actioned,
        "fairness": _fairness,
        "conversion": _conversion,
        "model-value": _model_value,
    }
)
REPORTS: tuple[str, ...] = tuple(_MAKERS)
"""The reports, in the order they are listed."""
