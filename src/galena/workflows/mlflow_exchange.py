"""Models to MLflow and back: the same files, checked by their hash, with all the registry knows of them.

An exported model is a run with parameters and metrics, and a version of a registered model whose files MLflow can
load (`mlflow.pyfunc.load_model`). MLflow is not a part of Galena: who exchanges models installs it beside.
"""

import logging
import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version as version_of
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from galena.domain.registered_model import RegisteredModel
from galena.kit.errors import (
    ConfigurationError,
    ConflictError,
    GalenaError,
    InputError,
    NotFoundError,
    UnavailableError,
)
from galena.kit.logs import logger
from galena.kit.object_store import DamagedObjectError, ObjectStore
from galena.workflows import mlflow_model
from galena.workflows.context import Context
from galena.workflows.model_artefacts import fetch, pack
from galena.workflows.model_registry import ModelFacts, register_model

log = logger("models")

EXPERIMENT = "galena"
_FILES = "galena_model"
_KEY = "galena"
_MOST_OF_PARAMETER = 6000
_SHOWN = (
    "purpose",
    "type",
    "status",
    "playbook",
    "row_count",
    "positive_count",
    "data_from",
    "data_to",
    "why",
)
_KEPT = (
    "purpose",
    "type",
    "feature_set_hash",
    "data_hash",
    "row_count",
    "positive_count",
    "metrics",
    "card",
    "why",
)
_QUIET = {
    # An installation tells nobody what it does; and a server that is not there is said within seconds.
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
}


@dataclass(frozen=True, slots=True)
class MlflowCopy:
    """A model's copy at MLflow; `address` is what `mlflow.pyfunc.load_model` takes."""

    name: str
    version: int
    run_id: str

    @property
    def address(self) -> str:
        """`models:/<name>/<version>`."""
        return f"models:/{self.name}/{self.version}"


def export_model(
    context: Context,
    store: ObjectStore,
    model: RegisteredModel,
    *,
    tracking_uri: str,
    name: str | None = None,
    experiment: str = EXPERIMENT,
    artifacts: str | None = None,
) -> MlflowCopy:
    """Copy a registered model to MLflow, as a new version of a registered model there.

    Args:
        tracking_uri: of the MLflow server or database: http://host:5000, sqlite:////path/mlflow.db.
        name: of the registered model there; None: galena-<purpose>.
        experiment: made when it is not there.
        artifacts: where a new experiment keeps its files; None: what the server says, or beside the SQLite file.

    Raises:
        ConfigurationError: MLflow is not installed.
        DamagedObjectError, NotFoundError: the model's artefact cannot be used; an alert is raised, too.
        UnavailableError: MLflow or the object store does not answer; MLflow is left without a new version.
    """
    mlflow = load_mlflow()
    name = name or f"galena-{model.purpose}"
    with tempfile.TemporaryDirectory(prefix="galena-mlflow-") as folder, _faults_told(tracking_uri):
        saved = _saved(context, store, model, Path(folder))
        client = mlflow.MlflowClient(tracking_uri=tracking_uri, registry_uri=tracking_uri)
        at = _experiment(client, experiment, artifacts or _beside(tracking_uri))
        tags = _tags(model)
        run_id = client.create_run(at, run_name=model.name, tags=tags).info.run_id
        try:
            _log(client, run_id, model, context.clock())
            client.log_artifacts(run_id, str(saved), "model")
            _ensure_name(client, name)
            made = client.create_model_version(
                name, source=f"runs:/{run_id}/model", run_id=run_id, tags=tags, description=model.why or None
            )
            if model.status in ("champion", "challenger"):
                client.set_registered_model_alias(name, model.status, made.version)
        except BaseException:
            client.set_terminated(run_id, "FAILED")
            raise
        client.set_terminated(run_id)
    log.info(
        "model_exported", workspace_id=context.workspace_id, model=model.name, to=f"{name}/{made.version}"
    )
    return MlflowCopy(name, int(made.version), run_id)


