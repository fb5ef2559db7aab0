"""Owners who answer a broker according to a hidden truth: whether they meet, what they say otherwise, what follows.

Before the shock distress moves them, as the market draws it; after it buyers are about, and large, well-reviewed,
long-lived businesses of some trades are what sells. With `chance` nothing moves them, and there is nothing to learn.
What an owner says depends on the seed, the business, the world and the broker's skill alone.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Literal

from galena.domain.dispositions import Entry
from galena.simulator.market import Business
from galena.simulator.outcomes import COMMISSION_RATE, sale_odds
from galena.simulator.words import INDUSTRIES

World = Literal["distress", "buyers", "chance"]
"""What moves owners: what the market drew, what buyers look for, or nothing."""

BY_CHANCE = 0.3
"""The probability of a meeting where nothing moves owners: about the mean of the other worlds."""

_SOUGHT = frozenset(name for name, _, _ in sorted(INDUSTRIES)[::2])
_REFUSALS = ("not_interested", "no_answer", "later_no", "future_interest", "do_not_contact", "wrong_number")
_SHARES = (0.38, 0.34, 0.08, 0.1, 0.05, 0.05)
REASONS = (
    ("It is not the time, maybe in a few years.", "timing"),
    ("Loves the business and is keeping it.", "not_selling"),
    ("A daughter takes over one day.", "family"),
    ("A bad experience with a broker before.", "trust"),
)
"""Why owners refuse: in words, and the code that is meant."""
LOST_BECAUSE = (
    ("The price was too low for him.", "price"),
    ("The buyer could not finance it.", "financing"),
    ("Decided to keep it after all.", "changed_mind"),
)
"""Why deals fall through."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a lead at an instant, as it truly was."""

    at: datetime
    entry: Entry


def readiness(business: Business, world: World) -> float:
    """The probability that the owner meets a broker of usual skill, 0-1."""
    if world == "distress":
        return business.propensity
    return BY_CHANCE if world == "chance" else _logistic(_sought(business))


def meets(business: Business, seed: int, world: World, skill: float = 0.0) -> bool:
    """Whether the owner meets a broker sooner or later.

    Args:
        skill: of the broker, in log-odds; 0: usual.
    """
    ready = readiness(business, world)
    return _owner(business, seed).random() < _logistic(math.log(ready / (1 - ready)) + skill)


def replies(
    business: Business, seed: int, world: World, contacted_at: datetime, skill: float = 0.0
) -> tuple[Reply, ...]:
    """Everything that becomes of a lead after a contact, in its order."""
    chance = _owner(business, seed)
    will_meet = meets(business, seed, world, skill)
    chance.random()  # The draw that decided about the meeting.
    if will_meet:
        return tuple(_meeting(business, chance, contacted_at))
    kind = chance.choices(_REFUSALS, _SHARES)[0]
    return tuple(_refusal(kind, chance, contacted_at))


def _owner(business: Business, seed: int) -> Random:
    return Random(f"galena-owner:{seed}:{business.number}")  # noqa: S311 - a market, not a secret


def _logistic(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


def _sought(business: Business) -> float:
    """Log-odds of a meeting where buyers are about."""
    facts = business.facts
    size = (math.log(max(float(facts["annual_revenue"]), 1.0)) - 14.0) / 0.8
    liked = (float(facts["google_rating"]) - 4.0) / 0.5
    old = (min(float(facts["years_in_business"]), 40.0) - 18) / 10
    trade = 0.7 if facts["industry"] in _SOUGHT else -0.7
    return -1.1 + 0.8 * size + 0.6 * liked + 0.3 * old + trade + business.luck


def _meeting(business: Business, chance: Random, at: datetime) -> list[Reply]:
    found = []
    if chance.random() < 0.25:
        on = at + timedelta(days=chance.randrange(7, 28))
        found.append(Reply(at, Entry("callback_requested", callback_on=on.date())))
        at = on
    met = at + timedelta(days=chance.randrange(3, 10))
    found.append(Reply(at, Entry("booked", booked_for=met, booked_by="manual")))
    decided = met + timedelta(days=chance.randrange(10, 70))
    if chance.random() < _logistic(sale_odds(business)):
        revenue = float(business.facts["annual_revenue"])
        worth = Decimal(round(revenue * chance.uniform(0.4, 0.7)))
        share = Decimal(round(revenue * COMMISSION_RATE * chance.uniform(0.7, 1.3)))
        day = decided.date()
        won = Entry("closed_won", signed_on=day, closing_on=day, deal_value=worth, commission=share)
        return [*found, Reply(decided, won)]
    words, code = chance.choice(LOST_BECAUSE)
    return [*found, Reply(decided, Entry("closed_lost", reason_text=words, reason_code=code))]


def _refusal(kind: str, chance: Random, at: datetime) -> list[Reply]:
    words, code = chance.choice(REASONS)
    refused = Entry("not_interested", reason_text=words, reason_code=code)
    on = at + timedelta(days=chance.randrange(7, 28))
    if kind == "later_no":
        return [Reply(at, Entry("callback_requested", callback_on=on.date())), Reply(on, refused)]
    if kind == "no_answer":
        return [Reply(at + timedelta(days=6), Entry("no_answer", attempts=3))]
    if kind == "future_interest":
        later = (at + timedelta(days=180)).date()
        return [Reply(at, Entry(kind, callback_on=later, note="Wants to talk in half a year."))]
    return [Reply(at, refused if kind == "not_interested" else Entry(kind))]
