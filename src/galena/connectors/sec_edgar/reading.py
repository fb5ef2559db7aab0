"""One filing, with what stands in it, as a flat record for the timeline."""

from typing import Any

from galena.connectors.sec_edgar.compensation import PayTable, read_pay
from galena.connectors.sec_edgar.departures import Moves, read_moves
from galena.connectors.sec_edgar.desk import Desk, is_absent
from galena.connectors.sec_edgar.going_concern import GoingConcern, going_concern
from galena.connectors.sec_edgar.offering import Offering, read_offering
from galena.connectors.sec_edgar.ownership import PURCHASE, SALE, Ownership, Trade, read_ownership
from galena.connectors.sec_edgar.report_items import (
    BANKRUPTCY,
    PEOPLE,
    TITLES,
    item_lines,
    item_numbers,
    main_item,
)
from galena.connectors.sec_edgar.submissions import Filing
from galena.connectors.sec_edgar.texts import plain_lines
from galena.kit.web import RefusedError, UnreadableAnswerError

REPORTS = frozenset(("10-K", "10-KT", "10-Q", "10-QT"))
KNOWN_FORMS = frozenset(
    (*REPORTS, "8-K", "4", "5", "DEF 14A", "D", "NT 10-K", "NT 10-Q", "15-12G", "15-12B", "25", "25-NSE")
)
"""Forms that say something about a lead; corrections of them (/A) count, too."""

WHOLE_REPORT_LETTERS = 20_000
"""A shorter report refers to an exhibit for its accounts; its silence says nothing."""

_WORDS = {
    "10-K": "Annual report (10-K)",
    "10-KT": "Annual report (10-K)",
    "10-Q": "Quarterly report (10-Q)",
    "10-QT": "Quarterly report (10-Q)",
    "4": "Insider's report (Form 4)",
    "5": "Insider's yearly report (Form 5)",
    "DEF 14A": "Proxy statement (DEF 14A)",
    "D": "Private offering (Form D)",
    "NT 10-K": "Annual report will be late (NT 10-K)",
    "NT 10-Q": "Quarterly report will be late (NT 10-Q)",
    "25": "Taken off the exchange (Form 25)",
    "25-NSE": "Taken off the exchange (Form 25)",
    "15-12G": "Ends its reporting (Form 15)",
    "15-12B": "Ends its reporting (Form 15)",
}


def is_known(filing: Filing) -> bool:
    """Whether the form says something about a lead."""
    return filing.base_form in KNOWN_FORMS


def record_of(desk: Desk, filing: Filing, company: str) -> dict[str, Any]:
    """The filing as a record; a document that is gone or cannot be read is said in `unreadable`.

    Raises:
        WebError: the server gave no usable answer.
    """
    items = item_numbers(filing.items)
    record: dict[str, Any] = {
        "id": f"{filing.cik}-{filing.accession}",
        "cik": filing.cik,
        "company": company,
        "accession": filing.accession,
        "form": filing.form,
        "filed_on": filing.filed_on,
        "accepted_at": filing.accepted_at,
        "reported_on": filing.report_on,
        "items": ",".join(items),
        "what": _what(filing, items),
        "is_amendment": filing.is_amendment,
        "amended_on": filing.filed_on if filing.is_amendment and filing.base_form in REPORTS else "",
        "bankruptcy": True if BANKRUPTCY in items and filing.base_form == "8-K" else None,
        "folder": filing.folder,
        "other": "",
        "unreadable": "",
    }
    try:
        record |= _read(desk, filing, items)
    except UnreadableAnswerError as fault:
        record["unreadable"] = f"{fault.what} {fault.facts.get('why', '')}".strip()
    except RefusedError as fault:
        if not is_absent(fault):
            raise
        record["unreadable"] = "The filing's document is not there."
    if not any(record.get(name) for name in ("left", "sold_shares")):
        record["other"] = record["what"]
    return record


def _what(filing: Filing, items: tuple[str, ...]) -> str:
    corrected = ", corrected" if filing.is_amendment else ""
    if filing.base_form == "8-K":
        main = main_item(items)
        return f"{TITLES[main]} (8-K item {main}){corrected}" if main else f"Current report (8-K){corrected}"
    return _WORDS.get(filing.base_form, filing.base_form) + corrected


