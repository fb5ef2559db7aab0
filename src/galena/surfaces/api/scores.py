"""Scores: calculated from facts, made anew, many at once, and how all of them are spread."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from galena.domain.listing import LeadQuery
from galena.domain.score import MICROPOINTS
from galena.domain.signal import Signal
from galena.engines.explanation import ScoreDiff
from galena.stores import lead_lists, leads
from galena.stores.statistics import ScoreGroup, group_scores
from galena.surfaces.api.caller import PROBLEMS, Reader
from galena.surfaces.api.facts import Attributes, Facts, Label
from galena.surfaces.api.jobs import ACCEPTED, Counts, JobItem, begin, told
from galena.surfaces.api.leads import LeadScore, Reason, score_of
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.values import Instant
from galena.surfaces.api.workplace import GONE, Desk, context_of
from galena.surfaces.web.jobs import Job
from galena.workflows.calculate import SOURCE, Calculated, calculate_for_facts, calculate_for_lead
from galena.workflows.context import Context
from galena.workflows.lead_view import view_lead
from galena.workflows.plans import active_plan
from galena.workflows.rescore import rescore_leads
from galena.workflows.score_many import score_all, score_many

router = APIRouter(tags=["scores"], responses=PROBLEMS, route_class=RepeatableRoute)

MOST_LEADS = 10_000
MOST_SIGNALS = 500
IDS_AT_ONCE = 10_000


class Happened(BaseModel):
    """A signal of an imagined lead."""

    kind: Label = Field(description="One of the playbook's kinds; GET /signals/types lists them.")
    at: Instant
    attributes: Attributes = {}


class CalculationOrder(BaseModel):
    """Facts to calculate a score of."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"fields": {}, "signals": [], "as_of": "2026-03-02T09:00:00Z"}]}
    )

    fields: Facts
    signals: list[Happened] = Field(
        default=[], max_length=MOST_SIGNALS, description="What happened to the lead."
    )
    source: Label = Field(default=SOURCE, description="Where it comes from, for rules that ask.")
    as_of: Instant | None = Field(default=None, description="The moment the score speaks of; null: now.")


class MomentOrder(BaseModel):
    """The moment a score speaks of."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"as_of": "2026-03-02T09:00:00Z"}]})

    as_of: Instant | None = Field(default=None, description="Null: now.")


class Calculation(BaseModel):
    """A score that nobody keeps."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "score": 74.25,
                    "tier": "green",
                    "temperature": "hot",
                    "confidence": 0.81,
                    "fit": 70.0,
                    "engagement": 12.0,
                    "as_of": "2026-03-02T09:00:00Z",
                    "model": None,
                    "reasons": [{"name": "start", "points": 74.25, "sentence": "Where every lead starts"}],
                    "unknowns": [],
                    "not_scored": None,
                }
            ]
        }
    )

    score: float | None = Field(description="0 to 100, to six decimals; null where the playbook gives none.")
    tier: str | None
    temperature: str | None
    confidence: float | None = Field(description="0 to 1")
    fit: float | None = Field(description="Who they are, 0 to 100.")
    engagement: float | None = Field(description="What they do, 0 to 100.")
    as_of: datetime
    model: str | None = Field(description="The model that made it; null: rules did.")
    reasons: list[Reason] = Field(description="The points add up to the score exactly.")
    unknowns: list[str] = Field(description="What is not known and would count, in words.")
    not_scored: str | None = Field(description="Why there is no score, in words.")


class Change(BaseModel):
    """A part of what moved a score."""

    points: float
    sentence: str


class Movement(BaseModel):
    """What moved a score since an earlier one; the changes add up to it exactly."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "before": 62.0,
                    "after": 76.0,
                    "tier_before": "yellow",
                    "tier_after": "green",
                    "rules_changed": False,
                    "line": "62 to 76: lien filed +14",
                    "changes": [{"points": 14.0, "sentence": "A lien was filed"}],
                }
            ]
        }
    )

    before: float
    after: float
    tier_before: str
    tier_after: str
    rules_changed: bool = Field(description="Whether other rules, and not only other facts, moved it.")
    line: str = Field(description="All of it in one line.")
    changes: list[Change] = Field(description="The largest first.")


class BulkOrder(BaseModel):
    """Which leads to score: those that are named, those that fit, or all."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"tiers": ["green", "yellow"]}]})

    lead_ids: list[UUID] | None = Field(
        default=None, max_length=MOST_LEADS, description="Only these, and the rest of the order is not read."
    )
    tiers: list[Label] = Field(default=[], max_length=50, description="Only those in one of these tiers.")
    categories: list[Label] = Field(default=[], max_length=200)
    source: Label | None = Field(default=None, description="Only those of which this source told something.")

    @property
    def is_everything(self) -> bool:
        """Whether nothing narrows it."""
        return self.lead_ids is None and not (self.tiers or self.categories or self.source)


