"""Gates and the other wishes of a tenant as fields of a form, and back."""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from galena.domain.gate_json import gates_as_json
from galena.domain.gates import LABELS, NUMBER_FACTS, WORD_FACTS
from galena.domain.playbook import Playbook, Routing
from galena.domain.tenant_parameters import PERIODS, TenantParameters
from galena.kit.errors import InputError

HINTS: Mapping[str, str] = {
    "city": "Waco, Dallas",
    "state": "TX, OK",
    "zip": "75001, 750*",
    "trade_category": "roofing, hvac",
    "language": "en, es",
    "tier": "green, yellow",
}
HUNDREDTHS = 100


def asked_gates(routing: Routing) -> tuple[str, ...]:
    """The gates that this playbook can ask: those whose facts it reads."""
    reads = {*routing.reads, "tier"}
    on_the_map = {"latitude", "longitude"} <= reads
    shown = {
        "industry": bool(reads & {"industry", "naics"}),
        "radius": on_the_map,
        "area": on_the_map,
    }
    return tuple(name for name in LABELS if shown.get(name, name in reads))


def gate_form(routing: Routing, parameters: TenantParameters) -> list[dict[str, str]]:
    """The fields of a form for gates: those that the playbook can ask, and those that stand already."""
    own, asked = {gate.name for gate in parameters.gates}, asked_gates(routing)
    return [
        {"name": name, "label": label, "kind": _kind(name), "hint": HINTS.get(name, "")}
        for name, label in LABELS.items()
        if name in asked or name in own
    ]


def _kind(name: str) -> str:
    if name in WORD_FACTS:
        return "words"
    return "range" if name in NUMBER_FACTS else name


def texts_of_parameters(parameters: TenantParameters) -> dict[str, str]:
    """What holds for a tenant, as the texts of its form."""
    found = {
        "standing": parameters.standing,
        "time_zone": parameters.time_zone,
        "weight": f"{parameters.weight:g}",
        **({"pays": "yes"} if parameters.pays else {}),
        **{f"quota.{tier}": str(leads) for tier, leads in (parameters.quotas or {}).items()},
        **{f"cap.{period}": str(leads) for period, leads in parameters.caps.items()},
        **{f"capacity.{period}": str(leads) for period, leads in parameters.capacity.items()},
        **{f"bid.{tier}": f"{minor / HUNDREDTHS:.2f}" for tier, minor in parameters.bids_minor.items()},
    }
    for gate in gates_as_json(parameters.gates):
        name = gate.pop("gate")
        for part, value in gate.items():
            text = _text(part, value)
            if text:
                found[f"gate.{name}.{part}"] = text
    return found


def _text(part: str, value: Any) -> str:
    if value is None:
        return ""
    if part == "circles":
        return "\n".join(f"{each['latitude']}, {each['longitude']}, {each['miles']:g}" for each in value)
    if part == "shape":
        return json.dumps(value)
    if isinstance(value, list):
        return ", ".join(value)
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def parameters_of_texts(texts: Mapping[str, str], playbook: Playbook) -> dict[str, Any]:
    """The form's texts as parameters, in the form that tenants are changed by.

    Raises:
        InputError: a number or a drawn area cannot be read; says which.
    """
    tiers = playbook.routing.tiers if playbook.routing else ()
    quotas = {tier: _count(texts, f"quota.{tier}", f"Places of {tier}") for tier in tiers}
    known = {tier: leads for tier, leads in quotas.items() if leads is not None}
    caps = {period: _count(texts, f"cap.{period}", f"Most in a {period}") for period in PERIODS}
    bids = {tier: _money(texts, f"bid.{tier}", f"Bid for {tier}") for tier in tiers}
    return {
        "standing": texts.get("standing", "active"),
        "time_zone": texts.get("time_zone", "").strip(),
        "weight": _number(texts.get("weight", "1"), "Weight"),
        "pays": "pays" in texts,
        "quotas": known or None,
        "caps": {period: leads for period, leads in caps.items() if leads is not None},
        "bids_minor": {tier: minor for tier, minor in bids.items() if minor is not None},
        "gates": gates_of_texts(texts),
    }