def import_model(
    context: Context,
    store: ObjectStore,
    *,
    tracking_uri: str,
    name: str,
    version: int | None = None,
    purpose: str | None = None,
    why: str = "",
) -> RegisteredModel:
    """Register a model that Galena exported to MLflow, here or elsewhere, as a candidate.

    Args:
        name: of the registered model at MLflow.
        version: its version; None: the newest.
        purpose: what it predicts here; None: what it did where it comes from.

    Raises:
        ConfigurationError: MLflow is not installed.
        NotFoundError: there is no such model or version at MLflow.
        InputError: it is not one of Galena's.
        DamagedObjectError: its files are not those that were exported.
        UnavailableError: MLflow or the object store does not answer; nothing is registered.
    """
    mlflow = load_mlflow()
    with tempfile.TemporaryDirectory(prefix="galena-mlflow-") as folder:
        with _faults_told(tracking_uri):
            client = mlflow.MlflowClient(tracking_uri=tracking_uri, registry_uri=tracking_uri)
            version = version or _newest(client, name)
            copied = _downloaded(mlflow, client, tracking_uri, name, version, Path(folder))
            metadata = mlflow.models.Model.load(copied).metadata or {}
        given = metadata.get(_KEY)
        files = copied / "data" / _FILES
        if not isinstance(given, dict) or not files.is_dir():
            raise InputError(
                f"{name} version {version} is not a model of Galena's",
                remedy="Only models that `galena model export` wrote can come back.",
            )
        found = sha256(pack(files)).hexdigest()
        if found != given.get("artefact_hash"):
            raise DamagedObjectError(
                f"the files of {name} version {version} are not those that were exported",
                facts={"exported_sha256": given.get("artefact_hash"), "found_sha256": found},
                remedy="Export the model again where it comes from.",
            )
        facts = _facts(given, purpose, why or f"imported from MLflow: {name} version {version}")
        return register_model(context, store, files, facts)


def load_mlflow() -> ModuleType:
    """MLflow, silent and without telemetry.

    Raises:
        ConfigurationError: it is not installed.
    """
    for variable, value in _QUIET.items():
        os.environ.setdefault(variable, value)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Of its own libraries; nobody here can do anything about them.
            import mlflow
            import mlflow.artifacts
            import mlflow.models
            import mlflow.pyfunc
    except ImportError as fault:
        raise ConfigurationError(
            "MLflow is not installed",
            facts={"complaint": str(fault)},
            remedy="Install it beside Galena: `.venv/bin/pip install mlflow-skinny` (or mlflow).",
        ) from fault
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    module: ModuleType = mlflow
    return module


def _saved(context: Context, store: ObjectStore, model: RegisteredModel, folder: Path) -> Path:
    """The model as MLflow keeps one: our files under `data`, and a description that names our loader."""
    import mlflow.pyfunc

    files, saved = folder / _FILES, folder / "saved"
    files.mkdir()
    fetch(context, store, model, files)
    kept = {each: getattr(model, each) for each in _KEPT} | {"artefact_hash": model.artefact_hash}
    for each in ("data_from", "data_to"):
        moment: datetime | None = getattr(model, each)
        kept[each] = moment and moment.isoformat()
    mlflow.pyfunc.save_model(
        str(saved),
        loader_module=mlflow_model.__name__,
        data_path=str(files),
        pip_requirements=[f"galena=={version_of('galena')}"],
        metadata={_KEY: kept},
    )
    return saved


def _log(client: Any, run_id: str, model: RegisteredModel, now: datetime) -> None:
    from mlflow.entities import Metric, Param

    given = {each: getattr(model, each) for each in _SHOWN} | dict(_plain(model.card))
    parameters = [
        Param(_key(key), str(value)[:_MOST_OF_PARAMETER]) for key, value in given.items() if value is not None
    ]
    stamp = int(now.timestamp() * 1000)
    metrics = [Metric(_key(key), value, stamp, 0) for key, value in _numbers(model.metrics)]
    for first in range(0, max(len(parameters), len(metrics)), 100):
        client.log_batch(run_id, metrics[first : first + 100], parameters[first : first + 100])
    client.log_dict(run_id, {"metrics": model.metrics, "card": model.card}, "card.json")


