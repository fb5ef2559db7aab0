"""What the folder of a trained model tells about it: its report and the model itself, as the registry keeps them."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from galena.workflows import model_artefacts
from galena.workflows.model_folder import REPORT
from galena.workflows.model_registry import ModelFacts

_MOST_COLUMNS = 2_000
_ROWS = ("rows", "row_count")
_POSITIVES = ("positives", "positive_count")
_FROM_REPORT = (
    "outcome",
    "positive",
    "split",
    "judged_rows",
    "usable_signal_reason",
    "seed",
    "training_s",
    "peak_memory_mb",
    "libraries",
    "notes",
)
_OWN_PLACE = {
    "metrics",
    "why",
    "purpose",
    "feature_set_hash",
    "data_hash",
    "data_from",
    "data_to",
    *_ROWS,
    *_POSITIVES,
}


def facts_of_folder(folder: Path, purpose: str, why: str, **known: Any) -> ModelFacts:
    """The facts about the model in a folder: from its report where there is one, and from the model.

    Args:
        purpose: what it predicts.
        why: why it was trained.
        known: facts of `ModelFacts` that stand above what the folder says.

    Raises:
        GalenaError: the folder holds no whole model.
    """
    model = model_artefacts.read_folder(folder)
    meta: Mapping[str, Any] = getattr(model, "meta", {}) or {}
    report = _report(folder)
    found = ModelFacts(
        purpose=purpose,
        why=why,
        type=str(meta.get("learner") or "ensemble"),
        feature_set_hash=str(meta.get("feature_set_hash", "")),
        data_hash=str(_first(meta, report, names=("data_hash",)) or ""),
        data_from=_moment(_first(meta, report, names=("data_from",))),
        data_to=_moment(_first(meta, report, names=("data_to",))),
        row_count=_whole(_first(meta, report, names=_ROWS)),
        positive_count=_whole(_first(meta, report, names=_POSITIVES)),
        metrics=_small(report.get("metrics") or meta.get("metrics") or {}),
        card=_card(model, meta, report),
    )
    unknown = set(known) - {each.name for each in fields(ModelFacts)}
    if unknown:
        raise TypeError(f"no such facts: {', '.join(sorted(unknown))}")
    return replace(found, **known)


def _card(model: Any, meta: Mapping[str, Any], report: Mapping[str, Any]) -> dict[str, Any]:
    """Members with their weights, columns, base rate; and what training has noted (seed, versions, seconds ...)."""
    card = {key: report[key] for key in _FROM_REPORT if report.get(key) is not None}
    card |= {key: value for key, value in meta.items() if key not in _OWN_PLACE}
    members = getattr(model, "members", ())
    weights = [float(each) for each in getattr(model, "weights", ())]
    if members:
        card["members"] = [each.name for each in members]
        card["weights"] = dict(zip(card["members"], weights, strict=True))
    if hasattr(model, "encoding"):
        card["columns"] = list(model.encoding.columns)[:_MOST_COLUMNS]
    for name in ("base_rate", "usable_signal"):
        if hasattr(model, name):
            card[name] = getattr(model, name)
    kept: dict[str, Any] = orjson.loads(orjson.dumps(card, option=orjson.OPT_SERIALIZE_NUMPY, default=str))
    return kept


def _report(folder: Path) -> Mapping[str, Any]:
    file = folder / REPORT
    if not file.is_file():
        return {}
    found = orjson.loads(file.read_bytes())
    return found if isinstance(found, dict) else {}


def _small(metrics: Any) -> dict[str, Any]:
    """Metrics without their curves: numbers, and mappings of numbers."""
    kept: dict[str, Any] = {}
    for name, value in metrics.items() if isinstance(metrics, Mapping) else ():
        if isinstance(value, Mapping):
            inner = _small(value)
            if inner:
                kept[str(name)] = inner
        elif isinstance(value, int | float) and not isinstance(value, bool):
            kept[str(name)] = value
    return kept


def _first(*places: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((place[name] for place in places for name in names if place.get(name) is not None), None)


def _whole(value: Any) -> int:
    return int(value) if isinstance(value, int | float) else 0


def _moment(value: Any) -> datetime | None:
    if not value:
        return None
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