class Band(BaseModel):
    """Leads whose scores lie between two points."""

    low: int
    high: int = Field(description="Not included, but for 100.")
    leads: int


class Group(BaseModel):
    """Leads that have something in common."""

    name: str
    leads: int
    mean: float = Field(description="Of their scores.")
    tiers: dict[str, int] = Field(description="Tier, and how many of them stand in it.")


class Analytics(BaseModel):
    """How the standing scores are spread."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "leads": 1,
                    "waiting": 0,
                    "mean": 74.25,
                    "bands": [{"low": 70, "high": 80, "leads": 1}],
                    "tiers": [{"name": "green", "leads": 1, "mean": 74.25, "tiers": {"green": 1}}],
                    "temperatures": [],
                    "sources": [],
                }
            ]
        }
    )

    leads: int = Field(description="With a score.")
    waiting: int = Field(description="Whose score the reasoner is still to give; they are in no band.")
    mean: float | None
    bands: list[Band]
    tiers: list[Group] = Field(description="The best first.")
    temperatures: list[Group]
    sources: list[Group] = Field(description="The most leads first.")


@router.post("/scores/calculate", operation_id="calculate_score")
def calculate_score(caller: Reader, order: CalculationOrder) -> Calculation:
    """The score that a lead with these facts and signals would have; nothing is kept."""
    as_of = order.as_of or caller.galena.clock()
    happened = [Signal(each.kind, each.at, each.attributes) for each in order.signals]
    with caller.entered() as session:
        found = calculate_for_facts(session, order.fields, happened, as_of, source=order.source)
    return _calculation(found, as_of)


@router.post("/leads/{lead_id}/score/calculate", operation_id="calculate_lead_score", responses=GONE)
def calculate_lead_score(caller: Reader, lead_id: UUID, order: MomentOrder) -> Calculation:
    """The score that a lead would have at a moment, by what is known of it now; it is not kept."""
    as_of = order.as_of or caller.galena.clock()
    with caller.entered() as session:
        return _calculation(calculate_for_lead(session, lead_id, as_of), as_of)


@router.post("/leads/{lead_id}/score", operation_id="update_score", responses=GONE)
def update_score(caller: Desk, lead_id: UUID) -> LeadScore | None:
    """Score a lead now and keep it, where anything is new; null: the playbook gives it none."""
    with context_of(caller).session() as session:
        leads.load(session, lead_id)
        rescore_leads(session, [lead_id], caller.galena.clock(), trigger="request")
        return score_of(view_lead(session, lead_id, whole=False))


@router.get("/leads/{lead_id}/score/diff", operation_id="get_score_diff", responses=GONE)
def get_score_diff(
    caller: Reader,
    lead_id: UUID,
    since: Annotated[
        Instant | None, Query(description="Since this moment; left out: since the score before.")
    ] = None,
) -> Movement | None:
    """What moved a lead's score, part by part; null where there is no earlier score to compare with."""
    with caller.entered() as session:
        return _movement(view_lead(session, lead_id, since=since, whole=False).diff)


@router.post("/scores/bulk", operation_id="score_many", status_code=202, responses={**ACCEPTED, **GONE})
def score_bulk(request: Request, response: Response, caller: Desk, order: BulkOrder) -> JobItem:
    """Score many leads, as a job that counts which scores are new, changed, as before, or could not be made.

    An empty order scores the whole workspace, with the reasoner where one is set up.
    """
    context, settings = context_of(caller), caller.galena.settings

    def work(job: Job) -> None:
        job.advance(0, None, "Scoring")
        if order.is_everything:
            found = score_all(context, settings, advance=job.advance)
        else:
            wanted = order.lead_ids if order.lead_ids is not None else _matching(context, order, job.advance)
            found = score_many(context, wanted, advance=job.advance)
        counts = Counts(
            created=found.created, updated=found.updated, skipped=found.skipped, errors=found.errors
        )
        job.notice = f"{found.created + found.updated:,} scores are new."
        told(job, counts, errors=found.why)

    return begin(request, response, caller, "Scoring leads", "score:many", work)


