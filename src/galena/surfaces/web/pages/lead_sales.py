"""The card of the lead page with the buyers it was given to, and what became of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from galena.domain.playbook import Playbook
from galena.domain.sale import NEW, UNDONE
from galena.stores import sales
from galena.stores.door import OPERATOR, Session
from galena.surfaces.web.words import moment_words

STATE_WORDS = {
    NEW: "New: no buyer has it",
    "exported": "Given to a buyer",
    "sold": "Sold",
    "converted": "Converted",
    "returned": "Returned",
}
STATE_COLOURS = {"exported": "accent", "sold": "yellow", "converted": "green", "returned": "red"}


def sales_of(session: Session, playbook: Playbook, lead_id: UUID, now: datetime) -> dict[str, Any] | None:
    """What the card shows; None where leads are not sold, and for a tenant."""
    if playbook.export_path is None or session.tenant_id is not OPERATOR:
        return None
    return {
        "currency": playbook.currency,
        "held": [
            {
                "buyer": each.buyer,
                "state": STATE_WORDS[each.state],
                "colour": STATE_COLOURS[each.state],
                "price": "" if each.price is None else f"{each.price:,.2f}",
                "reason": each.reason or "",
            }
            for each in sales.list_sales(session, lead_id=lead_id)
        ],
        "steps": [
            {
                "when": moment_words(each.changed_at, now),
                "text": f"{_step(each.state)}: {each.buyer}"
                + (f", {each.price:,.2f}" if each.price is not None and each.state == "sold" else "")
                + (f" ({each.reason})" if each.reason else ""),
            }
            for each in sales.history(session, lead_id)
        ],
    }


def _step(state: str) -> str:
    return "Export undone" if state == UNDONE else STATE_WORDS[state]
