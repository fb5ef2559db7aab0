"""Normal records: the values of a record in one spelling each, ready to be compared.

A normal record is a flat mapping; a name that is missing is not known. Names by kind of column (a second column of a
kind has `_2` behind its names):

    given, formal, middle, surname, suffix      a person's name, `formal` being what a nickname stands for
    company | name | title, with _tokens        the name's words in one string, and each once
    codes, code_stems                           model numbers in titles
    email, email_local, email_domain            what is before the @ unless it is made of the name; the domain unless
                                                anybody may have an address there
    phone, phone_line                           E.164, and its last seven digits
    street, house, street_name, unit            an address in parts
    city, state, postcode, postcode_area
    date, id, website, category, number (a float), tags and text_tokens (tuples)
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from galena.engines.identity.layout import Kind, Layout, Role
from galena.kit.forms import addresses, companies, dates, domains, emails, people, phones
from galena.kit.forms.texts import folded, known

Record = dict[str, Any]

_TAGS_APART = re.compile(r"\*\*|[;|]")
_ZIP = re.compile(r"(\d{5})(?:-?\d{4})?\Z")
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?", re.IGNORECASE)
_CODE = re.compile(r"(?=[a-z0-9./-]*\d)[a-z0-9][a-z0-9./-]{2,}[a-z0-9]")
_MEASURE = re.compile(
    r"\d{1,4}|\d+[a-z]{3,}|"
    r"\d+(?:\.\d+)?(?:gb|mb|tb|mhz|ghz|hz|w|v|mm|cm|in|inch|ft|oz|lb|lbs|kg|ml|l|x|p|i|mp|rpm|pack|pc|pcs|bit|k|yr|hr|min|sec|st|nd|rd|th|s|m|g)"
)
_LEAST_PART = 3
MOST_TOKENS = 40
"""Of a long text so many different words are compared."""


def normal_record(values: Mapping[str, str | None], layout: Layout) -> Record:
    """The normal form of a record.

    Args:
        values: column -> text as it stands; columns without a role are not looked at.
    """
    record: Record = {}
    for role in layout.roles:
        text = known(values.get(role.column))
        if text and (form := _FORMS.get(role.kind)):
            form(record, role, text, layout)
    if "house_part" in record:
        _join_house(record)
    if "surname" in record or "given" in record:
        for role in layout.of(Kind.EMAIL):
            _forget_local(record, f"{role.field}_local")
    return record


def _given(record: Record, _role: Role, text: str, _layout: Layout) -> None:
    if given := people.given_name(text):
        first, *more = given.split()
        record["given"], record["formal"] = given, people.formal_name(first if not more else given)


def _surname(record: Record, _role: Role, text: str, _layout: Layout) -> None:
    record["surname"] = people.surname(text)
    if suffix := people.suffix_of(text):
        record.setdefault("suffix", suffix)


def _suffix(record: Record, _role: Role, text: str, _layout: Layout) -> None:
    if suffix := people.suffix_of(text):
        record["suffix"] = suffix


def _person(record: Record, _role: Role, text: str, _layout: Layout) -> None:
    name = people.person_name(text)
    for part, value in zip(("given", "middle", "surname", "suffix"), name, strict=True):
        if value:
            record.setdefault(part, value)
    if "given" in record:
        record["formal"] = people.formal_name(record["given"])


def _folded(record: Record, role: Role, text: str, _layout: Layout) -> None:
    if plain := folded(text):
        record[role.field] = plain


def _company(record: Record, role: Role, text: str, _layout: Layout) -> None:
    words = companies.company_words(text)
    if words:
        record[role.field] = " ".join(words)
        record[f"{role.field}_tokens"] = tuple(sorted(set(words)))


def _title(record: Record, role: Role, text: str, layout: Layout) -> None:
    if plain := folded(text):
        record[role.field] = plain
        _text(record, role, text, layout)
        if codes := model_numbers(text):
            record["codes"], record["code_stems"] = codes, code_stems(codes)


def _text(record: Record, role: Role, text: str, _layout: Layout) -> None:
    words = dict.fromkeys(folded(text).split())
    record[f"{role.field}_tokens"] = tuple(sorted(list(words)[:MOST_TOKENS]))


def model_numbers(text: str) -> tuple[str, ...]:
    """Model numbers in a title, without their separators: "Sony Turntable - PS-LX350H" -> ("pslx350h",); sizes and
    counts (10/100, 5-disc, 1080p) are none."""
    found = {code.strip("./-") for code in _CODE.findall(text.lower())}
    whole = (code for code in found if not code.replace(".", "").replace("/", "").isdigit() or code.isdigit())
    bare = {re.sub(r"[./-]", "", code) for code in whole}
    return tuple(sorted(code for code in bare if len(code) >= 4 and not _MEASURE.fullmatch(code)))[
        :MOST_TOKENS
    ]


def code_stems(codes: Iterable[str]) -> tuple[str, ...]:
    """Model numbers without the letters at their ends, which often only name a colour."""
    stems = {code.rstrip("abcdefghijklmnopqrstuvwxyz") for code in codes}
    return tuple(sorted(stem for stem in stems if len(stem) >= 4 and not stem.isdigit()))


def _email(record: Record, role: Role, text: str, _layout: Layout) -> None:
    if found := emails.normal_email(text):
        record[role.field] = found.address
        record[f"{role.field}_local"] = found.local
        if not found.is_free:
            record[f"{role.field}_domain"] = found.domain


def _forget_local(record: Record, name: str) -> None:
    """What stands before the @ and is made of the person's own name says nothing that the name does not."""
    local = record.get(name, "")
    parts = (record.get("surname", ""), record.get("given", ""))
    if any(len(part) >= _LEAST_PART and part.replace(" ", "") in local for part in parts):
        del record[name]


