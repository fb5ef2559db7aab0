"""One finding of the watch over drift."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

FindingKind = Literal["feature", "new_values", "missing", "predictions", "disagreement", "promises", "order"]


class Finding(BaseModel):
    """Something that was compared.

    Attributes:
        kind: `feature` (how its values are spread), `new_values`, `missing`; of the model `predictions`,
            `disagreement` of its members, `promises` (probabilities against outcomes), `order` (who comes first).
        name: the column, or what the model predicts.
        size: how far it moved; `limit`: from where on that matters.
        p_value: how often chance alone moves it as far.
        alarm: whether it moved by enough, and by more than chance explains.
        sentence: in words.
    """

    model_config = ConfigDict(frozen=True)
    kind: FindingKind
    name: str
    size: float
    limit: float
    p_value: float
    alarm: bool
    sentence: str


def percent_of(share: float) -> str:
    """A share in percent, with a decimal where it is small."""
    return f"{100 * share:.1f} %" if 0 < share < 0.1 else f"{100 * share:.0f} %"