def wishes_of_texts(texts: Mapping[str, str]) -> dict[str, Any]:
    """What a tenant's own people set on their form, as parameters.

    Raises:
        InputError: a number or a drawn area cannot be read; says which.
    """
    capacity = {period: _count(texts, f"capacity.{period}", f"Most in a {period}") for period in PERIODS}
    return {
        **({"standing": texts["standing"]} if "standing" in texts else {}),
        "time_zone": texts.get("time_zone", "").strip(),
        "capacity": {period: leads for period, leads in capacity.items() if leads is not None},
        "gates": gates_of_texts(texts),
    }


def gates_of_texts(texts: Mapping[str, str]) -> list[dict[str, Any]]:
    """The gates of a form, as JSON; a gate whose fields are all empty is none.

    Raises:
        InputError: a number, a point or a drawn area cannot be read; says which.
    """
    made = []
    for name in LABELS:
        parts = {
            part: texts.get(f"gate.{name}.{part}", "").strip()
            for part in ("values", "minimum", "maximum", "included", "excluded", "circles", "shape")
        }
        if any(parts.values()):
            made.append({"gate": name, **_gate(name, parts), "unknown": texts.get(f"gate.{name}.unknown")})
    return made


def _gate(name: str, parts: Mapping[str, str]) -> dict[str, Any]:
    label = LABELS[name]
    if name in WORD_FACTS:
        return {"values": _words(parts["values"])}
    if name in NUMBER_FACTS:
        return {
            side: _number(parts[side], f"{label}, {side}") for side in ("minimum", "maximum") if parts[side]
        }
    if name == "industry":
        return {side: _words(parts[side]) for side in ("included", "excluded")}
    if name == "radius":
        return {"circles": [_circle(line) for line in parts["circles"].splitlines() if line.strip()]}
    return {"shape": _shape(parts["shape"])}


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.replace("\n", ",").replace(";", ",").split(",") if word.strip()]


def _circle(line: str) -> dict[str, float]:
    numbers = [part for part in line.replace(";", ",").split(",") if part.strip()]
    if len(numbers) != 3:
        raise InputError(
            f"Distance: {line.strip()[:60]!r} is no point with its miles.",
            remedy="Write latitude, longitude, miles: 31.55, -97.15, 40. One point in a line.",
        )
    latitude, longitude, miles = (_number(part, "Distance") for part in numbers)
    return {"latitude": latitude, "longitude": longitude, "miles": miles}


def _shape(text: str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError as error:
        raise InputError(
            "Drawn area: this is no GeoJSON.", remedy="Paste what the drawing tool saved as GeoJSON."
        ) from error


def _number(text: str, where: str) -> float:
    plain = text.strip().replace(" ", "").replace("$", "")
    try:
        found = float(plain.replace(",", ""))
    except ValueError as error:
        raise InputError(
            f"{where}: {text.strip()[:40]!r} is no number.", remedy="Write a number such as 500000."
        ) from error
    return found


def _count(texts: Mapping[str, str], name: str, where: str) -> int | None:
    text = texts.get(name, "").strip().replace(",", "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 8):
        raise InputError(
            f"{where}: {text[:20]!r} is no number of leads.",
            remedy="Write a whole number, or leave it empty.",
        )
    return int(text)


def _money(texts: Mapping[str, str], name: str, where: str) -> int | None:
    text = texts.get(name, "").strip().replace(",", "").replace("$", "")
    if not text:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal(-1)
    if not found.is_finite() or not 0 <= found < 1_000_000:
        raise InputError(
            f"{where}: {text[:20]!r} is no amount.", remedy="Write an amount such as 25, or leave it empty."
        )
    return round(found * HUNDREDTHS)
