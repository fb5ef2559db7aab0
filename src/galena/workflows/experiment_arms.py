"""The leads of an experiment's trial, and who scores them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from galena.domain.learning import Experiment
from galena.domain.playbook import Head
from galena.domain.registered_model import RegisteredModel
from galena.kit.errors import InputError
from galena.stores import experiments, member_weights, models
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.plans import Plan

if TYPE_CHECKING:
    from galena.workflows.lead_models import Judge

MADE_BY = "made_by"
"""The column that says who scored a lead of a batch: 0 whoever scores, else the place among the trial's judges."""
REST = ""
"""The segment of leads whose own has no weights."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The trial of a running experiment.

    Attributes:
        judges: who scores its leads, by segment; one alone for `REST` scores them all.
        field: the lead's field that is the segment; None: there are no segments.
    """

    experiment: Experiment
    judges: Mapping[str, "Judge"]
    field: str | None = None

    def parts(self, frame: pl.DataFrame) -> Iterator[tuple["Judge", pl.Series]]:
        """Each judge with the leads it scores, as a column of yes and no; leads by their `id`."""
        from galena.engines.learning.experiment import arm_of

        share = float(self.experiment.design["trial_share"])
        identity = self.experiment.id
        in_trial = pl.Series([arm_of(identity, lead_id, share) == "trial" for lead_id in frame["id"]])
        if self.field is None or self.field not in frame.columns:
            yield self.judges[REST], in_trial
            return
        segments = frame[self.field].cast(pl.String).fill_null(REST)
        known = segments.is_in([name for name in self.judges if name != REST])
        for name, judge in self.judges.items():
            yield judge, in_trial & (~known if name == REST else segments == name)


def trial_of(
    context: Context,
    plan: Plan,
    head: Head | None,
    champion: RegisteredModel | None,
    session: Session | None = None,
) -> Trial | None:
    """The trial of the experiment that runs about the outcome that is the score; None where there is none.

    An experiment whose control scores no more splits nobody: its next look ends it.

    Args:
        session: as of `lead_models.bench_of`.

    Raises:
        GalenaError: what is to score the trial cannot be used.
    """
    from galena.workflows.lead_models import judge_of

    if head is None:
        return None
    with context.within(session) as inside:
        running = experiments.find_running(inside, head.name)
        if running is None or running.control_model_id != (champion.id if champion else None):
            return None
        if running.trial_model_id is None:
            raise InputError(f"the experiment {running.name} does not say what scores its trial")
        model = models.load(inside, running.trial_model_id)
        weights = {
            name: member_weights.load(inside, identity)
            for name, identity in dict(running.trial.get("weights", {})).items()
        }
    judges = {name: judge_of(context, plan, head, model, each) for name, each in weights.items()}
    judges = judges or {REST: judge_of(context, plan, head, model)}
    return Trial(running, judges, running.trial.get("field"))
