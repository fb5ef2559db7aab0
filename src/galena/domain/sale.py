"""Selling leads: buyers, and what becomes of each lead that a buyer was given."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Literal, get_args
from uuid import UUID

from galena.kit.errors import InputError

SaleState = Literal["exported", "sold", "converted", "returned"]
"""exported: the buyer was given it. sold: the buyer paid. converted: the buyer won the job. returned: taken back."""

SALE_STATES: tuple[SaleState, ...] = get_args(SaleState)
NEW = "new"
"""What a lead is that no buyer was given."""
UNDONE = "undone"
"""What the history says of an export that was taken back before anything was sold."""

COMES_AFTER: Mapping[SaleState, SaleState] = {"sold": "exported", "converted": "sold", "returned": "sold"}
"""State -> the only state it can follow."""

_CENT = Decimal("0.01")
_MOST = Decimal("999999999999.99")


@dataclass(frozen=True, slots=True)
class Buyer:
    """Somebody who buys leads."""

    id: UUID
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class BuyerTotals:
    """What a buyer was given and what became of it: state -> leads, and the money of what was not returned."""

    buyer: Buyer
    leads: Mapping[str, int]
    money: Decimal


@dataclass(frozen=True, slots=True)
class SaleExport:
    """One export for a buyer; `undone_at` is when it was taken back."""

    id: UUID
    buyer_id: UUID
    folder: str
    leads: int
    author: str
    exported_at: datetime
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sale:
    """A lead and a buyer.

    Attributes:
        price: in the playbook's currency; None until it is sold.
        reason: why it was returned.
    """

    id: UUID
    lead_id: UUID
    lead_key: str
    buyer_id: UUID
    buyer: str
    export_id: UUID
    state: SaleState
    price: Decimal | None
    reason: str | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class SaleChange:
    """A step in the history of a lead's sales; written once, never changed."""

    lead_id: UUID
    buyer: str
    state: str
    price: Decimal | None
    reason: str | None
    author: str
    changed_at: datetime


def read_price(text: str) -> Decimal:
    """An amount of money as typed, exact to the cent: `45`, `45.50`.

    Raises:
        InputError: it is not an amount, is below zero, or has parts of a cent.
    """
    remedy = "Write it in the playbook's currency, such as 45 or 45.50."
    try:
        price = Decimal(text.strip())
    except InvalidOperation as error:
        raise InputError(f"{text!r} is not an amount of money.", remedy=remedy) from error
    if not price.is_finite() or not 0 <= price <= _MOST:
        raise InputError(f"{text!r} cannot be a price.", remedy=remedy)
    exact = price.quantize(_CENT)
    if exact != price:
        raise InputError(f"{text!r} has parts of a cent.", remedy=remedy)
    return exact
