"""Sales: buyers, what each was given, what became of it, and the history, which only grows."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, and_, case, delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql

from galena.domain.sale import (
    COMES_AFTER,
    UNDONE,
    Buyer,
    BuyerTotals,
    Sale,
    SaleChange,
    SaleExport,
    SaleState,
)
from galena.kit.errors import NotFoundError
from galena.kit.ids import new_id
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import among, find_all, find_one

_BUYERS = tables.buyers
_EXPORTS = tables.sale_exports
_SALES = tables.sales
_CHANGES = tables.sale_changes
_LEADS = tables.leads


def ensure_buyer(session: Session, name: str, at: datetime) -> Buyer:
    """The buyer of this name, made when there is none; capitals and outer blanks make no other buyer."""
    made = {"id": new_id(), "name": name.strip(), "folded_name": _folded(name), "author": session.actor}
    new = postgresql.insert(_BUYERS).values(**made, created_at=at).on_conflict_do_nothing()
    session.connection.execute(new)
    return find_buyer(session, name)


def find_buyer(session: Session, name: str) -> Buyer:
    """The buyer of this name.

    Raises:
        NotFoundError: there is none.
    """
    found = find_one(session, select(_BUYERS).where(_BUYERS.c.folded_name == _folded(name)), _buyer)
    if found is None:
        raise NotFoundError(f"There is no buyer {name!r}.", remedy="`galena sell buyers` lists them.")
    return found


def list_buyers(session: Session) -> tuple[BuyerTotals, ...]:
    """Every buyer with what became of its leads, by name."""
    kept = case((_SALES.c.state != "returned", _SALES.c.price), else_=0)
    counts = select(_SALES.c.buyer_id, _SALES.c.state, func.count(), func.sum(kept)).group_by(
        _SALES.c.buyer_id, _SALES.c.state
    )
    leads: dict[UUID, dict[str, int]] = {}
    money: dict[UUID, Decimal] = {}
    for buyer_id, state, count, total in session.connection.execute(counts):
        leads.setdefault(buyer_id, {})[state] = count
        money[buyer_id] = money.get(buyer_id, Decimal()) + (total or 0)
    return tuple(
        BuyerTotals(each, leads.get(each.id, {}), money.get(each.id, Decimal()))
        for each in find_all(session, select(_BUYERS).order_by(_BUYERS.c.folded_name), _buyer)
    )


def open_export(session: Session, buyer: Buyer, folder: str, at: datetime) -> UUID:
    """Begin an export; until the transaction ends no other export for the same buyer goes on."""
    session.connection.execute(select(_BUYERS.c.id).where(_BUYERS.c.id == buyer.id).with_for_update())
    export_id = new_id()
    session.connection.execute(
        insert(_EXPORTS).values(
            id=export_id, buyer_id=buyer.id, folder=folder, lead_count=0, author=session.actor, exported_at=at
        )
    )
    return export_id


def claim_many(
    session: Session, buyer: Buyer, export_id: UUID, lead_ids: Sequence[UUID], at: datetime, *, shared: bool
) -> set[UUID]:
    """Note that the buyer is given these leads; returns those that may be.

    Left out: what the buyer was given before, also as another record of the same lead; and, unless `shared`, what
    another buyer has bought and not returned.
    """
    taken = _SALES.c.buyer_id == buyer.id
    if not shared:
        taken = or_(taken, _SALES.c.state.in_(("sold", "converted")))
    part = _LEADS.alias("part")
    same_lead = or_(part.c.id == _LEADS.c.id, part.c.merged_into == _LEADS.c.id)
    before = exists().where(_SALES.c.lead_id == part.c.id, same_lead, taken)
    free = select(_LEADS.c.id).where(among(_LEADS.c.id, lead_ids), ~before)
    ids = list(session.connection.execute(free).scalars())
    if not ids:
        return set()
    given = {"buyer_id": buyer.id, "export_id": export_id, "changed_at": at}
    rows = [{"id": new_id(), "lead_id": lead_id, **given} for lead_id in sorted(ids)]
    new = postgresql.insert(_SALES).on_conflict_do_nothing(constraint="sales_lead_buyer_key")
    claimed = set(session.connection.execute(new.values(rows).returning(_SALES.c.lead_id)).scalars())
    _remember(session, [{**row, "state": "exported"} for row in rows if row["lead_id"] in claimed])
    counted = update(_EXPORTS).where(_EXPORTS.c.id == export_id)
    session.connection.execute(counted.values(lead_count=_EXPORTS.c.lead_count + len(claimed)))
    return claimed


def change_many(
    session: Session,
    buyer: Buyer,
    lead_ids: Sequence[UUID],
    state: SaleState,
    at: datetime,
    *,
    price: Decimal | None = None,
    reason: str | None = None,
) -> set[UUID]:
    """Move the buyer's leads on; returns those that stood where this state can follow."""
    values: dict[str, Any] = {"state": state, "changed_at": at}
    if price is not None:
        values["price"] = price
    if reason is not None:
        values["reason"] = reason
    moved = (
        update(_SALES)
        .where(_SALES.c.buyer_id == buyer.id, among(_SALES.c.lead_id, lead_ids))
        .where(_SALES.c.state == COMES_AFTER[state])
        .values(**values)
        .returning(_SALES.c.lead_id, _SALES.c.export_id, _SALES.c.price)
    )
    rows = session.connection.execute(moved).all()
    _remember(
        session,
        [
            {"lead_id": row.lead_id, "buyer_id": buyer.id, "export_id": row.export_id, "state": state,
             "price": row.price, "reason": reason, "changed_at": at}
            for row in rows
        ],
    )  # fmt: skip
    return {row.lead_id for row in rows}


