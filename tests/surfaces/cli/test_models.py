"""`galena model`, the registry: a model from its folder to champion and back, as a person types it."""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from galena.kit.errors import InputError
from galena.workflows import model_artefacts

REPORT = {
    "rows": 100,
    "positives": 12,
    "metrics": {"auc": {"value": 0.8125, "low": 0.7, "high": 0.9}, "log_loss": 0.3},
    "data_from": "2026-01-01",
    "data_to": "2026-06-30",
    "data_hash": "d" * 64,
    "seed": 7,
    "outcome": "converted",
    "positive": "1",
    "libraries": {"numpy": "2.4"},
}


@dataclass
class PlainModel:
    """Says `share` of every lead."""

    share: float
    meta: dict = field(default_factory=dict)
    members = (SimpleNamespace(name="net"), SimpleNamespace(name="forest"))
    weights = (0.75, 0.25)

    def predict(self, frame):
        said = np.full(frame.height, self.share)
        table = SimpleNamespace(missing_columns=())
        return SimpleNamespace(
            probability=said, low=said, high=said, confidence=said, members=said.reshape(-1, 1), table=table
        )


@pytest.fixture(autouse=True)
def plain_models(monkeypatch):
    def read(folder: Path):
        try:
            return PlainModel(json.loads((folder / "model.json").read_text())["share"])
        except (OSError, ValueError) as fault:
            raise InputError("this folder holds no model") from fault

    monkeypatch.setattr(model_artefacts, "read_folder", read)
    model_artefacts.forget_models()


@pytest.fixture
def folder(tmp_path):
    """folder(share): what training wrote."""

    def make(share=0.25):
        made = tmp_path / f"model-{share}"
        made.mkdir()
        (made / "model.json").write_text(json.dumps({"share": share}))
        (made / "manifest.json").write_text("{}")
        (made / "report.json").write_text(json.dumps(REPORT))
        return made

    return make


@pytest.fixture
def model(galena):
    """model(*arguments): `galena model ...` in the workspace demo."""
    return lambda *arguments, **more: galena("model", *arguments, "-w", "demo", **more)


@pytest.fixture
def two(model, folder):
    """Two registered models."""
    for share in (0.25, 0.5):
        assert model("register", folder(share), "--purpose", "renewed", "--why", f"says {share}").status == 0


def test_a_trained_folder_becomes_a_registered_model(model, folder):
    told = model("register", folder(), "--purpose", "renewed", "--why", "weekly", "--json").json
    assert (told["model"], told["status"], told["workspace"], told["why"]) == (
        "renewed:1",
        "candidate",
        "demo",
        "weekly",
    )
    assert (told["row_count"], told["positive_count"], told["data_hash"]) == (100, 12, "d" * 64)
    assert (told["metrics"], told["data_to"]) == (REPORT["metrics"], "2026-06-30T00:00:00+00:00")
    assert told["card"]["weights"] == {"net": 0.75, "forest": 0.25}
    assert (told["card"]["seed"], told["card"]["libraries"]) == (7, {"numpy": "2.4"})
    assert told["created_by"] == "galena model register"
    listed = model("list").out
    assert "renewed:1" in listed
    assert "0.8125" in listed
    shown = model("show", "renewed:1")
    assert "metric" not in shown.err
    for words in ("weekly", "auc.value", "0.8125", "weights.net", "What became of it", "register"):
        assert words in shown.out
    assert [each["step"] for each in model("show", "renewed:1", "--json").json["history"]] == ["register"]


def test_where_nothing_is_registered_one_is_told_how(model):
    assert "galena model register" in model("list").out
    assert model("list", "--json").json == {"workspace": "demo", "models": []}
    told = model("show", "renewed:1")
    assert told.status == 3
    assert "galena model register" in told.err
    assert "rules scored" in model("live-at", "2026-01-01").out


def test_to_champion_and_back(model, two):
    first = model("promote", "renewed:1", "--anyway", "the first", "--json").json
    assert (first["champion"]["model"], first["former"]) == ("renewed:1", None)
    second = model("promote", "renewed:2", "--anyway", "the next")
    assert "renewed:2 is the champion of renewed now" in second.err
    assert "renewed:1 was before; it is archived" in second.err
    assert [each["status"] for each in model("list", "--json").json["models"]] == ["champion", "archived"]
    assert model("live-at", "2020-01-01").out == "renewed: rules\n"
    assert model("live-at", "2999-01-01").out == "renewed: renewed:2\n"
    assert model("live-at", "2999-01-01", "--json").json["champions"]["renewed"]["model"] == "renewed:2"
    back = model("rollback", "renewed", "--why", "worse in the field", "--json").json
    assert (back["champion"]["model"], back["former"]["model"]) == ("renewed:1", "renewed:2")
    again = model("rollback", "renewed", "--why", "again")
    assert again.status == 5
    assert "no earlier champion" in again.err


def test_without_evidence_or_a_reason_nobody_takes_over(model, two):
    told = model("promote", "renewed:1")
    assert told.status == 2
    assert "--on FILE --target COLUMN, or a reason with --anyway" in told.err


