"""What can be said to have become of an assigned lead: two stages, what each outcome needs, and what follows.

Stage 1 comes after outreach, stage 2 after the meeting. Call results belong to stage 1 and leave it open. The table
`RULES` is the whole of it; screens, commands and the database's words are read from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from galena.kit.errors import InputError

ATTEMPTS_FOR_NO_ANSWER = 3
"""Attempts before a lead may be said not to answer."""

RETRY_DAYS = 90
"""Days that a lead rests after no answer, before it is tried again by the same broker."""

NEXT_ATTEMPT_DAYS = 3
"""Days between two attempts."""

UNDONE = "undone"
"""The outcome of the row that takes another one back."""

BookedBy = Literal["ai_agent", "email_link", "manual"]
"""Who got the meeting: the calling concierge, the booking link of an e-mail, or the broker."""

BOOKED_BY: tuple[BookedBy, ...] = ("ai_agent", "email_link", "manual")


class Need(StrEnum):
    """What an outcome cannot be recorded without."""

    MEETING_TIME = "booked_for"
    ATTEMPTS = "attempts"
    REASON = "reason"
    CALLBACK = "callback_on"
    NOTE = "note"
    SIGNED_ON = "signed_on"


NEED_WORDS: Mapping[Need, str] = MappingProxyType(
    {
        Need.MEETING_TIME: "when the meeting is",
        Need.ATTEMPTS: f"{ATTEMPTS_FOR_NO_ANSWER} attempts",
        Need.REASON: "the reason, in words and as a code",
        Need.CALLBACK: "a call-back date or a time frame",
        Need.NOTE: "a note",
        Need.SIGNED_ON: "the day it was signed",
    }
)
"""A need in words."""


class NextStep(StrEnum):
    """What is to be done next, and so the kind of the task that is made."""

    ATTEMPT = "attempt"
    RETRY = "retry"
    CALL_BACK = "call_back"
    AFTER_MEETING = "after_meeting"
    FOLLOW_UP = "follow_up"
    COMMISSION = "commission"
    MEND_CONTACT = "mend_contact"
    FIRST_CONTACT = "first_contact"
    """Made by chasing, never by an outcome."""


STEP_WORDS: Mapping[NextStep, str] = MappingProxyType(
    {
        NextStep.ATTEMPT: "Try again",
        NextStep.RETRY: "Try anew after the rest",
        NextStep.CALL_BACK: "Call back",
        NextStep.AFTER_MEETING: "Say what became of the meeting",
        NextStep.FOLLOW_UP: "Follow up",
        NextStep.COMMISSION: "Enter the commission",
        NextStep.MEND_CONTACT: "Find a number that is right",
        NextStep.FIRST_CONTACT: "Contact the lead, and say what happened",
    }
)
"""A step as a task says it."""


class Stand(StrEnum):
    """Where a lead is with its broker, as lists show it."""

    NEW = "new"
    WORKING = "working"
    PENDING = "pending"
    GREY = "grey"
    REFUSED = "refused"
    BANNED = "do_not_contact"
    BOOKED = "booked"
    DECIDING = "deciding"
    CLOSING = "closing"
    WON = "won"
    LOST = "lost"


STAND_WORDS: Mapping[Stand, str] = MappingProxyType(
    {
        Stand.NEW: "nothing recorded yet",
        Stand.WORKING: "being tried",
        Stand.PENDING: "interested later",
        Stand.GREY: "no answer, resting",
        Stand.REFUSED: "not interested",
        Stand.BANNED: "must not be contacted",
        Stand.BOOKED: "meeting booked",
        Stand.DECIDING: "met, not decided yet",
        Stand.CLOSING: "won, on the way to closing",
        Stand.WON: "closed and paid",
        Stand.LOST: "lost",
    }
)
"""A stand in words."""

AssignmentState = Literal["active", "inactive", "closed"]
"""What an outcome makes of the assignment. inactive: grey, still the broker's. closed: done with."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table.

    Attributes:
        outcome: its code.
        short: the word that lead fields use for it; None: they say nothing of it.
        stage: 1 after outreach, 2 after the meeting.
        is_call: a call result: an attempt that leaves stage 1 open.
        attempts: how many attempts to reach the lead it stands for.
        needs: what must be given; `may`: what can be.
        then: the next step; None: nothing is left to do.
        after: the state of the assignment; None: as it is.
        bans: the lead goes on the suppression list of the whole workspace.
        grade: how good the lead was, 0-1, by what came of the outreach; None: it says nothing of that.
    """

    outcome: str
    short: str | None
    stage: Literal[1, 2]
    label: str
    stand: Stand
    after: AssignmentState | None
    then: NextStep | None = None
    needs: tuple[Need, ...] = ()
    may: tuple[str, ...] = ("note",)
    is_call: bool = False
    attempts: int = 0
    bans: bool = False
    grade: float | None = None


_TABLE = (
    Rule(
        "booked", "booked", 1, "Meeting booked", Stand.BOOKED, "active", NextStep.AFTER_MEETING,
        (Need.MEETING_TIME,), ("note", "booked_by"), attempts=1, grade=1.0,
    ),
    Rule(
        "no_answer", "no_answer", 1, "No answer", Stand.GREY, "inactive", NextStep.RETRY,
        (Need.ATTEMPTS,), grade=0.5,
    ),
    Rule(
        "not_interested", "not_interested", 1, "Not interested", Stand.REFUSED, "inactive", None,
        (Need.REASON,), attempts=1, grade=0.3,
    ),
    Rule(
        "do_not_contact", "dnc", 1, "Do not contact", Stand.BANNED, "closed", None,
        (), attempts=1, bans=True, grade=0.0,
    ),
    Rule(
        "future_interest", "future", 1, "Interested later", Stand.PENDING, "active", NextStep.CALL_BACK,
        (Need.CALLBACK, Need.NOTE), attempts=1, grade=0.7,
    ),
    Rule(
        "callback_requested", "callback", 1, "Call back asked for", Stand.PENDING, "active", NextStep.CALL_BACK,
        (Need.CALLBACK,), is_call=True, attempts=1, grade=0.7,
    ),
    Rule(
        "voicemail", None, 1, "Left a voicemail", Stand.WORKING, "active", NextStep.ATTEMPT,
        is_call=True, attempts=1,
    ),
    Rule(
        "unanswered", None, 1, "Called, nobody answered", Stand.WORKING, "active", NextStep.ATTEMPT,
        is_call=True, attempts=1,
    ),
    Rule(
        "wrong_number", "wrong_number", 1, "Wrong number", Stand.WORKING, "active", NextStep.MEND_CONTACT,
        is_call=True,
    ),
    Rule(
        "closed_won", "won", 2, "Closed: won", Stand.CLOSING, "active", NextStep.COMMISSION,
        (Need.SIGNED_ON,), ("note", "closing_on", "deal_value", "commission"),
    ),
    Rule("closed_lost", "lost", 2, "Closed: lost", Stand.LOST, "closed", None, (Need.REASON,)),
    Rule(
        "future_pending", "pending", 2, "Not decided yet", Stand.DECIDING, "active", NextStep.FOLLOW_UP,
        (Need.CALLBACK, Need.NOTE), ("note", "deal_value"),
    ),
)  # fmt: skip

RULES: Mapping[str, Rule] = MappingProxyType({rule.outcome: rule for rule in _TABLE})
"""Outcome -> its rule, in the order screens show them."""

OUTCOMES: tuple[str, ...] = tuple(RULES)

_BY_WORD = {
    **{rule.short: rule for rule in _TABLE if rule.short},
    **{rule.outcome: rule for rule in _TABLE},
    "won": RULES["closed_won"],
    "lost": RULES["closed_lost"],
    "left_voicemail": RULES["voicemail"],
    "future": RULES["future_interest"],
    "pending": RULES["future_pending"],
}


def is_outcome(outcome: str) -> bool:
    """Whether there is such an outcome, by its code or short word, however it is written."""
    return _word(outcome) in _BY_WORD


def rule_of(outcome: str) -> Rule:
    """The rule of an outcome by its code or short word, however it is written ("No answer", "no-answer", "dnc").

    Raises:
        InputError: there is no such outcome; the facts list them.
    """
    if is_outcome(outcome):
        return _BY_WORD[_word(outcome)]
    raise InputError(
        f"{outcome!r} is no outcome.", facts={"outcomes": list(OUTCOMES)}, remedy="Give one of the outcomes."
    )


def _word(outcome: str) -> str:
    return "_".join(outcome.replace("-", " ").replace("_", " ").lower().split())


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody says became of a lead.

    Attributes:
        callback_on: when to call back or follow up; `booked_for`: the time of the meeting.
        closing_on: the day of closing, expected or passed.
        deal_value, commission: in the playbook's currency.
        attempts: how often the lead was tried, where that was not recorded call by call.
    """

    outcome: str
    note: str = ""
    reason_text: str = ""
    reason_code: str | None = None
    callback_on: date | None = None
    booked_for: datetime | None = None
    booked_by: BookedBy | None = None
    signed_on: date | None = None
    closing_on: date | None = None
    deal_value: Decimal | None = None
    commission: Decimal | None = None
    attempts: int | None = None


