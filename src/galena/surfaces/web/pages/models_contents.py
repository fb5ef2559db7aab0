"""What the card of a model holds: members and their weights, what counts most, its history, its fingerprints."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from galena.domain.registered_model import MemberWeights, ModelStatusChange, RegisteredModel
from galena.surfaces.web.pages.models_words import STATUS_WORDS, STEP_WORDS
from galena.surfaces.web.words import moment_words

COLUMNS_SHOWN = 12

MEMBER_WORDS = {
    "boosting": "gradient boosting",
    "forest": "random forest",
    "net": "neural net",
    "additive": "additive curves",
    "rules": "the rules",
}


def members_of(model: RegisteredModel, weights: Sequence[MemberWeights]) -> list[dict[str, Any]]:
    """The members with their shares: as they are now, or as they were trained."""
    given = model.card.get("members", ())
    trained = model.card.get("weights", {})
    found = []
    for place, member in enumerate(given if isinstance(given, list | tuple) else ()):
        name = str(member.get("name", "")) if isinstance(member, Mapping) else str(member)
        kind = str(member.get("kind", name)) if isinstance(member, Mapping) else name
        first = _share_of(trained, name, place)
        if first is None and isinstance(member, Mapping):
            first = _number(member.get("weight"))
        now = weights[0].weights.get(name) if weights else first
        found.append(
            {
                "name": name,
                "kind": MEMBER_WORDS.get(kind, ""),
                "share": "" if now is None else f"{100 * now:.0f} %",
                "fill": 0 if now is None else round(100 * now, 1),
                "moved": f"{100 * first:.0f} % when trained"
                if now is not None and first is not None and abs(now - first) >= 0.005
                else "",
            }
        )
    return sorted(found, key=lambda each: -float(each["fill"]))


def _share_of(shares: Any, name: str, place: int) -> float | None:
    if isinstance(shares, Mapping):
        return _number(shares.get(name))
    if isinstance(shares, list | tuple) and place < len(shares):
        return _number(shares[place])
    return None


def weights_of(kept: MemberWeights, people: Mapping[str, str], now: datetime) -> dict[str, str]:
    parts = [
        f"{name} {100 * share:.0f} %" for name, share in sorted(kept.weights.items(), key=lambda p: -p[1])
    ]
    return {
        "when": moment_words(kept.at, now),
        "shares": ", ".join(parts),
        "why": kept.why,
        "who": people.get(kept.author, kept.author),
    }


def importance_of(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The columns that count most, with their share of the whole."""
    given = report.get("importance", ())
    pairs: list[tuple[str, float]] = []
    if isinstance(given, Mapping):
        pairs = [(str(name), value) for name, each in given.items() if (value := _number(each)) is not None]
    elif isinstance(given, list | tuple):
        for each in given:
            if isinstance(each, Mapping):
                name = each.get("column", each.get("name"))
                value = _number(each.get("importance", each.get("share", each.get("value"))))
                if name is not None and value is not None:
                    pairs.append((str(name), value))
    whole = sum(value for _, value in pairs) or 1.0
    most = sorted(pairs, key=lambda pair: -pair[1])[:COLUMNS_SHOWN]
    top = most[0][1] if most and most[0][1] > 0 else 1.0
    return [
        {
            "name": name.replace("_", " ").capitalize(),
            "share": f"{100 * value / whole:.0f} %" if value / whole >= 0.01 else "under 1 %",
            "fill": round(100 * value / top, 1),
        }
        for name, value in most
        if value > 0
    ]


def notes_of(report: Mapping[str, Any]) -> list[str]:
    """What the report warns of, in sentences."""
    notes = []
    if report.get("usable_signal") is False:
        notes.append("The columns tell nothing usable: this model gives every lead the average.")
    return notes


def change_of(change: ModelStatusChange, people: Mapping[str, str], now: datetime) -> dict[str, Any]:
    verdict = change.evidence.get("verdict") if isinstance(change.evidence, Mapping) else None
    certainty = verdict.get("certainty") if isinstance(verdict, Mapping) else None
    return {
        "when": moment_words(change.at, now),
        "at_iso": change.at.isoformat(),
        "step": STEP_WORDS[change.step],
        "status": STATUS_WORDS[change.status],
        "who": people.get(change.actor, change.actor),
        "why": change.why,
        "certainty": f"the test was {100 * certainty:.1f} % sure" if isinstance(certainty, float) else "",
        "anyway": "anyway" in change.evidence,
    }


_LEFT_OUT = {"members", "weights", "columns", "importance"}
_FACT_LABELS = {
    "seed": "Seed",
    "train_seconds": "Training took",
    "training_seconds": "Training took",
    "peak_memory_mb": "Memory at its peak",
    "versions": "Library versions",
    "library_versions": "Library versions",
}


def facts_of(model: RegisteredModel) -> list[dict[str, str]]:
    """What is needed to train it again, and to know it again."""
    facts = []
    for name, value in model.card.items():
        if name in _LEFT_OUT or value in (None, "", [], {}):
            continue
        label = _FACT_LABELS.get(name, name.replace("_", " ").capitalize())
        facts.append({"label": label, "value": _told(value)})
    columns = model.card.get("columns")
    if isinstance(columns, list | tuple) and columns:
        facts.append({"label": "Columns", "value": f"{len(columns)}: {', '.join(map(str, columns))}"})
    prints = {
        "Features": model.feature_set_hash[:12],
        "Data": model.data_hash[:12],
        "Artefact": f"{model.artefact_hash[:12]}, {model.artefact_bytes / 1e6:.1f} MB",
    }
    return facts + [
        {"label": f"{name}, fingerprint", "value": value} for name, value in prints.items() if value
    ]


def _told(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_told(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_told, value))
    if isinstance(value, float):
        return f"{value:,.4g}"
    return str(value)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
