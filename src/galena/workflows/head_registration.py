"""A trained head registered: with its report, its card and its blend, on trial, or champion where it is the first."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from galena.domain.registered_model import RegisteredModel
from galena.kit.object_store import ObjectStore
from galena.stores import models
from galena.workflows.context import Context
from galena.workflows.head_lesson import Lesson
from galena.workflows.lead_history import PastLeads

if TYPE_CHECKING:
    from galena.engines.learning.online_model import OnlineTrained
    from galena.engines.learning.rules_member import Judged
    from galena.engines.learning.train import Trained

REQUIRED_CERTAINTY = 0.95
"""How sure it must be that a first model is better than the rules, when it is trained by hand."""

Step = Literal["few_labels", "no_signal", "candidate", "challenger", "champion"]


@dataclass(frozen=True, slots=True)
class Registration:
    """What became of a trained model, also in words."""

    model: RegisteredModel
    step: Step
    sentence: str


def register_head(
    context: Context,
    store: ObjectStore,
    lesson: Lesson,
    trained: "Trained | OnlineTrained",
    judged: "Judged",
    compared: Mapping[str, Any],
    *,
    page_of: Callable[[Any], str],
    seed: int,
    why: str,
    promote_first: bool,
    required: float = REQUIRED_CERTAINTY,
    more_on_card: Mapping[str, Any] = MappingProxyType({}),
    as_candidate: bool = False,
) -> Registration:
    """Keep a trained head: on trial where it has learned something, else as a candidate that says it has not.

    Args:
        judged: what rules, model and blend said of leads they had not seen; `compared` in figures.
        page_of: the report as one HTML page.
        promote_first: make it the champion where there is none and it is surely better than the rules alone.
        required: how sure that must be.
        more_on_card: kept on its card, too.
        as_candidate: it goes on no trial: whoever asks decides about it by other evidence.
    """
    from galena.engines.learning.report import report_of
    from galena.engines.learning.words import notes_of_words
    from galena.workflows.model_facts import facts_of_folder
    from galena.workflows.model_folder import save_model
    from galena.workflows.model_registry import register_model

    said = notes_of_words(lesson.dataset.words, lesson.dataset.rows)
    notes = (*notes_of(lesson.past, lesson.head.name), *said)
    report = report_of(
        trained,
        lesson.dataset,
        lesson.leaks,
        split=trained.split,
        in_time=trained.in_time,
        seed=seed,
        signal=trained.signal,
        notes=notes,
    )
    usable = trained.model.usable_signal
    arrived = [lesson.past.arrived_at[row] for row in lesson.rows]
    with tempfile.TemporaryDirectory(prefix="galena-train-") as name:
        folder = Path(name) / "model"
        save_model(folder, trained.model, report.model_dump_json(indent=1), page_of(report))
        facts = facts_of_folder(
            folder,
            lesson.head.name,
            why,
            feature_set_hash=lesson.plan.features.hash,
            data_hash=lesson.data_hash,
            data_from=min(arrived),
            data_to=max(arrived),
            row_count=lesson.dataset.rows,
            positive_count=int(lesson.dataset.target.sum()),
        )
        card = {**facts.card, "compared": compared, "notes": list(notes), **more_on_card}
        status: Literal["candidate", "challenger"] = (
            "challenger" if usable and not as_candidate else "candidate"
        )
        model = register_model(context, store, folder, replace(facts, card=card), status=status)
    if not usable:
        words = f"{model.name} was trained and found nothing that foretells outcomes; rules go on scoring."
        return Registration(model, "no_signal", words)
    if as_candidate:
        return Registration(model, "candidate", f"{model.name} is kept.")
    return _on_trial(context, store, model, judged, seed, promote_first, required, in_time=trained.in_time)


def notes_of(past: PastLeads, head: str) -> tuple[str, ...]:
    """What the leads were known by, in words."""
    computed = len(past.lead_ids) - past.from_scores - past.assigned
    notes = []
    if past.assigned:
        notes.append(f"{past.assigned:,} leads are known by the score they were assigned with.")
    if young := past.young(head):
        notes.append(f"{young:,} outcomes do not count yet: leads as young as these are not all decided.")
    if past.from_scores:
        notes.append(f"{past.from_scores:,} leads are known by their first score, from before the outcome.")
    if computed:
        notes.append(
            f"{computed:,} leads were computed as of their arrival, from the signals until then and the fields as"
            " they are now."
        )
    return tuple(notes)


def _on_trial(
    context: Context,
    store: ObjectStore,
    model: RegisteredModel,
    judged: "Judged",
    seed: int,
    promote_first: bool,
    required: float,
    *,
    in_time: bool,
) -> Registration:
    from galena.engines.learning.promotion import verdict_on
    from galena.workflows.model_promotion import Verdict, promote

    with context.session() as session:
        champion = models.find_champion(session, model.purpose)
    if champion is not None:
        words = (
            f"{model.name} scores in the shadow beside {champion.name}; leads to come decide between them."
        )
        return Registration(model, "challenger", words)
    found = verdict_on(judged.target, judged.rules, judged.blend, seed=seed, required_certainty=required)
    # Without an order in time the leads judged on were unseen, and not later.
    said = found.sentence if in_time else found.sentence.replace(" later leads", " leads it had not seen")
    if not (promote_first and found.promote):
        words = f"{model.name} scores in the shadow. Against the rules alone: {said}"
        return Registration(model, "challenger", words)
    detail = {"against": "the rules alone", **found.model_dump(mode="json")}
    verdict = Verdict(model.id, None, True, found.certainty, detail)
    champion = promote(context, store, model.id, verdict=verdict).champion
    return Registration(champion, "champion", f"{model.name} scores from now on. {said}")
