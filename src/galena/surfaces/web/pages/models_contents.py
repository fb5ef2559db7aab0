"""What the card of a model holds: members and their weights, what counts most, its history, its fingerprints."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from galena.domain.playbook import Playbook
from galena.domain.registered_model import MemberWeights, ModelStatusChange, RegisteredModel
from galena.surfaces.web.pages.models_words import STATUS_WORDS, STEP_WORDS, figure_of, quality_words
from galena.surfaces.web.words import moment_words

COLUMNS_SHOWN = 12

MEMBER_WORDS = {
    "boosting": "gradient boosting",
    "forest": "random forest",
    "net": "neural net",
    "additive": "additive curves",
    "rules": "the rules",
}


def members_of(
    model: RegisteredModel, adapted: MemberWeights | None, report: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """The members with their shares: as outcomes have moved them, or as they were trained."""
    told = [each for each in (report or {}).get("members", ()) if isinstance(each, Mapping)]
    given = told or model.card.get("members", ())
    trained = model.card.get("weights", {})
    found = []
    for place, member in enumerate(given if isinstance(given, list | tuple) else ()):
        name = str(member.get("name", "")) if isinstance(member, Mapping) else str(member)
        kind = str(member.get("kind", name)) if isinstance(member, Mapping) else name
        first = _share_of(trained, name, place)
        if first is None and isinstance(member, Mapping):
            first = _number(member.get("weight"))
        now = adapted.weights.get(name) if adapted else first
        found.append(
            {
                "name": name.replace("_", " "),
                "kind": MEMBER_WORDS.get(kind, ""),
                "alone": _alone(member),
                "share": "" if now is None else f"{100 * now:.0f} %",
                "fill": 0 if now is None else round(100 * now, 1),
                "moved": f"{100 * first:.0f} % when trained"
                if now is not None and first is not None and abs(now - first) >= 0.005
                else "",
            }
        )
    return sorted(found, key=lambda each: -float(each["fill"]))


def _alone(member: Any) -> str:
    metrics = member.get("metrics") if isinstance(member, Mapping) else None
    auc = figure_of(metrics, "auc") if isinstance(metrics, Mapping) else None
    return f"alone: {100 * auc.value:.0f} times in 100" if auc and auc.value is not None else ""


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


def importance_of(report: Mapping[str, Any], playbook: Playbook) -> list[dict[str, Any]]:
    """The columns that count most, with their share of the whole."""
    columns = [each for each in report.get("columns", ()) if isinstance(each, Mapping)]
    shares = {str(each.get("name")): _number(each.get("importance")) or 0.0 for each in columns}
    most = sorted(shares.items(), key=lambda pair: -pair[1])[:COLUMNS_SHOWN]
    top = max((share for _, share in most), default=0.0) or 1.0
    return [
        {
            "name": column_words(name, playbook),
            "share": f"{100 * share:.0f} %" if share >= 0.01 else "under 1 %",
            "fill": round(100 * share / top, 1),
        }
        for name, share in most
        if share > 0
    ]


def column_words(name: str, playbook: Playbook) -> str:
    """A column by the playbook's label, or its name as words."""
    for feature in playbook.features:
        if feature.name == name:
            return feature.label
    field = playbook.fields.get(name)
    return field.label if field else name.replace("_", " ").capitalize()


def headline_of(model: RegisteredModel, report: Mapping[str, Any]) -> str:
    """The quality in the sentences of the report; where there is none, in one from the figures."""
    headline = report.get("headline")
    sentences = headline.get("sentences", ()) if isinstance(headline, Mapping) else ()
    return " ".join(str(each) for each in sentences) or quality_words(model)


def caveats_of(report: Mapping[str, Any]) -> list[str]:
    """What to keep in mind beside the quality, in the sentences of the report."""
    headline = report.get("headline")
    told = headline.get("caveats") if isinstance(headline, Mapping) else ()
    return [str(each) for each in told] if isinstance(told, list | tuple) else []


def warnings_of(model: RegisteredModel, report: Mapping[str, Any]) -> list[str]:
    """What the report warns of, in sentences."""
    found = []
    if report.get("usable_signal", model.card.get("usable_signal")) is False:
        reason = report.get("usable_signal_reason") or "The columns tell nothing usable."
        found.append(f"{reason} This model gives every lead the same score.")
    for suspect in report.get("leak_suspects", ()):
        if isinstance(suspect, Mapping) and suspect.get("used"):
            found.append(
                f"It reads {suspect.get('column')}, which may know the outcome: {suspect.get('reason')}"
            )
    return found


def judged_words(report: Mapping[str, Any]) -> str:
    """How it was judged, in words."""
    rows, split = report.get("judged_rows"), str(report.get("split") or "On leads it had not seen.")
    return f"{split} {rows:,} leads." if isinstance(rows, int) else split


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


_ELSEWHERE = frozenset(
    {
        *("members", "weights", "columns", "importance", "compared", "notes", "blend", "base_rate", "split"),
        *("usable_signal", "usable_signal_reason", "judged_rows", "final_rows", "outcome", "positive"),
    }
)
"""Parts of a card that its page shows in another place."""

_FACT_LABELS = {
    "budget_s": "Time allowed",
    "training_s": "Training took",
    "training_seconds": "Training took",
    "peak_memory_mb": "Memory at its peak, MB",
    "libraries": "Library versions",
    "versions": "Library versions",
    "monotone": "More of it may only",
}


def facts_of(model: RegisteredModel) -> list[dict[str, str]]:
    """What is needed to train it again, and to know it again."""
    facts = []
    for name, value in model.card.items():
        if name in _ELSEWHERE or value in (None, "", [], {}):
            continue
        label = _FACT_LABELS.get(name, name.replace("_", " ").capitalize())
        in_seconds = name.endswith(("_s", "_seconds")) and isinstance(value, int | float)
        told = _ways(value) if name == "monotone" else _told(value)
        facts.append({"label": label, "value": f"{value:.0f} seconds" if in_seconds else told})
    prints = {
        "Features": model.feature_set_hash[:12],
        "Data": model.data_hash[:12],
        "Artefact": f"{model.artefact_hash[:12]}, {model.artefact_bytes / 1e6:.1f} MB",
    }
    return facts + [
        {"label": f"{name}, fingerprint", "value": value} for name, value in prints.items() if value
    ]


def _ways(value: Any) -> str:
    """Directions that were given: "raise it: owner lien count; lower it: age"."""
    if not isinstance(value, Mapping):
        return _told(value)
    named = {
        way: ", ".join(str(name).replace("_", " ") for name, each in value.items() if each == sign)
        for way, sign in (("raise", 1), ("lower", -1))
    }
    return "; ".join(f"{way} it: {names}" for way, names in named.items() if names)


def columns_of(model: RegisteredModel) -> list[str]:
    """The columns it reads."""
    columns = model.card.get("columns")
    return [str(each) for each in columns] if isinstance(columns, list | tuple) else []


def share_words(model: RegisteredModel) -> str:
    """How much the model counts beside the rules; empty where it does not say."""
    blend = model.card.get("blend")
    weight = _number(blend.get("weight")) if isinstance(blend, Mapping) else None
    if weight is None:
        return ""
    if weight >= 1:
        return "The rules have no say in it."
    return f"The model counts {100 * weight:.0f} %, the rules {100 * (1 - weight):.0f} %."


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
