"""Names of people as they are written on a letter, or what else stands in a name field."""

from galena.domain.enrichment import Finding
from galena.kit.forms.companies import has_legal_form
from galena.kit.forms.people import formal_name, is_usual_given_name, person_name
from galena.kit.forms.texts import folded, known

_NOT_PEOPLE = frozenset(
    (
        "trust", "trustee", "estate", "llc", "inc", "ltd", "lp", "corp", "city", "county", "state", "church",
        "association", "hoa", "bank", "properties", "holdings", "homes", "investments", "group", "partners",
        "company", "university", "school", "district", "authority", "foundation", "ministries", "apartments",
        "construction", "services", "builders", "realty", "rentals", "ventures", "enterprises", "isd", "department",
    )
)  # fmt: skip
_KEPT_LOW = frozenset(
    ("van", "von", "der", "den", "de", "la", "di", "da", "del", "dos", "du", "bin", "ibn", "ter")
)
_PLACEHOLDERS = frozenset(
    ("test", "test test", "asdf", "john doe", "jane doe", "first last", "na na", "no name")
)


def name_finding(text: str) -> Finding:
    """What stands in a name field.

    Values: kind (person, organisation, unknown), full_name, given, middle, surname, suffix, formal_given (Bob ->
    Robert).
    """
    plain = folded(text)
    if not known(text) or plain in _PLACEHOLDERS or not any(each.isalpha() for each in plain):
        return Finding("name", {"kind": "unknown"}, 0.9, "It is no name.", False)
    if has_legal_form(text) or set(plain.split()) & _NOT_PEOPLE:
        return Finding(
            "name", {"kind": "organisation"}, 0.85, "It names an organisation and not a person.", True
        )
    parts = person_name(text)
    if not parts.given:
        return Finding(
            "name", {"kind": "unknown", "surname": cased(parts.surname)}, 0.5, "A single word.", None
        )
    values = {
        "kind": "person",
        "given": cased(parts.given),
        "middle": cased(parts.middle),
        "surname": cased(parts.surname),
        "suffix": parts.suffix.upper() if parts.suffix in ("ii", "iii", "iv") else cased(parts.suffix),
    }
    values["full_name"] = " ".join(
        values[part] for part in ("given", "middle", "surname", "suffix") if values[part]
    )
    if (formal := formal_name(parts.given)) != parts.given:
        values["formal_given"] = cased(formal)
    is_usual = is_usual_given_name(parts.given)
    why = "A first name that is usual, and a surname." if is_usual else "A first name and a surname."
    return Finding(
        "name", {name: each for name, each in values.items() if each}, 0.95 if is_usual else 0.8, why, True
    )


def cased(words: str) -> str:
    """Folded words as names are written: "mcdonald van der berg" -> "McDonald van der Berg"."""
    return " ".join(_cased(word, first=place == 0) for place, word in enumerate(words.split()))


def _cased(word: str, *, first: bool) -> str:
    if word in _KEPT_LOW and not first:
        return word
    if word.startswith("mc") and len(word) > 3:
        return "Mc" + word[2:].capitalize()
    return word.capitalize()