@router.get("/scores/analytics", operation_id="get_score_analytics")
def get_score_analytics(caller: Reader) -> Analytics:
    """How the scores that stand are spread: by tens of points, tier, temperature and source."""
    with caller.entered() as session:
        rules = active_plan(session).playbook.rules
        groups = group_scores(session)
    scored = [each for each in groups if each.band >= 0]
    bands = Counter[int]()
    for each in scored:
        bands[each.band] += each.leads
    order = {tier.name: place for place, tier in enumerate(rules.tiers)}
    levels = {level.name: place for place, level in enumerate(rules.temperature)}
    return Analytics(
        leads=sum(each.leads for each in scored),
        waiting=sum(each.leads for each in groups if each.band < 0),
        mean=_mean(scored),
        bands=[Band(low=10 * band, high=10 * band + 10, leads=bands[band]) for band in range(10)],
        tiers=_groups(scored, lambda each: each.tier, lambda group: order.get(group.name, len(order))),
        temperatures=_groups(
            scored, lambda each: each.temperature, lambda group: levels.get(group.name, len(levels))
        ),
        sources=_groups(scored, lambda each: each.source, lambda group: -group.leads),
    )


def _matching(context: Context, order: BulkOrder, advance: Callable[..., None]) -> list[UUID]:
    query = LeadQuery(tiers=tuple(order.tiers), categories=tuple(order.categories), source=order.source)
    found: list[UUID] = []
    with context.session() as session:
        while True:
            advance(0, None, "Finding the leads")
            after = found[-1] if found else None
            some = lead_lists.ids(session, query, after=after, limit=IDS_AT_ONCE)
            found += some
            if len(some) < IDS_AT_ONCE:
                return found


def _calculation(found: Calculated, as_of: datetime) -> Calculation:
    score, told = found.score, found.explanation
    return Calculation(
        score=score.points if score else None,
        tier=score.tier if score else None,
        temperature=score.temperature if score else None,
        confidence=score.confidence if score else None,
        fit=score.fit if score else None,
        engagement=score.engagement if score else None,
        as_of=as_of,
        model=found.model,
        reasons=[
            Reason(name=part.name, points=part.micropoints / MICROPOINTS, sentence=part.sentence)
            for part in (told.parts if told else ())
        ],
        unknowns=[each.sentence for each in (told.unknowns if told else ())],
        not_scored=found.reason or None,
    )


def _movement(diff: ScoreDiff | None) -> Movement | None:
    if diff is None:
        return None
    return Movement(
        before=diff.before / MICROPOINTS,
        after=diff.after / MICROPOINTS,
        tier_before=diff.tier_before,
        tier_after=diff.tier_after,
        rules_changed=diff.rules_changed,
        line=diff.line,
        changes=[
            Change(points=each.micropoints / MICROPOINTS, sentence=each.sentence) for each in diff.changes
        ],
    )


def _groups(
    scored: Iterable[ScoreGroup], name: Callable[[ScoreGroup], str], place: Callable[[Group], Any]
) -> list[Group]:
    found: dict[str, list[ScoreGroup]] = {}
    for each in scored:
        found.setdefault(name(each), []).append(each)
    groups = []
    for key, members in found.items():
        tiers = Counter[str]()
        for each in members:
            tiers[each.tier] += each.leads
        leads_there = sum(each.leads for each in members)
        groups.append(Group(name=key, leads=leads_there, mean=_mean(members) or 0.0, tiers=dict(tiers)))
    return sorted(groups, key=lambda group: (place(group), group.name))


def _mean(scored: Iterable[ScoreGroup]) -> float | None:
    members = list(scored)
    count = sum(each.leads for each in members)
    points = sum(each.micropoints for each in members) / MICROPOINTS
    return round(points / count, 2) if count else None
