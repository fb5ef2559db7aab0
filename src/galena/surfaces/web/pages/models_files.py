"""The report that lies beside a registered model in the object store: read whole and checked, then kept for a while."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from fastapi import Request

from galena.bootstrap import open_objects
from galena.domain.registered_model import RegisteredModel
from galena.kit.object_store import ObjectStore
from galena.surfaces.web.visitors import galena_of
from galena.workflows.context import Context
from galena.workflows.model_artefacts import fetch

REPORT, PAGE = "report.json", "report.html"
KEPT = 6


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """What training wrote for people.

    Attributes:
        report: its figures; empty where there is none.
        page: the report as one HTML page; empty where there is none.
    """

    report: dict[str, Any]
    page: str


_kept: "OrderedDict[str, ModelFiles]" = OrderedDict()
_lock = threading.Lock()


def store_of(request: Request) -> ObjectStore:
    """Where the models of this installation lie."""
    return open_objects(galena_of(request).settings)


def files_of(context: Context, store: ObjectStore, model: RegisteredModel) -> ModelFiles:
    """The report of a model.

    Raises:
        DamagedObjectError: the artefact was changed since it was registered.
        NotFoundError: it is gone.
        UnavailableError: the object store does not answer.
    """
    with _lock:
        if model.artefact_hash in _kept:
            _kept.move_to_end(model.artefact_hash)
            return _kept[model.artefact_hash]
    with TemporaryDirectory(prefix="galena-report-") as name:
        fetch(context, store, model, Path(name))
        found = _read(Path(name))
    with _lock:
        _kept[model.artefact_hash] = found
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return found


def drawn(files: ModelFiles) -> ModelFiles:
    """The files with the page drawn from the figures, where training wrote none; unchanged where that cannot be."""
    from pydantic import ValidationError

    from galena.engines.learning.report import Report
    from galena.surfaces.reports import write_model_report

    try:
        return ModelFiles(files.report, write_model_report(Report.model_validate(files.report)))
    except ValidationError:
        return files


def _read(folder: Path) -> ModelFiles:
    report, page = folder / REPORT, folder / PAGE
    given = orjson.loads(report.read_bytes()) if report.is_file() else {}
    return ModelFiles(
        given if isinstance(given, dict) else {}, page.read_text("utf-8") if page.is_file() else ""
    )
