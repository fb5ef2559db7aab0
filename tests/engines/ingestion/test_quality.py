"""Data quality, summed by hand."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from galena.domain.lead import Provenance
from galena.domain.playbook import Playbook
from galena.engines.ingestion import data_quality

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def origin(age_days: float) -> Provenance:
    return Provenance(0.5, NOW - timedelta(days=age_days), UUID(int=1), "crm")


def test_parts_and_their_sum(playbook: Playbook):
    """Required company (2) of 2 + 1 + 1; one of three values invalid; ages 0 and 365 days; 1 of 2 agree."""
    fields = {"company": "Acme", "account": "A"}
    sources = {"company": origin(0), "account": origin(365)}
    total, parts = data_quality(fields, sources, playbook, NOW, invalid={"email"}, compared=2, agreed=1)
    assert parts == {"completeness": 50.0, "validity": 66.7, "freshness": 75.0, "agreement": 50.0}
    assert total == round((50 * 50 + 20 * 66.7 + 20 * 75 + 10 * 50) / 100, 1)


def test_nothing_known(playbook: Playbook):
    total, parts = data_quality({}, {}, playbook, NOW)
    assert parts == {"completeness": 0.0, "validity": 0.0, "freshness": 0.0, "agreement": 100.0}
    assert total == 10.0


def test_everything_known_and_fresh(playbook: Playbook):
    fields = {"company": "Acme", "email": "a@example.com", "phone": "+15125550100"}
    total, _ = data_quality(fields, dict.fromkeys(fields, origin(0)), playbook, NOW)
    assert total == 100.0


def test_facts_of_the_future_are_fresh(playbook: Playbook):
    _, parts = data_quality({"company": "A"}, {"company": origin(-400)}, playbook, NOW)
    assert parts["freshness"] == 100.0
