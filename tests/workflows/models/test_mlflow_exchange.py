"""Models to a real MLflow on SQLite and back, to the byte."""

import sys
from datetime import timedelta
from pathlib import Path

import pytest

from galena.kit.errors import ConfigurationError, InputError, NotFoundError, UnavailableError
from galena.kit.object_store import DamagedObjectError
from galena.stores import models
from galena.workflows.mlflow_exchange import export_model, import_model, load_mlflow
from galena.workflows.model_promotion import promote

pytestmark = [
    pytest.mark.slow,
    # MLflow's own, of the libraries it uses, where a test asks it directly.
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
pytest.importorskip("mlflow")
mlflow = load_mlflow()


@pytest.fixture(scope="module")
def tracking_uri(tmp_path_factory):
    """A real MLflow: its own SQLite file, its files beside it."""
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow') / 'mlflow.db'}"


@pytest.fixture
def client(tracking_uri):
    return mlflow.MlflowClient(tracking_uri=tracking_uri, registry_uri=tracking_uri)


@pytest.fixture
def full(register, clock):
    """full(share): a model with everything a registry knows."""
    return lambda share=0.25: register(
        share,
        metrics={"auc": {"value": 0.8, "low": 0.7, "high": 0.9}, "brier": 0.1, "calibrated": True},
        card={"seed": 7, "members": ["net", "forest"], "training_s": 1.5},
        data_from=clock.now - timedelta(days=90),
        data_to=clock.now,
        row_count=100,
        positive_count=12,
        feature_set_hash="f" * 64,
        data_hash="d" * 64,
    )


def test_there_and_back(context, store, full, tracking_uri, client, tmp_path):
    model = full()
    promote(context, store, model.id, anyway="first")
    with context.session() as session:
        model = models.load(session, model.id)
    copy = export_model(context, store, model, tracking_uri=tracking_uri, name="there-and-back")
    assert (copy.version, copy.address) == (1, "models:/there-and-back/1")

    run = client.get_run(copy.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {"auc.value": 0.8, "auc.low": 0.7, "auc.high": 0.9, "brier": 0.1}
    assert (run.data.params["seed"], run.data.params["row_count"], run.data.params["why"]) == (
        "7",
        "100",
        "weekly",
    )
    version = client.get_model_version("there-and-back", "1")
    assert version.tags["galena.artefact_hash"] == model.artefact_hash
    assert version.description == "weekly"
    assert int(client.get_model_version_by_alias("there-and-back", "champion").version) == 1

    back = import_model(context, store, tracking_uri=tracking_uri, name="there-and-back", version=1)
    assert (back.name, back.status, back.artefact_hash) == ("booked:2", "candidate", model.artefact_hash)
    assert store.get(back.object_name) == store.get(model.object_name)
    same = (
        "metrics",
        "card",
        "type",
        "data_from",
        "data_to",
        "row_count",
        "positive_count",
        "feature_set_hash",
    )
    assert [getattr(back, name) for name in same] == [getattr(model, name) for name in same]
    assert back.why == "imported from MLflow: there-and-back version 1"


def test_mlflow_can_load_and_ask_it(context, store, full, tracking_uri):
    import pandas as pd

    copy = export_model(context, store, full(0.25), tracking_uri=tracking_uri, name="asked")
    before = (mlflow.get_tracking_uri(), mlflow.get_registry_uri())
    mlflow.set_tracking_uri(tracking_uri)
    mlflow.set_registry_uri(tracking_uri)
    try:
        loaded = mlflow.pyfunc.load_model(copy.address)
    finally:
        mlflow.set_tracking_uri(before[0])
        mlflow.set_registry_uri(before[1])
    said = loaded.predict(pd.DataFrame({"employees": [1, 2, 3]}))
    assert list(said.columns) == ["probability", "low", "high", "confidence"]
    assert said["probability"].tolist() == [0.25, 0.25, 0.25]


def test_no_pickle_travels(context, store, full, tracking_uri, client, tmp_path):
    copy = export_model(context, store, full(), tracking_uri=tracking_uri, name="plain")
    folder = Path(
        mlflow.artifacts.download_artifacts(
            run_id=copy.run_id, artifact_path="model", dst_path=str(tmp_path), tracking_uri=tracking_uri
        )
    )
    files = {path.name for path in folder.rglob("*") if path.is_file()}
    assert not [name for name in files if name.endswith((".pkl", ".pickle", ".joblib"))]
    assert {"MLmodel", "model.json", "report.json"} <= files


def test_the_next_export_is_the_next_version(context, store, full, tracking_uri):
    versions = [
        export_model(context, store, full(share), tracking_uri=tracking_uri, name="next").version
        for share in (0.25, 0.5)
    ]
    assert versions == [1, 2]
    newest = import_model(
        context, store, tracking_uri=tracking_uri, name="next", purpose="won", why="moved here"
    )
    assert (newest.name, newest.why) == ("won:1", "moved here")
    with context.session() as session:
        second = models.find_version(session, "booked", 2)
    assert second is not None
    assert newest.artefact_hash == second.artefact_hash


def test_changed_files_do_not_come_back(context, store, full, tracking_uri, client):
    copy = export_model(context, store, full(0.25), tracking_uri=tracking_uri, name="changed")
    root = Path(client.get_run(copy.run_id).info.artifact_uri.removeprefix("file://"))
    file = root / "model" / "data" / "galena_model" / "model.json"
    file.write_text(file.read_text().replace("0.25", "0.99"))
    with pytest.raises(DamagedObjectError, match="not those that were exported"):
        import_model(context, store, tracking_uri=tracking_uri, name="changed")
    with context.session() as session:
        assert [model.name for model in models.list_(session)] == ["booked:1"]


def test_a_damaged_model_is_not_exported(context, store, full, tracking_uri, client):
    model = full()
    (Path(store.address) / model.object_name).write_bytes(b"")
    with pytest.raises(DamagedObjectError):
        export_model(context, store, model, tracking_uri=tracking_uri, name="damaged")
    assert client.search_registered_models("name = 'damaged'") == []


def test_models_of_others_are_refused(context, store, tracking_uri, client, tmp_path):
    from mlflow.models import Model

    (tmp_path / "other").mkdir()
    Model().add_flavor("python_function", loader_module="os").save(str(tmp_path / "other" / "MLmodel"))
    run = client.create_run(client.create_experiment("others", (tmp_path / "files").as_uri()))
    client.log_artifacts(run.info.run_id, str(tmp_path / "other"), "model")
    client.create_registered_model("others")
    client.create_model_version("others", f"runs:/{run.info.run_id}/model", run.info.run_id)
    with pytest.raises(InputError, match="not a model of Galena's"):
        import_model(context, store, tracking_uri=tracking_uri, name="others")


def test_what_is_not_there_is_said(context, store, full, tracking_uri, tmp_path):
    with pytest.raises(NotFoundError):
        import_model(context, store, tracking_uri=tracking_uri, name="nothing")
    with pytest.raises(NotFoundError):
        import_model(context, store, tracking_uri=tracking_uri, name="nothing", version=3)
    with pytest.raises(InputError):
        import_model(context, store, tracking_uri=tracking_uri, name="no'thing")
    (tmp_path / "file").write_bytes(b"")
    nowhere = f"sqlite:///{tmp_path}/file/mlflow.db"
    with pytest.raises(UnavailableError) as caught:
        export_model(context, store, full(), tracking_uri=nowhere)
    assert caught.value.facts["mlflow"] == nowhere


def test_without_mlflow_one_is_told_how_to_get_it(context, store, register, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(ConfigurationError, match="not installed") as caught:
        export_model(context, store, register(), tracking_uri="sqlite:///x.db")
    assert "pip install mlflow-skinny" in caught.value.remedy


def test_nothing_is_told_to_anybody(context, store, full, tracking_uri, monkeypatch):
    from mlflow.telemetry.utils import is_telemetry_disabled

    export_model(context, store, full(), tracking_uri=tracking_uri, name="quiet")
    assert is_telemetry_disabled()
