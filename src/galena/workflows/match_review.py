"""The review queue: pairs side by side, answers, and what answers teach."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from galena.domain.playbook import Playbook
from galena.domain.sameness import Answer, KeptModel, Review
from galena.engines.identity.answers import moved_model, shift_of
from galena.engines.identity.model import MatchModel, model_from
from galena.engines.identity.plan import IdentityPlan
from galena.engines.identity.weighing import weigh
from galena.kit.errors import ConflictError
from galena.stores import audit, identity, leads, match_models, match_reviews, projections
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.lead_assembly import assembly_for
from galena.workflows.match_model import as_common_here, usual
from galena.workflows.sameness import Settled, join, keep_apart

ANSWERS_PER_LESSON = 5
"""The thresholds move with every so many answers, not with each: nobody can follow a queue that reorders itself."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two leads of a question, as its own records tell it.

    Attributes:
        values: field -> what is known, of the fields that are compared.
        lead_id: the visible lead it is part of.
    """

    node: UUID
    lead_id: UUID
    key: str
    title: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """A pair for a person to look at."""

    review: Review
    one: Side
    other: Side


def questions(
    session: Session, playbook: Playbook, *, limit: int, but: Sequence[UUID] = ()
) -> tuple[Question, ...]:
    """Open questions, the one whose answer is worth most first."""
    found = match_reviews.list_open(session, limit=limit, but=but)
    sides = _sides(session, playbook, {node for each in found for node in (each.one, each.other)})
    return tuple(Question(each, sides[each.one], sides[each.other]) for each in found)


def answer(context: Context, review_id: UUID, given: Answer) -> Settled:
    """Note what a person says of a pair, and make the leads follow; every few answers the thresholds move.

    Raises:
        NotFoundError: there is no such question.
        ConflictError: it was answered already.
    """
    with context.session() as session:
        projections.take_turn(session)
        review = match_reviews.load(session, review_id)
        if review.state not in ("open", "not_sure"):
            raise ConflictError(
                "This question is answered already.",
                facts={"answer": review.state.replace("_", " ")},
                remedy="To take it back, open the lead and take it apart, or join the two again.",
            )
        at = context.clock()
        match_reviews.answer(session, review_id, given, at=at)
        assembly = assembly_for(session, context.playbook)
        settled = Settled()
        if given == "same":
            settled = join(session, assembly, review.one, review.other, at, evidence=review.evidence)
        elif given == "different":
            settled = keep_apart(session, assembly, review.one, review.other, at)
        audit.record(
            session, "answer_match", f"lead:{review.one}", {"other": str(review.other), "answer": given}
        )
        if len(match_reviews.list_answered(session)) % ANSWERS_PER_LESSON == 0:
            learn_from_answers(session, context)
        return settled


def learn_from_answers(session: Session, context: Context) -> float:
    """Move the model by all answers so far, from where it was learned; gives the bits it is moved by."""
    if context.playbook.identity is None:
        return 0.0
    plan = IdentityPlan(context.playbook.identity)
    base = match_models.find_base(session)
    if base is not None and model_from(base.content).layout == plan.layout:
        model = model_from(base.content)
    else:
        model, base = usual(plan, identity.count_nodes(session)), None
    told = _told(session, as_common_here(session, plan, model))
    shift = shift_of(told)
    kept = KeptModel(
        match_models.next_number(session),
        "answers",
        moved_model(model, shift).as_dict(),
        base.learned_rows if base else 0,
        len(told),
        shift,
        context.clock(),
        session.actor,
    )
    match_models.put_in_use(session, kept)
    return shift


def _told(session: Session, model: MatchModel) -> list[tuple[float, bool]]:
    """What the unmoved model says of the pairs that were asked about for being unsure, and what the person said."""
    answered = [each for each in match_reviews.list_answered(session) if each.reason == "unsure"]
    forms = identity.load_forms(session, {node for each in answered for node in (each.one, each.other)})
    records = {node: model.weighted(dict(form)) for node, form in forms.items()}
    return [
        (weigh(records[each.one], records[each.other], model).probability, each.state == "same")
        for each in answered
        if each.one in records and each.other in records
    ]


def _sides(session: Session, playbook: Playbook, nodes: set[UUID]) -> dict[UUID, Side]:
    names = list(playbook.identity.compare) if playbook.identity else list(playbook.fields)
    leading = [node for node, entry in leads.load_many(session, nodes).items() if entry.merged_into is None]
    alone = assembly_for(session, playbook).alone(session, leading)
    found = {}
    for node, entry in leads.load_many(session, nodes).items():
        fields = alone.get(node, entry.lead.fields)
        values = {name: fields[name] for name in names if fields.get(name) is not None}
        found[node] = Side(node, entry.merged_into or node, entry.lead.key, entry.title, values)
    return found
