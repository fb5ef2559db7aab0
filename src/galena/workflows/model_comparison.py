"""Two registered models side by side: what their cards and metrics say, and where they differ."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from galena.domain.registered_model import RegisteredModel

_FACTS = (
    ("status", "status"),
    ("registered", "created_at"),
    ("by", "created_by"),
    ("why", "why"),
    ("kind", "type"),
    ("trained on rows", "row_count"),
    ("of them positive", "positive_count"),
    ("data from", "data_from"),
    ("data to", "data_to"),
    ("data", "data_hash"),
    ("features", "feature_set_hash"),
    ("artefact", "artefact_hash"),
    ("bytes", "artefact_bytes"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing both models say; `difference` is second minus first where both are numbers."""

    name: str
    first: Any
    second: Any

    @property
    def difference(self) -> float | None:
        """Second minus first; None where they are not both numbers."""
        if _is_number(self.first) and _is_number(self.second):
            return float(self.second) - float(self.first)
        return None

    @property
    def is_same(self) -> bool:
        """Whether both say the same."""
        return bool(self.first == self.second)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two models say of themselves.

    Attributes:
        metrics: on the data each had not seen; comparable only when that was the same data (`same_data`).
        facts: what they were trained on, when, by whom, why.
        card: their cards.
        same_data: whether both were trained on the same data.
    """

    first: RegisteredModel
    second: RegisteredModel
    metrics: tuple[Line, ...]
    facts: tuple[Line, ...]
    card: tuple[Line, ...]

    @property
    def same_data(self) -> bool:
        """Whether both were trained on the same data; unknown counts as no."""
        return bool(self.first.data_hash) and self.first.data_hash == self.second.data_hash


def compare(first: RegisteredModel, second: RegisteredModel) -> Comparison:
    """The two models line by line; what one of them does not say is None."""
    facts = [Line(label, getattr(first, name), getattr(second, name)) for label, name in _FACTS]
    metrics = _lines(dict(leaves(first.metrics)), dict(leaves(second.metrics)))
    card = _lines(dict(leaves(first.card)), dict(leaves(second.card)))
    return Comparison(first, second, metrics, tuple(facts), card)


def leaves(tree: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of nested mappings under its path: `auc.low`."""
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def _lines(first: Mapping[str, Any], second: Mapping[str, Any]) -> tuple[Line, ...]:
    # The value of an estimate stands before the ends of its interval.
    names = sorted({*first, *second}, key=lambda name: name.replace(".value", "."))
    return tuple(Line(name, first.get(name), second.get(name)) for name in names)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
