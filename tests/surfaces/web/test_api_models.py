"""The API of models: cards, comparison, training, trial, promotion, the way back, and what they say of a lead."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx import Client, Response

from galena.domain.access import Scope

from .conftest import Site
from .model_stand_ins import register, small_models


@pytest.fixture(scope="module", autouse=True)
def _small() -> Iterator[None]:
    with small_models():
        yield


@pytest.fixture(scope="module")
def program(workbench: Site) -> Client:
    return workbench.program()


def _ended(program: Client, job: dict) -> dict:
    while job["status"] == "running":
        time.sleep(0.02)
        job = program.get(f"jobs/{job['id']}").json()
    return job


def _switched(program: Client, answer: Response) -> dict:
    assert answer.status_code == 200, answer.text
    assert _ended(program, answer.json()["job"])["status"] == "done"
    return answer.json()


def test_models_are_compared_promoted_and_brought_back(
    workbench: Site, program: Client, tmp_path: Path
) -> None:
    first, second = (register(workbench.galena, workbench.workspace, tmp_path / "m") for _ in range(2))
    listed = program.get("models", params={"purpose": "booked"}).json()["items"]
    assert [each["name"] for each in listed] == [second.name, first.name]
    card = program.get(f"models/{first.id}")
    assert (card.json()["card"]["seed"], card.json()["metrics"]["auc"]["value"]) == (7, 0.83)
    side = program.get("models/compare", params={"one": str(first.id), "other": str(second.id)}).json()
    assert (side["same_data"], {each["difference"] for each in side["metrics"]}) == (True, {0.0})
    assert program.get(f"models/{first.id}/report").json()["report"]["rows"] == 1240
    why = {"why": "A try"}
    assert program.post(f"models/{second.id}/challenge", json=why).json()["status"] == "challenger"
    refused = program.post(f"models/{first.id}/promote", json={})
    assert (refused.status_code, "nothing shows yet" in refused.json()["title"]) == (409, True)
    stale = program.post(f"models/{first.id}/promote", json={"anyway": "Now"}, headers={"if-match": '"x"'})
    assert stale.status_code == 412
    seen = {"if-match": card.headers["etag"]}
    promoted = program.post(f"models/{first.id}/promote", json={"anyway": "Now"}, headers=seen)
    assert _switched(program, promoted)["champion"]["status"] == "champion"
    lead = program.get("leads", params={"limit": 1}).json()["items"][0]
    (said,) = program.get(f"leads/{lead['id']}/predictions").json()
    assert (said["purpose"], said["model_id"]) == ("booked", str(first.id))
    assert said["low"] <= said["probability"] <= said["high"]
    told = program.post(f"leads/{lead['id']}/score/calculate", json={}).json()
    assert (told["model"], told["score"]) == (first.name, pytest.approx(lead["score"], abs=1e-5))
    _switched(program, program.post(f"models/{second.id}/promote", json={"anyway": "Better"}))
    back = _switched(program, program.post("models/purposes/booked/roll-back", json=why))
    assert (back["champion"]["id"], back["former"]["status"]) == (str(first.id), "archived")
    steps = [each["step"] for each in program.get(f"models/{first.id}/history").json()]
    assert steps == ["roll_back", "give_way", "promote", "register"]
    kept = program.post(f"models/{first.id}/archive", json=why)
    assert kept.status_code == 409
    aside = program.post(f"models/{second.id}/archive", json=why).json()
    assert (aside["former"]["status"], aside["job"]) == ("archived", None)


def test_training_says_what_it_lacks(program: Client) -> None:
    counts = {each["purpose"]: each for each in program.get("models/labels").json()}
    assert counts["booked"]["decided"] < counts["booked"]["needed"]
    started = program.post("models/train", json={"minutes": 0.1, "why": "A try"})
    assert started.status_code == 202, started.text
    job = _ended(program, started.json())
    assert (job["status"], job["counts"]["created"], job["notice"]) == ("done", 0, "Nothing was trained.")
    assert {each["step"] for each in job["result"]["heads"]} == {"few_labels"}


def test_what_is_not_there_or_not_allowed(workbench: Site, program: Client) -> None:
    nobody = "00000000-0000-7000-8000-000000000000"
    for address in ("", "/history", "/report"):
        assert program.get(f"models/{nobody}{address}").status_code == 404
    assert program.post(f"models/{nobody}/try").status_code == 404
    reader = workbench.program(Scope.READ, Scope.WRITE)
    for address in ("models/train", f"models/{nobody}/promote", "models/purposes/booked/roll-back"):
        assert reader.post(address, json={"why": "x"}).status_code == 403