@dataclass(frozen=True, slots=True)
class Disposition:
    """What was recorded: written once; taken back only by another row that names it.

    Attributes:
        assignment_id, tenant_id: None: the operator's own work on a lead of nobody.
        outcome: a code of `RULES`, or `UNDONE` for a row that takes back `corrects`.
        suggested_code: what the reason's words were read as; `reason_code`: what the person confirmed.
        days_to_book: from the assignment to the booking; `days_to_close`: to the signature. None: not (yet) so.
        attempts: made so far in this round, with this one.
        next_step, next_on: what is to be done next, and when.
        author: who; `at`: when, UTC.
    """

    id: UUID
    assignment_id: UUID | None
    lead_id: UUID
    tenant_id: UUID | None
    stage: int
    outcome: str
    reason_text: str
    reason_code: str | None
    suggested_code: str | None
    note: str
    callback_on: date | None
    booked_for: datetime | None
    booked_by: str | None
    signed_on: date | None
    closing_on: date | None
    deal_value: Decimal | None
    commission: Decimal | None
    attempts: int
    days_to_book: int | None
    days_to_close: int | None
    next_step: str | None
    next_on: date | None
    corrects: UUID | None
    at: datetime
    author: str

    @property
    def rule(self) -> Rule | None:
        """Its row of the table; None for a row that takes another back."""
        return RULES.get(self.outcome)
