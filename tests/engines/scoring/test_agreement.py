"""One lead, a frame and a replay agree to the last digit, on every shipped playbook and on random rules."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import polars as pl
import pytest

from galena.domain.playbook import Playbook
from galena.domain.playbook.schema import input_schema
from galena.domain.score import NotScored, Previous, Score
from galena.domain.scored import StoredScore
from galena.engines.scoring import Scorer, pack_values
from galena.kit.expression.types import polars_schema
from galena.playbooks import load, shipped

ScorerOf = Callable[..., Scorer]
LeadsOf = Callable[..., list[dict[str, Any]]]
Make = Callable[..., dict[str, Any]]
LEADS = 400


@pytest.fixture(scope="module", params=[*shipped(), "every kind of rule"])
def playbook(request: pytest.FixtureRequest) -> Playbook:
    if request.param in shipped():
        return load(request.param)
    return request.getfixturevalue("every_kind")  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def every_kind(playbook_of: Callable[..., Playbook], make_factor: Make) -> Playbook:
    """A playbook with each thing that rules can do."""
    does = {"category": "does"}
    decay = {"since": "filed_on", "days": 90}
    return playbook_of(
        [
            make_factor("old", 17, "age_share > 0.6 AND NOT named"),
            make_factor("rich", 33.333333, scale="revenue / 3000000"),
            make_factor("poor", -12.5, scale="1 - revenue / 100"),
            make_factor("filed", 25, decay=decay),
            make_factor("filed_evenly", 11, decay={**decay, "kind": "linear"}),
            make_factor("filed_lately", -7, "revenue > 5", decay={**decay, "kind": "step"}),
            make_factor("seasonal", 20, "age > 3", valid_from="2026-11-01", valid_to="2026-11-30"),
            make_factor("past", 20, "age > 3", valid_to="2026-11-16"),
            make_factor("off", 50, on=False),
            make_factor("mail", 30, scale="opens / 7", **does),
            make_factor("seen", 20, decay={"since": "seen_at", "days": 30}, **does),
            make_factor("group", 9, "trade_group = 'b'", **does),
        ],
        start=12.5,
        caps=[
            {"name": "who", "label": "Who", "cap": 40},
            {"name": "does", "label": "Does", "side": "engagement", "cap": 45},
        ],
        features=[{"name": "age_share", "group": "x", "label": "Age", "sql": "clamp(age / 100, 0, 1)"}],
        categories=[
            {"name": "one", "label": "One", "group": "a", "when": "age > 50"},
            {"name": "two", "label": "Two", "group": "b", "when": "age > 20"},
        ],
        discards=[{"name": "tiny", "label": "Tiny", "when": "revenue BETWEEN 0 AND 0.2"}],
        needs=["revenue", "city"],
        temperature=[
            {
                "name": "hot",
                "label": "Hot",
                "when": "engagement > 60",
                "keep": "engagement > 40",
                "points": 15,
            },
            {"name": "warm", "label": "Warm", "when": "engagement > 20 OR fit > 90", "points": 8},
            {"name": "cold", "label": "Cold", "when": "TRUE", "points": -1},
        ],
        tiers=[
            {"name": "a", "label": "A", "when": "score >= 70 AND confidence > 0.5", "keep": "score >= 60"},
            {"name": "b", "label": "B", "when": "score >= 40 OR age > 110", "keep": "score >= 37"},
            {"name": "c", "label": "C", "when": "TRUE"},
        ],
    )


@pytest.fixture(scope="module")
def scorer(playbook: Playbook, scorer_of: ScorerOf) -> Scorer:
    return scorer_of(playbook)


@pytest.fixture(scope="module")
def leads(playbook: Playbook, leads_of: LeadsOf) -> list[dict[str, Any]]:
    return leads_of(playbook, LEADS)


@pytest.fixture(scope="module")
def frame(playbook: Playbook, leads: list[dict[str, Any]]) -> pl.DataFrame:
    texts = dict.fromkeys(("id", "previous_tier", "previous_temperature"), pl.String())
    schema = {**polars_schema(input_schema(playbook)), **texts}
    return pl.DataFrame([{name: lead.get(name) for name in schema} for lead in leads], schema=schema)


@pytest.fixture(scope="module")
def one_by_one(
    scorer: Scorer, leads: list[dict[str, Any]], as_of: datetime
) -> list[tuple[Previous, Score | NotScored]]:
    found = []
    for lead in leads:
        previous = Previous(lead["previous_tier"], lead["previous_temperature"])
        found.append((previous, scorer.score_one(lead, as_of, previous)))
    return found


def test_one_lead_equals_its_row_of_a_frame(
    scorer: Scorer, frame: pl.DataFrame, one_by_one: list[tuple[Previous, Score | NotScored]], as_of: datetime
) -> None:
    rows = scorer.score_frame(frame, as_of, packed=True)
    assert rows["id"].to_list() == frame["id"].to_list()
    for row, (_, score) in zip(rows.iter_rows(named=True), one_by_one, strict=True):
        if isinstance(score, NotScored):
            assert (row["status"], row["reason"], row["micropoints"]) == (score.status, score.reason, None)
            assert row["values"] is None
            continue
        assert (row["status"], row["reason"]) == ("scored", None)
        assert (row["micropoints"], row["tier"], row["temperature"]) == (
            score.micropoints,
            score.tier,
            score.temperature,
        )
        assert row["confidence"] == pytest.approx(score.confidence, abs=1e-12)
        assert (row["fit"], row["engagement"]) == (score.fit, score.engagement)
        assert json.loads(row["contributions"].translate(str.maketrans("{}", "[]"))) == [
            part.micropoints for part in score.contributions
        ]
        values = scorer.unpack_values(row["values"])
        for name, value in score.values.items():
            expected = pytest.approx(value, abs=1e-12, rel=1e-12) if isinstance(value, float) else value
            assert values[name] == expected, name


def test_contributions_sum_to_a_score_within_its_limits(
    scorer: Scorer, one_by_one: list[tuple[Previous, Score | NotScored]]
) -> None:
    caps = {f"{c.name}": c.cap for c in scorer.playbook.rules.categories if c.cap is not None}
    scores = [score for _, score in one_by_one if isinstance(score, Score)]
    assert scores
    for score in scores:
        assert sum(part.micropoints for part in score.contributions) == score.micropoints
        assert 0 <= score.micropoints <= 100_000_000
        assert 0 <= score.fit <= 100
        assert 0 <= score.engagement <= 100
        assert 0 <= score.confidence <= 1
        assert tuple(part.name for part in score.contributions) == scorer.contribution_names
        for category, cap in caps.items():
            held = sum(part.micropoints for part in score.contributions if part.category == category)
            assert abs(held) <= round(cap * 1_000_000)


def test_replay_equals_the_stored_score(
    scorer: Scorer, one_by_one: list[tuple[Previous, Score | NotScored]], as_of: datetime
) -> None:
    for previous, score in one_by_one:
        if isinstance(score, Score):
            assert scorer.replay(score.values, previous, as_of) == score
            stored = scorer.unpack_values(
                json.dumps(json.loads(pack_values(score.values, scorer.value_names)))
            )
            assert scorer.replay(stored, previous, as_of) == score


def test_rows_of_a_frame_replay_to_themselves(scorer: Scorer, frame: pl.DataFrame, as_of: datetime) -> None:
    rows = scorer.score_frame(frame, as_of, packed=True)
    for lead, row in zip(frame.iter_rows(named=True), rows.iter_rows(named=True), strict=True):
        if row["status"] != "scored":
            continue
        kept = ("micropoints", "tier", "temperature", "confidence", "fit", "engagement")
        stored = StoredScore(
            **{name: row[name] for name in kept},
            lead_id=UUID(int=1),
            revision_id=UUID(int=2),
            scored_at=as_of,
            trigger="request",
            values=tuple(json.loads(row["values"])),
            contributions=tuple(json.loads(row["contributions"].translate(str.maketrans("{}", "[]")))),
            previous=Previous(lead["previous_tier"], lead["previous_temperature"]),
            as_of=as_of,
        )
        score = scorer.restore(stored)
        assert scorer.replay(score.values, score.previous, score.as_of) == score


def test_chunks_and_batches_are_the_same_scores(
    scorer: Scorer, frame: pl.DataFrame, as_of: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = scorer.score_frame(frame, as_of, packed=True, reasons=3)
    monkeypatch.setattr("galena.engines.scoring.frames.CHUNK_ROWS", 150)
    assert scorer.score_frame(frame, as_of, packed=True, reasons=3).equals(whole)
    batches = scorer.score_batches(frame.iter_slices(170), as_of, packed=True, reasons=3)
    assert pl.concat(batches).equals(whole)


def test_a_few_leads_are_scored_as_many_are(
    scorer: Scorer, frame: pl.DataFrame, as_of: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = frame.head(30)
    given = {"packed": True, "reasons": 3, "require_enrichment": True}
    as_many = scorer.score_frame(few, as_of, **given).to_dicts()
    monkeypatch.setattr("galena.kit.expression.program.FEW_ROWS", 30)
    for row, expected in zip(scorer.score_frame(few, as_of, **given).to_dicts(), as_many, strict=True):
        for values in (row, expected):
            values["values"] = values["values"] and json.loads(
                values["values"]
            )  # 0.0 and -0.0 are one number
        assert row == expected


def test_waiting_for_enrichment_agrees(
    scorer: Scorer, leads: list[dict[str, Any]], frame: pl.DataFrame, as_of: datetime
) -> None:
    rows = scorer.score_frame(frame, as_of, require_enrichment=True)
    for lead, status, reason in zip(leads, rows["status"], rows["reason"], strict=True):
        score = scorer.score_one(lead, as_of, require_enrichment=True)
        found = (score.status, score.reason) if isinstance(score, NotScored) else ("scored", None)
        assert (status, reason) == found
