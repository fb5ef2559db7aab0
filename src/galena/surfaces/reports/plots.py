"""Plots of a model report as inline SVG whose colours and fonts are the page's own.

Drawn by matplotlib with stand-in colours that become CSS variables, so one drawing serves light, dark and print. Only
numbers and fixed words are drawn; names from the data stay in the page, where they are escaped. Nothing in a drawing
differs between two runs.
"""

import io
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from galena.engines.learning.curves import CalibrationBin, GainRow, Point, ScoreBin

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, MUTED, LINE, ACCENT, OTHER = "#010203", "#010204", "#010205", "#010206", "#010207"
VARIABLES = {INK: "--ink", MUTED: "--muted", LINE: "--plot-line", ACCENT: "--accent", OTHER: "--other"}
SIZE = (4.6, 3.2)
STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
}


def gains_plot(gains: Sequence[GainRow]) -> str:
    """Share of leads worked against share of wins found."""
    rows = [row for row in gains if row.found is not None]

    def draw(axes: "Axes") -> None:
        x, y = [0.0, *(row.share for row in rows)], [0.0, *(row.found or 0.0 for row in rows)]
        axes.fill_between(x, x, y, color=ACCENT, alpha=0.12, linewidth=0)
        axes.plot(x, y, color=ACCENT, linewidth=2, marker="o", markersize=3, label="best leads first")
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (4, 3)), label="in any order")
        _shares(axes, "leads worked", "wins found")
        axes.legend(loc="lower right")

    return _drawn("gains", draw)


def lift_plot(gains: Sequence[GainRow]) -> str:
    """Share of leads worked against times the average rate."""
    rows = [row for row in gains if row.lift is not None]

    def draw(axes: "Axes") -> None:
        axes.plot(
            [row.share for row in rows],
            [row.lift or 0.0 for row in rows],
            color=ACCENT,
            linewidth=2,
            marker="o",
            markersize=3,
        )
        axes.axhline(1, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
        axes.xaxis.set_major_formatter(_per_cent())
        axes.set_xlim(0, 1)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("leads worked")
        axes.set_ylabel("times the average rate")

    return _drawn("lift", draw)


def roc_plot(points: Sequence[Point]) -> str:
    """Share of lost leads flagged against share of wins found."""

    def draw(axes: "Axes") -> None:
        axes.plot([point.x for point in points], [point.y for point in points], color=ACCENT, linewidth=2)
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
        _shares(axes, "other leads flagged", "wins found")

    return _drawn("roc", draw)


def precision_recall_plot(points: Sequence[Point], base_rate: float) -> str:
    """Share of wins found against share of flagged leads that win."""

    def draw(axes: "Axes") -> None:
        axes.plot([point.x for point in points], [point.y for point in points], color=ACCENT, linewidth=2)
        axes.axhline(base_rate, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
        _shares(axes, "wins found", "wins among the flagged")

    return _drawn("precision-recall", draw)


def calibration_plot(bins: Sequence[CalibrationBin]) -> str:
    """What was promised against what came, with intervals."""

    def draw(axes: "Axes") -> None:
        said, came = [each.said for each in bins], [each.came for each in bins]
        below = [max(0.0, each.came - each.low) for each in bins]
        above = [max(0.0, each.high - each.came) for each in bins]
        top = min(1.0, 1.08 * max([*said, *(each.high for each in bins)]))
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
        axes.errorbar(said, came, yerr=[below, above], fmt="o-", color=ACCENT, linewidth=1.6, markersize=4)
        _shares(axes, "promised", "came true", top)

    return _drawn("calibration", draw)


def distribution_plot(bins: Sequence[ScoreBin]) -> str:
    """How scores spread among wins and other leads."""

    def draw(axes: "Axes") -> None:
        left = [each.from_score for each in bins]
        width = bins[0].to_score - bins[0].from_score
        for values, color, label in (
            ([each.other_share for each in bins], OTHER, "other leads"),
            ([each.positive_share for each in bins], ACCENT, "wins"),
        ):
            axes.bar(left, values, width, align="edge", color=color, alpha=0.35, label=label)
            axes.step(
                [*left, bins[-1].to_score], [*values, values[-1]], where="post", color=color, linewidth=1.4
            )
        axes.set_xlim(0, bins[-1].to_score)
        axes.yaxis.set_major_formatter(_per_cent())
        axes.set_xlabel("score")
        axes.set_ylabel("share of each kind")
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)

    return _drawn("distribution", draw)


def _shares(axes: "Axes", x: str, y: str, top: float = 1.0) -> None:
    axes.set_xlim(0, top)
    axes.set_ylim(0, top * 1.01)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(_per_cent())
    axes.set_xlabel(x)
    axes.set_ylabel(y)


def _per_cent() -> Any:
    from matplotlib.ticker import FuncFormatter

    return FuncFormatter(lambda value, _: f"{value * 100:.3g} %")


def _drawn(name: str, draw: Callable[["Axes"], None]) -> str:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    style: Any = STYLE | {"svg.hashsalt": name}
    with rc_context(style):
        figure = Figure(figsize=SIZE, layout="constrained")
        draw(figure.add_subplot())
        text = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(text, format="svg", transparent=True, metadata=nothing)
    return _for_page(name, text.getvalue())


def _for_page(name: str, svg: str) -> str:
    """Only the drawing, with ids of its own, the page's colours and the page's font."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<style.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(
        r' width="[\d.]+pt" height="[\d.]+pt"', ' aria-hidden="true" focusable="false"', svg, count=1
    )
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'href="#', f'href="#{name}-', svg)
    svg = svg.replace("url(#", f"url(#{name}-")
    svg = re.sub(r" font-family: [^;\"]+;", "", svg)
    svg = re.sub(r"\n\s*(?=[<LMz\"])", " ", svg)
    for color, variable in VARIABLES.items():
        svg = svg.replace(color, f"var({variable})")
    return svg.strip()
