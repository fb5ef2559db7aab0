"""Which ladders a table's layout calls for."""

from collections.abc import Callable, Iterator

from galena.engines.identity.ladders import contacts, people, places, texts, values
from galena.engines.identity.ladders.ladder import Ladder, Nature
from galena.engines.identity.layout import Kind, Layout, Role

_BY_KIND: dict[Kind, Callable[[Role, str], Ladder]] = {
    Kind.TITLE: lambda role, label: texts.text(role.field, label),
    Kind.TEXT: lambda role, label: texts.text(role.field, label, Nature.PLAIN),
    Kind.EMAIL: lambda role, _: contacts.email(role.field),
    Kind.PHONE: lambda role, _: contacts.phone(role.field),
    Kind.WEBSITE: lambda role, _: contacts.website(role.field),
    Kind.STREET: lambda role, _: places.street(role.field),
    Kind.LINE: lambda role, label: values.line(role.field, label),
    Kind.DATE: lambda role, label: values.date(role.field, label),
    Kind.ID: lambda role, label: values.code(role.field, label),
    Kind.CATEGORY: lambda role, label: values.category(role.field, label),
    Kind.TAGS: lambda role, label: values.entries(role.field, label),
    Kind.NUMBER: lambda role, label: values.number(role.field, label),
}


def ladders_of(layout: Layout) -> tuple[Ladder, ...]:
    """The ladders of a layout, in a fixed order."""
    return tuple(_ladders(layout))


def _ladders(layout: Layout) -> Iterator[Ladder]:
    whole = layout.has(Kind.PERSON)
    if whole or layout.has(Kind.GIVEN):
        yield people.given()
    if whole or layout.has(Kind.SURNAME):
        yield people.surname()
    yield from _suffixes(layout)
    for role in layout.roles:
        if role.kind in (Kind.COMPANY, Kind.NAME):
            yield _name(role, layout, people=whole or layout.has(Kind.GIVEN, Kind.SURNAME))
        elif role.kind in _BY_KIND:
            yield _BY_KIND[role.kind](role, _label(role))
    if layout.has(Kind.TITLE):
        yield values.codes("codes", "code_stems")
    if layout.has(Kind.HOUSE) and not layout.has(Kind.STREET):
        yield values.category("street_house", "house number")
    city, postcode = layout.has(Kind.CITY), layout.has(Kind.POSTCODE)
    if not city and not postcode and layout.has(Kind.STREET):
        city = postcode = True
    if city or postcode:
        yield places.place(city=city, postcode=postcode)
    if layout.has(Kind.STATE):
        yield values.category("state", "state")


def _name(role: Role, layout: Layout, *, people: bool) -> Ladder:
    # A name beside the firm's own is its owner's, who may have several firms.
    beside = role.kind is Kind.NAME and layout.has(Kind.COMPANY) and not people
    nature = Nature.SHARED if beside else Nature.OWN
    return texts.name(role.field, _label(role), nature, often=people or beside)


def _suffixes(layout: Layout) -> Iterator[Ladder]:
    if layout.has(Kind.PERSON, Kind.MIDDLE):
        yield values.line("middle", "middle name")
    if layout.has(Kind.PERSON, Kind.SURNAME, Kind.SUFFIX):
        yield values.category("suffix", "name suffix")


def _label(role: Role) -> str:
    return role.column.replace("_", " ").strip().lower() or str(role.kind)
