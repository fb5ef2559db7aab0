"""A table of outcomes recorded at once: every row or none, and each row that is wrong told with its number and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from galena.connectors.files import open_rows
from galena.domain.outcome_entry import ALIASES, COLUMNS, read_entry, read_happened
from galena.domain.record import RowFault
from galena.kit.errors import GalenaError, InputError, NotFoundError
from galena.stores import sales
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.dispose_desk import Desk, Recorded, Saying
from galena.workflows.suppress import take_turn_to_ban
from galena.workflows.touched import score_touched

SHOWN = 20
"""Rows that are wrong and shown; the rest is counted."""


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    given: Mapping[str, str]


class _Dropped(Exception):  # noqa: N818  Nothing went wrong: what was tried is only not kept.
    """Ends a trial, so that nothing of it is kept."""


def dispose_file(
    context: Context,
    path: Path,
    *,
    tenant_id: UUID | None = None,
    accept_suggested: bool = False,
    dry_run: bool = False,
) -> list[Recorded]:
    """Record every outcome of a table; rows of the same lead in their order.

    Args:
        accept_suggested: take the suggested code of a reason where the table gives none.
        dry_run: check every row and keep nothing.

    Raises:
        InputError: the file cannot be read, or rows are wrong: the facts say which, and nothing is recorded.
    """
    now = context.clock()
    lines = _read(path)
    faults: list[str] = []
    found: list[Recorded] = []
    try:
        with context.session() as session:
            ids = _find_leads(session, [line.given.get("lead", "") for line in lines])
            take_turn_to_ban(session, [line.given.get("outcome", "") for line in lines])
            desk = Desk(session, context, set(ids.values()), tenant_id)
            for line in lines:
                try:
                    desk.record(_saying(line, ids, now, accept_suggested))
                except GalenaError as fault:
                    faults.append(_told(line, fault))
            if faults:
                raise _Dropped
            found = desk.close()
            if dry_run:
                raise _Dropped
    except _Dropped:
        pass
    if faults:
        _refuse(path, len(lines), faults)
    if not dry_run:
        score_touched(context)
    return found


def _read(path: Path) -> list[_Line]:
    lines: list[_Line] = []
    with open_rows(path) as rows:
        names = {column: _name(column) for column in rows.shape.columns}
        missing = [name for name in ("lead", "outcome") if name not in names.values()]
        if missing:
            raise InputError(
                f"{path.name} has no column {' and no column '.join(missing)}.",
                facts={"columns": list(rows.shape.columns), "known": list(COLUMNS)},
                remedy="Name the columns as in the list of known ones.",
            )
        for row in rows:
            if isinstance(row, RowFault):
                raise InputError(
                    f"Row {row.number} of {path.name} cannot be read.", facts={"why": row.reason}
                )
            lines.append(_Line(row.number, _given(names, row.payload)))
    if not lines:
        raise InputError(f"{path.name} has no rows.")
    return lines


def _name(column: str) -> str:
    word = "_".join(column.strip().lower().replace("-", " ").split())
    return ALIASES.get(word, word)


def _given(names: Mapping[str, str], payload: Mapping[str, Any]) -> dict[str, str]:
    return {
        names.get(column, column): "" if value is None else str(value) for column, value in payload.items()
    }


def _find_leads(session: Session, references: Sequence[str]) -> dict[str, UUID]:
    """Leads by key, or the key behind the source's name; the rest is looked for one by one."""
    wanted = [reference.strip() for reference in references if reference.strip()]
    return sales.ids_by_key(session, wanted) | {
        text: found for text in wanted if (found := _as_id(text)) is not None
    }


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _saying(line: _Line, ids: Mapping[str, UUID], now: datetime, accept_suggested: bool) -> Saying:
    reference = line.given.get("lead", "").strip()
    if not reference:
        raise InputError("There is no lead.", remedy="Give its key.")
    if reference not in ids:
        raise NotFoundError(
            f"There is no lead {reference!r}.", remedy="Give its key as `galena export` writes it."
        )
    at = read_happened(line.given, now)
    return Saying(ids[reference], read_entry(line.given, (at or now).date()), at, accept_suggested)


def _told(line: _Line, fault: GalenaError) -> str:
    lead = line.given.get("lead", "").strip() or "?"
    codes = fault.facts.get("codes") or fault.facts.get("outcomes")
    more = f" One of: {', '.join(codes)}." if codes else f" {fault.remedy}" if fault.remedy else ""
    return f"row {line.number} ({lead}): {fault.what}{more}"


def _refuse(path: Path, rows: int, faults: Sequence[str]) -> None:
    more = [f"and {len(faults) - SHOWN:,} more"] if len(faults) > SHOWN else []
    raise InputError(
        f"{len(faults):,} of {rows:,} rows of {path.name} cannot be recorded; nothing was.",
        facts={"rows": [*faults[:SHOWN], *more]},
        remedy="Mend these rows and give the file again.",
    )
