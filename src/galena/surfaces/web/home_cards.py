"""What the cards and the steps of the home page say: figures with their change, and where each leads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from galena.domain.playbook import Playbook
from galena.stores.week_figures import BoardLine, Pair
from galena.surfaces.web.words import Nouns, share_words
from galena.workflows.dashboard import Dashboard, NextStep

SIGNS: Mapping[str, str] = {"USD": "$", "EUR": "€", "GBP": "£", "INR": "₹", "BRL": "R$"}
TIERS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Card:
    """A figure.

    Attributes:
        number: as it is shown, largest first in the eye.
        change: against the week before, with its sign; `is_good`: whether it is more.
        line: what else is to be said.
        href: the list or report behind it.
        colour: of the number, where it is a tier's.
    """

    label: str
    number: str
    line: str
    href: str
    change: str = ""
    is_good: bool = True
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do, with the page where it is done.

    Attributes:
        action: the words of its link, beside what it is about; `button`: the same where they stand alone.
    """

    count: str
    words: str
    href: str
    action: str
    is_pressing: bool
    button: str


_STEPS: Mapping[str, tuple[str, str, str]] = {
    "import": ("/imports", "Import a file", "Import a file"),
    "sources": ("/sources", "See the sources", "See what fails"),
    "notifications": ("/notifications", "Read", "Read what is new"),
    "quarantine": ("/quarantine", "Mend them", "Mend rows"),
    "review": ("/review", "Decide", "Decide on pairs"),
    "drop": ("/drops", "See the plan", "See the drop"),
    "challengers": ("/models", "Compare", "Compare models"),
    "idle": ("/clawback", "To the claw-back desk", "To the claw-back desk"),
    "tenants": ("/tenants", "Add a tenant", "Add a tenant"),
    "offers": ("/prospects", "Answer", "Answer offers"),
    "due": ("/prospects", "Work them", "Work what is due"),
    "new": ("/prospects?stand=new", "Call the first", "Call the first"),
}
_ALONE = ("import", "drop", "tenants")
"""Steps that are one thing, and no count."""


def steps_of(found: Iterable[NextStep], nouns: Nouns) -> list[Step]:
    """What to do next, what presses first."""
    made = []
    for each in sorted(found, key=lambda step: not step.is_pressing):
        href, action, button = _STEPS[each.kind]
        count = "" if each.kind in _ALONE else f"{each.count:,}"
        words = (
            f"{nouns.one if each.count == 1 else nouns.many} {each.words}"
            if each.kind in ("new", "idle")
            else f"notification{'' if each.count == 1 else 's'}, {each.words}"
            if each.kind == "notifications"
            else each.words
        )
        made.append(Step(count, words, href, action, each.is_pressing, button))
    return made


def cards_of(board: Dashboard, playbook: Playbook, now: datetime, *, is_operator: bool) -> list[Card]:
    """The figures at the top. Where nothing was given out yet, an operator's are the tiers."""
    week = board.week
    is_routed = any((week.given.now, week.given.before, week.waiting, week.won))
    new = _new(board) if is_operator else _given(board, "New this week", "/prospects")
    if is_operator and not is_routed:
        return [new, *_tiers(board, playbook)]
    middle = [_given(board, "Given this week", "/reports?name=funnel")] if is_operator else []
    return [new, *middle, _acted(board, now, is_operator), _booked(week.booked), _won(board, playbook, now)]


def _new(board: Dashboard) -> Card:
    week = board.week.created
    return Card(
        "New this week", f"{week.now:,}", f"{board.leads:,} in all", "/leads?sort=-created", *_change(week)
    )


def _tiers(board: Dashboard, playbook: Playbook) -> list[Card]:
    total = sum(board.tiers.values())
    return [
        Card(
            tier.label,
            f"{board.tiers.get(tier.name, 0):,}",
            f"{share_words(board.tiers.get(tier.name, 0), total)} of what is scored"
            if total
            else "nothing is scored",
            f"/leads?tier={tier.name}",
            colour=tier.colour,
        )
        for tier in playbook.rules.tiers[:TIERS_SHOWN]
    ]


def _given(board: Dashboard, label: str, href: str) -> Card:
    week = board.week.given
    return Card(label, f"{week.now:,}", f"{week.before:,} the week before", href, *_change(week))


