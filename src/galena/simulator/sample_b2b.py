"""Sample data of a sales team: the contacts a CRM exports, and what they did on website and e-mail."""

from collections.abc import Iterator
from datetime import date
from random import Random

from galena.simulator.sample_people import Person, Row, days_before, person
from galena.simulator.words import INDUSTRIES, PLACE_ENDINGS, PLACE_WORDS, SUFFIXES

TITLES = (
    ("Owner", 0.9), ("Chief Operating Officer", 0.9), ("Director of Operations", 0.7), ("Head of Sales", 0.7),
    ("Purchasing Manager", 0.5), ("Marketing Manager", 0.5), ("Analyst", 0.3), ("Assistant", 0.2), ("Intern", 0.05),
)  # fmt: skip
"""Job title, how much its holder decides."""

SOURCES = ("Referral", "Paid Search", "Organic Search", "LinkedIn", "Webinar", "Trade fair list")
ACTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("email_opened", {}),
    ("email_clicked", {}),
    ("page_viewed", {"page": "product tour"}),
    ("pricing_viewed", {}),
    ("content_downloaded", {"content": "buyer's guide"}),
    ("webinar_attended", {}),
    ("form_submitted", {"form": "contact"}),
    ("demo_requested", {}),
    ("meeting_booked", {}),
)
"""What somebody does, from what says little to what says much."""


def contacts(seed: int, count: int, as_of: date) -> Iterator[tuple[Row, list[Row]]]:
    """`count` contacts with the headings of a HubSpot export, each with what it did."""
    for number in range(1, count + 1):
        chance = Random(f"galena-sample-b2b:{seed}:{number}")  # noqa: S311 - a sample, not a secret
        who = person(chance, number)
        title, decides = chance.choice(TITLES)
        eager = chance.betavariate(1.1, 4.5) * (0.5 + 0.6 * decides)
        contact = _contact(chance, number, who, title, eager, as_of)
        yield contact, list(_acts(chance, str(contact["Email"]), eager, as_of))


def _contact(chance: Random, number: int, who: Person, title: str, eager: float, as_of: date) -> Row:
    industry, words, revenue = chance.choice(INDUSTRIES)
    place = f"{chance.choice(PLACE_WORDS)} {chance.choice(PLACE_ENDINGS)}"
    company = f"{place} {chance.choice(words)} {chance.choice(SUFFIXES)}"
    domain = "".join(letter for letter in company.lower() if letter.isalnum())
    employees = max(2, round(chance.lognormvariate(3.6, 1.3)))
    created = days_before(as_of, chance, 240)
    return {
        "Record ID": f"S{number:05d}",
        "First Name": who.given,
        "Last Name": who.family,
        "Job Title": title if chance.random() < 0.85 else "",
        "Email": f"{who.given}.{who.family}@{domain}.example".lower(),
        "Phone Number": who.phone if chance.random() < 0.6 + 0.3 * eager else "",
        "LinkedIn URL": "",
        "Company Name": company.strip(),
        "Website URL": f"https://{domain}.example",
        "Industry": industry,
        "Number of Employees": employees,
        "Annual Revenue": round(employees * revenue * chance.uniform(40_000, 90_000), -4),
        "City": who.city,
        "State/Region": who.state,
        "Postal Code": who.postal_code,
        "Country/Region": "USA",
        "Original Source": chance.choices(SOURCES, (1 + 6 * eager, 2, 3, 2, 2, 2))[0],
        "Create Date": created,
        "Last Modified Date": created,
        "Lifecycle Stage": "lead",
        "Number of Sessions": round(chance.expovariate(1 / (1 + 12 * eager))),
        "Unsubscribed from all email": "true" if chance.random() < 0.05 * (1 - eager) else "false",
    }


def _acts(chance: Random, email: str, eager: float, as_of: date) -> Iterator[Row]:
    for place in range(min(10, round(chance.expovariate(1 / (0.3 + 5 * eager))))):
        reach = min(len(ACTS), 2 + round(eager * 9))
        kind, more = ACTS[chance.randrange(reach)]
        when = days_before(as_of, chance, round(10 + 80 * (1 - eager)))
        yield {
            "email": email,
            "kind": kind,
            "date": when,
            "event_id": f"{email}-{place}",
            "page": more.get("page", ""),
            "form": more.get("form", ""),
            "content": more.get("content", ""),
        }
