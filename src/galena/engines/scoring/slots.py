"""The fixed order of a revision's contributions, and the names its program computes them under."""

import hashlib
from dataclasses import dataclass

from galena.domain.playbook import Factor, Rules
from galena.domain.score import Contribution, ContributionKind

# Names of a playbook start with a letter, so these can never meet one.
DISCARD = "_discard"
NEEDS = "_needs"
CONFIDENCE = "_confidence"
TOTAL = "_total"
MICROPOINTS_NAME = "_micropoints"
TIER = "_tier"
TEMPERATURE = "_temperature"
PREVIOUS_TIER = "previous_tier"
PREVIOUS_TEMPERATURE = "previous_temperature"


_LONGEST = 63
"""Characters a definition's name may have."""


def column(prefix: str, name: str) -> str:
    """The name of a definition about a part of the playbook; a very long name is cut and told apart by its hash."""
    whole = f"_{prefix}_{name}"
    return (
        whole if len(whole) <= _LONGEST else f"{whole[:50]}_{hashlib.sha256(name.encode()).hexdigest()[:12]}"
    )


@dataclass(frozen=True, slots=True)
class Slot:
    """One place in a score's list of contributions.

    Attributes:
        name: of the contribution.
        column: of the definition that computes it, in micropoints.
        category: the category of factors it belongs to.
    """

    name: str
    kind: ContributionKind
    category: str | None
    column: str

    def contribution(self, micropoints: int) -> Contribution:
        """The contribution of this slot."""
        return Contribution(self.name, self.kind, self.category, micropoints)


def active_factors(rules: Rules) -> tuple[Factor, ...]:
    """The factors that are switched on, in the playbook's order."""
    return tuple(factor for factor in rules.factors if factor.on)


def slots_of(rules: Rules) -> tuple[Slot, ...]:
    """Start, factors that are on, caps, temperature levels with points, and the limit of 0 to 100."""
    slots = [Slot("start", "start", None, "_start")]
    slots += [
        Slot(factor.name, "factor", factor.category, column("factor", factor.name))
        for factor in active_factors(rules)
    ]
    slots += [
        Slot(f"cap:{category.name}", "cap", category.name, column("cap", category.name))
        for category in rules.categories
        if category.cap is not None
    ]
    slots += [
        Slot(f"temperature:{level.name}", "temperature", None, column("temperature", level.name))
        for level in rules.temperature
        if level.points
    ]
    return (*slots, Slot("clamp", "clamp", None, "_clamp"))
