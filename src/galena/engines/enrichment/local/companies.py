"""Companies: the name in one spelling, its legal form, and the industry its words tell of."""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from galena.domain.enrichment import Finding
from galena.kit.forms.companies import company_words, has_legal_form
from galena.kit.forms.texts import folded, known
from galena.kit.yaml_positions import read_yaml

SECTORS = {
    "11": "Agriculture, forestry and fishing", "21": "Mining, oil and gas", "22": "Utilities", "23": "Construction",
    "31": "Manufacturing", "32": "Manufacturing", "33": "Manufacturing", "42": "Wholesale trade",
    "44": "Retail trade", "45": "Retail trade", "48": "Transportation and warehousing",
    "49": "Transportation and warehousing", "51": "Information", "52": "Finance and insurance",
    "53": "Real estate and rental", "54": "Professional, scientific and technical services",
    "55": "Management of companies", "56": "Administrative and waste services", "61": "Educational services",
    "62": "Health care and social assistance", "71": "Arts, entertainment and recreation",
    "72": "Accommodation and food services", "81": "Other services", "92": "Public administration",
}  # fmt: skip
"""The sectors of NAICS 2022 by the first two digits."""

_LONGEST = 3
_VAGUE = frozenset(
    ("market", "shop", "store", "stores", "design", "systems", "technologies", "technology", "data", "capital",
     "industries", "supply", "properties", "holdings", "ventures", "health", "medical", "media", "studios", "labs",
     "auto", "bar", "inn", "pool", "glass", "oil", "books", "hair", "temple", "union", "fund", "security", "training",
     "investments", "motors", "pictures", "cable", "fiber", "cloud", "games", "deck", "roof", "tile", "md", "law",
     "engineering", "solar", "travel", "foundation", "society", "association", "research", "strategy", "storage")
)  # fmt: skip
"""Words that stand in names of many industries: found alone they say less."""


class Industry(NamedTuple):
    """An industry and the words that told of it."""

    code: str
    title: str
    sector: str
    words: str
    confidence: float


def company_finding(name: str, description: str = "") -> Finding:
    """What a company's name says, and its description where there is one.

    Values: name (without its legal form), has_legal_form, naics, industry, sector, industry_words.
    """
    words = company_words(name)
    if not known(name) or not words:
        return Finding("company", {}, 0.9, "It is no name of a company.", False)
    values: dict[str, object] = {"name": _written(name, words), "has_legal_form": has_legal_form(name)}
    found = classify(name, description)
    if found is None:
        return Finding("company", values, 0.5, "Nothing in its name tells the industry.", True)
    values |= {
        "naics": found.code,
        "industry": found.title,
        "sector": found.sector,
        "industry_words": found.words,
    }
    return Finding("company", values, found.confidence, f'Its words "{found.words}" tell the industry.', True)


def classify(name: str, description: str = "") -> Industry | None:
    """The industry that the words of a name tell of, else those of a description; None where none does.

    More words found together say more than one; the last word of a name says more than the first ("Oak Street Pizza").
    """
    found = _best(folded(name)) or None
    told = _best(folded(description)) if description else None
    if found is None and told is not None:
        return told._replace(confidence=round(told.confidence * 0.85, 2))
    if found is not None and told is not None and told.code[:2] == found.code[:2]:
        return found._replace(confidence=min(0.97, round(found.confidence + 0.07, 2)))
    return found


@lru_cache(maxsize=100_000)
def _best(text: str) -> Industry | None:
    words = text.split()
    table = _table()
    hits: list[tuple[float, int, str, str, str]] = []
    for size in range(min(_LONGEST, len(words)), 0, -1):
        for start in range(len(words) - size + 1):
            phrase = " ".join(words[start : start + size])
            if phrase in table:
                code, title = table[phrase]
                weight = (
                    0.5
                    + 0.25 * (size - 1)
                    + 0.2 * (phrase not in _VAGUE)
                    + 0.05 * (start + size) / len(words)
                )
                hits.append((weight, len(code), code, title, phrase))
    if not hits:
        return None
    weight, _, code, title, phrase = max(hits)
    # Words of another sector beside them make the answer less sure.
    others = {hit[2][:2] for hit in hits if hit[2][:2] != code[:2] and hit[4] not in phrase}
    sure = max(0.3, min(0.95, weight) - 0.12 * len(others))
    return Industry(code, title, SECTORS[code[:2]], phrase, round(sure, 2))


@lru_cache(maxsize=1)
def _table() -> dict[str, tuple[str, str]]:
    entries = read_yaml(Path(__file__).with_name("industries.yaml").read_text(encoding="utf-8")).data
    return {word: (each["code"], each["title"]) for each in entries for word in each["words"]}


def _written(name: str, words: tuple[str, ...]) -> str:
    """The name as it was written, without what stands for the legal form alone."""
    kept = []
    waiting = list(words)
    for each in name.replace(",", " ").split():
        parts = folded(each.replace("&", " and ")).split()
        if parts and all(part in waiting for part in parts):
            kept.append(each)
            for part in parts:
                waiting.remove(part)
    return " ".join(kept) if not waiting else " ".join(word.capitalize() for word in words)
