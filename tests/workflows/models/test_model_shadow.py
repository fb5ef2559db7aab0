"""The challenger scores in the shadow: every lead, beside the champion, and nothing that stands is touched."""

import pytest

from galena.domain.listing import LeadQuery
from galena.domain.scored import HeadHeader
from galena.kit.errors import ConflictError, NotFoundError
from galena.stores import head_scores, lead_lists, scores, shadow_scores, statistics
from galena.workflows import model_shadow
from galena.workflows.intake import IntakeOptions
from galena.workflows.intake_files import ingest_files
from galena.workflows.model_artefacts import load_model
from galena.workflows.model_promotion import promote
from galena.workflows.model_shadow import agreement, shadow_score
from galena.workflows.plans import active_plan
from galena.workflows.rescore import rescore

LEADS = 10


@pytest.fixture
def leads(context, tmp_path):
    """Ten leads."""
    file = tmp_path / "leads.csv"
    rows = [f"{n},Company {n},c{n}@company{n}.com,{10 * n}" for n in range(1, LEADS + 1)]
    file.write_text("\n".join(("id,company,email,employees", *rows)) + "\n")
    ingest_files(context, [str(file)], IntakeOptions(accept_proposal=True))


def test_both_score_the_same_leads(context, store, register, leads, monkeypatch):
    monkeypatch.setattr(model_shadow, "BATCH", 4)  # ten leads are three batches
    champion = register(0.5)
    register(0.2, status="challenger", model={"step": 0.1})
    promote(context, store, champion.id, anyway="first")
    steps = []
    report = shadow_score(
        context, store, "booked", advance=lambda done, total, doing=None: steps.append((done, total))
    )
    assert (report.models, report.leads, report.missing_columns) == (("booked:2", "booked:1"), LEADS, {})
    assert steps == [(4, LEADS), (8, LEADS), (10, LEADS)]
    # 0.2, 0.3, 0.4, 0.5 in the batches of four, 0.2, 0.3 in the last; the champion says 0.5 of all.
    found = agreement(context, "booked")
    assert (found.first, found.second, found.leads) == ("booked:1", "booked:2", LEADS)
    assert found.mean_first == 0.5
    assert found.mean_second == pytest.approx((2 * (0.2 + 0.3 + 0.4 + 0.5) + 0.2 + 0.3) / 10)
    assert found.mean_difference == pytest.approx((3 * 0.3 + 3 * 0.2 + 2 * 0.1) / 10)
    assert found.near_rate == pytest.approx(2 / 10)
    assert found.rank_correlation is None  # the champion says the same of all


def test_done_again_for_the_same_instant_it_replaces(context, store, register, leads, clock):
    model = register(0.5, status="challenger")
    for _ in range(2):
        assert shadow_score(context, store, "booked").leads == LEADS
    with context.session() as session:
        csv = shadow_scores.read_pairs(session, model.id, model.id, clock.now)
        assert len(csv.split()) == 1 + LEADS
        assert shadow_scores.count(session, model.id) == LEADS


def test_without_a_champion_the_standing_scores_are_beside_it(context, store, register, leads):
    register(0.0, status="challenger", model={"step": 0.1})
    rescore(context)
    with context.session() as session:
        before = statistics.count_by_tier(session)
    shadow_score(context, store, "booked")
    found = agreement(context, "booked")
    assert (found.first, found.leads) == ("the standing scores", sum(before.values()))
    assert found.mean_second == pytest.approx(sum(range(10)) / 100)
    assert 0 <= found.first_calls_in_common_rate <= 1
    with context.session() as session:
        assert statistics.count_by_tier(session) == before


def test_models_read_fields_and_features_and_no_earlier_score(context, store, register, leads):
    challenger = register(0.5, status="challenger", model={"columns": ["employees", "shoe_size"]})
    rescore(context)
    report = shadow_score(context, store, "booked")
    assert report.missing_columns == {"booked:1": ("shoe_size",)}
    (seen,) = load_model(context, store, challenger).seen
    with context.session() as session:
        plan = active_plan(session)
    assert {"employees", "category", *plan.features.names} <= set(seen.columns)
    assert not [name for name in seen.columns if name.startswith(("previous", "lead_key", "lead_id"))]
    assert sorted(seen["employees"].cast(int).to_list()) == [10 * n for n in range(1, LEADS + 1)]


def test_a_model_of_other_features_is_refused(context, store, register, leads):
    register(0.5, status="challenger", feature_set_hash="f" * 64)
    with pytest.raises(ConflictError, match="other features"):
        shadow_score(context, store, "booked")
    with context.session() as session:
        plan = active_plan(session)
    register(0.5, status="challenger", feature_set_hash=plan.features.hash)
    assert shadow_score(context, store, "booked").leads == LEADS


def test_what_is_missing_is_said(context, store, register, leads):
    register(0.5)
    for ask in (lambda: shadow_score(context, store, "booked"), lambda: agreement(context, "booked")):
        with pytest.raises(NotFoundError, match="no challenger of booked"):
            ask()
    register(0.5, status="challenger")
    with pytest.raises(NotFoundError, match="scored nothing yet"):
        agreement(context, "booked")
    shadow_score(context, store, "booked")
    with pytest.raises(NotFoundError, match="No lead was scored by both"):
        agreement(context, "booked")  # no lead has a standing score


def test_nothing_that_stands_is_touched(context, store, register, leads):
    register(0.9, status="challenger")
    rescore(context)
    with context.session() as session:
        ids = lead_lists.ids(session, LeadQuery())
        before = scores.load_current(session, ids)
    assert len(before) == LEADS
    shadow_score(context, store, "booked")
    with context.session() as session:
        assert scores.load_current(session, ids) == before


def test_a_champion_that_scores_in_earnest_is_compared_too(context, store, register, leads, clock):
    champion, challenger = register(0.5), register(0.25, status="challenger")
    shadow_score(context, store, "booked")
    promote(context, store, champion.id, anyway="after the challenger had scored alone")
    with context.session() as session:
        ids = lead_lists.ids(session, LeadQuery())
        header = HeadHeader("booked", champion.id, clock.now, clock.now)
        lines = "".join(f"{lead},0.5,0.4,0.6,0.9,{{}},\n" for lead in ids)
        assert head_scores.record_csv(session, header, [lines.encode()]) == LEADS
    found = agreement(context, "booked")
    assert (found.first, found.second, found.leads) == ("booked:1", "booked:2", LEADS)
    assert (found.mean_first, found.mean_second, found.near_rate) == (0.5, 0.25, 0.0)
    assert challenger.status == "challenger"
