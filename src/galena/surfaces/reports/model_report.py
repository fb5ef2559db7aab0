"""The report on a model as one HTML file: first what a sales manager asks, then everything a specialist checks."""

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from galena.engines.learning.headline import percent, times_held
from galena.engines.learning.metrics import Estimate
from galena.engines.learning.report import Report
from galena.engines.learning.report_text import shown
from galena.surfaces.reports import plots

FOLDER = Path(__file__).parent
COLUMNS_SHOWN = 12
SEGMENTS_SHOWN = 25
WEAK_SHOWN = 6

FIGURES = (
    (
        "auc",
        "Area under the ROC curve",
        "Share of pairs (a win, another lead) in which the win has the higher score; 0.5 is a coin.",
    ),
    ("average_precision", "Average precision", "Share of wins among the flagged, over all thresholds."),
    ("log_loss", "Log-loss", "How surprised the model is by what happened. Lower is better."),
    ("log_loss_gain", "Log-loss saved", "Against giving every lead the base rate. Above 0 is better."),
    ("brier", "Brier score", "Mean squared error of the probability. Lower is better."),
    ("ece", "Calibration error", "Mean gap between promised and real rates, 15 bins. Lower is better."),
    ("ece_debiased", "Calibration error, noise taken out", "The same less what chance alone adds to it."),
    ("rmse", "Root mean squared error", "Of the score as expected quality, on a scale of 0 to 1."),
    ("mae", "Mean absolute error", "Of the score as expected quality, on a scale of 0 to 1."),
    ("r2", "R²", "Share of the outcome's variance the score explains."),
    ("lift_10", "Lift, best 10 %", "Their win rate, in times the average rate."),
    ("lift_20", "Lift, best 20 %", "Their win rate, in times the average rate."),
    ("lift_50", "Lift, best half", "Their win rate, in times the average rate."),
    ("gain_10", "Wins in the best 10 %", "Share of all wins."),
    ("gain_20", "Wins in the best 20 %", "Share of all wins."),
    ("gain_50", "Wins in the best half", "Share of all wins."),
    ("alift", "Area under the gain curve (ALIFT)", "0.5 is a coin."),
    ("top_to_bottom", "A against C", "Win rate of the best 20 % in times that of the other half."),
)
"""Figures of the quality table: name, label, how to read it."""


def write_model_report(report: Report) -> str:
    """The whole report as HTML: no script, nothing fetched, styles and drawings inside, equal for equal reports."""
    both = bool(report.roc)
    drawings = {
        "gains": plots.gains_plot(report.gains) if both else "",
        "lift": plots.lift_plot(report.gains) if both else "",
        "roc": plots.roc_plot(report.roc) if both else "",
        "precision_recall": plots.precision_recall_plot(report.precision_recall, report.base_rate)
        if both
        else "",
        "calibration": plots.calibration_plot(report.calibration),
        "distribution": plots.distribution_plot(report.distribution),
    }
    return _environment().get_template("model_report.html").render(
        report=report,
        styles=Markup((FOLDER / "model_report.css").read_text("utf-8")),  # noqa: S704 -- our own file
        drawings={name: Markup(svg) for name, svg in drawings.items()},  # noqa: S704 -- numbers and fixed words only
        figures=[figure for figure in FIGURES if figure[0] in report.metrics],
        weak=[segment for segment in report.segments if segment.weak][:WEAK_SHOWN],
        columns_shown=COLUMNS_SHOWN,
        segments_shown=SEGMENTS_SHOWN,
        widest=max((abs(each.points or 0.0) for column in report.dependence for each in column.ranges), default=0.0)
        or 1.0,
        most_important=max((column.importance for column in report.columns), default=0.0) or 1.0,
    )  # fmt: skip


@lru_cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        percent=percent, shown=shown, points=_points, interval=_interval, times=times_held, unbroken=_unbroken
    )
    return environment


def _points(value: float | None) -> str:
    if value is None:
        return "–"
    return "0" if abs(value) < 0.05 else f"{value:+.1f}".replace("-", "−")


def _unbroken(text: str) -> str:
    """No line ends between a figure and its per cent sign."""
    return text.replace(" %", "\u00a0%")


def _interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return "–"
    return f"{percent(estimate.low)} to {percent(estimate.high)}"
