"""A head's model tried on the workspace's own later leads: as each was known when it came in, against the champion.

The story: read the leads and what became of them -> those that came after the training of either model, and whose
outcome is known -> what both models (or the rules alone, where there is no champion) would have said on arrival -> the
test on which a promotion rests.
"""

from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.domain.blend import BLEND, Blend
from galena.domain.registered_model import RegisteredModel
from galena.engines.scoring.blending import log_odds
from galena.kit.errors import InputError
from galena.kit.object_store import ObjectStore
from galena.workflows.context import Context
from galena.workflows.lead_history import PastLeads, past_leads
from galena.workflows.model_artefacts import load_model
from galena.workflows.model_promotion import Verdict
from galena.workflows.model_shadow import ensure_reads
from galena.workflows.model_trial import decide, later_than, rivals
from galena.workflows.plans import Plan, active_plan

if TYPE_CHECKING:
    from galena.kit.tabular.model import TabularModel

Floats = NDArray[np.float64]


def try_on_leads(
    context: Context,
    store: ObjectStore,
    model_id: UUID,
    *,
    past: PastLeads | None = None,
    required: float | None = None,
) -> Verdict:
    """Try a model of a head on the later decided leads of the workspace; without a champion against the rules alone.

    Args:
        past: the leads, where they were read already.
        required: how sure the test must be however often one looks; None: as for a model tried by hand.

    Raises:
        NotFoundError: there is no such model.
        InputError: it was not trained on leads, or no lead that came after the training is decided yet.
        ConflictError: it reads other features than the playbook has now.
        DamagedObjectError: an artefact was changed; an alert is raised, too.
    """
    model, champion = rivals(context, model_id)
    with context.session() as session:
        plan = active_plan(session)
    loaded, blend = ready_head(context, store, plan, model)
    standing = None if champion is None else ready_head(context, store, plan, champion)
    past = past or past_leads(context, plan, context.clock())
    label = past.labels.heads[model.purpose].label
    decided = np.flatnonzero(~label.is_null().to_numpy())
    arrived = [past.arrived_at[row] for row in decided]
    later = later_than(arrived, model, champion)
    in_turn = sorted(np.flatnonzero(later).tolist(), key=lambda place: arrived[place])
    rows = decided[in_turn]
    values, points = past.values[rows], np.array(past.points)[rows]
    tried = said_together(loaded, blend, values, points)
    if standing is None:
        before = 1 / (1 + np.exp(-(blend.intercept + blend.slope * points)))
    else:
        before = said_together(*standing, values, points)
    target = label.to_numpy()[rows].astype(np.float64)
    about = {
        "table": "the leads of the workspace",
        "target": model.purpose,
        "left_out": int((~later).sum()),
        "against": champion.name if champion else "the rules alone",
        "first": arrived[in_turn[0]].isoformat(),
        "last": arrived[in_turn[-1]].isoformat(),
    }
    return decide(context, model, champion, target, before, tried, about, required)


def ready_head(
    context: Context, store: ObjectStore, plan: Plan, model: RegisteredModel
) -> tuple["TabularModel", Blend]:
    """A model and how it is blended with the rules, when it is one of a head of this playbook."""
    loaded = load_model(context, store, model)
    if BLEND not in loaded.meta or plan.playbook.models.head(model.purpose) is None:
        raise InputError(
            f"{model.name} was not trained on the leads of this workspace",
            remedy="Give later leads with --on FILE --target COLUMN, or a reason with --anyway.",
        )
    ensure_reads(model, plan)
    return loaded, Blend.model_validate(loaded.meta[BLEND])


def said_together(loaded: "TabularModel", blend: Blend, values: pl.DataFrame, points: Floats) -> Floats:
    """The probability by model and rules together, as scoring has it."""
    at_model = log_odds(loaded.predict(values).probability)
    z = (1 - blend.weight) * (blend.intercept + blend.slope * points) + blend.weight * at_model
    return blend.curve.calibrator().probability(z)
