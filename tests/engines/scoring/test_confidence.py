"""Confidence counts what is not known, but not what plainly did not happen."""

from datetime import UTC, datetime
from typing import Any

from galena.domain.playbook import Factor
from galena.engines.scoring.confidence import confidence_definitions
from galena.engines.scoring.slots import CONFIDENCE
from galena.kit.expression import NUMBER, Definition, Program

AS_OF = datetime(2026, 11, 20, tzinfo=UTC)
INPUTS = {"lien": {"lien_count"}, "called": {"disposition"}}


def confidence_of(factors: list[Factor], values: dict[str, Any]) -> float:
    sql = confidence_definitions(factors, lambda factor: INPUTS[factor.name])
    program = Program.build(
        [Definition(name, text) for name, text in sql.items()], {"lien_count": NUMBER, "disposition": NUMBER}
    )
    return float(program.one()(values, AS_OF)[CONFIDENCE])


def factor(name: str, points: float, **more: Any) -> Factor:
    return Factor(name=name, category="any", points=points, label=name, **more)


def test_points_on_unknown_inputs_are_missing_from_it() -> None:
    factors = [factor("lien", 30), factor("called", -10)]
    assert confidence_of(factors, {"lien_count": 1, "disposition": 1}) == 1.0
    assert confidence_of(factors, {"lien_count": 1}) == 0.75  # 30 of 30 + 10
    assert confidence_of(factors, {}) == 0.0


def test_what_did_not_happen_is_not_unknown() -> None:
    factors = [factor("lien", 30), factor("called", -10, absent_means_no=True)]
    assert confidence_of(factors, {"lien_count": 1}) == 1.0
    assert confidence_of(factors, {"disposition": 1}) == 0.25  # 10 of 30 + 10
