"""Rows set aside: why, what to do, corrected and replayed, or left out."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.domain.imports import Fault, Import, Quarantined
from galena.domain.playbook import Playbook
from galena.stores import imports, quarantine, records
from galena.stores.door import Session
from galena.surfaces.web.answers import onward
from galena.surfaces.web.forms import Texts
from galena.surfaces.web.pages.work import context_of
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import Editor, Operator, entered, galena_of
from galena.surfaces.web.words import fact_words
from galena.workflows.plans import active_plan
from galena.workflows.replay_quarantine import correct_and_replay, dismiss_rows
from galena.workflows.touched import score_news

router = APIRouter()

PAGE = 20
GROUPS_SHOWN = 12
CELL = "cell:"
_LONGEST_SHOWN = 2_000


@router.get("/quarantine", response_class=HTMLResponse)
def show(
    request: Request,
    visitor: Operator,
    import_id: UUID | None = None,
    reason: str = "",
    after: UUID | None = None,
) -> HTMLResponse:
    """The rows that wait, those of one import or with one reason alone if asked."""
    galena = galena_of(request)
    with entered(galena, visitor) as session:
        reasons = quarantine.count_by_reason(session, import_id=import_id)
        rows = quarantine.list_(
            session, import_id=import_id, reason=reason or None, limit=PAGE + 1, after=after
        )
        playbook = active_plan(session).playbook
        lines = _lines(session, playbook, rows[:PAGE])
        file_name = imports.load(session, import_id).file_name if import_id else ""
    here = {"import_id": str(import_id) if import_id else "", "reason": reason}
    more = {"after": str(rows[PAGE - 1].id)} if len(rows) > PAGE else {}
    return page(
        request,
        "quarantine.html",
        visitor,
        here="quarantine",
        total=sum(count for _, _, count in reasons),
        groups=[_group(playbook, *each, here) for each in reasons[:GROUPS_SHOWN]],
        rows=lines,
        back=_address(here),
        file_name=file_name,
        all_href="/quarantine" if import_id else "",
        next_href=_address(here | more) if more else "",
        first_href=_address(here) if after else "",
    )


@router.post("/quarantine/{row_id}/replay")
def replay(request: Request, visitor: Editor, row_id: UUID, texts: Texts) -> RedirectResponse:
    """Replay a row with the cells that were changed."""
    context = context_of(request, visitor)
    with context.session() as session:
        payload = _payload(quarantine.load(session, row_id))
    typed = {name.removeprefix(CELL): text for name, text in texts.items() if name.startswith(CELL)}
    changed = {name: text for name, text in typed.items() if text != _cell_text(payload.get(name))}
    report = correct_and_replay(context, [row_id], {row_id: changed})
    back = _back(texts)
    if report.closed:
        return onward(back, "This row was dealt with already.", "")
    if report.refused:
        why = "; ".join(_fault_words(context.playbook, fault) for fault in report.refused[0].faults)
        return onward(f"{back}#row-{row_id}", f"The row still cannot be used: {why}", "bad")
    with context.session() as session:
        record_id = quarantine.load(session, row_id).replayed_record_id
        found = records.list_leads_of(session, [record_id] if record_id else [])
    score_news(context)
    return onward(back, "The row is in, and its lead is scored." if found else "The row is in.")


@router.post("/quarantine/{row_id}/dismiss")
def dismiss(request: Request, visitor: Editor, row_id: UUID, texts: Texts) -> RedirectResponse:
    """Leave a row out for good."""
    dismiss_rows(context_of(request, visitor), [row_id])
    return onward(_back(texts), "The row is left out. The import keeps it, should anybody ask.")


def _lines(session: Session, playbook: Playbook, rows: tuple[Quarantined, ...]) -> list[dict[str, Any]]:
    known = {import_id: imports.load(session, import_id) for import_id in {row.import_id for row in rows}}
    return [_line(playbook, row, known[row.import_id]) for row in rows]


def _line(playbook: Playbook, row: Quarantined, kept: Import) -> dict[str, Any]:
    payload = _payload(row)
    columns = _columns_of(kept)
    faulty = {columns.get(fault.field or "", fault.field or "") for fault in row.faults}
    cells = [
        {"column": name, "value": _cell_text(value), "is_faulty": name in faulty}
        for name, value in payload.items()
    ]
    known = {cell["column"] for cell in cells}
    cells += [{"column": name, "value": "", "is_faulty": True} for name in sorted(faulty - known) if name]
    long = any(len(str(cell["value"])) > _LONGEST_SHOWN for cell in cells)
    return {
        "id": row.id,
        "row_number": f"{row.row_number:,}",
        "file_name": kept.file_name,
        "source": row.source,
        "faults": [_fault(playbook, fault) for fault in row.faults],
        "cells": [cell for cell in cells if cell["is_faulty"]],
        "others": [cell for cell in cells if not cell["is_faulty"]],
        "can_mend": not long and bool(cells),
    }


def _columns_of(kept: Import) -> dict[str, str]:
    fields = (kept.mapping or {}).get("fields", {})
    return {name: part["column"] for name, part in fields.items() if part.get("column")}


def _payload(row: Quarantined) -> dict[str, Any]:
    found = orjson.loads(row.payload) if row.payload else None
    return found if isinstance(found, dict) else {}


def _cell_text(value: Any) -> str:
    """A cell as an input shows it; a line of a form holds no line breaks."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return " ".join(text.splitlines())


def _fault(playbook: Playbook, fault: Fault) -> dict[str, str]:
    return {
        "field": fact_words(playbook, fault.field) if fault.field else "",
        "reason": fault.reason,
        "value": fault.value,
        "remedy": fault.remedy,
    }


def _fault_words(playbook: Playbook, fault: Fault) -> str:
    return (
        f"{fact_words(playbook, fault.field)}: {fault.reason} {fault.remedy}".strip()
        if fault.field
        else fault.reason
    )


def _group(playbook: Playbook, field: str, reason: str, count: int, here: dict[str, str]) -> dict[str, Any]:
    on = here["reason"] == reason
    return {
        "reason": f"{fact_words(playbook, field)}: {reason}" if field else reason,
        "count": f"{count:,}",
        "on": on,
        "href": _address(here | {"reason": "" if on else reason}),
    }


def _address(parts: dict[str, str]) -> str:
    asked = urlencode({name: value for name, value in parts.items() if value})
    return f"/quarantine?{asked}" if asked else "/quarantine"


def _back(texts: dict[str, str]) -> str:
    """The page the row was on; never one of somebody else."""
    back = texts.get("back", "")
    return back if back.split("?", 1)[0] == "/quarantine" else "/quarantine"
