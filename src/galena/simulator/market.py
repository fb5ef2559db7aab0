"""A market whose truth is known: businesses, their owners, and how ready each owner is to sell.

Each business is drawn from its own random stream, named by seed and number, so that a market of any size
is the same on every machine and business 17 does not depend on how many there are.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from random import Random
from typing import Any

from galena.simulator.words import (
    AREA_CODES,
    AREA_CODES_ELSEWHERE,
    CITIES,
    FAMILY_BEGINNINGS,
    FAMILY_ENDINGS,
    FICTIONAL_LINES,
    GIVEN_NAMES,
    INDUSTRIES,
    PLACE_ENDINGS,
    PLACE_WORDS,
    SUFFIXES,
)


@dataclass(frozen=True, slots=True)
class Business:
    """One business with its truth.

    Attributes:
        number: 1-based, within the market.
        facts: canonical brokerage field -> true value (dates as `date`, lists of records as lists of dicts).
        happenings: (kind, date, attributes) of what befell it, oldest first.
        propensity: 0-1, the true probability that the owner books a meeting when approached well.
        luck: what moves the owner besides anything anybody can know, in log-odds.
    """

    number: int
    facts: dict[str, Any]
    happenings: tuple[tuple[str, date, dict[str, Any]], ...]
    propensity: float
    luck: float = 0.0

    @property
    def external_id(self) -> str:
        """The registry's id of it."""
        return f"B{self.number:07d}"


def businesses(seed: int, count: int, as_of: date, *, first: int = 1) -> Iterator[Business]:
    """`count` businesses of the market `seed` from number `first` on, as they stand on `as_of`."""
    for number in range(first, first + count):
        yield business(seed, number, as_of)


def business(seed: int, number: int, as_of: date) -> Business:
    """Business `number` of the market `seed`.

    Three hidden causes drive everything visible: how tired the owner is (age, no successor, life events), how
    strained the money (liens, taxes, lease, balloon), how fast the business fades (reviews, posts, rivals).
    """
    chance = Random(f"galena-market:{seed}:{number}")  # noqa: S311 - a market, not a secret
    tired, strained, fading = (chance.betavariate(1.3, 3.0) for _ in range(3))
    facts = _identity(chance, seed, number) | _size(chance, fading)
    facts |= _owner(chance, tired, as_of) | _money(chance, strained, as_of)
    facts |= _reputation(chance, fading, as_of) | _surroundings(chance, fading, as_of)
    happenings = tuple(sorted(_happenings(chance, facts, as_of), key=lambda item: item[1]))
    luck = chance.gauss(0, 0.35)
    logit = -3.4 + 3.2 * tired + 2.6 * strained + 1.8 * fading + 1.5 * tired * strained + luck
    return Business(number, facts, happenings, round(1 / (1 + math.exp(-logit)), 6), luck)


def _identity(chance: Random, seed: int, number: int) -> dict[str, Any]:
    industry, trade_words, _ = chance.choice(INDUSTRIES)
    # The second halves of names come from a stream of their own, so that names can change and no fact does.
    names = Random(f"galena-names:{seed}:{number}")  # noqa: S311
    given, family = (
        chance.choice(GIVEN_NAMES),
        chance.choice(FAMILY_BEGINNINGS) + names.choice(FAMILY_ENDINGS),
    )
    place_ending = names.choice(PLACE_ENDINGS)
    front = f"{chance.choice(PLACE_WORDS)} {place_ending}" if chance.random() < 0.6 else family
    suffix = chance.choice(SUFFIXES)
    name = f"{front} {chance.choice(trade_words)} {suffix}".strip()
    round_number, at = divmod(number - 1, len(CITIES))
    order = _round_of_cities(seed, round_number)
    city, state, postal, latitude, longitude = order[at]
    neighbours = [each[1] for each in order]
    earlier = round_number * neighbours.count(state) + neighbours[:at].count(state)
    slug = "".join(letter for letter in name.lower() if letter.isalnum())
    return {
        "name": name,
        "industry": industry,
        "city": city,
        "state": state,
        "zip": postal,
        "latitude": round(latitude + chance.gauss(0, 0.05), 5),
        "longitude": round(longitude + chance.gauss(0, 0.05), 5),
        "owner_name": f"{given} {family}",
        "email": f"{given.lower()}.{family.lower()}@{slug}.example",
        "phone": fictional_phone(number, state, earlier),
        "website": f"https://{slug}.example",
    }


