"""The report as lines for a terminal: what a person needs to decide whether to use the model."""

from collections.abc import Iterator

from galena.engines.learning.headline import percent
from galena.engines.learning.metrics import Estimate
from galena.engines.learning.report import Report

COLUMNS_SHOWN = 8
DROPPED_SHOWN = 12
SEGMENTS_SHOWN = 5
LEAKS_SHOWN = 5
BAR_WIDTH = 24

FIGURES = {
    "auc": ("area under the ROC curve", "0.5 is a coin, 1 is perfect"),
    "average_precision": ("average precision", "the base rate is a coin, 1 is perfect"),
    "log_loss": ("log-loss", "lower is better"),
    "log_loss_gain": ("log-loss saved", "against giving every lead the base rate"),
    "brier": ("Brier score", "lower is better"),
    "ece": ("calibration error", "mean gap between promised and real rate"),
    "lift_10": ("lift, best 10 %", "times the average rate"),
    "lift_20": ("lift, best 20 %", "times the average rate"),
    "gain_50": ("found in the best half", "share of all wins"),
    "alift": ("area under the gain curve", "0.5 is a coin"),
}
"""The figures shown first, with their names and how to read them."""


def lines_of(report: Report) -> list[str]:
    """The report as plain lines of up to about 110 characters, without colours."""
    return [line for part in _parts(report) for line in (*part, "")][:-1]


def shown(estimate: Estimate | None, decimals: int = 3) -> str:
    """A figure with its interval, such as `0.812 [0.801, 0.823]`; a dash where it is not defined."""
    if estimate is None or estimate.value is None:
        return "–"
    text = f"{estimate.value:.{decimals}f}"
    if estimate.low is None or estimate.high is None:
        return text
    return f"{text} [{estimate.low:.{decimals}f}, {estimate.high:.{decimals}f}]"


def _parts(report: Report) -> Iterator[list[str]]:
    yield [*report.headline.sentences]
    if kept := list(_to_keep_in_mind(report)):
        yield kept
    if report.usable_signal:
        yield list(_tiers(report))
    yield [
        f"{report.rows:,} past leads, {report.positives:,} of them with {report.outcome} = {report.positive} "
        f"({percent(report.base_rate)}); {report.judged_rows:,} judged.",
        report.split,
        *([] if not report.usable_signal else [report.usable_signal_reason]),
    ]
    if report.usable_signal:
        yield ["What drives the score", *_columns(report)]
    weak = [segment for segment in report.segments if segment.weak][:SEGMENTS_SHOWN]
    if weak and report.usable_signal:
        yield [
            "Weak spots",
            *(
                f"  {each.column} = {each.value or 'not known'}: {each.leads:,} leads, promised "
                f"{percent(each.said)}, came {percent(each.rate.value)}"
                for each in weak
            ),
        ]
    if report.leak_suspects:
        yield [
            "Columns that probably know the outcome",
            *(
                f"  {each.column}: {each.reason}{'' if each.used else ' (left out)'}"
                for each in report.leak_suspects
            ),
        ]
    if report.dropped:
        yield ["Columns not used", *_dropped(report)]
    if report.notes:
        yield ["Notes", *(f"  {note}" for note in report.notes)]
    yield [
        "For specialists: quality, with the range (95 %) in which it would move",
        *_figures(report),
        "",
        "  members of the ensemble: share of the blend, area under the ROC curve, log-loss",
        *_members(report),
    ]


def _to_keep_in_mind(report: Report) -> Iterator[str]:
    used = [each.column for each in report.leak_suspects if each.used]
    if used and report.usable_signal:
        names = ", ".join(used[:LEAKS_SHOWN]) + (
            f" and {len(used) - LEAKS_SHOWN:,} more" if len(used) > LEAKS_SHOWN else ""
        )
        yield (
            f"! These figures count on columns that probably know the outcome: {names}. Expect less where new leads do"
            " not have them."
        )
    for caveat in report.headline.caveats:
        yield f"! {caveat}"


def _tiers(report: Report) -> Iterator[str]:
    highest = max((tier.rate or 0.0 for tier in report.headline.tiers), default=0.0) or 1.0
    for tier in report.headline.tiers:
        bar = "█" * max(1, round(BAR_WIDTH * (tier.rate or 0.0) / highest))
        yield (
            f"  {tier.tier}  {tier.leads_in_words:<15}{percent(tier.rate):>8} won  "
            f"{percent(tier.share_of_wins):>6} of all wins  {bar}"
        )


def _figures(report: Report) -> Iterator[str]:
    for name, (label, reading) in FIGURES.items():
        yield f"  {label:<28}{shown(report.metrics.get(name)):<28}{reading}"
    within, over_all = report.signal.auc, report.metrics["auc"]
    if abs((within.value or 0.0) - (over_all.value or 0.0)) >= 0.0005:
        label = "the area, part by part"
        yield f"  {label:<28}{shown(within):<28}among leads judged in the same part; tested for signal"


def _members(report: Report) -> Iterator[str]:
    for member in report.members:
        auc, loss = member.metrics["auc"], member.metrics["log_loss"]
        yield f"  {member.name:<22}{percent(member.weight):>7}   {shown(auc):<24}{shown(loss)}"


def _columns(report: Report) -> Iterator[str]:
    highest = max((column.importance for column in report.columns), default=0.0) or 1.0
    for column in report.columns[:COLUMNS_SHOWN]:
        bar = "█" * max(1, round(BAR_WIDTH * column.importance / highest))
        missing = f", {percent(column.missing_share)} not known" if column.missing_share else ""
        yield f"  {_cut(column.name):<32}{percent(column.importance):>7}  {bar} {column.kind}{missing}"
    more = len(report.columns) - COLUMNS_SHOWN
    if more > 0:
        yield f"  and {more:,} more"


def _dropped(report: Report) -> Iterator[str]:
    for each in report.dropped[:DROPPED_SHOWN]:
        yield f"  {each.column}: {each.reason}"
    more = len(report.dropped) - DROPPED_SHOWN
    if more > 0:
        yield f"  and {more:,} more"


def _cut(name: str, width: int = 30) -> str:
    return name if len(name) <= width else name[: width - 1] + "…"
