"""The columns of one or several files brought together: what each is, and which of them are the same field."""

from collections.abc import Mapping, Sequence

from galena.engines.identity.column_values import ColumnValues, column_values
from galena.engines.identity.layout import Kind, Layout, Role
from galena.engines.identity.recognition import Recognised, heading_words, recognise

Table = Mapping[str, Sequence[str | None]]

_NAME_KINDS = (Kind.TITLE, Kind.COMPANY, Kind.NAME)
_ONCE = frozenset((Kind.GIVEN, Kind.MIDDLE, Kind.SURNAME, Kind.SUFFIX, Kind.PERSON, Kind.HOUSE))


def layouts_of(
    tables: Sequence[Table], given: Mapping[str, Kind] | None = None, *, region: str = "US"
) -> tuple[Layout, ...]:
    """The layout of each table; fields that tables have in common go by the same name.

    Columns with the same heading (in any case and punctuation) are one; what is left is paired by its kind, in the
    order of the columns.

    Args:
        tables: column -> some or all of its values.
        given: column -> the kind a person says it has.
    """
    given = given or {}
    merged = _merged(tables)
    kinds = dict(recognise(tuple(merged.values())))
    for heading, values in merged.items():
        kinds[values.name] = _stated(values.name, heading, tables, given) or kinds[values.name]
    by_heading = {heading: (kinds[values.name], values) for heading, values in merged.items()}
    per_table = [_kinds_of(table, by_heading) for table in tables]
    _agree_on_names(per_table)
    fields = _fields(per_table)
    return tuple(
        Layout(
            tuple(
                Role(column, kind, fields[(at, column)], values.day_first and kind is Kind.DATE, why)
                for column, (kind, why, values) in kinds_of.items()
            ),
            region,
        )
        for at, kinds_of in enumerate(per_table)
    )


def united(layouts: Sequence[Layout]) -> Layout:
    """One layout with every field of several, for the ladders."""
    roles: dict[str, Role] = {}
    for layout in layouts:
        for role in layout.roles:
            if role.kind is not Kind.IGNORED:
                roles.setdefault(role.field, role)
    return Layout(tuple(roles.values()), layouts[0].region)


_Kinds = dict[str, tuple[Kind, str, ColumnValues]]


def _heading(name: str) -> str:
    return "".join(heading_words(name)) or name


def _merged(tables: Sequence[Table]) -> dict[str, ColumnValues]:
    columns: dict[str, tuple[str, list[Sequence[str | None]]]] = {}
    for table in tables:
        seen: dict[str, int] = {}
        for name, values in table.items():
            heading = _heading(name)
            seen[heading] = seen.get(heading, 0) + 1
            if seen[heading] > 1:
                heading = f"{heading}#{seen[heading]}"
            columns.setdefault(heading, (name, []))[1].append(values)
    unique: dict[str, ColumnValues] = {}
    taken: set[str] = set()
    for heading, (name, parts) in columns.items():
        while name in taken:
            name += " "
        taken.add(name)
        unique[heading] = column_values(name, parts)
    return unique


def _stated(name: str, heading: str, tables: Sequence[Table], given: Mapping[str, Kind]) -> Recognised | None:
    for table in tables:
        for column in table:
            if column in given and (column == name or _heading(column) == heading):
                return Recognised(given[column], "you said so")
    return None


def _kinds_of(table: Table, by_heading: Mapping[str, tuple[Recognised, ColumnValues]]) -> _Kinds:
    found: _Kinds = {}
    seen: dict[str, int] = {}
    for column in table:
        heading = _heading(column)
        seen[heading] = seen.get(heading, 0) + 1
        if seen[heading] > 1:
            heading = f"{heading}#{seen[heading]}"
        recognised, values = by_heading[heading]
        found[column] = (recognised.kind, recognised.why, values)
    return found


def _agree_on_names(per_table: Sequence[_Kinds]) -> None:
    """Where the tables' first names of firms or things have different kinds, all get the one that fits all."""
    firsts = []
    for kinds in per_table:
        first = next((column for column, (kind, _, _) in kinds.items() if kind in _NAME_KINDS), None)
        firsts.append(first)
    found = {kinds[first][0] for kinds, first in zip(per_table, firsts, strict=True) if first}
    if len(found) < 2:
        return
    agreed = next(kind for kind in _NAME_KINDS if kind in found)
    for kinds, first in zip(per_table, firsts, strict=True):
        if first:
            _, why, values = kinds[first]
            kinds[first] = (agreed, why, values)


def _fields(per_table: Sequence[_Kinds]) -> dict[tuple[int, str], str]:
    """A field for each column: columns of one heading share it, others follow the order of their kind."""
    taken: dict[str, dict[Kind, str]] = {}
    fields: dict[tuple[int, str], str] = {}
    for at, kinds in enumerate(per_table):
        used = {
            taken[_heading(column)][kind]
            for column, (kind, _, _) in kinds.items()
            if kind in taken.get(_heading(column), {})
        }
        given: set[str] = set()
        for column, (kind, _, _) in kinds.items():
            known_as = taken.setdefault(_heading(column), {})
            field = known_as.get(kind)
            if field is None or field in given:
                field = _free(kind, used)
                known_as.setdefault(kind, field)
            used.add(field)
            given.add(field)
            fields[(at, column)] = field
    return fields


def _free(kind: Kind, used: set[str]) -> str:
    if kind is Kind.IGNORED:
        return str(kind)
    field, count = str(kind), 2
    while field in used:
        field, count = f"{kind}_{count}", count + 1
    return field
