"""Rules scoring as data: factors, their categories, temperature, tiers, what-ifs."""

from datetime import date
from typing import Literal

from pydantic import Field as Limit

from galena.domain.playbook.part import Name, Part, Sentence, Sql


class Decay(Part):
    """How a factor's points fade with the age of a date: `exponential` (half-life), `linear` (gone after
    days), `step` (full until days, then nothing)."""

    since: Sql
    days: float = Limit(gt=0)
    kind: Literal["exponential", "linear", "step"] = "exponential"


class Factor(Part):
    """One configurable rule that adds or takes points.

    Points earned = points x scale (0..1, when given) x decay, when the condition is true, else 0; a condition or
    scale that is NULL earns 0. Rounded to a millionth of a point.

    Attributes:
        label: the reason as a short phrase for salespeople; {name} is replaced by a field's or feature's value.
        short_label: the same for a line of a list ("owner {owner_age}, no successor"); empty: `label`.
        missing_label: what the explanation says when inputs are unknown; may be empty.
        on: switched on.
        absent_means_no: an input nobody told of did not happen (a disposition, a filing), so that it does not
            lower the confidence.
        valid_from, valid_to: as_of dates (inclusive) between which it counts.
    """

    name: Name
    category: Name
    points: float = Limit(ge=-100, le=100)
    when: Sql = "TRUE"
    scale: Sql | None = None
    label: Sentence
    short_label: str = ""
    missing_label: str = ""
    description: str = ""
    decay: Decay | None = None
    on: bool = True
    absent_means_no: bool = False
    valid_from: date | None = None
    valid_to: date | None = None


class FactorCategory(Part):
    """A group of factors whose points together stay within -cap..+cap.

    Attributes:
        side: whether its points count as fit (who they are) or engagement (what they do).
        cap: in points; None for no cap. What the cap takes is a contribution of its own.
    """

    name: Name
    label: Sentence
    side: Literal["fit", "engagement"] = "fit"
    cap: float | None = Limit(default=None, gt=0, le=100)


class TemperatureLevel(Part):
    """A named level over fit, engagement (0-100 each) and features; the first whose condition holds applies.

    When none holds the last level applies.

    Attributes:
        when: to enter the level.
        keep: also enough to stay in it once there (hysteresis); None: only `when` counts.
        points: what being in it adds to the score.
    """

    name: Name
    label: Sentence
    when: Sql
    keep: Sql | None = None
    points: float = Limit(default=0.0, ge=-100, le=100)


class Tier(Part):
    """A named band of scores; the first whose condition holds applies, the last must be TRUE.

    Conditions read `score` (0-100), `confidence` (0-1), `fit`, `engagement`, fields and features.

    Attributes:
        colour: green, yellow, red, grey, black or accent: how screens show it.
        keep: also enough to stay in it once there (hysteresis); None: only `when` counts.
    """

    name: Name
    label: Sentence
    when: Sql
    keep: Sql | None = None
    colour: Literal["green", "yellow", "red", "grey", "black", "accent"] = "grey"


class WhatIf(Part):
    """A change a person could imagine, tried on a lead: "A signed lease renewal: 77, still green".

    Attributes:
        when: only offered when true for the lead (default: always).
        change: field name -> SQL expression of its imagined value.
    """

    label: Sentence
    when: Sql = "TRUE"
    change: dict[Name, Sql] = Limit(min_length=1)


class Rules(Part):
    """The scoring rules of a playbook.

    Attributes:
        start_points: where every lead starts.
        start_label: its words in the explanation.
    """

    start_points: float = Limit(default=0.0, ge=0, le=100)
    start_label: Sentence = "Where every lead starts"
    categories: tuple[FactorCategory, ...]
    factors: tuple[Factor, ...]
    temperature: tuple[TemperatureLevel, ...]
    tiers: tuple[Tier, ...] = Limit(min_length=1)
    what_ifs: tuple[WhatIf, ...] = ()
