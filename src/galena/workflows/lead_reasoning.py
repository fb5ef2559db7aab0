"""What the reasoner is asked about each lead, what it has said already, and the scores that follow from it.

Where an endpoint is set up and the playbook says how the reasoner is asked, its answer is the score: rules still sort,
discard and set the temperature, and their score is what the reasoner's is compared with. A lead it has not answered for
keeps the score it has; rules make it no new one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import polars as pl

from galena.domain.playbook import Playbook, Reasoner
from galena.domain.reasoner import (
    POSSIBLE_INJECTION,
    RETRY_MICROPOINTS,
    RETRY_TIER,
    KeptAnswer,
    LeadReasoning,
    ReasonerAnswer,
    ReasonerSetup,
)
from galena.domain.score import Contribution, Previous, Score
from galena.domain.scored import ScoreHeader
from galena.engines.scoring import Scorer
from galena.engines.scoring.reasoner_facts import FactReader, free_texts
from galena.engines.scoring.reasoner_prompt import Question, question
from galena.engines.scoring.reasoner_screen import screen
from galena.stores import reasoner_answers, reasoner_setups
from galena.stores.door import Session
from galena.workflows.plans import Compiled, Plan

REASONER = "reasoner"
PENDING = "pending_retry"
METHODS = ("ai", "ai-reasoner", PENDING)
_HASHES_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Seat:
    """The reasoner's place among those who score a workspace."""

    plan: Plan
    setup: ReasonerSetup
    reasoner: Reasoner
    facts: FactReader

    def ask(self, facts: Mapping[str, Any]) -> "Asking":
        """What is asked about a lead with these facts."""
        playbook, texts = self.plan.playbook, free_texts(self.reasoner, facts)
        suspicious = frozenset(name for name, text in texts.items() if _screened(text))
        first = question(playbook, self.reasoner, self.setup.model, facts, suspicious)
        second = None
        if first.has_text:
            second = question(playbook, self.reasoner, self.setup.model, facts, frozenset(texts))
        return Asking(first, second, bool(suspicious))

    def ask_all(self, inputs: pl.DataFrame, as_of: datetime) -> "list[Asking]":
        """What is asked about each lead of a frame."""
        return [self.ask(facts) for facts in self.facts.read(inputs, as_of)]


@dataclass(frozen=True, slots=True)
class Asking:
    """The questions about one lead.

    Attributes:
        first: with the free texts, but for suspicious ones.
        second: without any; None where the first shows none.
        is_suspicious: whether a text was withheld because it reads like an instruction.
    """

    first: Question
    second: Question | None
    is_suspicious: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer that stands for a lead's content, and why a person should look."""

    answer: ReasonerAnswer
    review: str | None

    @property
    def flags(self) -> tuple[str, ...]:
        """The reasoner's, then the guard's."""
        return (*self.answer.flags, *((self.review,) if self.review else ()))


def seat_of(session: Session, plan: Plan) -> Seat | None:
    """The reasoner's seat; None where no endpoint is set up or the playbook does not say what to ask."""
    if plan.playbook.reasoner is None:
        return None
    setup = reasoner_setups.find(session)
    if setup is None or not setup.enabled:
        return None
    return Seat(plan, setup, plan.playbook.reasoner, _fact_reader(_Kept(plan.compiled)))


def verdict_of(asking: Asking, kept: Mapping[str, KeptAnswer]) -> Verdict | None:
    """What stands for a lead by the answers that are kept; None where something is still to be asked."""
    first = kept.get(asking.first.content_hash)
    standing = kept.get(first.settled_by) if first and first.settled_by else None
    if first is None or standing is None:
        return None
    return Verdict(standing.answer, POSSIBLE_INJECTION if asking.is_suspicious else first.review)


def kept_answers(session: Session, askings: Iterable[Asking]) -> dict[str, KeptAnswer]:
    """Every answer that is kept for these questions, by hash."""
    hashes = [
        each.content_hash for asking in askings for each in (asking.first, asking.second) if each is not None
    ]
    unique = list(dict.fromkeys(hashes))
    found: dict[str, KeptAnswer] = {}
    for start in range(0, len(unique), _HASHES_AT_ONCE):
        found |= reasoner_answers.load_many(session, unique[start : start + _HASHES_AT_ONCE])
    return found


def contribution_names(method: str) -> tuple[str, ...] | None:
    """The names of the contributions of a score by this method; None where the revision or the model names them."""
    return (REASONER if method != PENDING else PENDING,) if method in METHODS else None


def restored_by_reasoner(scorer: Scorer, stored: Any) -> Score:
    """A score of the history that the reasoner made, or that waits for it."""
    (name,) = contribution_names(stored.method) or (REASONER,)
    rules = scorer.restore(replace(stored, contributions=(0,) * len(scorer.slots)))
    part = Contribution(name, "reasoner", None, stored.micropoints)
    return replace(rules, contributions=(part,))


