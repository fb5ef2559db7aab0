"""What a playbook says of outcomes: the reasons people give, what they fill on a lead, and when brokers are chased."""

from typing import Literal

from pydantic import Field as Limit

from galena.domain.playbook.part import Name, Part, Sentence

ReasonFor = Literal["not_interested", "closed_lost"]
"""The outcomes that need a reason."""

Fact = Literal[
    "outcome",
    "reason",
    "reason_words",
    "disposed_on",
    "attempts",
    "booked",
    "answered_on",
    "won",
    "won_on",
    "lost_on",
    "signed_on",
    "deal_value",
    "commission",
    "must_not_contact",
]
"""What an outcome can tell a lead.

outcome: its word (booked, callback, future, no_answer, not_interested, dnc, wrong_number, won, lost, pending).
reason: the code; reason_words: the text. disposed_on: the day. attempts: made in this round. booked: yes or no, known
once the lead booked, refused or never answered; answered_on: the day of that. won: yes or no, once decided; won_on,
lost_on: the day of that. signed_on, deal_value, commission: of the deal. must_not_contact: yes after do not contact.
"""


class Reason(Part):
    """A reason people give.

    Attributes:
        code: what is counted, and what models read.
        label: the same in words.
        phrases: words that tell it; a code is suggested where they stand in what was said.
        after: the outcomes it is a reason for; empty: any.
    """

    code: Name
    label: Sentence
    phrases: tuple[Sentence, ...] = Limit(min_length=1)
    after: tuple[ReasonFor, ...] = ()


class Outcomes(Part):
    """How outcomes of leads are recorded.

    Attributes:
        reasons: in the order they are offered.
        fills: lead field -> what an outcome tells it; so the next attempt and the models know what became of the last.
        contacts: the fields by which a lead is reached: who asks not to be contacted is asked for by none of them
            again. Empty: every e-mail and phone field.
        industry: the field that reports group by as industry; `segment`: the one they group by as segment.
        attempts: before a lead may be said not to answer.
        retry_days: that a lead rests after no answer.
        next_attempt_days: between two attempts.
        remind_after_days: days after which a broker is reminded of a lead with nothing recorded.
        act_within_days: within which a lead should be acted on, for the share of leads actioned.
    """

    reasons: tuple[Reason, ...] = ()
    fills: dict[Name, Fact] = {}
    contacts: tuple[Name, ...] = ()
    industry: Name | None = None
    segment: Name | None = None
    attempts: int = Limit(default=3, ge=1, le=20)
    retry_days: int = Limit(default=90, ge=1, le=730)
    next_attempt_days: int = Limit(default=3, ge=1, le=60)
    remind_after_days: tuple[int, ...] = (2, 5, 7)
    act_within_days: int = Limit(default=7, ge=1, le=90)
