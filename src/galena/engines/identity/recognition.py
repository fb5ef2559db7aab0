"""What the columns of any table are, by their headings and their values."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from galena.engines.identity.column_values import ColumnValues
from galena.engines.identity.layout import Kind

_APART = re.compile(r"(?<=[a-z])(?=[A-Z])|[\W_]+|(?<=[A-Za-z])(?=\d)")
_LONG_TEXT_WORDS, _TITLE_WORDS = 12, 4.5


class Recognised(NamedTuple):
    """The kind of a column, and what showed it."""

    kind: Kind
    why: str


def heading_words(name: str) -> tuple[str, ...]:
    """The words of a heading: "E-mailAddress_1" -> e, mail, address, 1."""
    return tuple(word.casefold() for word in _APART.split(name) if word)


class _Heading(NamedTuple):
    """A heading as rules see it."""

    words: frozenset[str]
    joined: str

    def has(self, *words: str) -> bool:
        return any(word in self.words for word in words)

    def says(self, *texts: str) -> bool:
        return any(text in self.joined for text in texts)


_IGNORED = (
    "created", "updated", "modified", "timestamp", "imported", "status", "stage", "assigned", "note", "notes",
    "remark", "remarks", "comment", "comments", "score", "rating", "consent", "optin", "rank", "lastactivity",
    "lastcontacted", "leadsource", "campaign",
)  # fmt: skip
_STRONG_IDS = (
    "ssn", "socsec", "socialsecurity", "taxid", "taxnumber", "ein", "tin", "vat", "npi", "licence", "license",
    "passport", "upc", "ean", "isbn", "gtin", "asin", "sku", "duns", "cik", "parcel", "apn", "vin", "nationalid",
    "driver", "medicare", "nhs", "insurancenumber", "mpn", "modelno", "partnumber", "registration", "lei",
)  # fmt: skip
_ID_WORDS = (
    "id",
    "ids",
    "key",
    "uuid",
    "guid",
    "identifier",
    "index",
    "no",
    "nr",
    "num",
    "number",
    "code",
    "ref",
    "record",
    "row",
    "pk",
)
_COMPANY = (
    "company", "business", "organization", "organisation", "firm", "employer", "dba", "corporation", "contractor",
    "vendor", "supplier", "merchant", "establishment", "restaurant", "venue", "institution", "assignee", "hotel",
    "facility", "school", "hospital", "store", "shop", "brokerage", "agency", "lender", "bank",
)  # fmt: skip
_PERSON = (
    "fullname", "contactname", "personname", "ownername", "applicantname", "customername", "clientname",
    "patientname", "leadname", "author", "employee", "person", "owner", "applicant", "contact", "patient",
    "client", "customer", "lead", "agentname", "buyer", "seller", "borrower", "tenant", "member", "guest", "voter",
)  # fmt: skip
_GIVEN = (
    "firstname",
    "givenname",
    "fname",
    "forename",
    "first",
    "given",
    "vorname",
    "prenom",
    "christianname",
    "firstnm",
)
_SURNAME = (
    "lastname",
    "surname",
    "familyname",
    "lname",
    "last",
    "nachname",
    "secondname",
    "lastnm",
    "family",
)


def recognise(columns: Sequence[ColumnValues]) -> Mapping[str, Recognised]:
    """The kind of each column.

    First by headings that are certain, then by headings together with values, then by values alone; of several
    names the first stands for the record.
    """
    found = {column.name: _kind_of(column) for column in columns}
    if not any(each.kind in _NAMES for each in found.values()):
        _name_instead(columns, found)
    return found


_NAMES = (Kind.GIVEN, Kind.SURNAME, Kind.PERSON, Kind.COMPANY, Kind.NAME, Kind.TITLE)


def _kind_of(column: ColumnValues) -> Recognised:
    heading = _Heading(frozenset(heading_words(column.name)), "".join(heading_words(column.name)))
    if not column.sample:
        return Recognised(Kind.IGNORED, "it is empty")
    for rule in _RULES:
        if found := rule(heading, column):
            return found
    return Recognised(Kind.LINE, "its values")


def _contact(heading: _Heading, column: ColumnValues) -> Recognised | None:
    if column.emails > (0.3 if heading.says("mail") else 0.7):
        return Recognised(Kind.EMAIL, "its values")
    is_called_phone = heading.says("phone", "mobile", "telefon", "fax") or heading.has("tel", "cell")
    if is_called_phone and column.with_digits > 0.5 and column.words < 6:
        return Recognised(Kind.PHONE, "its heading and values")
    if heading.has("website", "url", "domain", "homepage", "web", "site", "www") and column.websites > 0.5:
        return Recognised(Kind.WEBSITE, "its heading and values")
    if column.formatted_phones > 0.8 and column.dates < 0.3 and not _is_place_or_id(heading):
        return Recognised(Kind.PHONE, "its values")
    if column.websites > 0.9 and column.numbers < 0.1 and column.words < 7:
        return Recognised(Kind.WEBSITE, "its values")
    return None


def _is_place_or_id(heading: _Heading) -> bool:
    return heading.says("zip", "post", "ssn", "socsec") or heading.has("id")


def _date(heading: _Heading, column: ColumnValues) -> Recognised | None:
    if heading.says("birth", "dob", "born") or heading.has("bd", "bday"):
        if column.dates > 0.5:
            return Recognised(Kind.DATE, "its heading and values")
        return Recognised(Kind.NUMBER if column.numbers > 0.8 else Kind.CATEGORY, "its values")
    if column.dates > 0.8 and not (column.numbers > 0.8 and not heading.says("date")):
        return Recognised(Kind.IGNORED, "a date that says little about who it is")
    return None


def _ignored(heading: _Heading, _column: ColumnValues) -> Recognised | None:
    if any(word in heading.words or heading.joined == word for word in _IGNORED):
        return Recognised(Kind.IGNORED, "it changes with time and says little about who it is")
    return None


def _id(heading: _Heading, column: ColumnValues) -> Recognised | None:
    if column.pieces > 2:
        return None
    if any(word in heading.words or (len(word) > 4 and word in heading.joined) for word in _STRONG_IDS):
        return Recognised(Kind.ID, "its heading")
    last = heading_words(column.name)[-1:]
    is_id = bool(set(last) & set(_ID_WORDS)) or heading.has("id", "uuid", "guid", "identifier") or not last
    if not is_id or heading.says("zip", "post", "street", "house", "area", "country", "state"):
        return None
    if column.distinct == 1:
        return Recognised(Kind.IGNORED, "it numbers the rows")
    if column.distinct >= 0.3 and column.with_digits > 0.5:
        return Recognised(Kind.ID, "its heading and values")
    return Recognised(Kind.CATEGORY, "its values")


def _place(heading: _Heading, column: ColumnValues) -> Recognised | None:
    if heading.says("zip", "postcode", "postalcode", "postal", "plz") and column.with_digits > 0.5:
        return Recognised(Kind.POSTCODE, "its heading")
    is_numbered = heading.says(
        "streetnumber", "housenumber", "streetno", "houseno", "housenum", "streetnum", "stnum"
    )
    if (is_numbered or heading.has("house", "housenr")) and column.houses > 0.5:
        return Recognised(Kind.HOUSE, "its heading and values")
    if heading.has("city", "town", "suburb", "municipality", "locality", "ort", "stadt", "ville", "village"):
        return Recognised(Kind.CITY, "its heading")
    if heading.has("state", "province", "st", "region", "territory") and column.words < 3:
        return Recognised(Kind.STATE, "its heading")
    second = heading.has("2", "3", "ii", "unit", "apt", "suite", "floor", "building", "apartment")
    if heading.says("addr", "street", "strasse") or heading.joined in ("location", "situs", "road"):
        if column.emails > 0.3 or column.words > 25:
            return None
        return Recognised(Kind.LINE if second else Kind.STREET, "its heading")
    if heading.has("unit", "apt", "suite", "apartment"):
        return Recognised(Kind.LINE, "its heading")
    if column.streets > 0.5 and column.words < 10 and not any(heading.has(word) for word in _COMPANY):
        return Recognised(Kind.STREET, "its values")
    return None


def _name(heading: _Heading, column: ColumnValues) -> Recognised | None:
    if column.numbers > 0.5 or column.words > 15:
        return None
    bare = heading.joined.removeprefix("contact").removeprefix("owner").removeprefix("customer")
    for names, kind in ((_GIVEN, Kind.GIVEN), (_SURNAME, Kind.SURNAME)):
        if heading.joined in names or bare in names:
            return Recognised(kind, "its heading")
    if heading.has("middle", "mi", "midname") and column.words < 3:
        return Recognised(Kind.MIDDLE, "its heading")
    if heading.joined in ("suffix", "namesuffix", "generation"):
        return Recognised(Kind.SUFFIX, "its heading")
    if any(word in heading.words or word in heading.joined for word in _COMPANY) and column.words > 0.9:
        is_kind = heading.has("type", "size", "category", "phase", "kind", "class")
        return None if is_kind else Recognised(Kind.COMPANY, "its heading")
    if any(heading.joined == word or heading.joined == word + "name" for word in _PERSON):
        kind = Kind.COMPANY if column.legal_forms > 0.1 else Kind.PERSON
        return Recognised(kind, "its heading and values")
    if heading.has("account", "accountname", "legalname", "tradename") and column.with_digits < 0.5:
        return Recognised(Kind.COMPANY, "its heading")
    return _bare_name(heading, column)


def _bare_name(heading: _Heading, column: ColumnValues) -> Recognised | None:
    if heading.joined in (
        "title",
        "product",
        "productname",
        "producttitle",
        "item",
        "itemname",
        "songname",
        "song",
    ):
        is_role = column.distinct < 0.2
        return None if is_role else Recognised(Kind.TITLE, "its heading")
    if not (heading.has("name", "names") or heading.says("name")) or heading.has(
        "user", "username", "file", "city"
    ):
        return None
    if column.legal_forms > 0.04:
        return Recognised(Kind.COMPANY, "its heading and values")
    if column.given_names > 0.12 and column.words < 4:
        return Recognised(Kind.PERSON, "its heading and values")
    if column.words > _TITLE_WORDS and column.codes > 0.2:
        return Recognised(Kind.TITLE, "its heading and values")
    return Recognised(Kind.NAME, "its heading")


def _value(heading: _Heading, column: ColumnValues) -> Recognised | None:
    if column.tags > 0.25:
        return Recognised(Kind.TAGS, "its values")
    if column.numbers > 0.9:
        if column.distinct == 1 and _counts_up(column):
            return Recognised(Kind.IGNORED, "it numbers the rows")
        if heading.has("year", "class", "type", "grade", "group"):
            return Recognised(Kind.CATEGORY, "its values")
        return Recognised(Kind.NUMBER, "its values")
    if column.words > 6 or heading.has("description", "desc", "abstract", "text", "details", "summary"):
        return Recognised(Kind.TEXT, "its values")
    if column.given_names > 0.4 and column.distinct > 0.5:
        return Recognised(Kind.PERSON, "its values")
    if column.legal_forms > 0.2 and column.distinct > 0.3:
        return Recognised(Kind.COMPANY, "its values")
    if column.distinct == 1 and column.pieces < 2 and column.with_digits > 0.9:
        return Recognised(Kind.IGNORED, "it numbers the rows")
    if column.distinct < 0.5 or column.words < 1.2:
        return Recognised(Kind.CATEGORY, "its values")
    return None


_RULES: tuple[Callable[[_Heading, ColumnValues], Recognised | None], ...] = (
    _contact, _date, _ignored, _place, _id, _name, _value,
)  # fmt: skip


def _counts_up(column: ColumnValues) -> bool:
    whole = [value for value in column.sample if value.isdigit()]
    return len(whole) > 0.9 * len(column.sample)


def _name_instead(columns: Sequence[ColumnValues], found: dict[str, Recognised]) -> None:
    """Where no column is a name, the text that differs most from row to row is what the record is called."""
    texts = [
        column
        for column in columns
        if found[column.name].kind in (Kind.LINE, Kind.TEXT, Kind.CATEGORY)
        and column.with_digits < 0.9
        and column.distinct > 0.3
        and column.filled > 0.3
    ]
    if texts:
        best = max(texts, key=lambda column: (column.distinct * column.filled, -columns.index(column)))
        kind = Kind.TITLE if best.words > _TITLE_WORDS else Kind.NAME
        if best.words < _LONG_TEXT_WORDS:
            found[best.name] = Recognised(kind, "its values, since no column is called a name")
