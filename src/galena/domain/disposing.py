"""Whether an outcome may be recorded where a lead stands, and what follows from it. Arithmetic on records alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from galena.domain.dispositions import (
    ATTEMPTS_FOR_NO_ANSWER,
    NEED_WORDS,
    NEXT_ATTEMPT_DAYS,
    RETRY_DAYS,
    RULES,
    UNDONE,
    AssignmentState,
    Disposition,
    Entry,
    Need,
    NextStep,
    Rule,
    Stand,
    rule_of,
)
from galena.kit.errors import ConflictError, InputError

CLOSED_STATES = frozenset({"returned", "clawed_back", "released", "declined"})
"""States of an assignment that is no longer the tenant's."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What was recorded of an assignment, as far as it stands (what was taken back is left out).

    Attributes:
        since: when the lead became visible to its broker; None: it is nobody's.
        state: of the assignment; None: it is nobody's.
        first, second: the newest row of each stage, call results apart.
        call: the newest call result after `first`.
        attempts: to reach the lead in this round, recorded so far.
        booked_at: when a meeting was first booked.
    """

    since: datetime | None = None
    state: str | None = None
    first: Disposition | None = None
    second: Disposition | None = None
    call: Disposition | None = None
    attempts: int = 0
    booked_at: datetime | None = None

    @property
    def newest(self) -> Disposition | None:
        """The row that says where the lead is."""
        rows = [row for row in (self.second, self.call, self.first) if row is not None]
        return max(rows, key=lambda row: (row.at, row.id), default=None)

    @property
    def stand(self) -> Stand:
        """Where the lead is with its broker."""
        newest = self.newest
        rule = newest.rule if newest else None
        if rule is None or newest is None:
            return Stand.NEW
        if rule.outcome == "no_answer" and self.state == "active":
            return Stand.WORKING
        if rule.outcome == "closed_won" and newest.commission is not None:
            return Stand.WON
        return rule.stand


@dataclass(frozen=True, slots=True)
class Terms:
    """What a playbook asks.

    Attributes:
        reasons: code -> the outcomes it is a reason for (none: for all).
    """

    reasons: Mapping[str, frozenset[str]] = field(default_factory=dict)
    attempts: int = ATTEMPTS_FOR_NO_ANSWER
    retry_days: int = RETRY_DAYS
    next_attempt_days: int = NEXT_ATTEMPT_DAYS


@dataclass(frozen=True, slots=True)
class Decision:
    """What an entry comes to.

    Attributes:
        after: the state the assignment takes; None: as it is.
        then, on: the next step and its day; None: nothing is left to do.
    """

    rule: Rule
    entry: Entry
    after: AssignmentState | None
    then: NextStep | None
    on: date | None
    attempts: int
    days_to_book: int | None
    days_to_close: int | None


@dataclass(frozen=True, slots=True)
class Choice:
    """An outcome as a dialog offers it: what it needs, and why it cannot be recorded now (None: it can)."""

    rule: Rule
    needs: tuple[str, ...]
    refused: str | None


def standing_of(
    rows: Iterable[Disposition],
    *,
    since: datetime | None = None,
    state: str | None = None,
) -> Standing:
    """What the rows of one assignment, in any order, come to. Attempts count anew after each no answer."""
    ordered = sorted(rows, key=lambda row: (row.at, row.id))
    gone = _taken_back(ordered)
    stand = [row for row in ordered if row.id not in gone and row.rule is not None]
    stages = [row for row in stand if row.rule and not row.rule.is_call]
    first = next((row for row in reversed(stages) if row.stage == 1), None)
    calls = [row for row in stand if row.rule and row.rule.is_call]
    is_after = bool(calls) and (first is None or ordered.index(calls[-1]) > ordered.index(first))
    call = calls[-1] if is_after else None
    booked = [row.at for row in stages if row.outcome == "booked"]
    rests = [place for place, row in enumerate(stand) if row.outcome == "no_answer"]
    counted = stand[rests[-1] + 1 :] if rests else stand
    return Standing(
        since=since,
        state=state,
        first=first,
        second=next((row for row in reversed(stages) if row.stage == 2), None),
        call=call,
        attempts=max((row.attempts for row in counted), default=0),
        booked_at=booked[0] if booked else None,
    )


def _taken_back(rows: Iterable[Disposition]) -> set[UUID]:
    gone = {row.corrects for row in rows if row.outcome == UNDONE and row.corrects is not None}
    return gone | {row.id for row in rows if row.outcome == UNDONE}


def offered(standing: Standing, terms: Terms, now: datetime) -> tuple[Choice, ...]:
    """Every outcome, in order, with what it needs and whether it can be recorded now."""
    words = {
        **NEED_WORDS,
        Need.ATTEMPTS: f"{terms.attempts} attempts ({standing.attempts} recorded so far)",
    }
    return tuple(
        Choice(rule, tuple(words[need] for need in rule.needs), _refused(rule, standing, now))
        for rule in RULES.values()
    )


def judge(entry: Entry, standing: Standing, terms: Terms, now: datetime) -> Decision:
    """What an entry comes to.

    Args:
        now: when it was said, by the clock of whoever has the lead: its days are those of that time zone.

    Raises:
        ConflictError: it does not fit where the lead stands.
        InputError: something that the outcome needs is missing or impossible.
    """
    rule = rule_of(entry.outcome)
    if why := _refused(rule, standing, now):
        raise ConflictError(f"{rule.label} cannot be recorded: {why}", facts={"outcome": rule.outcome})
    entry = _with_kept(entry, rule, standing)
    attempts = _attempts(entry, rule, standing)
    _check_needs(entry, rule, terms, attempts, now)
    _check_money(entry, rule, now.date())
    after, then, on = _what_follows(entry, rule, terms, now)
    return Decision(
        rule,
        entry,
        after,
        then,
        on,
        attempts,
        days_to_book=_days(standing.since, now.date(), now) if rule.outcome == "booked" else None,
        days_to_close=_days(standing.since, entry.signed_on, now) if rule.outcome == "closed_won" else None,
    )


def _refused(rule: Rule, standing: Standing, now: datetime) -> str | None:
    """Why an outcome cannot be recorded where a lead stands; None: it can."""
    if standing.state in CLOSED_STATES:
        return "the lead is not with this broker any more."
    if rule.bans:
        return None
    if standing.first is not None and standing.first.outcome == "do_not_contact":
        return "the lead asked not to be contacted."
    if rule.stage == 2:
        return _refused_after_meeting(rule, standing, now)
    if standing.second is not None and standing.second.outcome in ("closed_won", "closed_lost"):
        return "the deal is decided. Take that back first if it is a mistake."
    return None


def _refused_after_meeting(rule: Rule, standing: Standing, now: datetime) -> str | None:
    first, second = standing.first, standing.second
    if first is None or first.outcome != "booked":
        return "no meeting was booked. Record `booked` first."
    if first.booked_for is not None and first.booked_for > now:
        return f"the meeting is still to come, on {first.booked_for:%Y-%m-%d %H:%M} UTC."
    if second is None or second.outcome == "future_pending":
        return None
    if second.outcome == rule.outcome == "closed_won":
        return (
            None if second.commission is None else "the commission is entered already. Take that back first."
        )
    return "the deal is decided. Take that back first if it is a mistake."


def _with_kept(entry: Entry, rule: Rule, standing: Standing) -> Entry:
    """The entry with what an earlier row of the same deal said already."""
    kept = standing.second
    if rule.outcome != "closed_won" or kept is None or kept.outcome != "closed_won":
        return entry
    return replace(
        entry,
        signed_on=entry.signed_on or kept.signed_on,
        closing_on=entry.closing_on or kept.closing_on,
        deal_value=entry.deal_value if entry.deal_value is not None else kept.deal_value,
        note=entry.note or kept.note,
    )


def _attempts(entry: Entry, rule: Rule, standing: Standing) -> int:
    if entry.attempts is not None and not 0 <= entry.attempts <= 1_000:
        raise InputError("Attempts are counted from 0 to 1000.", facts={"attempts": entry.attempts})
    return max(standing.attempts + rule.attempts, entry.attempts or 0)


def _check_needs(entry: Entry, rule: Rule, terms: Terms, attempts: int, now: datetime) -> None:
    for need in rule.needs:
        if need is Need.ATTEMPTS:
            if attempts < terms.attempts:
                raise InputError(
                    f"{rule.label} needs {terms.attempts} attempts; recorded so far: {attempts}.",
                    remedy="Record each call (`unanswered`, `voicemail`), or say how many there were (`attempts`).",
                )
        elif need is Need.REASON:
            _check_reason(entry, rule, terms)
        elif not getattr(entry, need.value):
            raise InputError(f"{rule.label} needs {NEED_WORDS[need]}.", facts={"missing": need.value})
    if entry.booked_for is not None and rule.outcome != "booked":
        raise InputError(f"{rule.label} has no time of a meeting.", facts={"booked_for": entry.booked_for})
    if entry.callback_on is not None and entry.callback_on < now.date():
        raise InputError(
            f"{entry.callback_on} is past: today is {now.date()}.", remedy="Give a day from today on."
        )


def _check_reason(entry: Entry, rule: Rule, terms: Terms) -> None:
    known = sorted(
        code for code, outcomes in terms.reasons.items() if not outcomes or rule.outcome in outcomes
    )
    if not entry.reason_text.strip():
        raise InputError(f"{rule.label} needs the reason in words.", facts={"missing": "reason"})
    if entry.reason_code is None:
        raise InputError(
            f"{rule.label} needs the reason's code.",
            facts={"codes": known},
            remedy="Give the code that fits the words best.",
        )
    if entry.reason_code not in known:
        raise InputError(
            f"{entry.reason_code!r} is no reason for {rule.label.lower()}.",
            facts={"codes": known},
            remedy="Give one of the codes.",
        )


def _check_money(entry: Entry, rule: Rule, today: date) -> None:
    given = {"deal_value": entry.deal_value, "commission": entry.commission}
    for name, amount in given.items():
        if amount is None:
            continue
        if name not in rule.may:
            raise InputError(f"{rule.label} has no {name.replace('_', ' ')}.", facts={name: amount})
        if not amount.is_finite() or amount < 0 or amount > Decimal(10) ** 12:
            raise InputError(f"{amount} is no {name.replace('_', ' ')}.", facts={name: amount})
    if entry.signed_on is not None and entry.signed_on > today:
        raise InputError(f"The day it was signed, {entry.signed_on}, is still to come: today is {today}.")
    if entry.signed_on and entry.closing_on and entry.closing_on < entry.signed_on:
        raise InputError(f"Closing on {entry.closing_on} lies before the signature on {entry.signed_on}.")
    if entry.commission is not None and (entry.closing_on is None or entry.closing_on > today):
        when = (
            f"that is {entry.closing_on}, and today is {today}" if entry.closing_on else "it is not known yet"
        )
        raise InputError(
            f"The commission is entered on the day of closing, not before: {when}.",
            remedy="Give closing_on once it has closed.",
        )


def _what_follows(
    entry: Entry, rule: Rule, terms: Terms, now: datetime
) -> tuple[AssignmentState | None, NextStep | None, date | None]:
    today = now.date()
    if rule.outcome == "closed_won" and entry.commission is not None:
        return "closed", None, None
    days = {
        NextStep.ATTEMPT: terms.next_attempt_days,
        NextStep.RETRY: terms.retry_days,
        NextStep.MEND_CONTACT: 0,
    }
    if rule.then is None:
        return rule.after, None, None
    if rule.then in days:
        return rule.after, rule.then, today + timedelta(days=days[rule.then])
    if rule.then is NextStep.AFTER_MEETING and entry.booked_for is not None:
        return rule.after, rule.then, entry.booked_for.astimezone(now.tzinfo).date()
    if rule.then is NextStep.COMMISSION:
        return rule.after, rule.then, entry.closing_on or today + timedelta(days=30)
    return rule.after, rule.then, entry.callback_on


def _days(since: datetime | None, until: date | None, now: datetime) -> int | None:
    """Whole days from an instant's day, where it is `now`, to a day; None where one is not known; never below 0."""
    if since is None or until is None:
        return None
    return max(0, (until - since.astimezone(now.tzinfo).date()).days)
