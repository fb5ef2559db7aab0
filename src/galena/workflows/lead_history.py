"""Past leads as a model learns from them: what was known when each was given out or came in, and what became of it.

What was known of a lead that was assigned is the score it was assigned with, whatever was learned of it since; and its
outcome counts once leads are old enough that slow outcomes are told as well as fast ones (`engines.learning.waiting`).

What was known of any other lead is its first score, when it was scored about when it came in and before its outcome was
known; else its features are computed as of its arrival, from the signals until then and the fields as they are now
(fields have no history). Which of the two is decided without looking at the outcome itself.

What people say of leads (`workflows.overrides`) is known by the score that each lead had when it was said.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import polars as pl

from galena.domain.playbook import Playbook
from galena.domain.playbook.schema import field_type
from galena.domain.score import MICROPOINTS, Previous, Score
from galena.domain.scored import Override, StoredScore
from galena.domain.signal import Signal
from galena.engines.learning.labels import Labeller, Labels, outcome_fields
from galena.kit.expression import polars_schema
from galena.stores import leads, revisions, scores, signals, verdicts
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.lead_frames import plain_struct, signals_frame
from galena.workflows.plans import Plan
from galena.workflows.ripe_labels import Told, ripened

BATCH = 20_000
NEAR_ARRIVAL = timedelta(days=7)
"""A first score counts as made on arrival when it speaks of a moment at most so long after it."""
MANY = 200
"""From so many leads of one moment on, a frame is computed; fewer are computed one by one."""


@dataclass(frozen=True, slots=True)
class LeadWords:
    """What people say of leads and nobody took back, row by row.

    Attributes:
        values: the values of the score that each lead had when it was said.
        grades: how good, 0-1: the points of 100, or of a tier alone its place among the tiers.
    """

    lead_ids: tuple[UUID, ...]
    values: pl.DataFrame
    grades: tuple[float, ...]
    said_at: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class PastLeads:
    """Leads as they were known when they came in, row by row.

    Attributes:
        values: the values of a score, by name; a row per lead.
        points: what the rules gave each, 0-100.
        arrived_at: the moment they were known at: when each was assigned last, or came in.
        came_at: when each came in.
        labels: what became of them; open, too, where an assigned lead is too young for its outcome to count.
        from_scores: how many rows are first scores; the others were computed as of the arrival.
        assigned: how many rows are known by the score they were assigned with.
        told: head -> all outcomes that are known, of young leads too, weighed by age.
        discarded: leads that the playbook discards; they are not among the rows.
        words: what people say of leads, of those with an outcome, too.
    """

    lead_ids: tuple[UUID, ...]
    values: pl.DataFrame
    points: tuple[float, ...]
    arrived_at: tuple[datetime, ...]
    labels: Labels
    from_scores: int
    discarded: int
    came_at: tuple[datetime, ...] = ()
    assigned: int = 0
    told: Mapping[str, Told] = field(default_factory=dict)
    words: LeadWords | None = None

    def young(self, head: str) -> int:
        """How many outcomes of a head do not count yet."""
        known = int((~np.isnan(self.told[head].label)).sum()) if head in self.told else 0
        return max(0, known - self.labels.heads[head].decided)


@dataclass(frozen=True, slots=True)
class _Known:
    values: Mapping[str, Any]
    points: float
    from_score: bool = False
    assigned_at: datetime | None = None


def past_leads(context: Context, plan: Plan, now: datetime) -> PastLeads:
    """Every lead of the workspace as it was known when it came in."""
    frames = list(_read(context, plan.playbook))
    whole = pl.concat(frames) if frames else _empty(plan.playbook)
    labels = Labeller(plan.playbook).read(whole, now)
    arrived = _arrivals(whole, labels, now)
    ids = [UUID(lead_id) for lead_id in whole["lead_id"]]
    known: dict[UUID, _Known] = {}
    first = plan.playbook.models.heads[:1]
    told = [_moment(us) for us in whole["told_at_us"]]
    decided = labels.heads[first[0].name].decided_at.to_list() if first else [None] * len(ids)
    for begin in range(0, len(ids), BATCH):
        part = slice(begin, begin + BATCH)
        until = [at or told_at for at, told_at in zip(decided[part], told[part], strict=True)]
        known |= _known(context, plan, whole[part], ids[part], arrived[part], until)
    given = [known[each].assigned_at if each in known else None for each in ids]
    past = _assembled(plan, ids, known, (arrived, given), *ripened(labels, given, told, now))
    return replace(past, words=_words(context, plan))


def _read(context: Context, playbook: Playbook) -> Iterator[pl.DataFrame]:
    """Leads with every field, batch by batch."""
    outcomes = sorted({name for head in playbook.models.heads for name in outcome_fields(playbook, head)})
    after = leads.FIRST
    while True:
        with context.session() as session:
            csv = leads.read_outcomes(session, outcomes, after=after, limit=BATCH)
        kinds = {"created_at_us": pl.Int64, "told_at_us": pl.Int64}
        frame = pl.read_csv(io.BytesIO(csv), infer_schema=False, schema_overrides=kinds)
        if frame.is_empty():
            return
        fields = frame["fields"].str.json_decode(_struct(playbook)).struct.unnest()
        source = frame["lead_key"].str.split_exact(":", 1).struct.field("field_0").alias("lead_source")
        yield frame.drop("fields").hstack([source]).hstack(fields)
        after = UUID(frame["lead_id"][-1])


def _empty(playbook: Playbook) -> pl.DataFrame:
    heads = {"lead_id": pl.String, "lead_key": pl.String, "created_at_us": pl.Int64, "told_at_us": pl.Int64}
    fields = {each.name: each.dtype for each in _struct(playbook).fields}
    return pl.DataFrame(schema={**heads, "lead_source": pl.String, **fields})


def _struct(playbook: Playbook) -> pl.Struct:
    return plain_struct({name: field_type(field) for name, field in playbook.fields.items()})


def _arrivals(whole: pl.DataFrame, labels: Labels, now: datetime) -> list[datetime]:
    """When each lead came in: as a field says, else when it was first imported; never after now."""
    imported = pl.from_epoch(whole["created_at_us"], "us").dt.replace_time_zone("UTC")
    filled = labels.arrived_at.fill_null(imported)
    return [min(at, now) for at in filled.to_list()]


def _known(
    context: Context,
    plan: Plan,
    frame: pl.DataFrame,
    ids: Sequence[UUID],
    arrived: Sequence[datetime],
    until: Sequence[datetime | None],
) -> dict[UUID, _Known]:
    """What was known of these leads on arrival; those that would have been discarded are left out."""
    with context.session() as session:
        first = scores.load_first(session, ids)
        assigned = scores.load_assigned(session, ids)
        usable = _same_values(session, plan, {each.revision_id for each, _ in assigned.values()})
        told = signals_frame(signals.read_some(session, ids))
    found: dict[UUID, _Known] = {}
    rest: dict[datetime, list[int]] = {}
    for row, (lead_id, at, end) in enumerate(zip(ids, arrived, until, strict=True)):
        with_it, given_at = assigned.get(lead_id, (None, None))
        if with_it is not None and with_it.revision_id in usable:
            found[lead_id] = replace(_replayed(plan, with_it), from_score=False, assigned_at=given_at)
            continue
        stored = first.get(lead_id)
        if stored is not None and _is_of_arrival(plan, stored, at, end):
            found[lead_id] = _replayed(plan, stored)
        else:
            rest.setdefault(at, []).append(row)
    happened = _signals_by_lead(told) if any(len(rows) < MANY for rows in rest.values()) else {}
    for at, rows in rest.items():
        if len(rows) >= MANY:
            computed = _computed_frame(plan, frame[rows], told, at)
        else:
            computed = _computed_one_by_one(plan, frame[rows], happened, at)
        found |= {ids[row]: known for row, known in zip(rows, computed, strict=True) if known is not None}
    return found


def _is_of_arrival(plan: Plan, stored: StoredScore, arrived: datetime, until: datetime | None) -> bool:
    same_values = stored.revision_id == plan.revision.id
    on_time = arrived <= stored.as_of <= arrived + NEAR_ARRIVAL
    return same_values and on_time and (until is None or stored.scored_at < until)


def _same_values(session: Session, plan: Plan, revision_ids: set[UUID]) -> set[UUID]:
    """Those of these revisions whose scores keep the same values as the plan's."""
    names = plan.revision.value_names
    return {each for each in revision_ids if revisions.load(session, each).value_names == names}