def _acted(board: Dashboard, now: datetime, is_operator: bool) -> Card:
    week = board.week
    line = "everybody was contacted" if week.given.now else "nothing waits"
    if week.waiting:
        days = (now - week.waits_since).days if week.waits_since else 0
        oldest = f", the oldest for {days} day{'s' if days != 1 else ''}" if days else ""
        for_whom = "" if is_operator else " for you"
        line = f"{week.waiting:,} in all wait{'s' if week.waiting == 1 else ''}{for_whom}{oldest}"
    number = f"{week.acted.now:,} / {week.given.now:,}"
    return Card("Acted on, of this week's", number, line, "/reports?name=actioned")


def _booked(booked: Pair) -> Card:
    return Card(
        "Booked",
        f"{booked.now:,}",
        f"{booked.before:,} the week before",
        "/reports?name=funnel",
        *_change(booked),
    )


def _won(board: Dashboard, playbook: Playbook, now: datetime) -> Card:
    deals = f"{board.week.won:,} deal{'' if board.week.won == 1 else 's'}, commission in {now.year}"
    number = money(board.week.commission, playbook.currency)
    return Card("Won this year", number, deals, "/reports?name=commissions")


def _change(week: Pair) -> tuple[str, bool]:
    if week.now == week.before:
        return "", True
    more = week.now - week.before
    return f"{'+' if more > 0 else '−'}{abs(more):,}", more > 0


def sign_of(currency: str) -> str:
    """$; the code where a currency has no sign here."""
    return SIGNS.get(currency, f"{currency} ")


def money(amount: Decimal | float, currency: str) -> str:
    """$214k; $1.2M; $850."""
    sign = sign_of(currency)
    value = float(amount)
    if abs(value) >= 1_000_000:
        return f"{sign}{value / 1_000_000:,.1f}M"
    if abs(value) >= 10_000:
        return f"{sign}{value / 1_000:,.0f}k"
    return f"{sign}{value:,.0f}"


def board_lines(board: Dashboard) -> list[dict[str, Any]]:
    """The scoreboard: for the operator its tenants; widths in per cent of the most given."""
    most = max((each.given for each in board.board), default=0) or 1
    return [
        {
            "tenant": each.tenant,
            "href": f"/prospects?tenant={each.tenant_id}",
            "given": f"{each.given:,}",
            "acted": f"{each.acted:,}",
            "booked": f"{each.booked:,}",
            "won": f"{each.won:,}",
            "width": round(100 * each.given / most),
            "share": round(100 * each.acted / each.given) if each.given else 0,
            "steps": _funnel(each),
        }
        for each in board.board
    ]


def _funnel(line: BoardLine) -> list[dict[str, Any]]:
    """From given to won, with widths in per cent of the most."""
    found = (
        ("Given", line.given, "/prospects"),
        ("Acted on", line.acted, "/reports?name=actioned"),
        ("Booked", line.booked, "/reports?name=funnel"),
        ("Won", line.won, "/reports?name=commissions"),
    )
    most = max(count for _, count, _ in found) or 1
    return [
        {"label": label, "count": f"{count:,}", "href": href, "share": round(100 * count / most)}
        for label, count, href in found
    ]


def tier_shares(board: Dashboard, playbook: Playbook) -> list[dict[str, Any]]:
    """How the leads stand by tier, with widths that fill a bar."""
    total = sum(board.tiers.values())
    shares, left = [], 0.0
    for tier in playbook.rules.tiers:
        count = board.tiers.get(tier.name, 0)
        if count:
            width = 100 * count / total
            shares.append(
                {
                    "label": tier.label,
                    "colour": tier.colour,
                    "count": f"{count:,}",
                    "left": round(left, 2),
                    "width": round(width, 2),
                    "href": f"/leads?tier={tier.name}",
                }
            )
            left += width
    return shares


def drop_words(playbook: Playbook) -> str:
    """When leads are given out: Tuesday drop at 06:00; empty where they are not weekly."""
    routing = playbook.routing
    if routing is None or routing.mode != "weekly":
        return ""
    return f"{routing.drop.weekday.capitalize()} drop at {routing.drop.hour:02}:00"