def _phone(record: Record, role: Role, text: str, layout: Layout) -> None:
    if found := phones.normal_phone(text, layout.region):
        record[role.field] = found
        record[f"{role.field}_line"] = found[-7:]


def _street(record: Record, role: Role, text: str, layout: Layout) -> None:
    if role.field != "street":
        _set_street(record, role.field, text)
        return
    _set_street(record, "street", text)
    if not layout.has(Kind.CITY, Kind.POSTCODE):
        for name, value in zip(("city", "state", "postcode"), addresses.place(text), strict=True):
            if value:
                record.setdefault(name, value)
        _set_area(record, "postcode")


def _set_street(record: Record, field: str, text: str) -> None:
    parts = addresses.street(text)
    named = {"": parts.whole, "_house": parts.house, "_name": parts.name, "_unit": parts.unit}
    record.update({f"{field}{suffix}": value for suffix, value in named.items() if value})


def _house(record: Record, _role: Role, text: str, _layout: Layout) -> None:
    if plain := folded(text.removesuffix(".0")).replace(" ", ""):
        record["house_part"] = plain


def _join_house(record: Record) -> None:
    house = record.pop("house_part")
    street = record.get("street", "")
    if "street_house" not in record:
        record["street_house"] = house
        record["street"] = f"{house} {street}".strip()


def _postcode(record: Record, role: Role, text: str, _layout: Layout) -> None:
    found = _ZIP.match(text.removesuffix(".0"))
    plain = found[1] if found else folded(text.removesuffix(".0")).replace(" ", "")
    if plain:
        record[role.field] = plain
        _set_area(record, role.field)


def _set_area(record: Record, field: str) -> None:
    if field in record:
        record[f"{field}_area"] = record[field][:3]


def _date(record: Record, role: Role, text: str, _layout: Layout) -> None:
    if digits := dates.date_digits(text, role.day_first):
        record[role.field] = digits


def _id(record: Record, role: Role, text: str, _layout: Layout) -> None:
    plain = folded(text.removesuffix(".0")).replace(" ", "")
    if plain and len(set(plain)) > 1:
        record[role.field] = plain


def _website(record: Record, role: Role, text: str, _layout: Layout) -> None:
    if domain := domains.registered_domain(text):
        record[role.field] = domain


def _tags(record: Record, role: Role, text: str, _layout: Layout) -> None:
    entries = {folded(entry) for entry in _TAGS_APART.split(text)} - {""}
    if entries:
        record[role.field] = tuple(sorted(entries)[:MOST_TOKENS])


def _number(record: Record, role: Role, text: str, _layout: Layout) -> None:
    if found := _NUMBER.search(text):
        value = float(found[0].replace(",", ""))
        if value:
            record[role.field] = value


_FORMS: dict[Kind, Callable[[Record, Role, str, Layout], None]] = {
    Kind.GIVEN: _given,
    Kind.MIDDLE: _folded,
    Kind.SURNAME: _surname,
    Kind.SUFFIX: _suffix,
    Kind.PERSON: _person,
    Kind.COMPANY: _company,
    Kind.NAME: _company,
    Kind.TITLE: _title,
    Kind.EMAIL: _email,
    Kind.PHONE: _phone,
    Kind.HOUSE: _house,
    Kind.STREET: _street,
    Kind.LINE: _folded,
    Kind.CITY: _folded,
    Kind.STATE: _folded,
    Kind.POSTCODE: _postcode,
    Kind.DATE: _date,
    Kind.ID: _id,
    Kind.WEBSITE: _website,
    Kind.CATEGORY: _folded,
    Kind.TAGS: _tags,
    Kind.NUMBER: _number,
    Kind.TEXT: _text,
}
