"""The pages of models: the list, the card, and its steps."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from httpx import Client, Response

from galena.domain.registered_model import ModelStatusChange, RegisteredModel
from galena.stores import audit, models
from galena.surfaces.web.pages.models_words import Figure, figure_of, spells_of

from .conftest import NOW, Site
from .model_stand_ins import METRICS, register, small_models

Send = Callable[..., Response]
Register = Callable[..., RegisteredModel]


@pytest.fixture(autouse=True)
def _small() -> Iterator[None]:
    with small_models():
        yield


@pytest.fixture
def trained(site: Site, tmp_path: Path) -> Register:
    """trained(**facts): a registered model."""
    return lambda **facts: register(site.galena, site.workspace, tmp_path / "models", **facts)


def _text(answer: Response) -> str:
    """What a page says, without its tags."""
    body = re.search(r"<main.*?</main>", answer.text, re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body[0] if body else answer.text)).split())


def _status(site: Site, model: RegisteredModel) -> str:
    with site.enter() as session:
        return models.load(session, model.id).status


def test_without_a_model_the_page_says_that_rules_score(shown: Site) -> None:
    said = _text(shown.admin().get("/models"))
    assert "Books a meeting" in said
    assert "Sells, after the meeting once it books a meeting" in said
    assert said.count("Rules score. There is no model of this yet.") == 1
    assert "No model is in use. Of this a model tells the probability beside the score." in said


def test_the_list_shows_each_model_with_its_quality_in_words(site: Site, trained: Register) -> None:
    first = trained()
    trained(metrics={"auc": 0.7}, status="challenger")
    said = _text(site.admin().get("/models"))
    assert "Of the models below none is in use" in said
    assert "booked:2 is on trial" in said
    assert f"{first.name} 2 Mar 2026 · 100 new outcomes" in said
    assert "1,240 leads, 186 of them good (15 %) 7 Jan 2025 to 11 Feb 2026" in said
    assert "83 times in 100 79 to 87 3.4 times 2.9 to 4.0 0.302 0.280 to 0.325" in said
    assert "70 times in 100 not measured not measured" in said


def test_the_card_tells_what_it_is_made_of(site: Site, trained: Register) -> None:
    model = trained()
    said = _text(site.admin().get(f"/models/{model.id}"))
    assert "The best 20 % of the leads hold 52 % of the wins." in said
    assert "Judged on the leads that came last. 1,000 leads." in said
    assert "forest random forest, alone: 82 times in 100 60 %" in said
    assert "Owner's age 50 % Industry 30 %" in said
    assert "Seed 7" in said
    assert "Library versions catboost 1.2.10, scikit-learn 1.9" in said
    assert "Training took 48 seconds" in said
    assert "The model counts 60 %, the rules 40 %." in said
    assert "12 leads had no date." in said
    assert "The columns it reads (3) owner_age, industry, annual_revenue" in said
    assert "trained · a test 100 new outcomes" in said


def test_without_a_report_the_figures_speak_and_warnings_stand_first(site: Site, trained: Register) -> None:
    browser = site.admin()
    said = _text(browser.get(f"/models/{trained(report={}).id}"))
    assert "Of a good and a bad lead it puts the good one first 83 times in 100" in said
    assert "its best tenth holds 3.4 times as many good leads as an average tenth" in said
    suspect = {"column": "stage", "reason": "it is filled for winners only", "used": True}
    weak = {"usable_signal": False, "usable_signal_reason": "It is no better than chance."}
    said = _text(browser.get(f"/models/{trained(report=weak | {'leak_suspects': [suspect]}).id}"))
    assert "It is no better than chance. This model gives every lead the same score." in said
    assert "It reads stage, which may know the outcome: it is filled for winners only" in said


def test_a_model_without_proof_is_not_promoted_and_the_card_says_why(
    site: Site, trained: Register, send: Send
) -> None:
    model, browser = trained(), site.admin()
    answer = send(browser, f"/models/{model.id}/promote", anyway="  ")
    assert answer.status_code == 409
    assert "Not promoted: nothing shows yet that booked:1 is better." in _text(answer)
    assert 'id="anyway"' in answer.text
    assert _status(site, model) == "candidate"


def test_a_reason_promotes_anyway_and_everything_is_scored_and_kept(
    site: Site, trained: Register, send: Send
) -> None:
    model, browser = trained(), site.admin()
    said = _text(send(browser, f"/models/{model.id}/promote", anyway="The rules are worse"))
    assert "booked:1 scores now." in said
    assert "promoted , scores · Operator" in said
    assert "The rules are worse without proof" in said
    assert _status(site, model) == "champion"
    with site.enter() as session:
        entries = {each.action: each.detail for each in audit.list_(session, subject=f"model:{model.id}")}
    assert entries["promote_model"]["anyway"] == "The rules are worse"
    assert "refuse_model" not in entries
    assert "booked:1 scores since 09:00 today" in _text(browser.get("/models"))


def test_rolling_back_brings_the_one_before_back(site: Site, trained: Register, send: Send) -> None:
    first, second, browser = trained(), trained(), site.admin()
    send(browser, f"/models/{first.id}/promote", anyway="first")
    card = send(browser, f"/models/{second.id}/promote", anyway="second")
    assert "Roll back to booked:1" in card.text
    said = _text(send(browser, "/models/roll-back/booked", why="It calls the wrong ones"))
    assert "booked:1 scores again; booked:2 is archived." in said
    assert (_status(site, first), _status(site, second)) == ("champion", "archived")
    assert "It calls the wrong ones" in said
    answer = send(browser, "/models/roll-back/booked")
    assert answer.status_code == 409
    assert "no earlier champion of booked" in answer.text


def test_the_only_champion_gives_way_to_rules_when_the_form_says_so(
    site: Site, trained: Register, send: Send
) -> None:
    model, browser = trained(), site.admin()
    card = send(browser, f"/models/{model.id}/promote", anyway="first")
    assert "Archive it, rules score" in card.text
    assert send(browser, f"/models/{model.id}/archive").status_code == 409
    said = _text(send(browser, f"/models/{model.id}/archive", rules_take_over="yes"))
    assert "booked:1 is archived, and rules score." in said
    assert _status(site, model) == "archived"


def test_archive_and_back_on_trial(site: Site, trained: Register, send: Send) -> None:
    model, browser = trained(), site.admin()
    assert "Put it on trial" in send(browser, f"/models/{model.id}/archive").text
    assert "is on trial" in _text(send(browser, f"/models/{model.id}/challenge"))
    assert _status(site, model) == "challenger"


def test_the_report_is_shut_off_from_the_site(site: Site, trained: Register) -> None:
    browser = site.admin()
    model, bare = trained(), trained(page="")
    answer = browser.get(f"/models/{model.id}/report")
    assert "The report" in answer.text
    policy = answer.headers["content-security-policy"]
    assert "sandbox" in policy
    assert "allow-same-origin" not in policy
    assert "allow-scripts" not in policy
    assert browser.get(f"/models/{bare.id}/report").status_code == 422
    assert "Read the report" not in browser.get(f"/models/{bare.id}").text


def test_a_changed_artefact_is_named_on_the_card_and_never_promoted(
    site: Site, trained: Register, send: Send
) -> None:
    model, browser = trained(page="<p>damaged soon</p>"), site.admin()
    path = site.galena.settings.home / "objects" / model.object_name
    content = bytearray(path.read_bytes())
    content[700] ^= 1
    path.write_bytes(bytes(content))
    answer = browser.get(f"/models/{model.id}")
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert "Read the report" not in answer.text
    refused = send(browser, f"/models/{model.id}/promote", anyway="now")
    assert refused.status_code == 409
    assert _status(site, model) == "candidate"


def test_which_model_was_live_on_a_day(site: Site, trained: Register, send: Send) -> None:
    model, browser = trained(), site.admin()
    send(browser, f"/models/{model.id}/promote", anyway="first")
    part = browser.get("/models?on=2026-03-02", headers={"hx-request": "true", "hx-target": "live"})
    assert "<main" not in part.text
    assert "Books a meeting Rules, from 09:00 booked:1" in _text(part)
    assert "Sells, after the meeting Rules On 2 Mar 2026" in _text(part)
    assert "Books a meeting Rules Sells" in _text(browser.get("/models?on=2026-03-01"))
    for wrong, why in (("yesterday", "not a day"), ("2031-01-01", "not come yet")):
        assert why in _text(browser.get(f"/models?on={wrong}"))


def test_only_an_administrator_moves_models_and_tenants_see_none(
    site: Site, trained: Register, send: Send
) -> None:
    model, viewer = trained(), site.viewer()
    page = viewer.get(f"/models/{model.id}")
    assert page.status_code == 200
    assert "/promote" not in page.text
    for step in (f"{model.id}/promote", f"{model.id}/archive", f"{model.id}/challenge", "roll-back/booked"):
        assert send(viewer, f"/models/{step}", anyway="x").status_code == 403
        assert site.admin().post(f"/models/{step}", data={"anyway": "x"}).status_code == 403
    member = site.member(site.lead_ids()[:1])
    for path in ("/models", f"/models/{model.id}", f"/models/{model.id}/report"):
        assert member.get(path).status_code == 403
    assert 'href="/models"' not in member.get("/leads").text
    assert _status(site, model) == "candidate"


def test_a_model_of_another_workspace_is_not_there(site: Site) -> None:
    browser = site.admin()
    assert browser.get("/models/01900000-0000-7000-8000-000000000000").status_code == 404
    assert browser.get("/models/nothing").status_code == 422


def test_the_pages_need_no_code_or_style_inside_them(site: Site, trained: Register) -> None:
    one, other, browser = trained(), trained(), site.admin()
    for path in ("/models", f"/models/{one.id}", f"/models/compare?one={one.id}&other={other.id}"):
        text = browser.get(path).text
        assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:", text), path
        assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", text), path


def test_words_from_a_card_are_text_never_markup(site: Site, trained: Register) -> None:
    model = trained(why="<script>alert(1)</script>", card={"members": ["<b>x</b>"], "note": "<i>y</i>"})
    for path in ("/models", f"/models/{model.id}"):
        page = site.admin().get(path).text
        assert "<script>alert" not in page
        assert "<b>x" not in page


@pytest.mark.parametrize(
    ("kept", "read"),
    [
        ({"auc": 0.7}, Figure(0.7)),
        ({"auc": METRICS["auc"]}, Figure(0.83, 0.79, 0.87)),
        ({"figures": {"auc": {"value": 0.7, "low": None, "high": None}}}, Figure(0.7)),
        ({"auc": None}, None),
        ({"auc": {"value": None}}, None),
        ({"auc": True}, None),
        ({"auc": "0.7"}, None),
        ({}, None),
    ],
)
def test_figures_are_read_as_the_registry_keeps_them(kept: dict, read: Figure | None) -> None:
    assert figure_of(kept, "auc") == read


def test_who_scored_when_follows_the_history() -> None:
    def change(number: int, model: str, before: str | None, status: str) -> ModelStatusChange:
        at = NOW + timedelta(days=number // 10)
        return ModelStatusChange(number, model, "booked", "promote", before, status, at, "", "", {})  # type: ignore[arg-type]

    history = [
        change(1, "a", None, "candidate"),
        change(11, "a", "candidate", "champion"),
        change(21, "a", "champion", "archived"),
        change(22, "b", "candidate", "champion"),
        change(31, "b", "champion", "archived"),
    ]
    spells = [
        (each.model_id, each.since.day, each.until.day if each.until else None) for each in spells_of(history)
    ]
    assert spells == [("a", 3, 4), ("b", 4, 5), (None, 5, None)]


def test_comparing(site: Site, trained: Register, send: Send) -> None:
    browser: Client = site.admin()
    worse = METRICS | {"auc": {"value": 0.73, "low": 0.7, "high": 0.76}}
    first, second = trained(), trained(metrics=worse, data_hash="d2")
    said = _text(browser.get(f"/models/compare?one={first.id}&other={second.id}"))
    # 0.83 - 0.73 = 0.10; half widths 0.04 and 0.03 add up to 0.05 in squares.
    assert "83 times in 100 79 to 87 73 times in 100 70 to 76 +10 +5 to +15 booked:1" in said
    assert "booked:1 is better by more than chance explains in 1 of 7 figures, booked:2 in none." in said
    assert "They were measured on different leads" in said
    assert "Put one on trial" in said
    assert "forest 60 % 60 %" in said
    same = _text(browser.get(f"/models/compare?one={first.id}&other={first.id}"))
    assert "Nothing tells these two apart" in same
    assert "Which two?" in browser.get(f"/models/compare?one={first.id}").text
    other = trained(purpose="won")
    assert browser.get(f"/models/compare?one={first.id}&other={other.id}").status_code == 422