def _replayed(plan: Plan, stored: StoredScore) -> _Known:
    values = plan.scorer.unpack_values(stored.values)
    again = plan.scorer.replay(values, stored.previous, stored.as_of)
    return _Known(values, again.points, from_score=True)


def _words(context: Context, plan: Plan) -> LeadWords:
    """What people say, where a score of the same values stood when they said it."""
    with context.session() as session:
        said = verdicts.list_not_taken_back(session)
        stood = scores.load_when_said(session, [each.lead_id for each in said])
        usable = _same_values(session, plan, {each.revision_id for each in stood.values()})
    tiers = [tier.name for tier in plan.playbook.rules.tiers]
    rows = [
        (each, plan.scorer.unpack_values(stored.values), grade)
        for each in said
        if (stored := stood.get(each.lead_id)) is not None
        and stored.revision_id in usable
        and (grade := grade_of(each, tiers)) is not None
    ]
    schema = polars_schema(plan.scorer.value_schema)
    columns = {name: [values.get(name) for _, values, _ in rows] for name in schema}
    return LeadWords(
        tuple(each.lead_id for each, _, _ in rows),
        pl.DataFrame(columns, schema=schema),
        tuple(grade for _, _, grade in rows),
        tuple(each.created_at for each, _, _ in rows),
    )


