"""What is said of e-mail addresses, phones and addresses without asking anybody, beside the labels of public test
suites. Prints JSON: counts of agreement, and the disagreements by kind; no address is printed.

The phone numbers are the phone library's own examples and the addresses lie in the training folder of the address
library: there the figures test how it is called and read, not the library. Galena's own reader of streets, used to
match addresses, has seen none of them.
"""

import csv
import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring
from quality_tables import folder

from galena.engines.enrichment.local.addresses import address_parts
from galena.engines.enrichment.local.phones import phone_finding
from galena.kit.forms.addresses import street
from galena.kit.forms.email_syntax import email_syntax
from galena.kit.forms.texts import folded

STANDINGS = {"ISEMAIL_VALID_CATEGORY": "plain", "ISEMAIL_DNSWARN": "plain", "ISEMAIL_ERR": "invalid"}
"""What the suite's categories mean here; all others: allowed but unusual."""

PARTS = {
    "house": ("AddressNumberPrefix", "AddressNumber", "AddressNumberSuffix"),
    "street": (
        *("StreetNamePreModifier", "StreetNamePreDirectional", "StreetNamePreType", "StreetName"),
        *("StreetNamePostType", "StreetNamePostDirectional"),
    ),
    "unit": ("OccupancyType", "OccupancyIdentifier", "SubaddressType", "SubaddressIdentifier"),
    "city": ("PlaceName",),
    "state": ("StateName",),
    "zip": ("ZipCode",),
}


def emails(data: Path) -> dict[str, Any]:
    """The verdicts on the is_email suite, by its categories."""
    agreed: dict[str, Counter[str]] = {}
    differing = []
    for test in fromstring((data / "email" / "isemail_tests.xml").read_bytes()).iter("test"):
        category = test.findtext("category") or ""
        wanted = STANDINGS.get(category, "unusual")
        found = email_syntax(_unveiled(test.findtext("address") or ""))
        agreed.setdefault(category, Counter())["agree" if found.standing == wanted else "differ"] += 1
        if found.standing != wanted:
            differing.append(
                {
                    "test": int(test.get("id") or 0),
                    "category": category,
                    "diagnosis": test.findtext("diagnosis"),
                    "said": found.standing,
                    "because": found.because,
                }
            )
    return {**_totals(agreed), "differing": differing}


def phones(data: Path) -> dict[str, Any]:
    """The results on the phone library's example numbers, by their type."""
    agreed: dict[str, Counter[str]] = {}
    differing: Counter[str] = Counter()
    with (data / "phonenumbers" / "example_numbers.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found = phone_finding(row["e164"], row["region"])
            wrong = _phone_differences(row, found.is_valid is not False or bool(found.values), found.values)
            agreed.setdefault(row["type"], Counter())["differ" if wrong else "agree"] += 1
            differing.update(f"{row['type']}: {what}" for what in wrong)
    return {**_totals(agreed), "differing": dict(sorted(differing.items()))}


def _phone_differences(row: dict[str, str], is_valid: bool, values: Any) -> list[str]:
    if row["is_valid"] != "True":
        return ["taken for valid"] if is_valid else []
    if not is_valid:
        return ["taken for invalid"]
    wrong = [
        name
        for name in ("e164", "national", "international", "rfc3966", "region")
        if values.get(name) != row[name]
    ]
    if (kind := _KINDS[row["type"]]) and values.get("type") not in kind:
        wrong.append(f"type {values.get('type', 'unknown')}")
    return wrong


_KINDS: dict[str, tuple[str, ...]] = {
    "FIXED_LINE": ("landline", "landline_or_mobile"),
    "MOBILE": ("mobile", "landline_or_mobile"),
    "TOLL_FREE": ("toll_free",),
    "PREMIUM_RATE": ("premium_rate",),
    "SHARED_COST": ("shared_cost",),
    "VOIP": ("voip",),
    "PERSONAL_NUMBER": ("personal",),
    "PAGER": ("pager",),
    "UAN": ("company",),
    "VOICEMAIL": ("voicemail",),
}


def addresses(data: Path) -> dict[str, Any]:
    """The parts of addresses as the library reads them and as Galena's own reader does, by part."""
    kept = data / "usaddress"
    sets = {
        "example_training": fromstring((kept / "example_training.xml").read_bytes()),
        "labeled": fromstring(gzip.decompress((kept / "labeled.xml.gz").read_bytes())),
    }
    return {name: _address_set(list(root)) for name, root in sets.items()}


def _address_set(items: list[Element]) -> dict[str, Any]:
    read: dict[str, Counter[str]] = {part: Counter() for part in PARTS}
    own: dict[str, Counter[str]] = {"house": Counter(), "street": Counter()}
    kinds: Counter[str] = Counter()
    whole = 0
    for item in items:
        text = "".join(item.itertext())
        wanted = {part: _labelled(item, labels) for part, labels in PARTS.items()}
        parts = address_parts(" ".join(text.split()))
        found = {part: folded(getattr(parts, part)) for part in PARTS}
        differing = [part for part in PARTS if found[part] != wanted[part]]
        whole += not differing
        for part in PARTS:
            read[part]["differ" if part in differing else "agree"] += 1
        for part in differing:
            kinds[f"{part}: {_how(wanted[part], found[part])}"] += 1
        _count_own(own, item, wanted)
    return {
        "addresses": len(items),
        "all_parts_agree": whole,
        "by_part": {part: dict(count) for part, count in read.items()},
        "differing": dict(kinds.most_common()),
        "own_street_reader": {part: dict(count) for part, count in own.items()},
    }


_STREET_LINE = frozenset((*PARTS["house"], *PARTS["street"], *PARTS["unit"], "BuildingName"))


def _count_own(own: dict[str, Counter[str]], item: Element, wanted: dict[str, str]) -> None:
    """Galena's own reader, where there is a house number and one street to be read."""
    crosses = any(each.tag in ("IntersectionSeparator", "CornerOf") for each in item)
    names = _labelled(item, ("StreetName",))
    if crosses or not names or not _labelled(item, ("AddressNumber",)):
        return
    line = " ".join((each.text or "") for each in item if each.tag in _STREET_LINE)
    found = street(" ".join(line.split()))
    own["house"]["agree" if found.house == wanted["house"].replace(" ", "") else "differ"] += 1
    alone = street(wanted["street"])
    own["street"]["agree" if found.name in (names, alone.name) else "differ"] += 1


def _how(wanted: str, found: str) -> str:
    if not wanted:
        return "something read where nothing is labelled"
    if not found:
        return "nothing read"
    if set(wanted.split()) < set(found.split()):
        return "more words read"
    if set(found.split()) < set(wanted.split()):
        return "fewer words read"
    return "other words read"


def _labelled(item: Element, labels: tuple[str, ...]) -> str:
    return folded(" ".join(each.text or "" for each in item if each.tag in labels))


def _unveiled(text: str) -> str:
    """The suite writes control characters as the symbols for them."""
    return "".join(chr(ord(each) - 0x2400) if 0x2400 <= ord(each) <= 0x2421 else each for each in text)


def _totals(agreed: dict[str, Counter[str]]) -> dict[str, Any]:
    agree = sum(count["agree"] for count in agreed.values())
    total = sum(sum(count.values()) for count in agreed.values())
    return {"agree": agree, "of": total, "by_category": {name: dict(count) for name, count in agreed.items()}}


def main() -> None:
    """Compare with all three suites."""
    data = folder()
    found = {"emails": emails(data), "phones": phones(data), "addresses": addresses(data)}
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
