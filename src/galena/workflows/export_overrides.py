"""What people say of scores, as columns of an export: the machine's word beside theirs, who said so and why."""

from collections.abc import Mapping, Sequence

import polars as pl

from galena.domain.listing import LeadRow
from galena.domain.score import MICROPOINTS
from galena.stores import users
from galena.stores.door import Session

_MACHINE: Mapping[str, pl.DataType] = {"machine_score": pl.Float64(), "machine_tier": pl.String()}
_WHY: Mapping[str, pl.DataType] = {
    "override_by": pl.String(),
    "override_reason": pl.String(),
    "override_until": pl.String(),
}


def override_columns(session: Session, rows: Sequence[LeadRow], *, told_why: bool) -> list[pl.Series]:
    """The machine's score and tier of every row; who says otherwise, why and until when, empty where nobody does.

    Args:
        told_why: whether the file tells who and why; a buyer's does not.
    """
    names = {str(user.id): user.name or user.email for user in users.list_all(session)} if told_why else {}
    cells = [_cells(row, names) for row in rows]
    shown = {**_MACHINE, **_WHY} if told_why else _MACHINE
    return [
        pl.Series(name, [each[place] for each in cells], dtype=kind)
        for place, (name, kind) in enumerate(shown.items())
    ]


def _cells(row: LeadRow, names: Mapping[str, str]) -> tuple[float | str | None, ...]:
    points = None if row.micropoints is None else row.micropoints / MICROPOINTS
    said = row.override
    if said is None:
        return (points, row.tier, None, None, None)
    until = said.expires_at.isoformat(timespec="seconds") if said.expires_at else None
    return (points, row.tier, names.get(said.author, _unknown(said.author)), said.reason, until)


def _unknown(author: str) -> str:
    """A program's key, or a person of the operator whom a tenant does not know, has no name here."""
    is_person = len(author) == 36 and author.count("-") == 4
    return "the operator" if is_person else "a program" if author.startswith("api_key:") else author