def test_archiving(model, two):
    model("promote", "renewed:1", "--anyway", "x")
    assert model("archive", "renewed:1", "--why", "old").status == 5
    assert "renewed:2 is archived." in model("archive", "renewed:2", "--why", "old").err
    assert "Rules score now" in model("archive", "renewed:1", "--why", "old", "--anyway").err
    assert model("list", "--status", "archived", "--json").json["models"][1]["model"] == "renewed:1"


def test_two_side_by_side(model, two):
    told = model("compare", "renewed:1", "renewed:2")
    for words in ("auc.value", "renewed:1", "renewed:2", "says 0.25", "says 0.5", "+0"):
        assert words in told.out
    found = model("compare", "renewed:1", "renewed:2", "--json").json
    assert found["same_data"] is True
    assert found["metrics"][0] == {"name": "auc.value", "first": 0.8125, "second": 0.8125, "difference": 0.0}


def test_a_challenger_scores_in_the_shadow(model, two):
    assert "no challenger of renewed" in model("shadow", "renewed").err
    assert "renewed:2 is the challenger" in model("challenge", "renewed:2").err
    model("promote", "renewed:1", "--anyway", "x")
    report = model("shadow", "renewed", "--json").json
    assert report["models"] == ["renewed:2", "renewed:1"]
    assert report["leads"] > 0
    found = model("agreement", "renewed", "--json").json
    assert (found["leads"], found["mean_first"], found["mean_second"]) == (report["leads"], 0.25, 0.5)
    assert "mean difference: 25.0%" in model("agreement", "renewed").out


def test_a_changed_artefact_is_refused(model, two, tmp_path):
    (stored,) = [
        path
        for path in (tmp_path / "home" / "objects").rglob("*.tar")
        if b'{"share": 0.25}' in path.read_bytes()
    ]
    stored.write_bytes(stored.read_bytes().replace(b"0.25", b"0.99"))
    model_artefacts.forget_models()
    told = model("promote", "renewed:1", "--anyway", "x")
    assert told.status == 5
    assert "not what was stored" in told.err
    assert "sha256" in told.err


def test_to_a_folder(model, two, tmp_path):
    assert "renewed:1 is in" in model("export", "renewed:1", "--out", tmp_path / "out").err
    assert json.loads((tmp_path / "out" / "model.json").read_text()) == {"share": 0.25}
    told = model("export", "renewed:1", "--out", tmp_path / "out")
    assert told.status == 2
    assert "is there already" in told.err


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_to_mlflow_and_back(model, two, tmp_path):
    pytest.importorskip("mlflow")
    address = f"sqlite:///{tmp_path}/mlflow.db"
    told = model("export", "renewed:1", "--mlflow", address, "--json").json
    assert (told["name"], told["version"]) == ("galena-renewed", 1)
    back = model("import", "galena-renewed", "--mlflow", address, "--purpose", "won", "--json").json
    assert (back["model"], back["metrics"], back["row_count"]) == ("won:1", REPORT["metrics"], 100)
    assert model("import", "nothing", "--mlflow", address).status == 3


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("register", "no-such-folder", "--purpose", "renewed"), 3, "no folder"),
        (("promote", "renewed:9", "--anyway", "x"), 3, "There is no model renewed:9"),
        (("promote", "renewed:1", "--on", "x.csv"), 2, "go together"),
        (("rollback", "renewed"), 2, "--why"),
        (("rollback", "won", "--why", "x"), 5, "no earlier champion"),
        (("live-at", "yesterday"), 2, "Write it as 2026-01-31"),
        (("live-at", "2026-01-01", "--purpose", "won"), 3, "never was a model of won"),
        (("export", "renewed:1"), 2, "Where to?"),
        (("list", "--status", "best"), 2, "candidate"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_mistakes_are_explained(model, arguments, status, words):
    told = model(*arguments)
    assert told.status == status
    assert words in told.err
    assert told.out == ""


def test_models_are_kept_where_the_setting_says(galena, folder, tmp_path, monkeypatch):
    monkeypatch.setenv("GALENA_OBJECT_STORE_URL", str(tmp_path / "elsewhere"))
    assert galena("model", "register", folder(), "--purpose", "renewed", "-w", "demo").status == 0
    assert len(list((tmp_path / "elsewhere").rglob("*.tar"))) == 1
    assert not (tmp_path / "home" / "objects").exists()


def test_a_back_up_brings_the_registry_back(galena, model, two, tmp_path):
    model("promote", "renewed:1", "--anyway", "x")
    told = galena("db", "backup", "--out", tmp_path / "b", "--json").json
    assert (told["models"], told["models_file"]) == (2, f"{tmp_path}/b.models")
    model("promote", "renewed:2", "--anyway", "x")
    shutil.rmtree(tmp_path / "home" / "objects")
    model_artefacts.forget_models()
    assert model("promote", "renewed:1", "--anyway", "its file is gone").status == 3
    assert "Brought back 2 stored models" in galena("db", "restore", tmp_path / "b", "--yes").err
    assert [each["status"] for each in model("list", "--json").json["models"]] == ["candidate", "champion"]
    assert model("promote", "renewed:2", "--anyway", "its file is there").status == 0
