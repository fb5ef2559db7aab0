"""What is known of the leads' outcomes: how many are decided, and how, head by head."""

import io
from dataclasses import dataclass
from uuid import UUID

import polars as pl

from galena.domain.playbook import Head
from galena.domain.playbook.schema import field_type
from galena.engines.learning.labels import Labeller
from galena.stores import leads
from galena.workflows.context import Context
from galena.workflows.lead_frames import plain_struct
from galena.workflows.plans import active_plan

BATCH = 50_000


@dataclass(frozen=True, slots=True)
class LabelCounts:
    """Leads by what became of them, as one head asks it.

    Attributes:
        decided, positives: leads whose outcome is known, and the good ones among them.
        open: the others; of a head that is given another, also those the other has not said yes to.
        needed: decided leads from which on a model can take part.
    """

    head: Head
    decided: int
    positives: int
    open: int
    needed: int


def count_labels(context: Context) -> tuple[LabelCounts, ...]:
    """The counts of each head of the workspace's playbook; under a second per hundred thousand leads."""
    with context.session() as session:
        playbook = active_plan(session).playbook
    if not playbook.models.heads:
        return ()
    labeller = Labeller(playbook)
    read = {name: field_type(field) for name, field in playbook.fields.items() if name in labeller.inputs}
    struct = plain_struct(read)
    found: dict[str, tuple[int, int, int]] = {head.name: (0, 0, 0) for head in playbook.models.heads}
    after = leads.FIRST
    while True:
        with context.session() as session:
            csv = leads.read_fields(session, tuple(read), after=after, limit=BATCH)
        frame = pl.read_csv(io.BytesIO(csv), infer_schema=False)
        if frame.is_empty():
            break
        fields = frame["fields"].str.json_decode(struct).struct.unnest()
        source = frame["lead_key"].str.split_exact(":", 1).struct.field("field_0").alias("lead_source")
        labels = labeller.read(fields.hstack([source]), context.clock())
        for name, head in labels.heads.items():
            decided, positives, open_ = found[name]
            rest = open_ + frame.height - head.decided
            found[name] = (decided + head.decided, positives + head.positives, rest)
        after = UUID(frame["lead_id"][-1])
    needed = playbook.models.minimum_labels
    return tuple(LabelCounts(head, *found[head.name], needed) for head in playbook.models.heads)
