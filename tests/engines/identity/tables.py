"""Small invented tables of people, firms and products, with misspelt copies."""

import random
import string

GIVEN = [
    "anna",
    "bernd",
    "carla",
    "dmitri",
    "elena",
    "frank",
    "gita",
    "hugo",
    "irene",
    "jonas",
    "bob",
    "robert",
    "bill",
    "william",
    "liz",
    "elizabeth",
]
LAST = [
    "abel",
    "brandt",
    "costa",
    "dietz",
    "egger",
    "falk",
    "grau",
    "huber",
    "irving",
    "jansen",
    "kessler",
    "lorenz",
]
STREETS = ["oak", "main", "elm", "river", "lake", "hill", "park"]
CITIES = (("Austin", "TX", "787"), ("Dallas", "TX", "752"), ("Tulsa", "OK", "741"))
WORDS = [
    "nordic",
    "solar",
    "falcon",
    "granite",
    "apex",
    "lumen",
    "vertex",
    "harbor",
    "quartz",
    "cobalt",
    "summit",
    "prairie",
    "delta",
    "orchid",
]
BRANDS = ("Sony", "Bose", "Canon", "Netgear")


def slip(text: str, draw: random.Random) -> str:
    """The text with one letter gone, doubled or changed."""
    if len(text) < 3:
        return text
    at = draw.randrange(1, len(text))
    return draw.choice(
        (
            text[:at] + text[at + 1 :],
            text[:at] + text[at - 1 :],
            text[:at] + draw.choice(string.ascii_lowercase) + text[at + 1 :],
        )
    )


def person(draw: random.Random) -> dict[str, str]:
    """One person."""
    given, last = draw.choice(GIVEN), draw.choice(LAST)
    city, state, area = draw.choice(CITIES)
    return {
        "first_name": given.title(),
        "last_name": last.title(),
        "email": f"{given}.{last}{draw.randrange(99)}@{draw.choice(('gmail.com', 'acme.com', 'mail.example'))}",
        "phone": f"({draw.choice(('512', '214'))}) {draw.randrange(200, 999)}-{draw.randrange(10000):04d}",
        "address": f"{draw.randrange(1, 999)} {draw.choice(STREETS).title()} Street",
        "city": city,
        "state": state,
        "zip": f"{area}{draw.randrange(20):02d}",
        "dob": f"{draw.randrange(1950, 2000)}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}",
    }


def firm(draw: random.Random) -> dict[str, str]:
    """One firm."""
    name = " ".join(draw.sample(WORDS, draw.randrange(1, 4))).title()
    return {
        "company": f"{name} {draw.choice(('Inc.', 'LLC', 'Corp', ''))}".strip(),
        "phone": f"512-555-{draw.randrange(10000):04d}",
        "street": f"{draw.randrange(1, 999)} {draw.choice(STREETS)} ave",
        "city": draw.choice(CITIES)[0],
        "website": f"www.{draw.choice(WORDS)}{draw.randrange(30)}.com",
        "class": "**".join(sorted({f"A{draw.randrange(9)}" for _ in range(draw.randrange(1, 4))})),
    }


def product(draw: random.Random) -> dict[str, str]:
    """One product."""
    code = "".join(draw.choice(string.ascii_uppercase) for _ in range(3)) + str(draw.randrange(100, 999))
    words = " ".join(draw.sample(WORDS, 3))
    return {
        "title": f"{draw.choice(BRANDS)} {words.title()} Digital Camera {code}{draw.choice(('', 'B', 'W'))}",
        "description": " ".join(draw.choice(WORDS) for _ in range(12)),
        "price": f"${draw.randrange(20, 900)}.00",
    }


def table(make, rows: int, copies: float, seed: int = 3) -> tuple[list[dict[str, str]], list[int]]:
    """Rows and whose they are; `copies` is the share of rows that are a misspelt copy of an earlier one."""
    draw = random.Random(seed)
    found: list[dict[str, str]] = []
    whose: list[int] = []
    for number in range(rows):
        if found and draw.random() < copies:
            at = draw.randrange(len(found))
            copy = {
                name: "" if draw.random() < 0.1 else slip(value, draw) if draw.random() < 0.15 else value
                for name, value in found[at].items()
            }
            found.append(copy)
            whose.append(whose[at])
        else:
            found.append(make(draw))
            whose.append(number)
    return found, whose
