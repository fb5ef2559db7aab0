"""How much each member of a model counts: the weights of its training, or those adapted to outcomes since then.

Adapted weights hold while their model is the champion: with every promotion and roll-back the weights of the training
come back, and a person can bring them back at any time. A score carries the weights it was made with.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np

from galena.domain.registered_model import MemberWeights, RegisteredModel
from galena.kit.errors import ConflictError, InputError
from galena.stores import audit, member_weights, models
from galena.stores.door import Session
from galena.workflows.context import Context

if TYPE_CHECKING:
    from galena.kit.tabular.model import TabularModel

RESET = "reset_weights"
"""The action on the audit trail."""

_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
_HISTORY = 50


@dataclass(frozen=True, slots=True)
class Shares:
    """The members of a champion and how much each counts.

    Attributes:
        trained: member -> share, as the training left it; they sum to 1.
        in_force: the adapted weights that score now; None: those of the training do.
        history: weights recorded for this model, the newest first.
    """

    model: RegisteredModel
    trained: Mapping[str, float]
    in_force: MemberWeights | None
    history: tuple[MemberWeights, ...]

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for scripts."""
        return {
            "model": self.model.name,
            "model_id": str(self.model.id),
            "trained": dict(self.trained),
            "now": dict(self.in_force.weights if self.in_force else self.trained),
            "adapted": self.in_force is not None,
            "history": [
                {
                    "id": str(each.id),
                    "at": each.at.isoformat(),
                    "weights": dict(each.weights),
                    "errors": dict(each.errors),
                    "why": each.why,
                    "by": each.author,
                }
                for each in self.history
            ],
        }


def in_force(session: Session, model: RegisteredModel) -> MemberWeights | None:
    """The adapted weights a model scores with; None: those of its training."""
    crowned = crowned_at(session, model)
    if crowned is None:
        return None
    latest = member_weights.find_latest(session, model.id, since=crowned)
    return latest if latest is not None and latest.errors else None


def counted_since(session: Session, model: RegisteredModel) -> datetime:
    """From when on outcomes count: since the model became champion, or its weights were brought back."""
    crowned = crowned_at(session, model) or _LONG_AGO
    kept = member_weights.list_(session, model.id)
    return max([crowned, *(each.at for each in kept if not each.errors)])


def crowned_at(session: Session, model: RegisteredModel) -> datetime | None:
    """Since when a model is the champion; None where it is not."""
    if model.status != "champion":
        return None
    changes = [each.at for each in models.history(session, model_id=model.id) if each.status == "champion"]
    return changes[-1] if changes else _LONG_AGO


def weighted(loaded: "TabularModel", weights: MemberWeights | None) -> "TabularModel":
    """A model whose members count as the weights say.

    Raises:
        InputError: the weights are of other members.
    """
    if weights is None:
        return loaded
    names = [member.name for member in loaded.members]
    if set(names) != set(weights.weights):
        raise InputError(
            "the weights are of other members than the model has",
            facts={"members": names, "weights": sorted(weights.weights)},
            remedy="Run `galena model weights --reset`.",
        )
    return _weighted(loaded, tuple(weights.weights[name] for name in names))


@lru_cache(maxsize=4)
def _weighted(loaded: "TabularModel", shares: tuple[float, ...]) -> "TabularModel":
    # A model remembers what follows from its weights, so that one with others is a model of its own.
    return replace(loaded, weights=np.array(shares))


def shares_of_champions(context: Context, *, purpose: str | None = None) -> tuple[Shares, ...]:
    """How much each member of the champions counts, and how that moved.

    Args:
        purpose: only of this outcome.

    Raises:
        ConflictError: there is no champion.
        DamagedObjectError, NotFoundError: a champion's artefact cannot be used.
    """
    with context.session() as session:
        found = models.list_(session, purpose=purpose, status="champion")
    if not found:
        raise ConflictError(
            "No model scores here, so there are no weights.",
            facts={"purpose": purpose} if purpose else {},
            remedy="`galena model list` shows the models; `galena model promote` lets one of them score.",
        )
    return tuple(_shares(context, model) for model in found)


def reset_weights(context: Context, *, purpose: str | None = None, why: str = "") -> tuple[Shares, ...]:
    """Bring back the weights of the training, and count only outcomes told from now on.

    Where they are in force already, nothing happens.

    Raises:
        ConflictError: there is no champion.
    """
    for shares in shares_of_champions(context, purpose=purpose):
        if shares.in_force is None:
            continue
        with context.session() as session:
            told = f"Back to the weights of the training{': ' + why.strip() if why.strip() else ''}."
            member_weights.record(
                session,
                shares.model.id,
                shares.model.purpose,
                at=context.clock(),
                weights=shares.trained,
                errors={},
                why=told,
            )
            audit.record(
                session, RESET, f"model:{shares.model.id}", {"model": shares.model.name, "why": told}
            )
    return shares_of_champions(context, purpose=purpose)


def load_weights(session: Session, weights_id: UUID | None) -> MemberWeights | None:
    """The weights a score carries; None: those of the training."""
    return None if weights_id is None else member_weights.load(session, weights_id)


def _shares(context: Context, model: RegisteredModel) -> Shares:
    from galena.workflows.model_artefacts import load_model

    if context.door.objects is None:
        raise ConflictError("there is no place where models lie")
    loaded = load_model(context, context.door.objects, model)
    with context.session() as session:
        holds = in_force(session, model)
        history = member_weights.list_(session, model.id, limit=_HISTORY)
    trained = dict(zip((each.name for each in loaded.members), loaded.weights.tolist(), strict=True))
    return Shares(model, trained, holds, history)
