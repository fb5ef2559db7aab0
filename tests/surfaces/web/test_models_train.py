"""The page that trains: what outcomes are known, a training as a job, and what it came to."""

import re
import threading
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from httpx import Response

from galena.bootstrap import open_objects
from galena.kit.errors import InputError
from galena.surfaces.web.pages import models_train
from galena.workflows.label_counts import count_labels
from galena.workflows.train_leads import HeadTraining, TrainingReport

from .conftest import NOW, Site, form_token
from .model_stand_ins import METRICS, bring_outcomes, context_of

Send = Callable[..., Response]
PART = {"hx-request": "true"}


@pytest.fixture(autouse=True)
def _objects(request: pytest.FixtureRequest) -> None:
    for name in ("site", "shown"):
        if name in request.fixturenames:
            found: Site = request.getfixturevalue(name)
            found.galena.door.objects = open_objects(found.galena.settings)


def _text(answer: Response) -> str:
    body = re.search(r"<main.*?</main>", answer.text, re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body[0] if body else answer.text)).split())


def test_known_outcomes_are_counted(site: Site, tmp_path: Path) -> None:
    bring_outcomes(site.galena, site.workspace, tmp_path, 37)
    booked, won = count_labels(context_of(site.galena, site.workspace))
    leads = len(site.lead_ids())
    positives = sum((30 + (n * 7) % 50 > 58) != (n % 9 == 0) for n in range(37))
    assert (booked.decided, booked.positives, booked.open) == (37, positives, leads - 37)
    assert (won.decided, won.positives, won.open) == (0, 0, leads)
    said = _text(site.admin().get("/models/labels", headers=PART))
    assert f"Books a meeting 37 outcomes are known, {positives} of them good" in said
    assert "63 more, and a model can take part: from 100 on" in said
    assert "What is known of earlier businesses" in _text(site.admin().get("/models/labels"))


def test_too_few_outcomes_are_refused_with_the_reason(site: Site, tmp_path: Path, send: Send) -> None:
    bring_outcomes(site.galena, site.workspace, tmp_path, 37)
    said = _text(send(site.admin(), "/models/train"))
    assert "Nothing was trained." in said
    assert "37 of the 100 decided leads that a model needs; rules score until then." in said
    assert "0 of the 100 decided leads that a model needs" in said


def test_a_training_is_ordered_told_and_shown(
    site: Site, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordered: list[Any] = []
    go = threading.Event()

    def trained(context: Any, order: Any, *, page_of: Any, progress: Any) -> TrainingReport:
        ordered.append(order)
        progress("Books a meeting: growing trees", 0.4)
        go.wait(20)
        head = context.playbook.models.head("booked")
        told = {"rules": METRICS, "blend": {"auc": 0.9}}
        done = HeadTraining(
            head, 120, 40, 3, "challenger", "booked:1 scores in the shadow.", metrics=told, weight=0.7
        )
        return TrainingReport(123, 100, NOW, (done,), 61.4)

    monkeypatch.setattr(models_train, "train_leads", trained)
    browser = site.admin()
    texts = {"head": "booked", "minutes": "5", "why": "New season", "drop_leaks": "yes"}
    token = form_token(browser.get("/leads"))
    at_work = browser.post("/models/train", data={"csrf_token": token, **texts}, follow_redirects=True)
    assert "Books a meeting: growing trees" in at_work.text
    assert 'aria-valuenow="40"' in at_work.text
    assert "See how far it is" in browser.get("/models/train").text
    assert send(browser, "/models/train").status_code == 409
    go.set()
    job = site.app.state.jobs.about(site.workspace.id, models_train.SUBJECT)
    assert job.wait(20)
    (order,) = ordered
    assert (order.head, order.budget_s, order.why) == ("booked", 300, "New season")
    assert (order.drop_leaks, order.promote) == (True, False)
    said = _text(browser.get("/models/train"))
    assert "booked:1 scores in the shadow." in said
    assert "123 businesses, 61 seconds" in said
    assert "the rules alone 83 (79 to 87) 0.302 (0.280 to 0.325)" in said
    assert "both together 90 not known" in said


def test_a_training_that_fails_is_explained(site: Site, send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise InputError("Every lead has the same values.", remedy="Import more columns.")

    monkeypatch.setattr(models_train, "train_leads", fails)
    browser = site.admin()
    assert "Every lead has the same values." in send(browser, "/models/train").text
    said = _text(browser.get("/models/train"))
    assert "The last training ended: Every lead has the same values. Import more columns." in said


def test_only_offered_minutes_and_only_by_who_runs_it(site: Site, send: Send) -> None:
    assert send(site.admin(), "/models/train", minutes="600").status_code == 422
    viewer = site.viewer()
    assert send(viewer, "/models/train").status_code == 403
    assert "Somebody who runs this workspace can train a model." in viewer.get("/models/train").text
    member = site.member(site.lead_ids()[:1])
    assert member.get("/models/train").status_code == 403
    assert member.get("/models/labels").status_code == 403
