"""Trials of a model on later leads, and promotions that rest on them."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from httpx import Client, Response

from galena.domain.registered_model import RegisteredModel
from galena.kit.errors import InputError
from galena.stores import audit, models
from galena.surfaces.web.pages import models_verdict
from galena.workflows.model_promotion import Verdict
from galena.workflows.model_trial import TRIED

from .conftest import Site, form_token
from .model_stand_ins import TABLE_CARD, register, small_models

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
    body = re.search(r"<main.*?</main>", answer.text, re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body[0] if body else answer.text)).split())


def _trial(*, better: bool, sentence: str) -> Callable[..., Verdict]:
    """A trial that ends like this, and is written on the audit trail as every trial is."""

    def tried(context: Any, _store: Any, model_id: UUID, *_: Any) -> Verdict:
        with context.session() as session:
            model = models.load(session, model_id)
            champion = models.find_champion(session, model.purpose)
            detail = {"sentence": sentence, "against": "the rules alone", "note": "It holds for one look."}
            certainty = 0.98 if better else 0.6
            found = Verdict(model_id, champion.id if champion else None, better, certainty, detail)
            audit.record(session, TRIED, f"model:{model_id}", found.as_evidence())
        return found

    return tried


def test_a_trial_that_says_better_promotes_without_a_reason(
    site: Site, trained: Register, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "The challenger is better on 400 later leads."
    monkeypatch.setattr(models_verdict, "try_on_leads", _trial(better=True, sentence=said))
    model, browser = trained(), site.admin()
    card = send(browser, f"/models/{model.id}/try-on-leads")
    assert f"{said} Tried on" in _text(card)
    assert "against the rules alone. It holds for one look." in _text(card)
    assert 'id="anyway"' not in card.text
    done = _text(send(browser, f"/models/{model.id}/promote"))
    assert "booked:1 scores now." in done
    assert "better on later data, 98.0% sure" in done
    assert "without proof" not in done


def test_a_trial_that_does_not_say_better_promotes_nothing_by_itself(
    site: Site, trained: Register, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models_verdict, "try_on_leads", _trial(better=False, sentence="Undecided."))
    model, browser = trained(), site.admin()
    send(browser, f"/models/{model.id}/try-on-leads")
    refused = send(browser, f"/models/{model.id}/promote")
    assert refused.status_code == 409
    assert "the test on later data does not show that booked:1 is better" in refused.text
    assert "certainty: 60.0%" in _text(refused)
    assert "Try it again" in refused.text


def test_the_comparison_tells_the_trial(
    site: Site, trained: Register, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        models_verdict, "try_on_leads", _trial(better=False, sentence="Undecided on 90 leads.")
    )
    first, second, browser = trained(), trained(), site.admin()
    send(browser, f"/models/{first.id}/promote", anyway="first")
    address = f"/models/compare?one={second.id}&other={first.id}"
    assert "Undecided" not in browser.get(address).text
    send(browser, f"/models/{second.id}/try-on-leads")
    assert "Undecided on 90 leads." in browser.get(address).text


def test_a_trial_against_a_former_champion_counts_no_more(
    site: Site, trained: Register, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models_verdict, "try_on_leads", _trial(better=True, sentence="Better."))
    first, second, browser = trained(), trained(), site.admin()
    send(browser, f"/models/{second.id}/try-on-leads")
    send(browser, f"/models/{first.id}/promote", anyway="Meanwhile")
    refused = send(browser, f"/models/{second.id}/promote")
    assert refused.status_code == 409
    assert "nothing shows yet that booked:2 is better" in refused.text


def _upload(browser: Client, model: RegisteredModel, **texts: str) -> Response:
    token = form_token(browser.get("/leads"))
    return browser.post(
        f"/models/{model.id}/try",
        data={"csrf_token": token, **texts},
        files={"file": ("later.csv", b"a,won\n1,yes\n")},
        follow_redirects=True,
    )


def test_a_model_of_a_table_is_tried_on_a_file_that_is_not_kept(
    site: Site, trained: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def tried(context: Any, store: Any, model_id: UUID, trial: Any) -> Verdict:
        seen.append((trial.table.read_bytes(), trial.target, trial.time))
        return _trial(better=True, sentence="Better.")(context, store, model_id)

    monkeypatch.setattr(models_verdict, "try_model", tried)
    model, browser = trained(card=TABLE_CARD), site.admin()
    assert "cannot score the businesses here" in browser.get(f"/models/{model.id}").text
    assert "Try it on later businesses from a file" in browser.get(f"/models/{model.id}").text
    assert "Better." in _text(_upload(browser, model, target="won", time="day"))
    assert seen == [(b"a,won\n1,yes\n", "won", "day")]
    uploads = site.galena.settings.home / "uploads"
    assert [path for path in uploads.rglob("*") if path.is_file()] == []


def test_a_trial_that_fails_says_why_and_keeps_nothing(
    site: Site, trained: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> Verdict:
        raise InputError("no lead in the table is later than the training", remedy="Give later leads.")

    monkeypatch.setattr(models_verdict, "try_model", fails)
    model, browser = trained(), site.admin()
    assert "no lead in the table is later" in _upload(browser, model, target="won").text
    assert "Which column holds the outcome?" in _upload(browser, model, target=" ").text
    uploads = site.galena.settings.home / "uploads"
    assert [path for path in uploads.rglob("*") if path.is_file()] == []


def test_a_viewer_tries_nothing(site: Site, trained: Register, send: Send) -> None:
    model, viewer = trained(), site.viewer()
    assert send(viewer, f"/models/{model.id}/try-on-leads").status_code == 403
    assert _upload(viewer, model, target="won").status_code == 403
