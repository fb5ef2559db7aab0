"""The records of a fitted model as one JSON document and a set of named arrays, and back."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galena.kit.tabular.additive import Additive
from galena.kit.tabular.calibration import Calibrator
from galena.kit.tabular.encoding import Encoding
from galena.kit.tabular.model import Member, TabularModel
from galena.kit.tabular.net import Layer, Net, Preparation
from galena.kit.tabular.reading import Reading
from galena.kit.tabular.trees import Trees

Arrays = Mapping[str, NDArray[Any]]
TYPES: dict[str, type] = {
    "feature": np.int32,
    "left": np.int32,
    "right": np.int32,
    "missing_left": np.bool_,
    "roots": np.int32,
    "origin": np.int32,
    "curve_starts": np.int32,
    "starts": np.int32,
    "inputs": np.int32,
}
"""Of the arrays that are not float64."""


def document_of(model: TabularModel) -> dict[str, Any]:
    """Everything that is no array, as JSON values."""
    return {
        "reading": model.reading.model_dump(mode="json"),
        "encoding": model.encoding.model_dump(mode="json"),
        "members": [_member_document(member) for member in model.members],
        "calibrator": {
            name: getattr(model.calibrator, name)
            for name in ("kind", "numbers", "spread", "usual_disagreement", "own_share")
        },
        "base_rate": model.base_rate,
        "usable_signal": model.usable_signal,
        "meta": model.meta,
    }


def _member_document(member: Member) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": member.name,
        "kind": member.kind,
        "slope": member.slope,
        "intercept": member.intercept,
        "type": type(member.model).__name__,
    }
    if isinstance(member.model, Trees):
        found["base"] = member.model.base
    elif isinstance(member.model, Additive):
        found["bias"] = member.model.bias
    else:
        found["input_count"] = member.model.input_count
        found["nets"] = [[layer.activation for layer in layers] for layers in member.model.nets]
    return found


def arrays_of(model: TabularModel) -> dict[str, NDArray[Any]]:
    """All arrays by name."""
    found: dict[str, NDArray[Any]] = {"weights": model.weights, "importance": model.importance}
    found |= _fields("calibrator", model.calibrator)
    for number, member in enumerate(model.members):
        prefix = f"members/{number}"
        found[f"{prefix}/inputs"] = member.inputs
        found |= _fields(prefix, member.model)
        if isinstance(member.model, Net):
            found |= _fields(f"{prefix}/preparation", member.model.preparation)
            for net, layers in enumerate(member.model.nets):
                for place, layer in enumerate(layers):
                    found |= _fields(f"{prefix}/nets/{net}/{place}", layer)
    return {name: _typed(name, array) for name, array in found.items()}


def _typed(name: str, array: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(array, dtype=TYPES.get(name.rsplit("/", 1)[-1], np.float64))


def _fields(prefix: str, record: Any) -> dict[str, NDArray[Any]]:
    """The record's arrays."""
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    return {f"{prefix}/{name}": value for name, value in values.items() if isinstance(value, np.ndarray)}


def model_of(document: Mapping[str, Any], arrays: Arrays) -> TabularModel:
    """The model again.

    Raises:
        GalenaError: the parts do not fit together.
        KeyError, TypeError, ValueError: something is missing or of another type.
    """
    if any(array.dtype != _typed(name, array[:0]).dtype for name, array in arrays.items()):
        raise TypeError("an array has another type of number")
    members = tuple(_member(each, f"members/{n}", arrays) for n, each in enumerate(document["members"]))
    given = document["calibrator"]
    calibrator = Calibrator(
        kind=given["kind"],
        numbers=tuple(float(number) for number in given["numbers"]),
        spread=float(given["spread"]),
        usual_disagreement=float(given["usual_disagreement"]),
        own_share=float(given["own_share"]),
        **_own(Calibrator, "calibrator", arrays),
    )
    return TabularModel(
        reading=Reading.model_validate(document["reading"]),
        encoding=Encoding.model_validate(document["encoding"]),
        members=members,
        weights=arrays["weights"],
        calibrator=calibrator,
        base_rate=float(document["base_rate"]),
        usable_signal=bool(document["usable_signal"]),
        importance=arrays["importance"],
        meta=dict(document["meta"]),
    )


def _member(given: Mapping[str, Any], prefix: str, arrays: Arrays) -> Member:
    kind = given["type"]
    model: Trees | Net | Additive
    if kind == "Trees":
        model = Trees(base=float(given["base"]), **_own(Trees, prefix, arrays))
    elif kind == "Additive":
        model = Additive(bias=float(given["bias"]), **_own(Additive, prefix, arrays))
    elif kind == "Net":
        model = _net(given, prefix, arrays)
    else:
        raise ValueError(f"no member is of type {kind!r}")
    return Member(
        name=str(given["name"]),
        kind=given["kind"],
        model=model,
        inputs=arrays[f"{prefix}/inputs"],
        slope=float(given["slope"]),
        intercept=float(given["intercept"]),
    )


def _net(given: Mapping[str, Any], prefix: str, arrays: Arrays) -> Net:
    nets = tuple(
        tuple(
            Layer(activation=activation, **_own(Layer, f"{prefix}/nets/{number}/{place}", arrays))
            for place, activation in enumerate(activations)
        )
        for number, activations in enumerate(given["nets"])
    )
    return Net(
        preparation=Preparation(**_own(Preparation, f"{prefix}/preparation", arrays)),
        nets=nets,
        background=arrays[f"{prefix}/background"],
        input_count=int(given["input_count"]),
    )


def _own(kind: type, prefix: str, arrays: Arrays) -> dict[str, Any]:
    """The arrays of a record, by field; `inputs`, which belongs to the member around it, is left out."""
    names = {field.name for field in fields(kind)}
    found = {name.rsplit("/", 1)[-1]: a for name, a in arrays.items() if name.rsplit("/", 1)[0] == prefix}
    return {name: array for name, array in found.items() if name in names}
