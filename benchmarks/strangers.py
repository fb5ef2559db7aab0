"""How many leads that are all different are joined or asked about, weighed before anything was learned. Prints JSON.

People, colleagues of one firm and firms in one building share an e-mail domain or a website, a few postal codes and
streets, and telephones in a row; and businesses of the simulated market, among which nobody stands twice. Each set is
taken in as a file by a workspace of its own, and then all its leads are compared with each other.

    .venv/bin/python benchmarks/strangers.py [--rows 400] [--market 5000]
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import islice, product
from pathlib import Path
from random import Random
from typing import Any

from galena.playbooks import load
from galena.simulator.market import businesses

GALENA = Path(sys.executable).parent / "galena"
GIVEN = """James Mary Robert Linda John Jennifer Michael Susan David Elizabeth
    William Barbara Richard Betty Joseph Jessica Thomas Sarah Charles Karen"""
SURNAMES = """Smith Johnson Williams Brown Jones Garcia Miller Davis Martinez Martin
    Wilson Anderson Thomas Taylor Moore Jackson Lee Perez White Harris"""
FIRMS = """Nordic Solar Falcon Granite Apex Lumen Vertex Harbor Quartz Cobalt
    Summit Prairie Delta Orchid Texas Lone Trinity Mustang Copper Mesa"""
TRADES = """Plumbing Roofing Dental Foods Electric Design Logistics Realty Motors Fitness
    Bakery Law Pools Fence Glass Foundation Landscaping Security Printing Freight"""
STREETS = ("Oak", "Main", "Elm", "Cedar", "Maple")
POSTCODES = ("76101", "76102", "76103", "76104", "76107")
PLACE = {"city": "Fort Worth", "state": "TX"}


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=400, help="at most 400")
    asked.add_argument("--market", type=int, default=5_000)
    options = asked.parse_args()
    sets: dict[str, tuple[str, Iterable[Mapping[str, Any]]]] = {
        "people of one e-mail domain": ("realestate", people("named")),
        "the same, with numbered mailboxes": ("realestate", people("numbered")),
        "colleagues of one firm, numbered mailboxes": ("b2b", colleagues()),
        "firms in one building": ("brokerage", firms()),
    }
    found = [
        counted(name, playbook, list(islice(rows, options.rows))) for name, (playbook, rows) in sets.items()
    ]
    found.append(counted("businesses of the simulated market", "brokerage", market(options.market)))
    print(json.dumps(found))


def people(mailbox: str) -> Iterator[dict[str, str]]:
    """Different people of one town."""
    draw = Random(1)
    for number, (given, surname) in enumerate(_shuffled(GIVEN, SURNAMES, draw)):
        name = f"{given}.{surname}".lower() if mailbox == "named" else f"lead{number:03d}"
        yield {
            "person": f"{given} {surname}",
            "email": f"{name}@example.com",
            "phone": f"(817) 555-{number:04d}",
            "mailing_address": f"{draw.randrange(100, 999)} {draw.choice(STREETS)} St",
            "postal_code": draw.choice(POSTCODES),
            **PLACE,
        }


def colleagues() -> Iterator[dict[str, str]]:
    """The same people, all of one firm."""
    for row in people("numbered"):
        kept = {name: value for name, value in row.items() if name != "mailing_address"}
        email = row["email"].replace("example.com", "borealis.com")
        yield kept | {"email": email, "company": "Borealis Software", "website": "borealis.com"}


def firms() -> Iterator[dict[str, str]]:
    """Different firms, door by door."""
    draw = Random(3)
    for number, (word, trade) in enumerate(_shuffled(FIRMS, TRADES, draw)):
        yield {
            "name": f"{word} {trade}",
            "address": f"1200 Main St Suite {100 + number}",
            "zip": draw.choice(POSTCODES[:2]),
            "phone": f"817-555-{number:04d}",
            "website": f"{word}{trade}.com".lower(),
            "email": f"info@{word}{trade}.com".lower(),
            "owner_name": f"{draw.choice(GIVEN.split())} {draw.choice(SURNAMES.split())}",
            **PLACE,
        }


def market(count: int) -> list[Mapping[str, Any]]:
    """Of businesses of the simulated market what tells whether two are one."""
    identity = load("brokerage").identity
    assert identity is not None
    every = businesses(1, count, date(2026, 11, 1))
    return [{name: each.facts.get(name) for name in identity.compare} for each in every]


def counted(name: str, playbook: str, rows: list[Mapping[str, Any]]) -> dict[str, Any]:
    """What taking these rows in and comparing them makes of them, in an installation of their own."""
    with tempfile.TemporaryDirectory() as home:
        file = Path(home) / "leads.csv"
        columns = list(dict.fromkeys(column for row in rows for column in row))
        with file.open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, columns)
            writer.writeheader()
            writer.writerows(rows)
        place = ["--home", f"{home}/galena", "--playbook", playbook, "--json"]
        taken = _json("ingest", str(file), "--yes", *place)
        compared = _json("resolve", *place)
    (imported,) = taken["files"]
    return {
        "what": name,
        "leads": taken["created"],
        "joined_at_import": imported["identity"]["merged"],
        "asked_at_import": imported["identity"]["asked"],
        "joined_later": compared["merged"],
        "asked_later": compared["asked"],
    }


def _shuffled(first: str, second: str, draw: Random) -> list[tuple[str, str]]:
    pairs = list(product(first.split(), second.split()))
    draw.shuffle(pairs)
    return pairs


def _json(*arguments: str) -> Any:
    done = subprocess.run([GALENA, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return json.loads(done.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    main()
