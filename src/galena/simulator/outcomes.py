"""What became of the businesses that somebody worked: a meeting or none, a sale or none, drawn from their truth."""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from galena.simulator.market import Business

COMMISSION_RATE = 0.05
"""Of the yearly revenue: about half of it is the price, a tenth of that the commission."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one business.

    Attributes:
        won: None where no meeting was booked, or the sale is not decided yet.
        commission: in USD; None without a sale.
    """

    booked: bool
    booked_on: date
    won: bool | None
    closed_on: date | None
    commission: float | None

    @property
    def columns(self) -> dict[str, Any]:
        """As columns of a file."""
        return {
            "booked": self.booked,
            "booked_on": self.booked_on,
            "won": self.won,
            "closed_on": self.closed_on,
            "commission": self.commission,
        }


NOT_WORKED: dict[str, Any] = dict.fromkeys(("booked", "booked_on", "won", "closed_on", "commission"))
"""The columns of a business that nobody worked yet."""


def outcome(business: Business, seed: int, as_of: date, worked: float) -> Outcome | None:
    """What became of a business within the year before `as_of`; None where nobody worked it.

    A meeting is booked with the business's propensity. A sale follows more often for older and healthier businesses;
    one in four sales of the last two months is not decided yet.

    Args:
        worked: the share of businesses that somebody worked, 0-1.
    """
    chance = Random(f"galena-outcome:{seed}:{business.number}")  # noqa: S311 - a market, not a secret
    if chance.random() >= worked:
        return None
    booked_on = as_of - timedelta(days=chance.randrange(10, 360))
    if chance.random() >= business.propensity:
        return Outcome(False, booked_on, None, None, None)
    rate = 1 / (1 + math.exp(-sale_odds(business)))
    won, closed_on = chance.random() < rate, booked_on + timedelta(days=chance.randrange(20, 120))
    if closed_on > as_of or (as_of - booked_on < timedelta(days=60) and chance.random() < 0.25):
        return Outcome(True, booked_on, None, None, None)
    revenue = business.facts["annual_revenue"]
    commission = round(revenue * COMMISSION_RATE * chance.uniform(0.7, 1.3), 2) if won else None
    return Outcome(True, booked_on, won, closed_on, commission)


def sale_odds(business: Business) -> float:
    """Log-odds of a sale after a meeting."""
    facts = business.facts
    years = min(float(facts["years_in_business"]), 40.0)
    strained = 0.6 if facts["tax_delinquent"] else 0.0
    return -1.6 + 0.07 * years + 0.5 * (float(facts["yelp_rating"]) - 3.5) - strained
