"""A batch of leads judged: the score by rules or by a model, what the models in use say of every head, and what those
on trial say in the shadow."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from galena.domain.playbook import Head
from galena.domain.reasoner import LeadReasoning
from galena.domain.registered_model import ShadowHeader
from galena.domain.scored import HeadHeader, ScoreHeader
from galena.stores import head_scores, score_layouts, shadow_scores
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.experiment_arms import MADE_BY, Trial
from galena.workflows.lead_frames import PREVIOUS
from galena.workflows.lead_models import Bench, Judge, guarded
from galena.workflows.plans import Plan

REASONS = 3
"""Reasons kept with the score that stands, for lists."""

EXPECTED = "expected_value"
_TOLD = ("id", "probability", "low", "high", "confidence", "members")


_PARTS = ("values", "contributions", "reasons")
_COMPARED = ("micropoints", "tier", "temperature", "confidence", "fit", "engagement")


@dataclass(frozen=True, slots=True)
class Said:
    """What one model says of the leads of a batch: _TOLD, and for a champion the expected value."""

    judge: Judge
    frame: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Judged:
    """A batch with its scores, and who made them.

    Attributes:
        found: as `Scorer.score_frame` gives it, packed; without values, contributions and reasons where the same score
            by the same model stands already.
        bench: who scored; rules in place of a first that failed on this batch.
        reasonings: what the reasoner has said of the leads, where it scores.
    """

    found: pl.DataFrame
    bench: Bench
    champions: tuple[Said, ...] = ()
    challengers: tuple[Said, ...] = ()
    reasonings: tuple[LeadReasoning, ...] = ()

    def apart(self, header: ScoreHeader, found: pl.DataFrame) -> list[tuple[ScoreHeader, pl.DataFrame]]:
        """Scores of the batch by who made them, where an experiment splits it; each with its header."""
        if MADE_BY not in found.columns or self.bench.trial is None:
            return [(header, found)]
        parts = [(header, found.filter(pl.col(MADE_BY) == 0))]
        for place, judge in enumerate(self.bench.trial.judges.values(), 1):
            weights = judge.weights.id if judge.weights else None
            made = replace(header, method="model", model_id=judge.model.id, weights_id=weights, fallback=None)
            parts.append((made, found.filter(pl.col(MADE_BY) == place)))
        return [(made, part.drop(MADE_BY)) for made, part in parts if part.height]

    def header(self, plan: Plan, *, as_of: datetime, scored_at: datetime, trigger: str) -> ScoreHeader:
        """What the scores have in common."""
        first = self.bench.first
        return ScoreHeader(
            plan.revision.id,
            as_of,
            scored_at,
            trigger,
            "model" if first else "rules",
            first.model.id if first else None,
            self.bench.fallback,
            first.weights.id if first and first.weights else None,
        )


def judge_batch(
    context: Context,
    plan: Plan,
    bench: Bench,
    inputs: pl.DataFrame,
    as_of: datetime,
    *,
    require_enrichment: bool = False,
) -> Judged:
    """The scores of a batch of leads; a model that fails is left out, and rules score in place of the first.

    Args:
        inputs: as `FeatureSet.inputs_frame` gives them, with `lead_id`.
    """
    frame = inputs.rename({"lead_id": "id"})
    found = None
    if bench.first is not None:
        judge = bench.first
        found = guarded(context, judge.model, lambda: _judged(plan, judge, frame, as_of, require_enrichment))
        bench = bench if found is not None else bench.without_first()
    if found is None:
        found = plan.scorer.score_frame(
            frame, as_of, require_enrichment=require_enrichment, packed=True, reasons=REASONS
        )
    first = [Said(bench.first, found)] if bench.first else []
    champions = [*first, *_all_said(context, bench.others, frame, as_of, require_enrichment)]
    valued = _valued(plan, champions, frame, as_of)
    if bench.trial is not None:
        found, valued = _split(context, plan, bench.trial, (found, valued), frame, as_of, require_enrichment)
    return Judged(
        found,
        bench,
        tuple(_scored(said) for said in valued),
        tuple(
            _scored(said) for said in _all_said(context, bench.challengers, frame, as_of, require_enrichment)
        ),
    )


def _split(
    context: Context,
    plan: Plan,
    trial: Trial,
    alike: tuple[pl.DataFrame, list[Said]],
    frame: pl.DataFrame,
    as_of: datetime,
    require_enrichment: bool,
) -> tuple[pl.DataFrame, list[Said]]:
    """The batch with the trial's leads scored by the trial's judges; who fails leaves them as they are."""
    found, said = alike
    found = found.with_columns(pl.lit(0, pl.Int8).alias(MADE_BY))
    for place, (judge, mine) in enumerate(trial.parts(frame), 1):
        if not mine.any():
            continue
        part = frame.filter(mine)
        scored = guarded(
            context,
            judge.model,
            lambda judge=judge, part=part: _judged(plan, judge, part, as_of, require_enrichment),  # type: ignore[misc]
        )
        if scored is None:
            continue
        made = scored.with_columns(pl.lit(place, pl.Int8).alias(MADE_BY)).select(found.columns)
        both = pl.concat([found.filter(~mine), made])
        found = frame.select("id").join(both, on="id", how="left", maintain_order="left")
        ids = part["id"].to_list()
        others = [
            Said(each.judge, each.frame.filter(pl.col("id").is_in(ids)))
            for each in said
            if each.judge.head.name != judge.head.name
        ]
        said = [
            *(
                Said(each.judge, each.frame.filter(~pl.col("id").is_in(ids)))
                if each.judge.head.name == judge.head.name
                else each
                for each in said
            ),
            *_valued(plan, [Said(judge, scored), *others], part, as_of)[:1],
        ]
    return found, said


def _judged(
    plan: Plan, judge: Judge, frame: pl.DataFrame, as_of: datetime, require_enrichment: bool
) -> pl.DataFrame:
    """The scores by a model; those that stand already, the same in all but their reasons, are not explained again.

    Explaining takes a hundred times as long as predicting, and from night to night most leads stay as they are.
    """
    quick = judge.scorer.predict_frame(frame, as_of, require_enrichment=require_enrichment)
    stands = _stands(plan, judge, quick, frame)
    explained = judge.scorer.score_frame(
        frame.filter(~stands), as_of, require_enrichment=require_enrichment, packed=True, reasons=REASONS
    )
    if explained.height == frame.height:
        return explained
    parts = {name: explained.schema[name] for name in _PARTS}
    same = quick.filter(stands).with_columns(pl.lit(None, kind).alias(name) for name, kind in parts.items())
    both = pl.concat([explained, same.select(explained.columns)])
    return frame.select("id").join(both, on="id", how="left", maintain_order="left")


def _stands(plan: Plan, judge: Judge, quick: pl.DataFrame, frame: pl.DataFrame) -> pl.Series:
    """Of which leads the same score by the same model and revision stands."""
    if not set(PREVIOUS) <= set(frame.columns):
        return pl.repeat(False, frame.height, eager=True)
    beside = quick.select("status", *_COMPARED).hstack(frame.select(list(PREVIOUS)))
    same = [pl.col(name).eq_missing(pl.col(f"previous_{name}")) for name in _COMPARED]
    made_alike = [
        pl.col("status") == "scored",
        pl.col("previous_model_id").eq_missing(pl.lit(str(judge.model.id))),
        pl.col("previous_revision_id").eq_missing(pl.lit(str(plan.revision.id))),
    ]
    return beside.select(stands=pl.all_horizontal(*made_alike, *same)).to_series()


def write_layout(session: Session, header: ScoreHeader, bench: Bench) -> None:
    """Keeps the names of the contributions of the scores about to be written."""
    judges = [*([bench.first] if bench.first else []), *(bench.trial.judges.values() if bench.trial else ())]
    for judge in judges:
        score_layouts.keep(session, header.revision_id, judge.model.id, judge.scorer.contribution_names)


def write_said(session: Session, judged: Judged, header: ScoreHeader, *, gone: Iterable[str] = ()) -> None:
    """Writes what models say of the batch: those in use to the heads, those on trial to the shadow."""
    missing = list(gone)
    for said in judged.champions:
        head = HeadHeader(said.judge.head.name, said.judge.model.id, header.as_of, header.scored_at)
        head_scores.record_csv(session, head, [_lines(said.frame, missing, (*_TOLD, EXPECTED))])
    for said in judged.challengers:
        shadow = ShadowHeader(said.judge.model.id, header.as_of, header.scored_at)
        shadow_scores.record_csv(session, shadow, [_lines(said.frame, missing, _TOLD)])


def _all_said(
    context: Context, judges: Iterable[Judge], frame: pl.DataFrame, as_of: datetime, require_enrichment: bool
) -> list[Said]:
    found = []
    for judge in judges:
        said = guarded(
            context,
            judge.model,
            lambda judge=judge: judge.scorer.predict_frame(  # type: ignore[misc]
                frame, as_of, require_enrichment=require_enrichment
            ),
        )
        if said is not None:
            found.append(Said(judge, said))
    return found


def _valued(plan: Plan, champions: list[Said], frame: pl.DataFrame, as_of: datetime) -> list[Said]:
    """The champions with the expected value: the probabilities along the chain of heads, times the worth."""
    by_head = {said.judge.head.name: said for said in champions}
    return [
        Said(said.judge, said.frame.with_columns(_expected(plan, said.judge.head, by_head, frame, as_of)))
        for said in champions
    ]


def _expected(
    plan: Plan, head: Head, by_head: dict[str, Said], frame: pl.DataFrame, as_of: datetime
) -> pl.Series:
    chain = plan.playbook.models.chain(head)
    if head.worth is None or any(each.name not in by_head for each in chain):
        return pl.Series(EXPECTED, [None] * frame.height, dtype=pl.Float64)
    asked = plan.scorer.programs.asking(head.worth)
    value = asked.frame(frame, as_of, keep=["_answer"]).to_series()
    for each in chain:
        value = value * by_head[each.name].frame["probability"]
    return value.alias(EXPECTED)


def _scored(said: Said) -> Said:
    return Said(said.judge, said.frame.filter(pl.col("status") == "scored"))


def _lines(frame: pl.DataFrame, gone: list[str], columns: tuple[str, ...]) -> bytes:
    members = pl.concat_str(
        pl.lit("{"), pl.col("members").cast(pl.List(pl.String)).list.join(","), pl.lit("}")
    )
    kept = frame.filter(~pl.col("id").is_in(gone)) if gone else frame
    return (
        kept.select(columns).with_columns(members.alias("members")).write_csv(include_header=False).encode()
    )
