"""Leads that something touched are scored again: exactly these, each once for all that happened to it.

Whatever changes a lead's facts or signals writes an event in the same transaction: an import, a message, a merge, an
answer, an undoing. This story reads the events on from where it stopped, scores the leads they name, and moves the
position, in one transaction per batch. So it may be told at any time, by anybody, as often as they like: a second
time there is nothing to do, and after a kill the next one goes on.

Before everything has been scored for the first time nobody has asked for scores, and nothing is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from galena.domain.events import Touch
from galena.domain.listing import LeadQuery
from galena.kit.errors import ConflictError
from galena.kit.logs import logger
from galena.stores import lead_lists, outbox, score_runs
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.rescore import rescore, rescore_leads
from galena.workflows.route import route_news
from galena.workflows.scored_upto import find_position, move_position

log = logger("touched")

EVENTS_AT_ONCE = 5_000
KINDS = ("lead_created", "lead_updated")
"""The events after which a lead may score otherwise."""

FIRST_AT_MOST = 20_000
"""A workspace nobody has scored is scored behind a message or a pull when it is no larger than this."""

_TRIGGERS = {each: each for each in ("signal", "identity", "enrichment", "outcome")}


@dataclass(frozen=True, slots=True)
class Touched:
    """What scoring touched leads did.

    Attributes:
        leads: how many were scored again.
        changed: of these, whose score or any part of it is new.
    """

    leads: int = 0
    changed: int = 0

    def __add__(self, other: "Touched") -> "Touched":
        return Touched(self.leads + other.leads, self.changed + other.changed)

    def as_dict(self) -> dict[str, int]:
        """As JSON, for scripts."""
        return {"rescored": self.leads, "score_changed": self.changed}

    @property
    def sentence(self) -> str:
        """In words; empty when there was nothing to do."""
        if not self.leads:
            return ""
        which = "1 lead was" if self.leads == 1 else f"{self.leads:,} leads were"
        scores = {0: "no score", 1: "1 score"}.get(self.changed, f"{self.changed:,} scores")
        return f"{which} touched and scored again; {scores} changed."


def score_touched(context: Context) -> Touched:
    """Score the leads that were touched since everything, or the last touched lead, was scored."""
    total = Touched()
    while True:
        with context.session() as session:
            more, is_over = _score_next(session, context.clock())
        total += more
        if is_over:
            break
    if total.leads:
        log.info(
            "touched_scored", workspace_id=context.workspace_id, leads=total.leads, changed=total.changed
        )
    route_news(context)
    return total


def score_news(context: Context) -> Touched:
    """`score_touched` behind what comes by itself: a workspace that was never scored is scored as a whole.

    Leads that somebody else is scoring at this moment are left to them.
    """
    with context.session() as session:
        is_scored = find_position(session) is not None
        is_small = is_scored or lead_lists.count(session, LeadQuery()).value <= FIRST_AT_MOST
    if is_scored:
        return score_touched(context)
    if not is_small:
        return Touched()
    try:
        report = rescore(context, trigger="import")
    except ConflictError:
        return Touched()
    return Touched(report.leads, report.changed) + score_touched(context)


def _score_next(session: Session, now: datetime) -> tuple[Touched, bool]:
    position = find_position(session, lock=True)
    if position is None:
        return Touched(), True
    touches, reached = outbox.list_touches(session, KINDS, after=position, limit=EVENTS_AT_ONCE)
    result = Touched()
    for trigger, lead_ids in _by_trigger(touches).items():
        changed = rescore_leads(session, lead_ids, now, as_of=_moment(session), trigger=trigger)
        result += Touched(len(lead_ids), changed)
    if reached != position:
        move_position(session, reached)
    return result, len(touches) < EVENTS_AT_ONCE


def _by_trigger(touches: Sequence[Touch]) -> dict[str, list[UUID]]:
    """Each lead once, under what happened to it last."""
    last = {each.lead_id: _TRIGGERS.get(each.why or "", "import") for each in touches}
    found: dict[str, list[UUID]] = {}
    for lead_id, trigger in last.items():
        found.setdefault(trigger, []).append(lead_id)
    return found


def _moment(session: Session) -> datetime | None:
    """The moment that the scores of the workspace speak of; None: now."""
    for run in score_runs.list_(session, statuses=("done",), limit=1):
        # A run about now takes its beginning for it.
        return run.as_of if run.as_of != run.started_at else None
    return None
