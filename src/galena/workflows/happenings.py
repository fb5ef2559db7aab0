"""What happened, in sentences: what the dashboard's feed and ticker say, newest first, alike things as one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from types import MappingProxyType
from uuid import UUID

from galena.domain.dispositions import RULES, STEP_WORDS, UNDONE, NextStep
from galena.domain.happening import Happening, News
from galena.domain.playbook import Playbook
from galena.engines.explanation import shown_points
from galena.kit.errors import NotFoundError
from galena.stores import happenings, imports
from galena.stores.door import OPERATOR, Session
from galena.stores.workspaces import list_tenants

LOOKED_BACK = timedelta(days=30)
MANY_MOVED = 5
"""So many leads that change their tier within a minute are one line."""
_OF_LEADS = ("disposition", "tier_changed", "reminder", "retry_due", "suppressed")
_OF_THE_WORKSPACE = (
    "import_done",
    "import_undone",
    "drop_committed",
    "drop_undone",
    "drop_failed",
    "desk",
    "tenant_changed",
    "source_failing",
    "source_recovered",
    "source_changed",
    "model_registered",
    "model_challenges",
    "model_promoted",
    "model_rolled_back",
    "alert",
)
_COUNTED = ("lead_created", "lead_removed", "scored", "score_changed", "assigned")
_GRADE_COLOURS = ((0.7, "green"), (0.4, "yellow"), (0.0, "red"))


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the feed.

    Attributes:
        subject: what it is about, in bold; may be empty.
        words: the rest of the sentence.
        place: the page that has more: lead, imports, drops, tenants, sources, models, notifications, clawback.
        colour: of its dot: a tier's, or of a state.
    """

    position: int
    at: datetime
    kind: str
    subject: str
    words: str
    colour: str
    place: str
    lead_id: UUID | None = None


def kinds_for(session: Session) -> tuple[str, ...]:
    """The kinds of events that are told to whoever entered."""
    if session.tenant_id == OPERATOR:
        return (*_OF_LEADS, *_OF_THE_WORKSPACE)
    return (*_OF_LEADS, "assigned")


def list_told(
    session: Session, playbook: Playbook, now: datetime, *, after: int = 0, limit: int = 12
) -> tuple[Told, ...]:
    """The newest lines of the feed, the newest first; what one piece of work did to many leads is one line.

    Args:
        after: only what came after this position of the outbox.
    """
    found = happenings.list_newest(session, kinds_for(session), since=now - LOOKED_BACK, after=after)
    chosen = _together(found)[:limit]
    words = _Words(session, playbook, chosen)
    return tuple(filter(None, map(words.tell, chosen)))


def read_news(session: Session, now: datetime, *, after: int) -> News:
    """What came since a position: how many events of which kind, also of those that are only counted."""
    kinds = (*kinds_for(session), *_COUNTED)
    return happenings.read_news(session, tuple(dict.fromkeys(kinds)), after=after, since=now - LOOKED_BACK)


def _together(found: Sequence[Happening]) -> list[Happening]:
    """Neighbours of one kind and one piece of work as one, and leads that change their tier all at once."""
    lines = []
    for _, alike in groupby(found, key=lambda each: (each.kind, each.correlation_id or each.position)):
        first, *more = alike
        lines.append(replace(first, count=1 + len(more)))
    told: list[Happening] = []
    for (kind, _), near in groupby(
        lines, key=lambda each: (each.kind, each.at.replace(second=0, microsecond=0))
    ):
        moved = list(near)
        # A scoring of everything moves many leads, each by itself: together they say more than one by one.
        if kind == "tier_changed" and len(moved) >= MANY_MOVED:
            moved = [replace(moved[0], count=sum(each.count for each in moved))]
        told += moved
    return told


