"""Selling: lists of leads for a buyer, never the same lead twice, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from galena.domain.listing import LeadQuery, LeadRow
from galena.domain.sale import COMES_AFTER, Buyer, SaleState
from galena.kit.errors import InputError
from galena.stores import audit, sales
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.export import ExportReport, export_buckets
from galena.workflows.sale_files import discard, mend, publish, unfinished


@dataclass(frozen=True, slots=True)
class SaleReport:
    """An export for a buyer: its id, what was written, how many more were for sale but not the buyer's to have."""

    export_id: UUID
    buyer: Buyer
    written: ExportReport
    left_out: int

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for scripts."""
        told = {"export": str(self.export_id), "buyer": self.buyer.name, "left_out": self.left_out}
        return {**told, **self.written.as_dict()}


@dataclass(frozen=True, slots=True)
class Moved:
    """Leads moved on, and the keys of those that were not: unknown, or not where the new state can follow."""

    moved: int
    unknown: tuple[str, ...]
    not_moved: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for scripts."""
        return {"moved": self.moved, "unknown": list(self.unknown), "not_moved": list(self.not_moved)}


def export_for_buyer(
    context: Context,
    folder: Path,
    name: str,
    query: LeadQuery,
    *,
    at_most: int | None = None,
    shared: bool = False,
) -> SaleReport:
    """Write the best leads that a buyer was not given yet, one file per shelf, and note that it was given them.

    What another buyer bought and did not return is left out unless `shared`.

    Raises:
        InputError: the folder has lists already; the name is empty.
        ConfigurationError: the playbook sells from no shelves.
    """
    if not name.strip():
        raise InputError("A buyer needs a name.", remedy="Give --buyer NAME.")
    with context.session() as session:
        mend(sales.list_exports(session))
    if (folder / "exports").exists():
        raise InputError(
            f"{folder} has lists of an earlier export.",
            facts={"folder": str(folder)},
            remedy="Name another folder, so that what was given to a buyer stays as it was.",
        )
    with context.session() as session:
        now = context.clock()
        buyer = sales.ensure_buyer(session, name, now)
        export_id = sales.open_export(session, buyer, str(folder.absolute()), now)
        try:
            report = _written(session, folder, query, buyer, export_id, now, at_most=at_most, shared=shared)
        except BaseException:
            discard(folder, export_id)
            raise
    publish(folder, export_id)
    return report


def _written(
    session: Session,
    folder: Path,
    query: LeadQuery,
    buyer: Buyer,
    export_id: UUID,
    now: datetime,
    *,
    at_most: int | None,
    shared: bool,
) -> SaleReport:
    """The lists written beside their place, and their leads claimed."""
    given = left_out = 0

    def choose(rows: Sequence[LeadRow]) -> Sequence[LeadRow] | None:
        nonlocal given, left_out
        chosen: list[LeadRow] = []
        waiting = list(rows)
        while waiting and (at_most is None or given < at_most):
            room = len(waiting) if at_most is None else min(len(waiting), at_most - given)
            batch, waiting = waiting[:room], waiting[room:]
            claimed = sales.claim_many(session, buyer, export_id, [r.id for r in batch], now, shared=shared)
            chosen += [row for row in batch if row.id in claimed]
            given += len(claimed)
            left_out += len(batch) - len(claimed)
        return chosen if chosen or at_most is None or given < at_most else None

    beside = unfinished(folder, export_id)
    written = export_buckets(session, beside, query, choose=choose)
    beside.mkdir(parents=True, exist_ok=True)
    files = {str(folder / Path(each).relative_to(beside)): rows for each, rows in written.files.items()}
    written = replace(written, files=files)
    audit.record(session, "export_for_sale", f"buyer:{buyer.id}", {"export": str(export_id), "leads": given})
    return SaleReport(export_id, buyer, written, left_out)


def move_leads(
    session: Session,
    name: str,
    keys: Sequence[str],
    state: SaleState,
    now: datetime,
    *,
    price: Decimal | None = None,
    reason: str | None = None,
) -> Moved:
    """Note that a buyer's leads were sold, converted or returned; keys with or without the source before them.

    Raises:
        InputError: no lead is named.
        NotFoundError: there is no such buyer.
    """
    if not keys:
        raise InputError(
            "Which leads?", remedy="Name their keys, or --export with the id of the whole export."
        )
    buyer = sales.find_buyer(session, name)
    known = sales.ids_by_key(session, keys)
    moved = sales.change_many(session, buyer, list(known.values()), state, now, price=price, reason=reason)
    facts = {"state": state, "leads": len(moved), "price": str(price) if price is not None else None}
    audit.record(session, "move_sale", f"buyer:{buyer.id}", facts)
    return Moved(
        moved=len(moved),
        unknown=tuple(key for key in keys if key not in known),
        not_moved=tuple(key for key in keys if key in known and known[key] not in moved),
    )


def keys_of_export(session: Session, export_id: UUID, state: SaleState) -> list[str]:
    """The keys of an export's leads that stand where `state` can follow."""
    found = sales.list_sales(session, export_id=export_id, state=COMES_AFTER[state], limit=1_000_000)
    return [sale.lead_key for sale in found]


def undo_sale_export(session: Session, export_id: UUID, now: datetime) -> tuple[int, int]:
    """Take an export back: how many leads are as before, and how many stay because they were sold since.

    Raises:
        NotFoundError: there is no such export, or it was undone before.
    """
    gone, stay = sales.undo_export(session, export_id, now)
    audit.record(session, "undo_sale_export", f"sale_export:{export_id}", {"leads": gone, "sold_since": stay})
    return gone, stay
