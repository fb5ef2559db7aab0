"""A model tried against the champion on later leads: does it deserve to score?

The story: read a table of leads that came after the training, with their outcome -> both models score them -> the test
of `engines.learning.promotion` says which one is better and how sure that is -> a verdict, on which a promotion rests,
and a line on the audit trail.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.connectors.files.tables import read_table
from galena.domain.blend import BLEND
from galena.domain.registered_model import RegisteredModel
from galena.kit.errors import InputError
from galena.kit.object_store import ObjectStore
from galena.stores import audit, models
from galena.workflows.context import Context
from galena.workflows.model_artefacts import load_model
from galena.workflows.model_promotion import Verdict

if TYPE_CHECKING:
    from galena.kit.tabular.model import TabularModel

_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)

TRIED = "try_model"
"""The action on the audit trail."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a model is tried on.

    Attributes:
        table: a file of later leads with their outcome.
        target: its column with the outcome.
        positive: the value that counts as the good outcome; None: found.
        time: its column that says when a row was known; rows of the time of the training are left out.
    """

    table: Path | str
    target: str
    positive: str | None = None
    time: str | None = None


def try_model(context: Context, store: ObjectStore, model_id: UUID, trial: Trial) -> Verdict:
    """Try a model on later leads against the champion that stands; without one, against the base rate of its training.

    Raises:
        NotFoundError: there is no such model or column.
        InputError: the table cannot be used, or too little of it is later than the training.
        DamagedObjectError: an artefact was changed; an alert is raised, too.
    """
    model, champion = rivals(context, model_id)
    asked = _ready(context, store, model)
    asked_before = None if champion is None else _ready(context, store, champion)
    frame, target, left_out = _later_leads(trial, model, champion)
    tried = asked.predict(frame).probability
    if asked_before is None:
        standing = np.full(len(target), _base_rate(model))
    else:
        standing = asked_before.predict(frame).probability
    about = {"table": Path(trial.table).name, "target": trial.target, "left_out": left_out}
    return decide(context, model, champion, target, standing, tried, about | {"against": _name(champion)})


def decide(
    context: Context,
    model: RegisteredModel,
    champion: RegisteredModel | None,
    target: NDArray[np.float64],
    standing: NDArray[np.float64],
    tried: NDArray[np.float64],
    about: dict[str, Any],
    required: float | None = None,
) -> Verdict:
    """The verdict on what two models said of the same leads, in the order of the leads; written on the audit trail.

    A model that is tried again and again until the test says better would win by patience: from the second look on,
    the certainty that holds at any time decides, and it must be higher.

    Args:
        required: how sure the test must be, at any time; None: as for a model tried by hand.
    """
    from galena.engines.learning.promotion import FIRST_LOOK_CERTAINTY, LATER_LOOKS_CERTAINTY, verdict_on

    looked_before = _looked_before(context, model, champion)
    any_time = looked_before or required is not None
    needed = required or (LATER_LOOKS_CERTAINTY if looked_before else FIRST_LOOK_CERTAINTY)
    found = verdict_on(target, standing, tried, any_time=any_time, required_certainty=needed)
    certainty = found.certainty_any_time if any_time else found.certainty
    detail = {**about, "looked_before": looked_before, **found.model_dump(mode="json")}
    verdict = Verdict(model.id, champion.id if champion else None, found.promote, certainty, detail)
    with context.session() as session:
        audit.record(session, TRIED, f"model:{model.id}", verdict.as_evidence())
    return verdict


def rivals(context: Context, model_id: UUID) -> tuple[RegisteredModel, RegisteredModel | None]:
    """A model and the champion it is to be tried against.

    Raises:
        NotFoundError: there is no such model.
        InputError: it is the champion itself.
    """
    with context.session() as session:
        model = models.load(session, model_id)
        champion = models.find_champion(session, model.purpose)
    if champion is not None and champion.id == model.id:
        raise InputError(f"{model.name} is the champion already", remedy="Try another model against it.")
    return model, champion


def later_than(
    times: Sequence[datetime], model: RegisteredModel, champion: RegisteredModel | None
) -> NDArray[np.bool_]:
    """Which of these moments lie after all that either model was trained on.

    Raises:
        InputError: none does.
    """
    ends = [each.data_to for each in (model, champion) if each is not None and each.data_to is not None]
    later = np.array([not ends or at > max(ends) for at in times], dtype=np.bool_)
    if not later.any():
        raise InputError(
            "no lead whose outcome is known is later than the training",
            facts={
                "trained until": f"{max(ends):%Y-%m-%d %H:%M}" if ends else "unknown",
                "leads": len(times),
            },
            remedy="Wait for outcomes of leads that came after the models were trained.",
        )
    return later


def _looked_before(context: Context, model: RegisteredModel, champion: RegisteredModel | None) -> bool:
    """Whether this model was tried against this champion already."""
    against = str(champion.id) if champion else None
    with context.session() as session:
        entries = audit.list_(session, subject=f"model:{model.id}", limit=1000)
    return any(each.action == TRIED and each.detail.get("against") == against for each in entries)


def _name(champion: RegisteredModel | None) -> str:
    return champion.name if champion else "the base rate"


def _ready(context: Context, store: ObjectStore, model: RegisteredModel) -> "TabularModel":
    """The model, when it can be asked about a table."""
    loaded = load_model(context, store, model)
    if BLEND in loaded.meta:
        raise InputError(
            f"{model.name} reads the leads of this workspace together with its rules, and no other table",
            remedy="Try it on the workspace's own later leads: leave --on and --target away.",
        )
    return loaded


def _later_leads(
    trial: Trial, model: RegisteredModel, champion: RegisteredModel | None
) -> tuple[pl.DataFrame, NDArray[np.float64], int]:
    """The leads with an outcome that are later than what either model was trained on; and how many were not."""
    from galena.engines.learning.dataset import dataset_of

    frame, _, _ = read_table(trial.table)
    positive = trial.positive or _said_positive(model, trial.target)
    given = dataset_of(frame, target=trial.target, positive=positive, time=trial.time)
    if given.times is None:
        return given.frame, given.target, 0
    # A time that cannot be read tells nothing, so that its lead does not count as later.
    moments = [
        at.replace(tzinfo=UTC) if isinstance(at, datetime) else _LONG_AGO for at in given.times.tolist()
    ]
    later = later_than(moments, model, champion)
    return given.frame.filter(pl.Series(later)), given.target[later], int((~later).sum())


def _said_positive(model: RegisteredModel, target: str) -> str | None:
    """The value that counted as the good outcome in training, when the column is the same."""
    same = model.card.get("outcome") == target
    return str(model.card["positive"]) if same and model.card.get("positive") else None


def _base_rate(model: RegisteredModel) -> float:
    return model.positive_count / model.row_count if model.row_count else 0.5
