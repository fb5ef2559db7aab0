"""What leads would have brought, had another model chosen them: read off the share of drops that chance chose."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
import polars as pl

from galena.domain.registered_model import RegisteredModel
from galena.engines.learning.off_policy import Logged, PolicyValue, value_of
from galena.kit.errors import InputError
from galena.stores import models
from galena.workflows.context import Context
from galena.workflows.head_trial import ready_head, said_together
from galena.workflows.lead_attempts import read_attempts
from galena.workflows.lead_history import past_leads
from galena.workflows.model_registry import find_model
from galena.workflows.plans import active_plan

WINDOW_DAYS: Final = 21
FEWEST: Final = 30
Floats = Any


@dataclass(frozen=True, slots=True)
class Choice:
    """A way of choosing leads and what it would have brought.

    Attributes:
        name: the model, "as scored" for the scores the leads were given out with, "by chance" for all of them.
        worth: booked meetings per lead chosen.
    """

    name: str
    worth: PolicyValue

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for scripts."""
        kept = self.worth.self_normalised
        return {
            "choice": self.name,
            "rate": kept.value,
            "low": kept.low,
            "high": kept.high,
            "doubly_robust": self.worth.doubly_robust.value,
            "inverse_propensity": self.worth.inverse_propensity.value,
            "effective_leads": self.worth.effective,
            "enough": self.worth.enough,
        }


@dataclass(frozen=True, slots=True)
class Choices:
    """What several ways of choosing the best share of leads would have brought.

    Attributes:
        leads: drawn by chance and old enough; `good`: that booked within the window.
    """

    share: float
    window_days: int
    leads: int
    good: int
    choices: tuple[Choice, ...]


def compare_choices(
    context: Context, reference: str = "", *, share: float = 0.33, days: int = 365
) -> Choices:
    """What the best share of leads by a model would have brought, beside the scores of then and chance.

    Args:
        reference: the model, `booked:3` or `booked:challenger`; empty: the one that scores now.
        share: how much of the leads each way chooses.
        days: only leads given out so many days ago or later.

    Raises:
        InputError: chance chose too few leads, or the model cannot say anything of leads.
        NotFoundError: there is no such model.
    """
    now = context.clock()
    drawn = read_attempts(context, now - timedelta(days=days)).filter(
        pl.col("explored"),
        pl.col("propensity") > 0,
        pl.col("assigned_at") <= now - timedelta(days=WINDOW_DAYS),
    )
    drawn = drawn.unique("lead_id", keep="last", maintain_order=True)
    with context.session() as session:
        plan = active_plan(session)
        model = _model(session, plan.playbook.models.score_head, reference)
    past = past_leads(context, plan, now)
    place = {lead_id: row for row, lead_id in enumerate(past.lead_ids)}
    rows = [place.get(UUID(lead_id)) for lead_id in drawn["lead_id"]]
    drawn = drawn.filter(pl.Series([row is not None for row in rows], dtype=pl.Boolean))
    at = [row for row in rows if row is not None]
    if len(at) < FEWEST:
        raise InputError(
            f"Chance chose only {len(at)} leads that are old enough; {FEWEST} are needed.",
            remedy="Let drops draw a share of leads by chance: `exploration_share` in the playbook's routing.yaml.",
        )
    in_time = pl.col("waited_days") <= WINDOW_DAYS
    good = drawn.select(((pl.col("booked") == 1.0) & in_time).fill_null(value=False)).to_series().to_numpy()
    propensity = drawn["propensity"].to_numpy()
    loaded, blend = ready_head(context, _objects(context), plan, model)
    points = np.array(past.points)[at]
    said = said_together(loaded, blend, past.values[at], points)
    logged = Logged(np.ones(len(at), dtype=np.bool_), propensity, good.astype(np.float64), said)
    ways = {model.name: said, "as scored": points, "by chance": None}
    found = [Choice(name, value_of(logged, _best(by, 1 / propensity, share))) for name, by in ways.items()]
    return Choices(share, WINDOW_DAYS, len(at), int(good.sum()), tuple(found))


def _objects(context: Context) -> Any:
    if context.door.objects is None:
        raise InputError("there is no place where models lie")
    return context.door.objects


def _model(session: Any, head: Any, reference: str) -> RegisteredModel:
    if reference:
        return find_model(session, reference)
    champion = models.find_champion(session, head.name) if head is not None else None
    if champion is None:
        raise InputError("No model scores yet.", remedy="Name one: `galena experiment value booked:1`.")
    return champion


def _best(by: Floats | None, stands_for: Floats, share: float) -> Floats:
    """1 for the best share of all leads by a figure, 0 for the others; each lead stands for those it was drawn from."""
    if by is None:
        return np.ones(len(stands_for))
    order = np.argsort(-by, kind="stable")
    reached = np.cumsum(stands_for[order]) / stands_for.sum()
    chosen = np.zeros(len(by))
    chosen[order[: max(1, int(np.searchsorted(reached, share)) + 1)]] = 1.0
    return chosen