def _read(desk: Desk, filing: Filing, items: tuple[str, ...]) -> dict[str, Any]:
    """What the filing's document adds; most need none."""
    form = filing.base_form
    if not filing.document:
        return {}
    if form == "8-K" and PEOPLE in items:
        return moves_in(read_people(desk, filing))
    if form in ("4", "5"):
        return trades_in(read_insider(desk, filing))
    if form in REPORTS:
        return _concern_in(read_concern(desk, filing), form)
    if form == "DEF 14A":
        return _pay_in(read_proxy(desk, filing))
    if form == "D":
        return _offering_in(read_offering(desk.document(filing)))
    return {}


def read_people(desk: Desk, filing: Filing) -> Moves:
    """Who left and came by a current report with item 5.02."""
    return read_moves(item_lines(plain_lines(desk.document(filing))).get(PEOPLE, []))


def read_insider(desk: Desk, filing: Filing) -> Ownership:
    """What an insider's report tells."""
    return read_ownership(desk.document(filing))


def read_concern(desk: Desk, filing: Filing) -> GoingConcern:
    """What an annual or quarterly report says on the going concern."""
    lines = plain_lines(desk.document(filing))
    told = going_concern(lines)
    if told.warned is None and sum(map(len, lines)) >= WHOLE_REPORT_LETTERS:
        # The rules demand that doubt be told, so a whole report that does not speak of it says there is none.
        return GoingConcern(False)
    return told


def read_proxy(desk: Desk, filing: Filing) -> PayTable:
    """What a proxy statement says on pay."""
    return read_pay(desk.document(filing))


def moves_in(moves: Moves) -> dict[str, Any]:
    """Who left and came, as parts of a record."""
    left = [each.office for each in moves.left if each.is_executive]
    came = [each.office for each in moves.came if each.is_executive]
    board = [each for each in (*moves.left, *moves.came) if not each.is_executive]
    told = next((each.sentence for each in (*moves.left, *moves.came)), "")
    parts: dict[str, Any] = {"left": ", ".join(left), "came": ", ".join(came), "sentence": told}
    if board and not left and not came:
        parts["what"] = "Change on the board of directors (8-K item 5.02)"
    elif came and not left:
        parts["what"] = f"New: {', '.join(came)} (8-K item 5.02)"
    return parts


def trades_in(told: Ownership) -> dict[str, Any]:
    """What an insider sold and bought, as parts of a record."""
    sold, bought = told.of(SALE), told.of(PURCHASE)
    parts: dict[str, Any] = {"insider": told.role, "is_planned": told.is_planned}
    if sold:
        parts |= {"sold_on": sold[-1].on, "sold_shares": _shares(sold), "sold_value": value_of(sold)}
    if bought:
        parts |= {
            "bought_on": bought[-1].on,
            "bought_shares": _shares(bought),
            "bought_value": value_of(bought),
        }
        worth = f" for {value_of(bought):,.0f} USD" if value_of(bought) is not None else ""
        parts["what"] = (
            f"{told.role or 'An insider'} bought {_shares(bought):,.0f} shares{worth} (Form {told.form})"
        )
    if told.unreadable:
        parts["unreadable"] = f"{told.unreadable} transactions lack their date or number of shares."
    return parts


def value_of(trades: tuple[Trade, ...]) -> float | None:
    """What the trades were worth together, in USD; None: a price is missing."""
    values = [each.value for each in trades]
    return None if None in values else round(sum(value for value in values if value is not None), 2)


def _shares(trades: tuple[Trade, ...]) -> float:
    return sum(each.shares for each in trades)


def _concern_in(told: GoingConcern, form: str) -> dict[str, Any]:
    parts: dict[str, Any] = {"going_concern": told.warned, "sentence": told.sentence}
    if told.warned:
        parts["what"] = (
            f"Going-concern warning in the {_WORDS[form].lower().replace('10-k', '10-K').replace('10-q', '10-Q')}"
        )
    return parts


def _pay_in(told: PayTable) -> dict[str, Any]:
    return {
        "pay_change_percent": told.change_percent,
        "pay": [
            {"office": each.office, "year": year, "total": total}
            for each in told.officers
            for year, total in sorted(each.totals.items(), reverse=True)
        ],
        "unreadable": "; ".join(told.unreadable),
    }


def _offering_in(told: Offering) -> dict[str, Any]:
    return {
        "what": told.sentence,
        "offered": told.total,
        "raised": told.sold,
        "industry": told.industry,
        "revenue_range": told.revenue_range,
    }
