"""The match model of a workspace: what is usual, until one was learned or moved by reviewers' answers."""

from dataclasses import dataclass

from galena.domain.playbook import Playbook
from galena.engines.identity.model import MatchModel, model_from, untrained_model
from galena.engines.identity.plan import IdentityPlan
from galena.stores import identity, match_models
from galena.stores.door import Session

LEAST_ROWS = 1_000
"""What is usual is asked for at least so many leads: a workspace that just begins is not full of duplicates."""


@dataclass(frozen=True, slots=True)
class Matching:
    """How the leads of a workspace are compared now.

    Attributes:
        number: of the model in use; 0: what is usual everywhere.
    """

    plan: IdentityPlan
    model: MatchModel
    number: int = 0


def matching_of(session: Session, playbook: Playbook) -> Matching | None:
    """How leads are compared; None where the playbook does not say which leads are one."""
    if playbook.identity is None:
        return None
    plan = IdentityPlan(playbook.identity)
    kept = match_models.find_active(session)
    if kept is not None:
        model = model_from(kept.content)
        if model.layout == plan.layout:
            return Matching(plan, model, kept.number)
    return Matching(plan, usual(plan, identity.count_nodes(session)))


def usual(plan: IdentityPlan, rows: int) -> MatchModel:
    """What is usual for so many leads."""
    return untrained_model(plan.layout, rows=max(rows, LEAST_ROWS))
