"""Models: who scores what, since when, the models on trial and those that were, by what they predict."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from galena.domain.playbook import Playbook
from galena.domain.registered_model import ModelStatusChange, RegisteredModel
from galena.stores import models
from galena.stores.door import Session
from galena.surfaces.web.pages.models_words import (
    IN_TABLE,
    figure_words,
    range_words,
    rows_words,
    spells_of,
    status_words,
)
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import Operator, entered, galena_of
from galena.surfaces.web.words import day, moment_words, nouns_of
from galena.workflows.plans import active_plan

router = APIRouter()

MODELS_SHOWN = 60
_ORDER = ("champion", "challenger", "candidate", "archived")


@router.get("/models", response_class=HTMLResponse)
def show(request: Request, visitor: Operator, on: Annotated[str, Query(max_length=40)] = "") -> HTMLResponse:
    """Every model by what it predicts, and which one scored on a day."""
    galena = galena_of(request)
    now = galena.clock()
    asked, fault = _day_of(on, now)
    with entered(galena, visitor) as session:
        playbook = active_plan(session).playbook
        heads = [_head(session, name, label, playbook, now) for name, label in heads_of(session, playbook)]
        answers = [_live(session, head["name"], head["label"], asked) for head in heads] if asked else []
    content: dict[str, Any] = {
        "words": nouns_of(playbook),
        "on": asked.isoformat() if asked else on,
        "on_words": day(asked) if asked else "",
        "on_fault": fault,
        "latest": now.date().isoformat(),
        "answers": answers,
    }
    if request.headers.get("hx-target") == "live":
        return page(request, "models_live.html", visitor, **content)
    return page(
        request,
        "models.html",
        visitor,
        here="models",
        heads=heads,
        rules_only=playbook.models.mode == "rules",
        **content,
    )


def heads_of(session: Session, playbook: Playbook) -> tuple[tuple[str, str], ...]:
    """What models can predict here, with its words: what the playbook names, then what else was registered."""
    named = {head.name: head.label for head in playbook.models.heads}
    others = {name: name.replace("_", " ").capitalize() for name in models.list_purposes(session)}
    labels = others | named
    return tuple((name, labels[name]) for name in dict.fromkeys((*named, *others)))


def given_words(playbook: Playbook, name: str) -> str:
    """Of whom a head is asked: `Books a meeting`; empty when of everybody."""
    head = playbook.models.head(name)
    before = playbook.models.head(head.given) if head and head.given else None
    return before.label if before else ""


def _head(session: Session, name: str, label: str, playbook: Playbook, now: datetime) -> dict[str, Any]:
    found = models.list_(session, purpose=name, limit=MODELS_SHOWN)
    history = models.history(session, purpose=name)
    champion = next((each for each in found if each.status == "champion"), None)
    challenger = next((each for each in found if each.status == "challenger"), None)
    is_score = playbook.models.score_head is not None and playbook.models.score_head.name == name
    ordered = sorted(found, key=lambda each: (_ORDER.index(each.status), -each.version))
    return {
        "name": name,
        "label": label,
        "given": given_words(playbook, name),
        "is_score": is_score,
        "champion": champion and {"name": champion.name, "id": champion.id},
        "champion_since": _since(champion, history, now),
        "challenger": challenger and {"name": challenger.name, "id": challenger.id},
        "columns": [kind.short for kind in IN_TABLE],
        "models": [_line(each, champion, is_score=is_score) for each in ordered],
        "pair": [
            {"id": each.id, "name": f"{each.name}, {status_words(each, is_score=is_score)}"}
            for each in ordered
        ],
        "spells": _spells(found, history, now),
    }


def _since(champion: RegisteredModel | None, history: Sequence[ModelStatusChange], now: datetime) -> str:
    spells = spells_of(history)
    return moment_words(spells[-1].since, now) if champion and spells else ""


def _line(model: RegisteredModel, champion: RegisteredModel | None, *, is_score: bool) -> dict[str, Any]:
    return {
        "id": model.id,
        "name": model.name,
        "version": model.version,
        "why": model.why,
        "status": model.status,
        "status_words": status_words(model, is_score=is_score),
        "when": day(model.created_at),
        "rows": rows_words(model),
        "range": range_words(model),
        "figures": [figure_words(kind, model.metrics) for kind in IN_TABLE],
        "beside": champion.id if champion and champion.id != model.id else None,
    }


def _spells(
    found: Sequence[RegisteredModel], history: Sequence[ModelStatusChange], now: datetime
) -> list[dict[str, Any]]:
    names: Mapping[UUID, str] = {each.id: each.name for each in found}
    return [
        {
            "name": names.get(spell.model_id, "an older model") if spell.model_id else "Rules",
            "id": spell.model_id,
            "since": moment_words(spell.since, now),
            "until": moment_words(spell.until, now) if spell.until else "now",
        }
        for spell in reversed(spells_of(history))
    ]


def _day_of(text: str, now: datetime) -> tuple[date | None, str]:
    if not text.strip():
        return None, ""
    try:
        asked = date.fromisoformat(text.strip())
    except ValueError:
        return None, "This is not a day. Write it as 2026-11-03."
    if asked > now.date():
        return None, "This day has not come yet."
    return asked, ""


def _live(session: Session, purpose: str, label: str, asked: date) -> dict[str, Any]:
    """Who scored on a day: at its beginning, and after each change in it."""
    begins = datetime.combine(asked, time(), UTC)
    at_first = models.champion_at(session, purpose, begins)
    parts = [{"name": at_first.name if at_first else "", "id": at_first.id if at_first else None, "at": ""}]
    for spell in spells_of(models.history(session, purpose=purpose)):
        if begins < spell.since < begins + timedelta(days=1):
            model = models.load(session, spell.model_id) if spell.model_id else None
            parts.append(
                {
                    "name": model.name if model else "",
                    "id": model.id if model else None,
                    "at": f"{spell.since:%H:%M}",
                }
            )
    return {"label": label, "parts": parts}
