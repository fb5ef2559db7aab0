"""What the values of a column show."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from galena.kit.forms.addresses import STREET_TYPES
from galena.kit.forms.companies import has_legal_form
from galena.kit.forms.dates import date_digits, reads_day_first
from galena.kit.forms.domains import registered_domain
from galena.kit.forms.emails import normal_email
from galena.kit.forms.people import is_usual_given_name
from galena.kit.forms.phones import normal_phone
from galena.kit.forms.texts import folded, known

SAMPLE = 1_000
_PHONE = re.compile(r"[\d\s()+./x#extEXT-]{7,26}\Z")
_FORMATTED_PHONE = re.compile(r"[(+]|\d[-./ ]\d")
_NUMBER = re.compile(r"[$€£]?\s*-?[\d,]*\.?\d+(?:e[+-]?\d+)?\s*%?\Z", re.IGNORECASE)
_TAGS = re.compile(r"\*\*|;|\|")
_CODE = re.compile(r"(?=\S*\d)\S{4,}")
_STATE = re.compile(r"[A-Za-z]{2,3}\Z")
_POSTCODE = re.compile(
    r"\d{4,5}(?:-\d{4})?(?:\.0)?\Z|[A-Za-z]\d[A-Za-z] ?\d[A-Za-z]\d\Z|[A-Za-z]{1,2}\d[\dA-Za-z]? ?\d[A-Za-z]{2}\Z"
)
_HOUSE = re.compile(r"\d{1,6}\s?[A-Za-z]?(?:\.0)?\Z")
_STREET = re.compile(r"\d+\w?\s+\S+|\S+.*\s\d+\s?[a-z]?\Z", re.IGNORECASE)


@dataclass(frozen=True)
class ColumnValues:
    """A column, for telling its kind.

    Attributes:
        name: its heading as it stands.
        sample: some of its known values, as they stand.
        filled: share of the rows that have a value, 0-1.
        distinct: distinct values per known value, 0-1; 1: every value occurs once (in each file by itself).
    """

    name: str
    sample: tuple[str, ...]
    filled: float
    distinct: float

    @cached_property
    def emails(self) -> float:
        """Share of e-mail addresses."""
        return self._share(lambda value: "@" in value and normal_email(value) is not None)

    @cached_property
    def phones(self) -> float:
        """Share of what may be phone numbers."""
        return self._share(
            lambda value: bool(_PHONE.match(value)) and (normal_phone(value) or "").startswith("+")
        )

    @cached_property
    def formatted_phones(self) -> float:
        """Share of phone numbers written as such, with brackets or dashes."""
        return self._share(
            lambda value: (
                bool(_PHONE.match(value))
                and bool(_FORMATTED_PHONE.search(value))
                and (normal_phone(value) or "").startswith("+")
            )
        )

    @cached_property
    def websites(self) -> float:
        """Share of web addresses."""
        return self._share(lambda value: "@" not in value and registered_domain(value) is not None)

    @cached_property
    def dates(self) -> float:
        """Share of dates."""
        return self._share(lambda value: (date_digits(value) or "0")[:2] in ("18", "19", "20"))

    @cached_property
    def numbers(self) -> float:
        """Share of numbers."""
        return self._share(lambda value: bool(_NUMBER.match(value)))

    @cached_property
    def tags(self) -> float:
        """Share of lists."""
        return self._share(lambda value: bool(_TAGS.search(value)))

    @cached_property
    def words(self) -> float:
        """Words per value, on average."""
        return sum(len(folded(value).split()) for value in self.sample) / max(1, len(self.sample))

    @cached_property
    def pieces(self) -> float:
        """Parts between blanks per value, on average."""
        return sum(len(value.split()) for value in self.sample) / max(1, len(self.sample))

    @cached_property
    def legal_forms(self) -> float:
        """Share of values that end in Inc., GmbH and the like."""
        return self._share(has_legal_form)

    @cached_property
    def codes(self) -> float:
        """Share of values with a model number or the like in them."""
        return self._share(lambda value: bool(_CODE.search(value)))

    @cached_property
    def given_names(self) -> float:
        """Share of values of two to four words of letters, one of which is a usual first name."""
        return self._share(_names_a_person)

    @cached_property
    def states(self) -> float:
        """Share of codes of two or three letters."""
        return self._share(lambda value: bool(_STATE.match(value)))

    @cached_property
    def postcodes(self) -> float:
        """Share of what may be postal codes."""
        return self._share(lambda value: bool(_POSTCODE.match(value)))

    @cached_property
    def houses(self) -> float:
        """Share of what may be house numbers."""
        return self._share(lambda value: bool(_HOUSE.match(value)))

    @cached_property
    def streets(self) -> float:
        """Share of street addresses: a number and the type of a street."""
        return self._share(
            lambda value: (
                bool(_STREET.match(value)) and bool(STREET_TYPES.intersection(folded(value).split()))
            )
        )

    @cached_property
    def with_digits(self) -> float:
        """Share of values that have a digit."""
        return self._share(lambda value: any(character.isdigit() for character in value))

    @cached_property
    def day_first(self) -> bool:
        """Whether 03/04/2014 is the third of April, by the other values."""
        return reads_day_first(self.sample)

    def _share(self, holds: object) -> float:
        assert callable(holds)
        return sum(bool(holds(value)) for value in self.sample) / max(1, len(self.sample))


def column_values(name: str, columns: Sequence[Sequence[str | None]]) -> ColumnValues:
    """The evidence of a column that stands in one or several files.

    Args:
        columns: its values, by file.
    """
    filled = [[text for value in column if (text := known(value))] for column in columns]
    count = sum(map(len, filled))
    distinct = sum(len(set(values)) for values in filled)
    share = max(1, SAMPLE // max(1, len(filled)))
    sample = tuple(value for values in filled for value in values[:: max(1, len(values) // share)][:share])
    rows = sum(map(len, columns))
    return ColumnValues(name, sample, count / max(1, rows), distinct / max(1, count))


def _names_a_person(value: str) -> bool:
    words = folded(value).split()
    return (
        2 <= len(words) <= 4
        and all(word.isalpha() for word in words)
        and any(is_usual_given_name(word) for word in words)
    )
