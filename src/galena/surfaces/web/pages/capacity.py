"""The card of the rules page on which a person says how many leads the best tiers may hold."""

from collections.abc import Mapping
from typing import Any

from galena.domain.capacity import Room
from galena.domain.playbook import Playbook
from galena.kit.errors import InputError
from galena.stores import audit, capacities, users
from galena.stores.door import Session
from galena.surfaces.web.words import day
from galena.workflows.watch import CONVERSION, SHARE

PLACE = "capacity."
"""What the names of the fields begin with; the tier follows."""

ALARMS_SHOWN = 3


def capacity_card(session: Session, playbook: Playbook, typed: Mapping[str, str]) -> dict[str, Any]:
    """The tiers with how many leads each may hold now, who said so, and what moved lately among the best."""
    kept = capacities.find_latest(session)
    leads = kept.leads if kept else {}
    people = {str(user.id): user.name or user.email for user in users.list_all(session)}
    best = playbook.rules.tiers[0]
    alarms = [
        {"when": day(each.at), "what": each.detail["what"]}
        for each in audit.list_(session, subject=f"tier:{best.name}", limit=20)
        if each.action in (SHARE, CONVERSION)
    ]
    return {
        "tiers": [
            {
                "place": f"{PLACE}{tier.name}",
                "label": tier.label,
                "colour": tier.colour,
                "value": typed.get(f"{PLACE}{tier.name}", leads.get(tier.name, "")),
            }
            for tier in playbook.rules.tiers[:-1]
        ],
        "said": f"{day(kept.created_at)}, {people.get(kept.author, kept.author)}" if kept and leads else "",
        "why": kept.why if kept and leads else "",
        "alarms": alarms[:ALARMS_SHOWN],
    }


def limited_words(room: Room, playbook: Playbook) -> str:
    """That some tiers hold only so many leads, for a table that counts tiers by score alone."""
    if not room.places:
        return ""
    labels = {tier.name: tier.label.lower() for tier in playbook.rules.tiers}
    held = " and ".join(f"{labels[tier]} holds {count:,}" for tier, count in room.places)
    return f"Tiers are counted by score alone here. By capacity, {held} at most, whatever changes."


def typed_capacities(texts: Mapping[str, str]) -> dict[str, int]:
    """How many leads each tier may hold, as it was typed; an empty field sets none.

    Raises:
        InputError: something typed is not a whole number.
    """
    found = {}
    for place, text in texts.items():
        if not place.startswith(PLACE) or not text.strip():
            continue
        plain = text.strip().replace(",", "").replace(" ", "")
        if not (plain.isascii() and plain.isdecimal()):
            raise InputError(
                f"{text.strip()[:20]} is no number of leads.",
                remedy="Write a whole number, or leave it empty.",
            )
        found[place.removeprefix(PLACE)] = int(plain)
    return found