def _tags(model: RegisteredModel) -> dict[str, str]:
    names = ("id", "artefact_hash", "feature_set_hash", "data_hash", "created_by")
    return {"galena.model": model.name} | {f"galena.{name}": str(getattr(model, name)) for name in names}


def _experiment(client: Any, name: str, artifacts: str | None) -> str:
    found = client.get_experiment_by_name(name)
    if found is None:
        return str(client.create_experiment(name, artifact_location=artifacts))
    if found.lifecycle_stage != "active":
        raise ConflictError(
            f"the experiment {name} was deleted at MLflow",
            remedy="Restore it there, or name another one with --experiment.",
        )
    return str(found.experiment_id)


def _beside(tracking_uri: str) -> str | None:
    """Where a SQLite store keeps files: beside its file. MLflow itself would use the folder one happens to be in."""
    if not tracking_uri.startswith("sqlite:///"):
        return None
    file = Path(urlsplit(tracking_uri.replace("sqlite:///", "file:///", 1)).path[1:] or "mlflow.db")
    return (file.absolute().parent / "mlartifacts").as_uri()


def _ensure_name(client: Any, name: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(name)
    except MlflowException as fault:
        if fault.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def _newest(client: Any, name: str) -> int:
    versions = [int(each.version) for each in client.search_model_versions(f"name = '{_quoted(name)}'")]
    if not versions:
        raise NotFoundError(f"There is no model {name} at MLflow.")
    return max(versions)


def _quoted(name: str) -> str:
    if "'" in name:
        raise InputError("this cannot be the name of a model at MLflow", facts={"name": name})
    return name


def _downloaded(
    mlflow: ModuleType, client: Any, tracking_uri: str, name: str, version: int, folder: Path
) -> Path:
    source = client.get_model_version_download_uri(name, str(version))
    copied = mlflow.artifacts.download_artifacts(
        artifact_uri=source, dst_path=str(folder), tracking_uri=tracking_uri, registry_uri=tracking_uri
    )
    return Path(copied)


def _facts(given: Mapping[str, Any], purpose: str | None, why: str) -> ModelFacts:
    kept = {name: given[name] for name in _KEPT if name in given}
    for name in ("data_from", "data_to"):
        kept[name] = datetime.fromisoformat(given[name]) if given.get(name) else None
    return ModelFacts(**{**kept, "purpose": purpose or str(kept.get("purpose", "")), "why": why})


def _plain(card: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in card.items():
        if isinstance(value, str | int | float | bool):
            yield key, value


def _numbers(metrics: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, float]]:
    """Every number of the metrics, however deep: `auc`, `auc.low` ..."""
    for key, value in metrics.items():
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{before}{key}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{before}{key}", float(value)


def _key(name: str) -> str:
    """A name with the characters that MLflow lets keys have."""
    return "".join(each if each.isascii() and (each.isalnum() or each in "_-. /") else "_" for each in name)[
        :250
    ]


@contextmanager
def _faults_told(tracking_uri: str) -> Iterator[None]:
    """MLflow's errors as Galena's, and none of its warnings."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except GalenaError:
        raise
    except Exception as fault:
        address = urlsplit(tracking_uri)
        shown = (
            tracking_uri.replace(address.netloc, address.hostname or "") if address.password else tracking_uri
        )
        facts = {
            "mlflow": shown,
            "complaint": str(fault).splitlines()[0][:300] if str(fault) else type(fault).__name__,
        }
        if getattr(fault, "error_code", "") == "RESOURCE_DOES_NOT_EXIST":
            raise NotFoundError("MLflow does not have this model", facts=facts) from fault
        raise UnavailableError(
            "MLflow did not do what was asked",
            facts=facts,
            remedy="Check the address and that the server runs, then try again.",
        ) from fault
