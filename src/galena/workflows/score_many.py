"""Many leads scored on request: those that were named, or the whole workspace, with what became of each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from galena.kit.errors import GalenaError
from galena.settings import Settings
from galena.stores import leads, scores, statistics
from galena.workflows.context import Context
from galena.workflows.rescore import Advance, rescore_leads
from galena.workflows.score_workspace import score_workspace

AT_ONCE = 1_000
ERRORS_KEPT = 100


@dataclass
class ScoredMany:
    """What scoring many leads did.

    Attributes:
        created: that had no score before.
        updated: whose score, or any part of it, is new.
        skipped: whose score stays as it is, or that the playbook gives none.
        errors: that could not be scored.
        why: of the first errors, lead -> why.
    """

    created: int = 0
    updated: int = 0
    skipped: int = 0
    errors: int = 0
    why: dict[str, str] = field(default_factory=dict)

    def refuse(self, lead_ids: Sequence[UUID], reason: str) -> None:
        """Notes that leads could not be scored."""
        self.errors += len(lead_ids)
        for lead_id in lead_ids[: max(0, ERRORS_KEPT - len(self.why))]:
            self.why[str(lead_id)] = reason


def score_many(context: Context, lead_ids: Sequence[UUID], *, advance: Advance) -> ScoredMany:
    """Scores these leads, a thousand in each transaction; one batch that fails keeps no other from its scores."""
    wanted = list(dict.fromkeys(lead_ids))
    result = ScoredMany()
    for start in range(0, len(wanted), AT_ONCE):
        advance(start, len(wanted), "Scoring")
        batch = wanted[start : start + AT_ONCE]
        try:
            _score_batch(context, batch, result)
        except GalenaError as fault:
            result.refuse(batch, fault.what)
    advance(len(wanted), len(wanted), "Scoring")
    return result


def score_all(context: Context, settings: Settings, *, advance: Advance) -> ScoredMany:
    """Scores the whole workspace, as `galena score` does.

    Raises:
        ConflictError: another process is scoring this workspace.
    """
    with context.session() as session:
        before = sum(statistics.count_by_tier(session).values())
    report = score_workspace(context, settings, advance=advance).rescored
    with context.session() as session:
        after = sum(statistics.count_by_tier(session).values())
    created = min(max(0, after - before), report.changed)
    return ScoredMany(created, report.changed - created, report.leads - report.changed)


def _score_batch(context: Context, batch: Sequence[UUID], result: ScoredMany) -> None:
    with context.session() as session:
        known = leads.load_many(session, batch)
        before = scores.load_current(session, list(known)).keys()
        changed = rescore_leads(session, list(known), context.clock(), trigger="request")
        created = len(scores.load_current(session, list(known)).keys() - before)
    result.refuse([each for each in batch if each not in known], "There is no such lead.")
    result.created += created
    result.updated += max(0, changed - created)
    result.skipped += len(known) - max(changed, created)