def undo_export(session: Session, export_id: UUID, at: datetime) -> tuple[int, int]:
    """Take an export back: its leads are as before, but those sold since stay; how many each.

    Raises:
        NotFoundError: there is no such export, or it was undone before.
    """
    open_one = _EXPORTS.c.id == export_id, _EXPORTS.c.undone_at.is_(None)
    found = session.connection.execute(
        update(_EXPORTS).where(*open_one).values(undone_at=at).returning(_EXPORTS.c.buyer_id)
    ).scalar_one_or_none()
    if found is None:
        raise NotFoundError(
            "There is no such export that could be undone.", remedy="`galena sell list` shows them."
        )
    gone = delete(_SALES).where(_SALES.c.export_id == export_id, _SALES.c.state == "exported")
    ids = list(session.connection.execute(gone.returning(_SALES.c.lead_id)).scalars())
    given = {"buyer_id": found, "export_id": export_id, "state": UNDONE, "changed_at": at}
    _remember(session, [{"lead_id": lead_id, **given} for lead_id in ids])
    stay = select(func.count()).select_from(_SALES).where(_SALES.c.export_id == export_id)
    return len(ids), session.connection.execute(stay).scalar_one()


def list_exports(session: Session, *, limit: int = 50) -> tuple[SaleExport, ...]:
    """Exports for buyers, the newest first."""
    query = select(_EXPORTS).order_by(_EXPORTS.c.exported_at.desc(), _EXPORTS.c.id.desc()).limit(limit)
    return find_all(session, query, _export)


def list_sales(
    session: Session,
    *,
    buyer_id: UUID | None = None,
    export_id: UUID | None = None,
    lead_id: UUID | None = None,
    state: str | None = None,
    limit: int = 200,
) -> tuple[Sale, ...]:
    """Leads given to buyers, the last changed first."""
    query = _sales_query()
    for column, value in (
        (_SALES.c.buyer_id, buyer_id),
        (_SALES.c.export_id, export_id),
        (_SALES.c.state, state),
    ):
        if value is not None:
            query = query.where(column == value)
    if lead_id is not None:
        query = query.where(or_(_LEADS.c.id == lead_id, _LEADS.c.merged_into == lead_id))
    return find_all(
        session, query.order_by(_SALES.c.changed_at.desc(), _SALES.c.id.desc()).limit(limit), _sale
    )


def history(session: Session, lead_id: UUID) -> tuple[SaleChange, ...]:
    """Every step of a lead's sales, the newest first."""
    query = (
        select(_CHANGES, _BUYERS.c.name.label("buyer"))
        .join(
            _BUYERS,
            and_(_BUYERS.c.workspace_id == _CHANGES.c.workspace_id, _BUYERS.c.id == _CHANGES.c.buyer_id),
        )
        .where(_CHANGES.c.lead_id == lead_id)
        .order_by(_CHANGES.c.changed_at.desc(), _CHANGES.c.id.desc())
    )
    return find_all(session, query, _change)


def ids_by_key(session: Session, keys: Sequence[str]) -> dict[str, UUID]:
    """Lead key, or the part of it behind the source's name -> id; of several the first by key."""
    plain = func.split_part(_LEADS.c.lead_key, ":", 2)
    query = select(_LEADS.c.lead_key, plain, _LEADS.c.id).where(
        or_(among(_LEADS.c.lead_key, keys), among(plain, keys))
    )
    found: dict[str, UUID] = {}
    wanted = set(keys)
    for key, short, lead_id in session.connection.execute(query.order_by(_LEADS.c.lead_key)):
        for name in {key, short} & wanted:
            found.setdefault(name, lead_id)
    return found


def count_by_state(session: Session) -> dict[str, int]:
    """State -> leads given to buyers that stand there."""
    query = select(_SALES.c.state, func.count()).group_by(_SALES.c.state)
    return {row[0]: row[1] for row in session.connection.execute(query)}


def _remember(session: Session, steps: Sequence[dict[str, Any]]) -> None:
    if steps:
        rows = [{**step, "id": new_id(), "author": session.actor} for step in steps]
        session.connection.execute(insert(_CHANGES), rows)


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _sales_query() -> Select[Any]:
    of_buyer = and_(_BUYERS.c.workspace_id == _SALES.c.workspace_id, _BUYERS.c.id == _SALES.c.buyer_id)
    of_lead = and_(_LEADS.c.workspace_id == _SALES.c.workspace_id, _LEADS.c.id == _SALES.c.lead_id)
    return (
        select(_SALES, _BUYERS.c.name.label("buyer"), _LEADS.c.lead_key)
        .join(_BUYERS, of_buyer)
        .join(_LEADS, of_lead)
    )


def _buyer(row: RowMapping) -> Buyer:
    return Buyer(row["id"], row["name"], row["created_at"])


def _export(row: RowMapping) -> SaleExport:
    names = ("id", "buyer_id", "folder", "author", "exported_at", "undone_at")
    return SaleExport(**{name: row[name] for name in names}, leads=row["lead_count"])


def _sale(row: RowMapping) -> Sale:
    return Sale(**{name: row[name] for name in Sale.__dataclass_fields__})


def _change(row: RowMapping) -> SaleChange:
    return SaleChange(**{name: row[name] for name in SaleChange.__dataclass_fields__})
