"""The same with a real model: trees, a net, arrays and hashes on the disk."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from galena.kit.errors import ConflictError, InputError
from galena.kit.object_store import DamagedObjectError
from galena.kit.tabular.artefact import load, save
from galena.workflows.mlflow_exchange import export_model, import_model, load_mlflow
from galena.workflows.model_artefacts import fetch_to_new, forget_models, load_model
from galena.workflows.model_facts import facts_of_folder
from galena.workflows.model_promotion import promote
from galena.workflows.model_registry import ModelFacts, register_model
from galena.workflows.model_trial import Trial, try_model

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def plain_models():
    """None here: folders are read as they are."""
    forget_models()
    yield
    forget_models()


@pytest.fixture(scope="module")
def table():
    draw = np.random.default_rng(3)
    visits = draw.integers(0, 30, 300)
    won = draw.random(300) < visits / 40
    source = draw.choice(["web", "fair", "call"], 300)
    return pl.DataFrame({"visits": visits, "source": source, "won": np.where(won, "yes", "no")})


@pytest.fixture
def folder(table, small_model, tmp_path):
    target = (table["won"] == "yes").cast(pl.Float64).to_numpy()
    report = {
        "rows": 300,
        "positives": int(target.sum()),
        "metrics": {"auc": {"value": 0.7}},
        "data_hash": "d" * 64,
    }
    files = {"report.json": json.dumps(report).encode(), "report.html": b"<html></html>"}
    return save(small_model(table.drop("won"), target), tmp_path / "trained", files)


def test_a_real_model_comes_back_as_it_was(context, store, folder, table, tmp_path):
    facts = facts_of_folder(folder, "won", "first")
    model = register_model(context, store, folder, facts)
    assert (model.row_count, model.metrics, model.data_hash) == (300, {"auc": {"value": 0.7}}, "d" * 64)
    assert model.card["weights"] == {"forest": 0.6, "net": 0.4}
    assert model.card["columns"] == ["visits", "source"]
    given = table.drop("won").head(20)
    before, after = (
        each.predict(given).probability for each in (load(folder), load_model(context, store, model))
    )
    assert before.tolist() == after.tolist()
    fetch_to_new(context, store, model, tmp_path / "copy")
    assert load(tmp_path / "copy").predict(given).probability.tolist() == before.tolist()


def test_a_folder_that_was_changed_is_not_registered(context, store, folder):
    (folder / "report.json").write_bytes(b"{}")
    with pytest.raises(InputError, match="changed or cut short"):
        register_model(context, store, folder, ModelFacts("won"))
    assert store.list_() == ()


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_one_flipped_byte_is_found(context, store, folder, place):
    model = register_model(context, store, folder, ModelFacts("won"))
    path = Path(store.address) / model.object_name
    content = bytearray(path.read_bytes())
    content[int(len(content) * place)] ^= 1
    path.write_bytes(content)
    with pytest.raises(DamagedObjectError):
        load_model(context, store, model)


def test_a_trial_asks_the_real_model(context, store, folder, table, tmp_path):
    model = register_model(context, store, folder, facts_of_folder(folder, "won", ""))
    file = tmp_path / "later.csv"
    table.write_csv(file)
    verdict = try_model(context, store, model.id, Trial(file, "won"))
    assert verdict.detail["leads"] == 300
    assert verdict.detail["sentence"]
    assert 0 <= verdict.certainty <= 1
    # It learned from a table: the leads' own outcome needs a model that knows how it joins the rules.
    with pytest.raises(ConflictError, match="cannot score the leads"):
        promote(context, store, model.id, verdict=verdict, anyway="a small model")


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_mlflow_asks_the_real_model(context, store, folder, table, tmp_path):
    pytest.importorskip("mlflow")
    mlflow = load_mlflow()
    address = f"sqlite:///{tmp_path}/mlflow.db"
    model = register_model(context, store, folder, facts_of_folder(folder, "won", ""))
    copy = export_model(context, store, model, tracking_uri=address)
    mlflow.set_tracking_uri(address)
    mlflow.set_registry_uri(address)
    given = table.drop("won").head(20)
    said = mlflow.pyfunc.load_model(copy.address).predict(given.to_pandas())
    expected = load(folder).predict(given)
    assert said["probability"].tolist() == expected.probability.tolist()
    assert said["confidence"].tolist() == expected.confidence.tolist()
    back = import_model(context, store, tracking_uri=address, name="galena-won")
    assert (back.name, back.artefact_hash, back.card) == ("won:2", model.artefact_hash, model.card)
