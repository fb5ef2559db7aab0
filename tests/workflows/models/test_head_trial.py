"""A head's model on trial on the workspace's own leads: those that came later and are decided."""

from datetime import UTC, datetime, timedelta

import pytest

from galena.domain.blend import BLEND, Blend
from galena.kit.errors import InputError
from galena.workflows.head_trial import try_on_leads
from galena.workflows.intake import IntakeOptions
from galena.workflows.intake_files import ingest_files
from galena.workflows.model_promotion import promote
from galena.workflows.model_trial import Trial, try_model

LEADS = 240
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
UNTIL = FIRST + timedelta(days=39, hours=12)


@pytest.fixture
def leads(context, tmp_path):
    """Leads of one day after the other; every fifth became a customer, and the last forty are open."""
    file = tmp_path / "leads.csv"
    said = ["true" if n % 5 == 0 else "false" for n in range(200)] + [""] * 40
    rows = [
        f"{n},Company {n},c{n}@company{n}.com,{FIRST + timedelta(days=n):%Y-%m-%d},{said[n]}"
        for n in range(LEADS)
    ]
    file.write_text("\n".join(("id,company,email,created_on,converted", *rows)) + "\n")
    ingest_files(context, [str(file)], IntakeOptions(accept_proposal=True))


@pytest.fixture
def head(register):
    """head(share): a model of the head `won` that says `share` of every lead, and leaves the rules out."""

    def make(share, *, data_to=UNTIL, **blend):
        told = Blend(head="won", **{"weight": 1.0, **blend}).model_dump(mode="json")
        return register(share, purpose="won", data_to=data_to, model={"meta": {BLEND: told}})

    return make


def test_the_better_one_is_found_on_later_decided_leads(context, store, head, leads):
    # One in five is won: saying 0.2 costs 0.5004 a lead, saying 0.5 costs 0.6931.
    one, two = head(0.5), head(0.2)
    promote(context, store, one.id, anyway="first")
    verdict = try_on_leads(context, store, two.id)
    assert (verdict.detail["leads"], verdict.detail["positives"], verdict.detail["left_out"]) == (160, 32, 40)
    assert verdict.detail["champion_log_loss"] == pytest.approx(0.6931, abs=1e-4)
    assert verdict.detail["challenger_log_loss"] == pytest.approx(0.5004, abs=1e-4)
    assert (verdict.detail["against"], verdict.detail["first"][:10]) == ("won:1", "2026-02-10")
    assert verdict.better
    assert promote(context, store, two.id, verdict=verdict).champion.name == "won:2"


def test_without_a_champion_it_is_tried_against_the_rules(context, store, head, leads):
    model = head(0.2, intercept=0.0, slope=0.0)  # of which the rules say a half of every lead
    verdict = try_on_leads(context, store, model.id)
    assert (verdict.against, verdict.detail["against"]) == (None, "the rules alone")
    assert verdict.detail["champion_log_loss"] == pytest.approx(0.6931, abs=1e-4)
    assert verdict.better


def test_rules_and_model_speak_together(context, store, head, leads):
    one, two = (
        head(0.2),
        head(0.9, weight=0.0, intercept=-1.3862943611198906),
    )  # ln(0.2 / 0.8): the rules alone, 0.2
    promote(context, store, one.id, anyway="first")
    verdict = try_on_leads(context, store, two.id)
    assert verdict.detail["challenger_log_loss"] == pytest.approx(
        verdict.detail["champion_log_loss"], abs=1e-9
    )
    assert not verdict.better


def test_what_cannot_be_tried_is_said(context, store, head, register, leads, tmp_path):
    plain = register(0.2, purpose="won")
    with pytest.raises(InputError, match="not trained on the leads"):
        try_on_leads(context, store, plain.id)
    with pytest.raises(InputError, match="is later than the training"):
        try_on_leads(context, store, head(0.2, data_to=FIRST + timedelta(days=300)).id)
    file = tmp_path / "later.csv"
    file.write_text("\n".join(["visits,won", *(f"{n},{n % 2}" for n in range(60))]))
    with pytest.raises(InputError, match="and no other table"):
        try_model(context, store, head(0.2).id, Trial(file, "won"))