@lru_cache(maxsize=64)
def _round_of_cities(seed: int, number: int) -> tuple[tuple[str, str, str, float, float], ...]:
    """The cities of so many successive businesses: each once, in an order of chance."""
    chance = Random(f"galena-cities:{seed}:{number}")  # noqa: S311
    return tuple(chance.sample(CITIES, len(CITIES)))


def fictional_phone(number: int, state: str, earlier: int) -> str:
    """A number that nobody has and no other business of the market: of an area of the state, while there are any.

    Only 555-0100 to 555-0199 are kept free in each area. `earlier` businesses of the state took the ones before it; in
    a market of tens of thousands numbers come round again.
    """
    codes, place = AREA_CODES[state], earlier
    if earlier >= len(codes) * FICTIONAL_LINES:
        codes, place = AREA_CODES_ELSEWHERE, number
    line, code = divmod(place % (len(codes) * FICTIONAL_LINES), len(codes))
    # Successive businesses are of different areas, and no area's numbers are in the order of the businesses.
    return f"+1{codes[code]}555{100 + (37 * line + 11 * code) % FICTIONAL_LINES:04d}"


def _size(chance: Random, fading: float) -> dict[str, Any]:
    revenue = chance.lognormvariate(14.1, 0.8) * (1 - 0.4 * fading)
    return {
        "annual_revenue": round(revenue, -3),
        "employee_count": max(1, round(revenue / chance.uniform(90_000, 220_000))),
        "years_in_business": min(70, max(1, round(chance.gammavariate(3.0, 6.0)))),
    }


def _owner(chance: Random, tired: float, as_of: date) -> dict[str, Any]:
    event = chance.choices(
        (None, "divorce", "spouse_death", "health_event"), (1 - 0.45 * tired, 0.12, 0.1, 0.18 * tired)
    )[0]
    return {
        "owner_age": min(92, max(24, round(chance.gauss(46 + 26 * tired, 8)))),
        "has_successor": chance.random() > 0.35 + 0.5 * tired,
        "recent_divorce": event == "divorce",
        "recent_spouse_death": event == "spouse_death",
        "recent_health_event": event == "health_event",
        "life_event_type": event,
        "life_event_date": as_of - timedelta(days=chance.randrange(5, 900)) if event else None,
        "web_search_activity": ["how to sell a business"] if chance.random() < 0.12 * tired + 0.02 else [],
    }


def _money(chance: Random, strained: float, as_of: date) -> dict[str, Any]:
    kinds = ("tax", "judgment", "mechanic")
    liens = [
        {
            "type": chance.choice(kinds),
            "amount": round(chance.lognormvariate(9.6, 0.9), -2),
            "date": as_of - timedelta(days=chance.randrange(3, 1400)),
        }
        for _ in range(_poisson(chance, 1.8 * strained))
    ]
    bankrupt = chance.random() < 0.15 * strained
    return {
        "pre_foreclosure": chance.random() < 0.22 * strained,
        "tax_delinquent": chance.random() < 0.4 * strained,
        "lease_end_date": as_of + timedelta(days=chance.randrange(-200, 2400)),
        "balloon_payment_date": (
            as_of + timedelta(days=chance.randrange(20, 1500))
            if chance.random() < 0.25 + 0.3 * strained
            else None
        ),
        "last_permit_date": as_of - timedelta(days=chance.randrange(10, 4000)),
        "owner_personal_liens": liens,
        "owner_personal_bankruptcy": bankrupt,
        "owner_bankruptcy_date": as_of - timedelta(days=chance.randrange(60, 3000)) if bankrupt else None,
        "owner_bankruptcy_type": chance.choice(("chapter_7", "chapter_11", "chapter_13"))
        if bankrupt
        else None,
        "owner_credit_score_range": chance.choices(
            ("poor", "fair", "good", "excellent"),
            (0.1 + strained, 0.3 + 0.3 * strained, 1 - 0.5 * strained, 0.8 - 0.6 * strained),
        )[0],
    }


