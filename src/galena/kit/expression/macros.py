"""Macros: named expressions with parameters, expanded on the tree.

A macro body sees its parameters, `as_of` and named constants, nothing of the place it is used in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Macro:
    """An expression with parameters.

    Attributes:
        name: how it is called.
        parameters: its parameters in order.
        body: the expression they stand in.
        defaults: expressions for trailing parameters that may be left out.
        meaning: one sentence for the documentation and the editor.
    """

    name: str
    parameters: tuple[str, ...]
    body: str
    defaults: Mapping[str, str] = field(default_factory=dict)
    meaning: str = ""

    @property
    def required(self) -> int:
        """How many arguments a call needs at least."""
        return sum(1 for parameter in self.parameters if parameter not in self.defaults)

    @property
    def signature(self) -> str:
        """How a call looks, for messages: `within(d, n_days)`."""
        shown = [
            f"{name} = {self.defaults[name]}" if name in self.defaults else name for name in self.parameters
        ]
        return f"{self.name}({', '.join(shown)})"


_MACROS = (
    Macro(
        "recency",
        ("d", "horizon_days"),
        "clamp(1 - days_since(d) / horizon_days)",
        meaning="1 today, falling evenly to 0 at the horizon and beyond; 1 for a future date.",
    ),
    Macro(
        "urgency",
        ("d", "horizon_days"),
        "clamp(1 - days_until(d) / horizon_days)",
        meaning="0 at the horizon and beyond, rising evenly to 1 on the day itself; 1 for a date already past.",
    ),
    Macro(
        "within",
        ("d", "n_days"),
        "days_since(d) BETWEEN 0 AND n_days",
        meaning="Whether the date is at most so many days ago; a future date is not.",
    ),
    Macro(
        "trend_risk",
        ("trend",),
        "CASE WHEN lower(trim(trend)) IN ('declining', 'decreasing') THEN 1 "
        "WHEN lower(trim(trend)) = 'stable' THEN 0.3 "
        "WHEN lower(trim(trend)) IN ('improving', 'increasing') THEN 0 ELSE 0.5 END",
        meaning="1 when declining, 0.3 when stable, 0 when improving, 0.5 when unknown.",
    ),
    Macro(
        "decay",
        ("d", "half_life_days"),
        "power(2, -clamp(days_since(d), 0, 1000000) / half_life_days)",
        meaning="1 today, halved with every half-life; 1 for a future date.",
    ),
    Macro(
        "linear_decay",
        ("d", "span_days"),
        "clamp(1 - days_since(d) / span_days)",
        meaning="1 today, falling evenly to 0 after the span; 1 for a future date.",
    ),
    Macro(
        "step_decay",
        ("d", "n_days"),
        "CASE WHEN d IS NULL THEN NULL WHEN days_since(d) <= n_days THEN 1 ELSE 0 END",
        meaning="1 for so many days (and for a future date), then 0.",
    ),
)

STANDARD_MACROS: Mapping[str, Macro] = {macro.name: macro for macro in _MACROS}
"""The macros every playbook has."""
