"""Names of columns that are usually written after the contact or the outcome, with the reason.

Names are read as words ("ConvertedAt" and "converted_at" are converted + at). A word alone may mislead (marital
status, credit score), so most entries hold only where no word makes them harmless, and only where the data agree.
"""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class LateName:
    """Why a name is suspicious; `certain` names need no sign in the data."""

    reason: str
    certain: bool = False


@dataclass(frozen=True)
class _Entry:
    """A name matches when it has one of `words`, one of `beside` (if any are given), and none of `unless`."""

    words: frozenset[str]
    reason: str
    beside: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()
    certain: bool = False
    bare: bool = False


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_EARLIER: Final = _set(
    "previous prev prior past poutcome historical before earlier p expected planned estimated target"
)
_DEAL: Final = _set("lead deal opportunity opp sales sale prospect pipeline crm contact call")
_ENDINGS: Final = _set(
    "closed close closing won win lost loss converted conversion convert signed booked churned churn"
)
_HARMLESS_STATUS: Final = _EARLIER | _set(
    "marital civil employment job family home house housing owner ownership credit loan account health smoking "
    "education student visa legal residence residency occupancy property permit funding company business economic "
    "social life tax vip member membership email phone checking savings"
)
_ENTRIES: Final = (
    _Entry(
        _ENDINGS,
        "it tells when, for how much or why the deal ended, which nobody knows before it ends",
        beside=_set("date at on time datetime timestamp value amount price reason revenue by day month flag"),
        unless=_EARLIER | _set("rate up"),
        certain=True,
    ),
    _Entry(
        _ENDINGS,
        "it speaks of how the deal ended",
        unless=_EARLIER | _set("rate avg average mean similar other ratio"),
        beside=_DEAL | _set("is has was"),
    ),
    _Entry(_ENDINGS, "it speaks of how the deal ended", unless=_EARLIER, bare=True),
    _Entry(
        _set("status stage outcome disposition result resolution substatus"),
        "a stage or status is moved on as the deal proceeds, so it says where the deal ended",
        beside=_DEAL | _set("current final last"),
        unless=_HARMLESS_STATUS,
    ),
    _Entry(
        _set("status stage outcome disposition result resolution"),
        "a stage or status is moved on as the deal proceeds, so it says where the deal ended",
        unless=_HARMLESS_STATUS,
        bare=True,
    ),
    _Entry(
        _set("duration seconds minutes length talktime"),
        "how long a talk took is known only after it, and long talks are those that went well",
        beside=_DEAL | _set("talk conversation meeting demo"),
        unless=_set("previous prev prior past contract loan planned"),
    ),
    _Entry(
        _set("duration talktime"),
        "how long a contact took is known only after it, and long talks are those that went well",
        bare=True,
    ),
    _Entry(
        _set("tag tags label labels note notes comment comments remark remarks feedback"),
        "tags and notes are written by sales staff during and after the contact",
        unless=_set("customer request product price inquiry enquiry message hash count num number"),
    ),
    _Entry(
        _set("quality grade rating score profile index temperature rank priority qualification"),
        "it is a judgement of the lead by people or by another score, often updated after the contact",
        beside=_DEAL | _set("activity"),
        unless=_EARLIER | _set("credit id"),
    ),
    _Entry(
        _set("score index"),
        "it comes from another scoring, which may have been updated after the contact",
        beside=_set("profile"),
        unless=_set("credit"),
    ),
    _Entry(
        _set("last latest notable final recent most"),
        "it is overwritten with every later event, so it shows how the story ended, not how it stood when scored",
        beside=_set(
            "activity action event touch contact contacted call interaction update updated modified step reply"
        ),
        unless=_set("days months weeks since previous ago campaign"),
    ),
    _Entry(
        _set("modified updated"),
        "it changes with every later edit of the record",
        beside=_set("at on date time last by datetime timestamp"),
    ),
    _Entry(
        _set("order invoice payment commission contract refund shipment onboarding kickoff"),
        "it exists only once something was sold",
        beside=_set("id number no date at on amount value signed total"),
        unless=_EARLIER | _set("first last avg average history"),
    ),
    _Entry(
        _set("rejection decline disqualification disqualified cancellation"),
        "it is filled in only when the deal is lost",
        beside=_set("reason date at on code"),
        unless=_EARLIER,
        certain=True,
    ),
)
_AHEAD: Final = _set(
    "expected expiry expires expiration expire due end ends renewal renew planned plan target scheduled schedule next "
    "deadline valid until maturity followup birthday estimated forecast"
)
_FILLER: Final = _set("the of a an to in for")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_A-Za-z]+")


def words_of(name: str) -> tuple[str, ...]:
    """The words of a column name, lower case: "ConvertedAt" is converted, at."""
    return tuple(word.lower() for word in _WORDS.findall(name) if word.lower() not in _FILLER)


def late_name(name: str) -> LateName | None:
    """Why a column of this name is probably written after the contact, or None."""
    words = words_of(name)
    said = frozenset(words)
    for entry in _ENTRIES:
        key = said & entry.words
        if not key or said & entry.unless:
            continue
        if entry.bare and len(said) > 1:
            continue
        if entry.beside and not (said - key) & entry.beside:
            continue
        return LateName(entry.reason, entry.certain)
    return None


def may_lie_ahead(name: str) -> bool:
    """Whether a date of this name is honestly later than the lead (an expiry, a planned date)."""
    return bool(frozenset(words_of(name)) & _AHEAD)
