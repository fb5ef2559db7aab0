"""The match model of a workspace: what is usual, until one was learned or moved by reviewers' answers.

What is usual everywhere is weighed by what is common here: until weights are learned, values are counted among the
leads (those that wait to be compared, too), and counted again whenever there are a quarter more.
"""

from dataclasses import dataclass

from galena.domain.playbook import Playbook
from galena.engines.identity.commonness import SAMPLE_RECORDS, common_from, count_common, with_common
from galena.engines.identity.model import MatchModel, model_from, untrained_model
from galena.engines.identity.plan import IdentityPlan
from galena.engines.identity.records import Record
from galena.stores import identity, leads, match_models
from galena.stores.door import Session

LEAST_ROWS = 1_000
"""What is usual is asked for at least so many leads: a workspace that just begins is not full of duplicates."""

COUNTED_AGAIN = 1.25
"""What is common is counted again when there are so many times as many leads."""


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
            return Matching(plan, as_common_here(session, plan, model), kept.number)
    nodes = identity.count_nodes(session)
    return Matching(plan, as_common_here(session, plan, usual(plan, nodes), nodes))


def usual(plan: IdentityPlan, rows: int) -> MatchModel:
    """What is usual for so many leads."""
    return untrained_model(plan.layout, rows=max(rows, LEAST_ROWS))


def as_common_here(
    session: Session, plan: IdentityPlan, model: MatchModel, nodes: int | None = None
) -> MatchModel:
    """A model with what is common among the leads of the workspace; one that was learned from them knows already.

    Args:
        nodes: how many leads there are, where that is known already.
    """
    if model.frequencies or plan.identity.by_keys_only:
        return model
    layout = plan.layout.as_dict()
    kept = match_models.find_counts(session)
    if nodes is None:
        nodes = identity.count_nodes(session)
    if kept is not None and kept[1]["layout"] == layout and nodes <= kept[0] * COUNTED_AGAIN:
        return with_common(model, common_from(kept[1]))
    if not nodes:
        return model
    common = count_common(_drawn(session, plan), usual(plan, nodes), nodes)
    match_models.keep_counts(session, nodes, {"layout": layout, **common.as_dict()})
    return with_common(model, common)


def _drawn(session: Session, plan: IdentityPlan) -> list[Record]:
    drawn = identity.draw_nodes(session, limit=SAMPLE_RECORDS)
    forms = dict(identity.load_forms(session, drawn))
    waiting = leads.load_many(session, [node for node in drawn if node not in forms])
    forms |= {node: plan.form(entry.lead.fields) for node, entry in waiting.items()}
    return [dict(forms[node]) for node in drawn if node in forms]
