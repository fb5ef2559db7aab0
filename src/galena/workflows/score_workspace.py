"""A workspace scored by whoever scores it: rules and models at once, then the reasoner where one is set up."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from galena.kit.errors import ConflictError
from galena.settings import Settings
from galena.workflows.context import Context
from galena.workflows.lead_reasoning import seat_of
from galena.workflows.plans import active_plan
from galena.workflows.reason import reason_leads
from galena.workflows.reason_options import Advance, ReasonOptions, ReasonReport
from galena.workflows.reasoner_setup import key_of
from galena.workflows.rescore import RescoreReport, rescore
from galena.workflows.tier_capacity import give_places
from galena.workflows.touched import score_touched


@dataclass(frozen=True, slots=True)
class ScoringReport:
    """What scoring a workspace did.

    Attributes:
        rescored: every lead sorted, and scored as far as nobody has to be asked.
        reasoned: what the reasoner added; None where none is set up or it was not its turn.
    """

    rescored: RescoreReport
    reasoned: ReasonReport | None = None

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for scripts."""
        told = self.rescored.as_dict()
        return told if self.reasoned is None else {**told, "reasoner": self.reasoned.as_dict()}


def score_workspace(
    context: Context,
    settings: Settings,
    *,
    as_of: datetime | None = None,
    trigger: str = "request",
    require_enrichment: bool = False,
    advance: Advance | None = None,
    options: ReasonOptions | None = None,
) -> ScoringReport:
    """Score every lead of the workspace; where a reasoner is set up, it is asked about those it has not answered for.

    Args:
        as_of: the moment the scores speak of; None: now. The reasoner is asked about now alone.
        options: how the reasoner is asked.

    Raises:
        ConflictError: another process is scoring this workspace.
    """
    rescored = rescore(
        context, as_of=as_of, trigger=trigger, require_enrichment=require_enrichment, advance=advance
    )
    # What was touched while that was at work.
    score_touched(context)
    if as_of is not None:
        return ScoringReport(rescored)
    with context.session() as session:
        seat = seat_of(session, active_plan(session))
    if seat is None:
        return ScoringReport(rescored)
    key = key_of(settings, context, seat.setup)
    reasoned = reason_leads(context, key=key, options=options, trigger=trigger, advance=advance)
    with context.session() as session:
        give_places(session, seat.plan.playbook, trigger=trigger)
    return ScoringReport(rescored, reasoned)


def ask_reasoner(
    context: Context,
    settings: Settings,
    *,
    options: ReasonOptions | None = None,
    advance: Advance | None = None,
) -> ScoringReport:
    """`score_workspace` for somebody who wants the reasoner and nothing else.

    Raises:
        ConflictError: no reasoner is set up, or another process is scoring this workspace.
    """
    with context.session() as session:
        if seat_of(session, active_plan(session)) is None:
            raise ConflictError(
                "no reasoner is set up for this workspace",
                remedy="Run `galena reason setup` first; until then rules score.",
            )
    return score_workspace(context, settings, options=options, advance=advance)