def _reputation(chance: Random, fading: float, as_of: date) -> dict[str, Any]:
    before = min(5.0, max(2.0, chance.gauss(4.3, 0.35)))
    drop = max(0.0, chance.gauss(1.6 * fading - 0.2, 0.35))
    now = max(1.0, before - drop)
    trend = "declining" if drop > 0.5 else "improving" if drop == 0 and chance.random() < 0.3 else "stable"
    usual = chance.uniform(0.3, 4.0)
    silence = chance.expovariate(1 / (12 + 260 * fading))
    return {
        "yelp_rating": round(now, 1),
        "yelp_review_count": chance.randrange(4, 400),
        "yelp_rating_trend": trend,
        "yelp_recent_avg": round(now, 2),
        "yelp_6mo_avg": round(before, 2),
        "google_rating": round(max(1.0, min(5.0, now + chance.gauss(0.1, 0.2))), 1),
        "google_review_count": chance.randrange(4, 900),
        "google_rating_trend": trend if chance.random() < 0.8 else "stable",
        "review_velocity_change": round(chance.gauss(8 - 60 * fading, 18), 1),
        "negative_review_spike": chance.random() < 0.35 * fading,
        "facebook_last_post_date": as_of - timedelta(days=min(1500, round(silence))),
        "linkedin_last_post_date": as_of - timedelta(days=min(1500, round(silence * chance.uniform(1, 3)))),
        "social_posting_frequency_6mo_avg": round(usual, 2),
        "social_posting_frequency_recent": round(
            max(0.0, usual * (1 - 1.1 * fading + chance.gauss(0, 0.15))), 2
        ),
        "social_engagement_trend": "declining"
        if fading > 0.5
        else chance.choice(("stable", "stable", "increasing")),
    }


def _surroundings(chance: Random, fading: float, as_of: date) -> dict[str, Any]:
    rivals = [
        {
            "name": f"{chance.choice(PLACE_WORDS)} rival",
            "opened_date": as_of - timedelta(days=chance.randrange(1, 365)),
            "distance_miles": round(chance.uniform(0.1, 2.0), 2),
        }
        for _ in range(_poisson(chance, 0.6 + 2.4 * fading))
    ]
    rezoned = chance.random() < 0.07
    return {
        "new_competitors_count": len(rivals),
        "new_competitors_data": rivals,
        "recent_zoning_changes": rezoned,
        "zoning_change_type": chance.choice(("commercial", "mixed_use", "residential")) if rezoned else None,
        "zoning_change_date": as_of - timedelta(days=chance.randrange(10, 700)) if rezoned else None,
        "property_value_trend": chance.choices(
            ("declining", "stable", "increasing"), (0.15 + fading, 0.5, 0.5)
        )[0],
    }


def _happenings(
    chance: Random, facts: dict[str, Any], as_of: date
) -> Iterator[tuple[str, date, dict[str, Any]]]:
    for lien in facts["owner_personal_liens"]:
        yield "lien_filed", lien["date"], {"amount": lien["amount"]}
    if facts["life_event_date"]:
        yield "life_event", facts["life_event_date"], {"type": facts["life_event_type"]}
    if facts["negative_review_spike"]:
        yield "negative_reviews", as_of - timedelta(days=chance.randrange(1, 30)), {}
    if facts["web_search_activity"]:
        yield "search_about_selling", as_of - timedelta(days=chance.randrange(1, 60)), {}
    for _ in range(_poisson(chance, 0.5)):
        yield "email_opened", as_of - timedelta(days=chance.randrange(1, 120)), {}


def _poisson(chance: Random, mean: float) -> int:
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count
