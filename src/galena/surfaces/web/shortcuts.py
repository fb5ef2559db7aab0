"""Keys that lead to pages: g and a letter."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from galena.surfaces.web.navigation import Place

KEYS: Mapping[str, str] = MappingProxyType(
    {
        "home": "h",
        "leads": "l",
        "prospects": "p",
        "categories": "c",
        "reports": "r",
        "rules": "f",
        "drops": "d",
        "tenants": "t",
        "clawback": "b",
        "models": "m",
        "imports": "i",
        "sources": "s",
        "quarantine": "q",
        "notifications": "n",
        "documents": "o",
        "clients": "k",
        "pipeline": "y",
        "appointments": "a",
        "notes": "e",
    }
)
"""Page -> the letter after g."""


def shortcuts_of(places: Iterable[Place]) -> list[tuple[str, str, str]]:
    """The letter, the name and the address of each page of these places that has a key."""
    return [
        (KEYS[tab.name], tab.label, tab.href) for place in places for tab in place.tabs if tab.name in KEYS
    ]
