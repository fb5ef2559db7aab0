"""Imports: what came in and when, a new file from upload to import, one import with its report, and taking it back."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.domain.imports import Import
from galena.domain.playbook import Playbook
from galena.stores import imports, quarantine, users
from galena.stores.door import Session
from galena.surfaces.web.answers import onward
from galena.surfaces.web.jobs import Job
from galena.surfaces.web.pages.work import begin, context_of, score_changes
from galena.surfaces.web.rendering import page
from galena.surfaces.web.uploads import Uploads
from galena.surfaces.web.visitors import Editor, Operator, SignedIn, Visitor, check_editor, entered, galena_of
from galena.surfaces.web.words import fact_words, moment_words, nouns_of
from galena.workflows.import_draft import draft_import
from galena.workflows.plans import active_plan
from galena.workflows.undo import undo_import

router = APIRouter()

IMPORTS_SHOWN = 100
REASONS_SHOWN = 8
REASON_ROWS = 2_000
STATES = {
    "running": "at work",
    "done": "done",
    "failed": "failed",
    "undone": "taken back",
    "interrupted": "interrupted",
}


@router.get("/imports", response_class=HTMLResponse)
def show(request: Request, visitor: Operator) -> HTMLResponse:
    """Every import, and the files that wait."""
    galena = galena_of(request)
    with entered(galena, visitor) as session:
        found = imports.list_(session, limit=IMPORTS_SHOWN)
        waiting = quarantine.count_by_import(session)
        people = {str(user.id): user.name or user.email for user in users.list_all(session)}
    now = galena.clock()
    drafts = uploads_of(request, visitor).list_() if visitor.can_edit else []
    return page(
        request,
        "imports.html",
        visitor,
        here="imports",
        imports=[_line(each, waiting.get(each.id, 0), people, now) for each in found],
        drafts=[{"id": draft_id, "file_name": draft.file_name} for draft_id, draft in drafts],
        limit_mb=galena.settings.upload_limit_mb,
    )


@router.post("/imports/files")
async def upload(request: Request, visitor: SignedIn) -> RedirectResponse:
    """Take a file, look into it, and go on to the page that shows what would happen."""
    check_editor(visitor, visitor.form_token)
    uploads = uploads_of(request, visitor)
    draft_id, texts = await uploads.receive(request)
    try:
        check_editor(visitor, texts.get("csrf_token", ""))
        draft = await run_in_threadpool(
            lambda: draft_import(context_of(request, visitor), uploads.file_of(draft_id))
        )
        uploads.save(draft_id, draft)
    except BaseException:
        uploads.drop(draft_id)
        raise
    return RedirectResponse(f"/imports/drafts/{draft_id}", 303)


@router.get("/imports/{import_id}", response_class=HTMLResponse)
def show_one(request: Request, visitor: Operator, import_id: UUID) -> HTMLResponse:
    """One import: what became of its rows, and why some were set aside."""
    galena = galena_of(request)
    with entered(galena, visitor) as session:
        kept = imports.load(session, import_id)
        waiting = quarantine.count_by_import(session).get(import_id, 0)
        people = {str(user.id): user.name or user.email for user in users.list_all(session)}
        playbook = active_plan(session).playbook
        reasons = _reasons(session, playbook, import_id)
    return page(
        request,
        "import.html",
        visitor,
        here="imports",
        words=nouns_of(playbook),
        item=_line(kept, waiting, people, galena.clock()),
        reasons=reasons,
        notes=tuple((kept.shape or {}).get("notes", ())),
        columns=_columns(kept, playbook),
    )


@router.post("/imports/{import_id}/undo")
def undo(request: Request, visitor: Editor, import_id: UUID) -> RedirectResponse:
    """Take an import back completely, and score what remains."""
    context = context_of(request, visitor)
    with context.session() as session:
        name = imports.load(session, import_id).file_name

    def work(job: Job) -> None:
        job.advance(0, None, "Taking it back")
        report = undo_import(context, import_id)
        told = f"{name} is taken back: {report.records:,} records and {report.leads_removed:,} leads are gone"
        changed = f", {report.leads_rebuilt:,} are as they were before" if report.leads_rebuilt else ""
        job.notice = f"{told}{changed}."
        score_changes(context, job)

    job = Job(
        visitor.workspace.id,
        f"Taking back {name}",
        f"import:{import_id}",
        "/imports",
        f"/imports/{import_id}",
    )
    return begin(request, job, work)


@router.post("/imports/drafts/{draft_id}/drop")
def drop(request: Request, visitor: Editor, draft_id: UUID) -> RedirectResponse:
    """Leave an uploaded file."""
    uploads_of(request, visitor).drop(draft_id)
    return onward("/imports", "The file is gone; nothing of it was imported.")


def uploads_of(request: Request, visitor: Visitor) -> Uploads:
    """The uploaded files of the visitor's workspace."""
    galena = galena_of(request)
    return Uploads(galena.settings, visitor.workspace.id, galena.clock)


def _line(kept: Import, waiting: int, people: dict[str, str], now: Any) -> dict[str, Any]:
    counts = kept.counts
    return {
        "id": kept.id,
        "file_name": kept.file_name,
        "source": kept.source,
        "who": people.get(kept.author, kept.author),
        "when": moment_words(kept.started_at, now),
        "status": STATES[kept.status],
        "is_done": kept.status == "done",
        "error": kept.error or "",
        "rows": f"{counts.read:,}",
        "created": f"{counts.created:,}",
        "updated": f"{counts.updated:,}",
        "unchanged": f"{counts.unchanged:,}",
        "quarantined": f"{counts.quarantined:,}",
        "discarded": f"{counts.discarded:,}" if counts.discarded else "",
        "signals": f"{counts.signals:,}" if counts.signals else "",
        "waiting": waiting,
        "can_undo": kept.status in ("done", "interrupted"),
    }


def _reasons(session: Session, playbook: Playbook, import_id: UUID) -> list[str]:
    """Why rows were set aside, the most frequent first, with some of their numbers."""
    rows: dict[tuple[str, str], list[int]] = {}
    for row in quarantine.list_(session, import_id=import_id, limit=REASON_ROWS):
        for fault in row.faults:
            rows.setdefault((fault.field or "row", fault.reason), []).append(row.row_number)
    most = sorted(rows.items(), key=lambda pair: -len(pair[1]))[:REASONS_SHOWN]
    return [reason_words(playbook, field, reason, len(numbers), numbers) for (field, reason), numbers in most]


def reason_words(playbook: Playbook, field: str, reason: str, count: int, numbers: Any) -> str:
    """Owner age: this is not a number (column Boss Age), rows 4, 18 and 77."""
    shown = [f"{number:,}" for number in tuple(numbers)[:3]]
    such = " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
    place = "" if field in ("", "row") else f"{fact_words(playbook, field)}: "
    rows = f"row {such}" if count == 1 else f"{count:,} rows, such as {such}"
    return f"{place}{reason.replace('. (column', ' (column').rstrip('.')}: {rows}"


def _columns(kept: Import, playbook: Playbook) -> list[dict[str, str]]:
    fields = (kept.mapping or {}).get("fields", {})
    return [
        {
            "field": fact_words(playbook, name),
            "column": str(part.get("column") or " + ".join(part.get("join", ())) or part.get("constant", "")),
        }
        for name, part in fields.items()
    ]