def tier_by(scorer: Scorer, row: Mapping[str, Any], micropoints: int, as_of: datetime) -> str:
    """The tier by the playbook's thresholds.

    Args:
        row: of `Scorer.score_frame`, packed, with `previous_tier` and `previous_temperature`.
    """
    if micropoints == RETRY_MICROPOINTS:
        return RETRY_TIER
    score = Score(
        micropoints=micropoints,
        tier="",
        temperature=row["temperature"],
        confidence=row["confidence"],
        fit=row["fit"],
        engagement=row["engagement"],
        contributions=(),
        values=scorer.unpack_values(row["values"]),
        previous=Previous(row["previous_tier"], row["previous_temperature"]),
        as_of=as_of,
        feature_set=scorer.feature_set,
        rules=scorer.rules,
    )
    return scorer.tier_of(score)


@dataclass(frozen=True, slots=True)
class Settled:
    """A batch as the reasoner leaves it.

    Attributes:
        found: as it was judged, with `method`; NULL where the reasoner has not answered, so that the lead keeps the
            score it has.
        told: what is said of each lead that has an answer.
        waiting: leads it is still to be asked about.
    """

    found: pl.DataFrame
    told: tuple[LeadReasoning, ...]
    waiting: int


def settle_batch(
    session: Session, seat: Seat, found: pl.DataFrame, inputs: pl.DataFrame, as_of: datetime, now: datetime
) -> Settled:
    """The scores of a batch by the answers that are kept; nobody is asked.

    Args:
        found: as `Scorer.score_frame` gives it, packed.
        inputs: the same leads in the same order, with `previous_tier` and `previous_temperature`.
    """
    places = [place for place, status in enumerate(found["status"]) if status == "scored"]
    rows = found.with_columns(inputs["previous_tier"], inputs["previous_temperature"])[places]
    askings = seat.ask_all(inputs[places], as_of)
    kept = kept_answers(session, askings)
    changed: dict[int, tuple[int, str, str]] = {}
    told = []
    for place, asking, row in zip(places, askings, rows.iter_rows(named=True), strict=True):
        verdict = verdict_of(asking, kept)
        if verdict is None:
            continue
        points = verdict.answer.micropoints
        changed[place] = (points, tier_by(seat.plan.scorer, row, points, as_of), verdict.answer.method)
        told.append(reasoning_of(seat, UUID(row["id"]), asking, verdict, now))
    return Settled(_replaced(found, changed), tuple(told), len(places) - len(changed))


def reasoning_of(seat: Seat, lead_id: UUID, asking: Asking, verdict: Verdict, now: datetime) -> LeadReasoning:
    """What is said of a lead that has an answer."""
    return LeadReasoning(
        lead_id,
        asking.first.content_hash,
        verdict.answer.method,
        seat.setup.model,
        seat.reasoner.version,
        verdict.answer,
        verdict.flags,
        verdict.review,
        now,
    )


def headers_of(header: ScoreHeader, found: pl.DataFrame) -> list[tuple[ScoreHeader, pl.DataFrame]]:
    """The scored leads by who scored them, each with the header of its scores."""
    if "method" not in found.columns:
        return [(header, found)]
    by_reasoner = replace(header, model_id=None, fallback=None)
    return [
        (replace(by_reasoner, method=str(method)), part)
        for (method,), part in found.filter(pl.col("method").is_not_null()).group_by(
            ["method"], maintain_order=True
        )
    ]


def _replaced(found: pl.DataFrame, changed: Mapping[int, tuple[int, str, str]]) -> pl.DataFrame:
    scored = [status == "scored" for status in found["status"]]

    def column(name: str, place_in: int, old: Sequence[Any]) -> pl.Series:
        values = [
            changed[place][place_in] if place in changed else None if is_scored else value
            for place, (is_scored, value) in enumerate(zip(scored, old, strict=True))
        ]
        return pl.Series(name, values, dtype=found.schema[name])

    points = column("micropoints", 0, found["micropoints"].to_list())
    methods = [changed[place][2] if place in changed else None for place in range(found.height)]
    return found.with_columns(
        points,
        column("tier", 1, found["tier"].to_list()),
        pl.concat_str(pl.lit("{"), points.cast(pl.String), pl.lit("}")).alias("contributions"),
        pl.Series("reasons", [[]] * found.height, dtype=found.schema["reasons"]),
        pl.Series("method", methods, dtype=pl.String),
    )


@lru_cache(maxsize=50_000)
def _screened(text: str) -> bool:
    return screen(text) is not None


class _Kept:
    """A compiled playbook as the key of a memory: equal when it is the same object."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kept) and self.compiled is other.compiled

    def __hash__(self) -> int:
        return id(self.compiled)


@lru_cache(maxsize=16)
def _fact_reader(kept: _Kept) -> FactReader:
    playbook: Playbook = kept.compiled.playbook
    if playbook.reasoner is None:
        raise ValueError("the playbook asks no reasoner")
    return FactReader(playbook, playbook.reasoner, kept.compiled.scorer.programs)
