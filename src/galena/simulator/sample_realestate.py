"""Sample data of a real-estate team: buyers and sellers of homes, and what they looked at, asked and answered."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from galena.simulator.sample_people import Row, days_before, person
from galena.simulator.words import PLACE_ENDINGS, PLACE_WORDS

SOURCES = ("Referral from a past client", "Zillow", "Open house", "Facebook ad", "Website")
BUYER_ACTS = (
    "email_opened", "property_viewed", "property_viewed_again", "property_saved", "email_replied",
    "calculator_used", "showing_requested", "appointment_booked",
)  # fmt: skip
SELLER_ACTS = (
    "email_opened", "page_viewed", "email_clicked", "valuation_requested", "call_inbound", "appointment_booked",
)  # fmt: skip
"""What somebody does, from what says little to what says much."""


def contacts(seed: int, count: int, as_of: date) -> Iterator[tuple[Row, list[Row]]]:
    """`count` contacts under the field names of the playbook, each with what it did."""
    for number in range(1, count + 1):
        chance = Random(f"galena-sample-realestate:{seed}:{number}")  # noqa: S311 - a sample, not a secret
        ready = chance.betavariate(1.1, 4.0)
        role = chance.choices(("buyer", "seller", "both"), (6, 3, 1))[0]
        contact = _contact(chance, number, role, ready, as_of)
        yield contact, list(_acts(chance, contact, ready, as_of))


def _contact(chance: Random, number: int, role: str, ready: float, as_of: date) -> Row:
    who = person(chance, number)
    budget = round(chance.lognormvariate(12.8, 0.4), -4)
    worth = round(chance.lognormvariate(12.9, 0.4), -3)
    owns = role != "buyer"
    return {
        "record_number": f"S{number:05d}",
        "person": who.name,
        "email": f"{who.given}@{who.family}{number}.example".lower(),
        "phone": who.phone if chance.random() < 0.8 else "",
        "city": who.city,
        "state": who.state,
        "postal_code": who.postal_code,
        "role": role,
        "timeframe_days": chance.choice((30, 60, 90))
        if chance.random() < ready
        else chance.choice((180, 365, "")),
        "budget_max": budget if role != "seller" else "",
        "wanted_location": who.city if role != "seller" and chance.random() < 0.6 else "",
        "financing": chance.choice(("cash", "mortgage", "unknown")) if role != "seller" else "",
        "preapproved": "true" if role != "seller" and chance.random() < ready else "",
        "property_address": f"{chance.randrange(100, 9900)} {chance.choice(PLACE_WORDS)} {chance.choice(PLACE_ENDINGS)}"
        if owns
        else "",
        "property_value": worth if owns else "",
        "mortgage_balance": round(worth * chance.uniform(0, 0.9), -3) if owns else "",
        "owned_since": as_of - timedelta(days=chance.randrange(300, 9_000)) if owns else "",
        "source": chance.choices(SOURCES, (1 + 5 * ready, 3, 2, 3, 2))[0],
        "created_on": days_before(as_of, chance, 300),
    }


def _acts(chance: Random, contact: Row, ready: float, as_of: date) -> Iterator[Row]:
    acts = SELLER_ACTS if contact["role"] == "seller" else BUYER_ACTS
    for place in range(min(10, round(chance.expovariate(1 / (0.3 + 5 * ready))))):
        kind = acts[chance.randrange(min(len(acts), 2 + round(ready * 9)))]
        yield {
            "email": contact["email"],
            "kind": kind,
            "date": days_before(as_of, chance, round(8 + 90 * (1 - ready))),
            "event_id": f"{contact['record_number']}-{place}",
            "property": f"{chance.randrange(100, 9900)} {chance.choice(PLACE_WORDS)} {chance.choice(PLACE_ENDINGS)}"
            if kind.startswith(("property", "showing"))
            else "",
        }
