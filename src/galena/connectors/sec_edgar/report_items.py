"""Current reports (8-K): which items they have, and the text of each."""

import re

TITLES = {
    "1.01": "Material agreement signed",
    "1.02": "Material agreement ended",
    "1.03": "Bankruptcy or receivership",
    "1.04": "Mine safety",
    "1.05": "Material cybersecurity incident",
    "2.01": "Acquisition or sale of assets completed",
    "2.02": "Results published",
    "2.03": "New financial obligation",
    "2.04": "Debt called early",
    "2.05": "Costs of closing or cutting back operations",
    "2.06": "Material impairment",
    "3.01": "Notice of delisting",
    "3.02": "Unregistered sale of shares",
    "3.03": "Rights of shareholders changed",
    "4.01": "Auditor changed",
    "4.02": "Earlier accounts may no longer be relied on",
    "5.01": "Change of control",
    "5.02": "Executives or directors left, came, or their pay changed",
    "5.03": "Articles or fiscal year changed",
    "5.04": "Trading in employee plans suspended",
    "5.05": "Code of ethics changed",
    "5.06": "No longer a shell company",
    "5.07": "Vote of shareholders",
    "5.08": "Nominations by shareholders",
    "6.01": "Asset-backed securities",
    "7.01": "Disclosure (Regulation FD)",
    "8.01": "Other event",
    "9.01": "Accounts and exhibits",
}
"""What each item means, in few words."""

BANKRUPTCY, AUDITOR, RESTATED, PEOPLE, CLOSING = "1.03", "4.01", "4.02", "5.02", "2.05"

_WEIGHT = (
    "1.03",
    "4.02",
    "2.04",
    "3.01",
    "5.02",
    "2.05",
    "2.06",
    "4.01",
    "5.01",
    "1.05",
    "1.02",
    "2.01",
    "1.01",
)
_HEAD = re.compile(r"^\s*(?:section\s+\d\s*[—–-]?\s*)?item\s+(\d\.\d{2})\b", re.IGNORECASE)
_BARE = re.compile(r"^\s*item\s*$", re.IGNORECASE)
_NUMBER = re.compile(r"^\s*(\d\.\d{2})\b")
_SIGNED = re.compile(r"^\s*signatures?\s*$", re.IGNORECASE)


def item_numbers(text: str) -> tuple[str, ...]:
    """Item numbers from a list such as "5.02,9.01" or "Item 5.02"; each once, in order. Reports before August 2004
    numbered their items otherwise; theirs are left out."""
    return tuple(dict.fromkeys(each for each in re.findall(r"\b\d\.\d{2}\b", text) if each in TITLES))


def main_item(items: tuple[str, ...]) -> str:
    """The item that says most; empty when there is none."""
    return next((each for each in _WEIGHT if each in items), items[0] if items else "")


def item_lines(lines: list[str]) -> dict[str, list[str]]:
    """The lines of each item of a report, its heading first."""
    found: dict[str, list[str]] = {}
    current: list[str] | None = None
    for number, line in enumerate(lines):
        head = _HEAD.match(line) or (
            _NUMBER.match(line) if number and _BARE.match(lines[number - 1]) else None
        )
        if head and head[1] in TITLES:
            current = found.setdefault(head[1], [])
        elif _SIGNED.match(line):
            current = None
        if current is not None:
            current.append(line)
    return found
