"""Mistakes of shape in words a person who is not a programmer can act on."""

import re
from typing import Any

from pydantic import BaseModel
from rapidfuzz import fuzz, process

from galena.kit.yaml_positions import Path
from galena.playbooks.problem import one_of

_PARTS = {
    "Playbook": "a playbook",
    "LeadWords": "`lead`",
    "Field": "a field",
    "Behaviour": "a behaviour",
    "Aggregate": "an aggregate",
    "Where": "a condition on signals",
    "Feature": "a feature",
    "SignalKind": "a signal kind",
    "Discard": "a discard",
    "Category": "a category",
    "Rules": "the rules",
    "FactorCategory": "a category of factors",
    "Factor": "a factor",
    "Decay": "a decay",
    "TemperatureLevel": "a temperature level",
    "Tier": "a tier",
    "WhatIf": "a what-if",
    "Models": "the models",
    "Head": "a head",
    "Mapping": "a source's mapping",
    "FieldMapping": "a field's mapping",
    "SignalMapping": "a signal's mapping",
}

_EXPECTED = {
    "string": (
        "must be a text",
        "Write a text; put it in quotes if it looks like a number or a truth value.",
    ),
    "float": ("must be a number", "Write digits, such as 12.5."),
    "int": ("must be a whole number", "Write digits without a decimal point, such as 12."),
    "bool": ("must be true or false", "Write true or false."),
    "date": ("must be a date", "Write it as 2026-01-31."),
    "tuple": ("must be a list", "Write one item per line, each after a dash, or [a, b]."),
    "list": ("must be a list", "Write one item per line, each after a dash, or [a, b]."),
    "dict": ("must be keys with values", "Write lines of the form `key: value`, indented."),
    "model": ("must be keys with values", "Write lines of the form `key: value`, indented."),
}


def nearest(name: str, known: Any) -> str | None:
    """The known name most like `name`, or None when none is close."""
    hit = process.extractOne(name.lower(), sorted(known), scorer=fuzz.ratio, score_cutoff=60)
    return str(hit[0]) if hit else None


def did_you_mean(name: str, known: Any, *, what: str = "Known") -> str:
    """A remedy for an unknown name: the nearest known one, else the list of them."""
    close = nearest(name, known)
    if close:
        return f"Did you mean {close}?"
    return f"{what}: {one_of(known)}." if known else ""


def described(path: Path, details: dict[str, Any], owner: type[BaseModel] | None) -> tuple[object, str, str]:
    """A validation fault as (value, what is wrong, remedy); `owner` is the model the faulty key belongs to."""
    kind, context = str(details["type"]), details.get("ctx", {})
    name = _spoken(path)
    value = _shown(details["input"])
    part = _PARTS.get(owner.__name__, "this part") if owner else "this part"
    if kind == "missing":
        return "", f"{part} needs the key {path[-1]!r}", f"Add a line `{path[-1]}: ...`."
    if kind == "extra_forbidden":
        known = set(owner.model_fields) if owner else set()
        remedy = did_you_mean(str(path[-1]), known, what="Known keys")
        return path[-1], f"unknown key {path[-1]!r} in {part}", remedy
    if kind == "string_pattern_mismatch":
        what = "names are lower-case letters, digits and underscores, starting with a letter"
        return value, what, f"Write {as_name(str(details['input']))}, for example."
    if kind in ("literal_error", "enum"):
        choices = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        close = nearest(str(details["input"]), choices)
        remedy = f"Did you mean {close}?" if close else "Write one of these."
        return value, f"{name} must be one of {', '.join(choices)}", remedy
    if kind == "value_error":
        return "", str(context.get("error", details["msg"])), "Correct this part."
    return value, *_limits(name, kind, context, str(details["msg"]))


def _limits(name: str, kind: str, context: dict[str, Any], message: str) -> tuple[str, str]:
    limits = {
        "greater_than": ("must be greater than", "gt"),
        "greater_than_equal": ("must be at least", "ge"),
        "less_than": ("must be less than", "lt"),
        "less_than_equal": ("must be at most", "le"),
    }
    if kind in limits:
        words, key = limits[kind]
        bound = context.get(key)
        shown = int(bound) if isinstance(bound, float) and bound.is_integer() else bound
        return f"{name} {words} {shown}", "Write a number within the limit."
    if kind == "string_too_short":
        return f"{name} must not be empty", "Write a text."
    if kind == "string_too_long":
        return f"{name} is longer than {context.get('max_length')} characters", "Shorten it."
    if kind == "too_short":
        return f"{name} needs at least {context.get('min_length', 1)} item", "Add one."
    what, remedy = _EXPECTED.get(kind.split("_")[0], ("", ""))
    return (f"{name} {what}", remedy) if what else (f"{name}: {message}", "Correct this value.")


def _spoken(path: Path) -> str:
    """The last key of a path; for an item of a list, "item 2 of signals"."""
    last = path[-1] if path else "this"
    if isinstance(last, int) and len(path) > 1:
        return f"item {last + 1} of {path[-2]}"
    return str(last)


def _shown(value: object) -> object:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "keys with values"
    return "a list" if isinstance(value, list) else value


def as_name(text: str) -> str:
    """A text as a name could be written: "Tax ID" -> tax_id."""
    name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:63]
    return name if name[:1].isalpha() else f"n_{name}".rstrip("_")
