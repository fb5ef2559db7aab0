"""The reasoner's endpoint: each change is a new row, the newest holds; its key is kept sealed."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import RowMapping, insert, select

from galena.domain.reasoner import ReasonerSetup, TokenPrices
from galena.kit.ids import new_id
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import find_one

_SETUPS = tables.reasoner_setups
_COLUMNS = ("base_url", "model", "key_sealed", "enabled", "author", "changed_at", "tried_at")


def record(session: Session, setup: ReasonerSetup) -> None:
    """Makes this the endpoint; the one before stays in the history."""
    given = asdict(setup)
    row = {name: given.pop(name) for name in _COLUMNS}
    row |= {"id": new_id(), "author": session.actor, "options": given}
    session.connection.execute(insert(_SETUPS).values(row))


def find(session: Session) -> ReasonerSetup | None:
    """The endpoint; None where none was ever set up. One that is switched off is not `enabled`."""
    query = select(_SETUPS).order_by(_SETUPS.c.changed_at.desc(), _SETUPS.c.id.desc()).limit(1)
    return find_one(session, query, _setup)


def _setup(row: RowMapping) -> ReasonerSetup:
    options: dict[str, Any] = dict(row["options"])
    prices = TokenPrices(**options.pop("prices"))
    given = {name: row[name] for name in _COLUMNS}
    return ReasonerSetup(prices=prices, **{**options, **given})
