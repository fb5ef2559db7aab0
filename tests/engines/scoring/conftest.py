"""Small playbooks made from a few rules, and the scorers of them."""

import random
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from galena.domain.playbook import Playbook
from galena.domain.playbook.schema import input_schema
from galena.engines.scoring import Scorer
from galena.kit.expression import BOOLEAN, DATE, INSTANT, NUMBER, TEXT, Definition, Type

AS_OF = datetime(2026, 11, 17, 6, 0, tzinfo=UTC)

MADE_BY_RULES = ("category", "trade_group")

FIELDS: dict[str, dict[str, Any]] = {
    "age": {"type": "integer", "label": "Age"},
    "revenue": {"type": "number", "label": "Revenue", "unit": "USD"},
    "named": {"type": "boolean", "label": "Successor named"},
    "filed_on": {"type": "date", "label": "Filed"},
    "seen_at": {"type": "instant", "label": "Seen"},
    "city": {"type": "text", "label": "City"},
    "opens": {"type": "number", "label": "Opens"},
    "won": {"type": "boolean", "label": "Won", "outcome": True},
}


@pytest.fixture(scope="session")
def as_of() -> datetime:
    """The moment the tests score at: 06:00 UTC on 17 November 2026."""
    return AS_OF


PlaybookOf = Callable[..., Playbook]
ScorerOf = Callable[..., Scorer]


def factor(name: str, points: float, when: str = "TRUE", **more: Any) -> dict[str, Any]:
    """A factor of category `who` unless said otherwise."""
    return {"name": name, "category": "who", "points": points, "when": when, "label": name, **more}


@pytest.fixture(scope="session")
def make_factor() -> Callable[..., dict[str, Any]]:
    """Makes a factor: (name, points, when, **more)."""
    return factor


@pytest.fixture(scope="session")
def playbook_of() -> PlaybookOf:
    """Makes a playbook from factors and whatever else differs from the plainest one."""

    def make(factors: list[dict[str, Any]], **changes: Any) -> Playbook:
        rules = {
            "start_points": changes.pop("start", 0),
            "categories": changes.pop(
                "caps",
                [
                    {"name": "who", "label": "Who", "side": "fit"},
                    {"name": "does", "label": "Does", "side": "engagement"},
                ],
            ),
            "factors": factors,
            "temperature": changes.pop("temperature", []),
            "tiers": changes.pop(
                "tiers",
                [
                    {"name": "a", "label": "A", "when": "score >= 80"},
                    {"name": "b", "label": "B", "when": "score >= 50"},
                    {"name": "c", "label": "C", "when": "TRUE"},
                ],
            ),
        }
        return Playbook.model_validate(
            {
                "playbook": "small",
                "version": 1,
                "label": "Small",
                "lead": {"one": "lead", "many": "leads", "title": "city"},
                "fields": FIELDS,
                "rules": rules,
                **changes,
            }
        )

    return make


@pytest.fixture(scope="session")
def scorer_of(playbook_of: PlaybookOf) -> ScorerOf:
    """Makes the scorer of a playbook, or of factors as in `playbook_of`."""

    def make(factors: list[dict[str, Any]] | Playbook, **changes: Any) -> Scorer:
        playbook = factors if isinstance(factors, Playbook) else playbook_of(factors, **changes)
        definitions = [Definition(f.name, f.sql) for f in playbook.features if f.sql != f.name]
        return Scorer.build(playbook, definitions, input_schema(playbook), "features")

    return make


LeadsOf = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="session")
def leads_of() -> LeadsOf:
    """Makes random leads of a playbook, about a third of each lead's inputs unknown: (playbook, count, seed)."""

    def make(playbook: Playbook, count: int, seed: int = 1) -> list[dict[str, Any]]:
        rng = random.Random(seed)
        words = sorted(set(re.findall(r"'([^'%]{1,40})'", playbook.model_dump_json()))) or ["x"]
        schema = {name: kind for name, kind in input_schema(playbook).items() if name not in MADE_BY_RULES}
        return [
            {name: _value(rng, kind, _allowed(playbook, name, words)) for name, kind in schema.items()}
            | {"id": f"lead-{place}"}
            | _memory(rng, playbook)
            for place in range(count)
        ]

    return make


def _allowed(playbook: Playbook, name: str, words: list[str]) -> list[str]:
    field = playbook.fields.get(name)
    return list(field.values) if field and field.values else words


def _memory(rng: random.Random, playbook: Playbook) -> dict[str, str | None]:
    """A tier and a temperature before, or none."""
    return {
        "previous_tier": rng.choice([None, *(tier.name for tier in playbook.rules.tiers)]),
        "previous_temperature": rng.choice([None, *(level.name for level in playbook.rules.temperature)]),
    }


def _value(rng: random.Random, kind: Type, words: list[str]) -> Any:
    if rng.random() < 0.3:
        return None
    if kind == NUMBER:
        scale = 10 ** rng.uniform(-1, 7)
        return rng.choice(
            [0.0, 1.0, round(rng.random(), 3), float(rng.randint(0, 120)), rng.uniform(-1, 9) * scale]
        )
    if kind == BOOLEAN:
        return rng.random() < 0.5
    if kind == TEXT:
        return rng.choice(words)
    moment = AS_OF + timedelta(days=rng.uniform(-2000, 400))
    if kind == DATE:
        return moment.date()
    if kind == INSTANT:
        return moment
    items = [{name: _value(rng, item, words) for name, item in kind.items} for _ in range(rng.randint(0, 4))]
    return [item["item"] for item in items] if kind.scalars else items


@pytest.fixture(autouse=True, scope="module")
def frames_as_frames() -> Iterator[None]:
    """Small frames are scored as large ones are, or one lead and a frame were not compared."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("galena.kit.expression.program.FEW_ROWS", -1)
        yield