class _Words:
    """What a happening says; knows the names of imports and tenants that it needs."""

    def __init__(self, session: Session, playbook: Playbook, chosen: Sequence[Happening]) -> None:
        self._playbook = playbook
        self._tiers = {tier.name: tier for tier in playbook.rules.tiers}
        self._session = session
        self._tenants = (
            {str(each.id): each.name for each in list_tenants(session)}
            if any(each.kind == "tenant_changed" for each in chosen)
            else {}
        )

    def tell(self, each: Happening) -> Told | None:
        """The line; None where there is nothing to say of it (any more)."""
        if each.kind in _OF_LEADS or each.kind == "assigned":
            return self._of_leads(each)
        made = _SAYING.get(each.kind)
        if made is None:
            return self._of_more(each)
        place, colour, say = made
        return Told(each.position, each.at, each.kind, *say(each), colour, place)

    def _of_leads(self, each: Happening) -> Told | None:
        many = each.count > 1
        words, colour = _LEAD_SAYING[each.kind](self, each)
        if not words:
            return None
        if many:
            shown = f"{each.count:,}" if each.count < happenings.EACH_KIND else f"{each.count:,} or more"
            subject = f"{shown} {self._playbook.lead.many}"
            return Told(each.position, each.at, each.kind, subject, words, colour, "prospects")
        subject = each.title or self._playbook.lead.one
        return Told(each.position, each.at, each.kind, subject, words, colour, "lead", each.lead_id)

    def _of_more(self, each: Happening) -> Told | None:
        if each.kind == "tenant_changed":
            name = self._tenants.get(str(each.payload.get("tenant_id")), "A tenant")
            words = _TENANT_SAYING.get(str(each.payload.get("action")), "was changed")
            return Told(each.position, each.at, each.kind, name, words, "accent", "tenants")
        try:
            kept = imports.load(self._session, UUID(str(each.payload["import_id"])))
        except (NotFoundError, KeyError, ValueError):
            return None
        if each.kind == "import_undone":
            words = "was taken back"
        else:
            words = f"came in: {kept.counts.created:,} new, {kept.counts.updated:,} changed"
            words += f", {kept.counts.quarantined:,} set aside" if kept.counts.quarantined else ""
        return Told(each.position, each.at, each.kind, kept.file_name, words, "accent", "imports")

    def moved(self, each: Happening) -> tuple[str, str]:
        """A lead, or many, in another tier."""
        tier = self._tiers.get(str(each.payload.get("tier")))
        if each.count > 1:
            return "are in another tier now", "accent"
        label, colour = (tier.label, tier.colour) if tier else (str(each.payload.get("tier")), "grey")
        new, old = each.payload.get("micropoints"), each.payload.get("micropoints_before")
        if isinstance(new, int) and isinstance(old, int) and min(new, old) >= 0:
            return f"{shown_points(old)} to {shown_points(new)}: {label} now", colour
        return f"is {label} now", colour

    def disposed(self, each: Happening) -> tuple[str, str]:
        """What somebody said became of a lead."""
        outcome = str(each.payload.get("outcome"))
        if outcome == UNDONE:
            return "an outcome was taken back", "grey"
        rule = RULES.get(outcome)
        if rule is None:
            return "", "grey"
        words = rule.label[:1].lower() + rule.label[1:]
        if rule.grade is None:
            return words, "green" if outcome == "closed_won" else "yellow"
        return words, next(name for least, name in _GRADE_COLOURS if rule.grade >= least)

    def reminded(self, each: Happening) -> tuple[str, str]:
        """Something is due."""
        if each.count > 1:
            return "have something due", "yellow"
        try:
            step = STEP_WORDS[NextStep(str(each.payload.get("step")))]
        except ValueError:
            return "", ""
        return f"due: {step[:1].lower() + step[1:]}", "yellow"


_TENANT_SAYING = MappingProxyType(
    {
        "add_tenant": "is a tenant now",
        "rename_tenant": "has a new name",
        "change_tenant": "wants something else from now on",
        "add_member": "has a new member",
        "change_balance": "has another balance",
    }
)
_DESK_SAYING = MappingProxyType({"end_hold": "no longer held", "give_leads": "given", "hold_leads": "held"})


_LEAD_SAYING: Mapping[str, Callable[[_Words, Happening], tuple[str, str]]] = MappingProxyType(
    {
        "tier_changed": _Words.moved,
        "disposition": _Words.disposed,
        "reminder": _Words.reminded,
        "retry_due": lambda *_: ("may be tried again", "accent"),
        "suppressed": lambda *_: ("must not be contacted any more", "black"),
        "assigned": lambda _, each: ("are new with you" if each.count > 1 else "is new with you", "accent"),
    }
)


def _source(words: str) -> Callable[[Happening], tuple[str, str]]:
    return lambda each: (str(each.payload.get("connection", "A source")), words)


def _model(words: str) -> Callable[[Happening], tuple[str, str]]:
    return lambda each: (str(each.payload.get("model", "A model")), words)


def _desk(action: str) -> str:
    return _DESK_SAYING.get(action, action.replace("_", " "))


def _drop(words: str) -> Callable[[Happening], tuple[str, str]]:
    return lambda each: (f"Drop of {each.payload.get('drop_on', 'the week')}", words)


_SAYING: Mapping[str, tuple[str, str, Callable[[Happening], tuple[str, str]]]] = MappingProxyType(
    {
        "drop_committed": (
            "drops",
            "green",
            lambda each: (
                f"Drop of {each.payload.get('drop_on')}",
                f"gave out {each.payload.get('given', 0):,}",
            ),
        ),
        "drop_undone": (
            "drops",
            "yellow",
            lambda each: ("A drop", f"was taken back: {each.payload.get('why')}"),
        ),
        "drop_failed": ("drops", "red", _drop("could not be made")),
        "desk": (
            "clawback",
            "yellow",
            lambda each: (
                f"{each.payload.get('leads', 0):,} by hand",
                _desk(str(each.payload.get("action"))),
            ),
        ),
        "source_failing": ("sources", "red", _source("does not answer as it should")),
        "source_recovered": ("sources", "green", _source("answers again")),
        "source_changed": ("sources", "yellow", _source("sends other columns than before")),
        "model_registered": ("models", "accent", _model("was registered")),
        "model_challenges": ("models", "accent", _model("is tried beside the one at work")),
        "model_promoted": ("models", "green", _model("scores from now on")),
        "model_rolled_back": ("models", "yellow", _model("scores again, as before")),
        "alert": (
            "notifications",
            "yellow",
            lambda each: ("", str(each.payload.get("what", "Something needs a look"))[:160]),
        ),
    }
)