def grade_of(said: Override, tiers: Sequence[str]) -> float | None:
    """How good somebody calls a lead, 0-1; None where the tier is none of these, the best of which is first."""
    if said.micropoints is not None:
        return said.micropoints / (100 * MICROPOINTS)
    if said.tier not in tiers or len(tiers) < 2:
        return None
    return 1 - tiers.index(said.tier) / (len(tiers) - 1)


def _computed_frame(
    plan: Plan, frame: pl.DataFrame, told: pl.DataFrame, as_of: datetime
) -> list[_Known | None]:
    mine = told.filter(pl.col("lead_id").is_in(frame["lead_id"].to_list()))
    inputs = plan.features.inputs_frame(frame, as_of, mine).rename({"lead_id": "id"})
    scored = plan.scorer.score_frame(inputs, as_of, packed=True)
    rows = zip(scored["micropoints"], scored["values"], strict=True)
    return [
        None if size is None else _Known(plan.scorer.unpack_values(packed), size / 1e6)
        for size, packed in rows
    ]


def _computed_one_by_one(
    plan: Plan, frame: pl.DataFrame, happened: Mapping[str, list[Signal]], as_of: datetime
) -> list[_Known | None]:
    found: list[_Known | None] = []
    outcomes = [name for name, field in plan.playbook.fields.items() if field.outcome]
    for row in frame.drop(outcomes, strict=False).iter_rows(named=True):
        inputs = plan.features.inputs_one(row, happened.get(row["lead_id"], ()), as_of)
        score = plan.scorer.score_one(inputs, as_of, Previous())
        found.append(_Known(score.values, score.points) if isinstance(score, Score) else None)
    return found


def _signals_by_lead(told: pl.DataFrame) -> dict[str, list[Signal]]:
    import orjson

    found: dict[str, list[Signal]] = {}
    for lead_id, kind, at, attributes in told.iter_rows():
        found.setdefault(lead_id, []).append(Signal(kind, at, orjson.loads(attributes)))
    return found


def _assembled(
    plan: Plan,
    ids: Sequence[UUID],
    known: Mapping[UUID, _Known],
    moments: tuple[Sequence[datetime], Sequence[datetime | None]],
    labels: Labels,
    told: Mapping[str, Told],
) -> PastLeads:
    came, given = moments
    kept = [row for row, lead_id in enumerate(ids) if lead_id in known]
    rows = [known[ids[row]] for row in kept]
    schema = polars_schema(plan.scorer.value_schema)
    columns = {name: [row.values.get(name) for row in rows] for name in schema}
    return PastLeads(
        tuple(ids[row] for row in kept),
        pl.DataFrame(columns, schema=schema),
        tuple(row.points for row in rows),
        tuple(given[row] or came[row] for row in kept),
        labels.only(kept),
        sum(row.from_score for row in rows),
        len(ids) - len(kept),
        tuple(came[row] for row in kept),
        sum(row.assigned_at is not None for row in rows),
        {name: each.only(kept) for name, each in told.items()},
    )


def _moment(us: int | None) -> datetime | None:
    return None if us is None else datetime.fromtimestamp(us / 1e6, UTC)
