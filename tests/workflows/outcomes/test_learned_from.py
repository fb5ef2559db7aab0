"""What brokers say reaches the models: as labels, as what members are weighed by, and as attempts with their values."""

import io
from datetime import timedelta
from typing import Any

import polars as pl

from galena.engines.learning.labels import outcome_fields
from galena.stores import decided_scores, scores
from galena.workflows.label_counts import count_labels
from galena.workflows.lead_attempts import read_attempts
from galena.workflows.lead_history import past_leads
from galena.workflows.plans import active_plan
from galena.workflows.rescore import rescore


def test_outcomes_are_learned_from(house: Any) -> None:
    rescore(house.context)
    start = house.now
    with house.context.session() as session:
        given = {number: scores.find_standing(session, house.lead(number)) for number in (1, 2, 3)}
    house.later(hours=1)
    for number in (1, 2, 3):
        house.give(number, score_id=given[number].id)
    house.later(days=4)
    house.say(1, "booked", booked_for=house.now + timedelta(days=2))
    house.say(2, "not_interested", reason_text="not selling", reason_code="not_selling")
    house.later(days=1)
    house.say(3, "wrong_number")

    counts = {each.head.name: (each.decided, each.positives) for each in count_labels(house.context)}
    assert counts == {"booked": (2, 1), "won": (0, 0)}
    with house.context.session() as session:
        plan = active_plan(session)
        booked = plan.playbook.models.heads[0]
        csv = decided_scores.read(session, outcome_fields(plan.playbook, booked), since=start, limit=10)
    told = pl.read_csv(io.BytesIO(csv), infer_schema=False)
    assert set(told["lead_id"]) == {str(house.lead(number)) for number in (1, 2)}

    attempts = read_attempts(house.context, start)
    kept = {row["lead_id"]: row for row in attempts.iter_rows(named=True)}
    one, two, three = (kept[str(house.lead(number))] for number in (1, 2, 3))
    assert (one["booked"], one["grade"], one["waited_days"]) == (1.0, 1.0, 4.0)
    assert (two["booked"], two["grade"], two["score_id"]) == (0.0, 0.3, given[2].id)
    assert (three["booked"], three["grade"], three["harm"]) == (None, None, 0.0)

    past = past_leads(house.context, plan, house.now)
    rows = dict(zip(past.lead_ids, past.arrived_at, strict=True))
    assert past.assigned == 3
    assert rows[house.lead(1)] == start + timedelta(hours=1)
    assert sorted(value for value in past.labels.heads["booked"].label.to_list() if value is not None) == [
        0,
        1,
    ]
