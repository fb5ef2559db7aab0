"""A file before it is imported: which column is what, what would happen, and the word to go on."""

import contextlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from galena.domain.playbook import FieldMapping, Playbook
from galena.kit.errors import GalenaError
from galena.kit.ids import content_hash
from galena.surfaces.web.answers import onward
from galena.surfaces.web.forms import Texts
from galena.surfaces.web.jobs import Job
from galena.surfaces.web.pages.imports import reason_words, uploads_of
from galena.surfaces.web.pages.work import begin, context_of, jobs_of, score_changes
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import Editor, Operator, Visitor
from galena.workflows.context import Context
from galena.workflows.import_draft import ImportDraft, MappingChange, with_changes
from galena.workflows.import_report import ImportReport
from galena.workflows.intake import IntakeOptions, Progress, ingest_file

router = APIRouter()

SEVERAL = "*"
"""The choice of a key of several columns, which a list of columns cannot show."""

ORIGINS = {
    "saved": "read as the last time",
    "shipped": "a known source",
    "proposed": "not seen before: please look over the columns",
}
FORMATS = {"%d": "day first", "%m": "month first"}


@router.get("/imports/drafts/{draft_id}", response_class=HTMLResponse)
def show(request: Request, visitor: Operator, draft_id: UUID) -> HTMLResponse:
    """The mapping and what would happen with it."""
    uploads = uploads_of(request, visitor)
    draft = uploads.load(draft_id)
    context = context_of(request, visitor)
    return page(
        request,
        "import_check.html",
        visitor,
        here="imports",
        draft=_shown(draft_id, draft, context.playbook),
        **_outcome(request, visitor, context, draft_id, draft),
    )


@router.get("/imports/drafts/{draft_id}/outcome", response_class=HTMLResponse)
def outcome(request: Request, visitor: Operator, draft_id: UUID) -> HTMLResponse:
    """What would happen: a part of the page that asks again while it is being found out."""
    draft = uploads_of(request, visitor).load(draft_id)
    context = context_of(request, visitor)
    found = _outcome(request, visitor, context, draft_id, draft)
    return page(
        request, "import_outcome.html", visitor, draft=_shown(draft_id, draft, context.playbook), **found
    )


@router.post("/imports/drafts/{draft_id}/check")
def check(request: Request, visitor: Editor, draft_id: UUID, texts: Texts) -> RedirectResponse:
    """Keep the mapping as it was changed, and see what would happen with it."""
    _take_changes(request, visitor, draft_id, texts)
    return RedirectResponse(f"/imports/drafts/{draft_id}", 303)


@router.post("/imports/drafts/{draft_id}/commit")
def commit(request: Request, visitor: Editor, draft_id: UUID, texts: Texts) -> RedirectResponse:
    """Import the file as it was checked; a mapping changed since is checked first."""
    draft, changed = _take_changes(request, visitor, draft_id, texts)
    if changed:
        return onward(
            f"/imports/drafts/{draft_id}", "The columns changed: look at what would happen, then import.", ""
        )
    uploads, context = uploads_of(request, visitor), context_of(request, visitor)
    path = uploads.file_of(draft_id)
    checked = jobs_of(request).about(visitor.workspace.id, _subject(draft_id, draft))
    total = checked.result.rows if checked and checked.result else None

    def work(job: Job) -> None:
        def told(progress: Progress) -> None:
            job.advance(progress.rows, total, "Bringing in rows")

        report = ingest_file(context, path, _options(draft, told, dry_run=False))
        job.address = f"/imports/{report.import_id}"
        job.notice = f"{draft.file_name} is in: {report.created:,} created, {report.updated:,} updated."
        if report.quarantined:
            job.notice += f" {report.quarantined:,} set aside, to be mended under Quarantine."
        uploads.drop(draft_id)
        if score_changes(context, job):
            job.address = "/welcome"  # What the first ranking says is what somebody came for.

    address = f"/imports/drafts/{draft_id}"
    job = Job(visitor.workspace.id, f"Importing {draft.file_name}", f"commit:{draft_id}", "/imports", address)
    return begin(request, job, work)


def _take_changes(
    request: Request, visitor: Visitor, draft_id: UUID, texts: Mapping[str, str]
) -> tuple[ImportDraft, bool]:
    uploads = uploads_of(request, visitor)
    before = uploads.load(draft_id)
    key = texts.get("key")
    change = MappingChange(
        columns=_named(texts, "column:"),
        formats=_named(texts, "format:"),
        key=None if key is None or key == SEVERAL else ((key,) if key else ()),
        source=texts.get("source", ""),
    )
    draft = with_changes(before, context_of(request, visitor).playbook, change)
    if draft != before:
        uploads.save(draft_id, draft)
    return draft, draft != before


def _named(texts: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): text for name, text in texts.items() if name.startswith(prefix)}


def _options(draft: ImportDraft, told: Any, *, dry_run: bool) -> IntakeOptions:
    """A mapping that is known already and was left as it is, is found again rather than saved anew."""
    mapping = draft.mapping if draft.is_changed or draft.origin == "proposed" else None
    return IntakeOptions(mapping=mapping, accept_proposal=True, dry_run=dry_run, progress=told)


def _outcome(
    request: Request, visitor: Visitor, context: Context, draft_id: UUID, draft: ImportDraft
) -> dict[str, Any]:
    """The report of a dry run, what is wrong, or how far it is."""
    job = _rehearsal(request, visitor, context, draft_id, draft)
    if not job.wait():
        return {"report": None, "fault": None, "job": job}
    return {
        "report": _report(job.result, context.playbook) if job.result else None,
        "fault": job.fault,
        "job": None,
    }


def _rehearsal(
    request: Request, visitor: Visitor, context: Context, draft_id: UUID, draft: ImportDraft
) -> Job:
    """The dry run of this mapping, begun when nobody asked before; one of another mapping ends."""
    jobs, subject = jobs_of(request), _subject(draft_id, draft)
    known = jobs.about(visitor.workspace.id, subject)
    if known is not None and not known.was_stopped:
        return known
    jobs.stop_all(visitor.workspace.id, f"draft:{draft_id}:")
    path = uploads_of(request, visitor).file_of(draft_id)

    def work(job: Job) -> None:
        def told(progress: Progress) -> None:
            job.advance(progress.rows, None, "Looking at every row")

        job.result = ingest_file(context, path, _options(draft, told, dry_run=True))

    job = Job(visitor.workspace.id, f"Checking {draft.file_name}", subject, "/imports", "/imports")
    with contextlib.suppress(GalenaError):
        return jobs.start(job, work)
    found = jobs.about(visitor.workspace.id, subject)
    assert found is not None
    return found


def _subject(draft_id: UUID, draft: ImportDraft) -> str:
    mapping = draft.mapping.model_dump_json().encode()
    return f"draft:{draft_id}:{content_hash(mapping)[:16]}"


def _shown(draft_id: UUID, draft: ImportDraft, playbook: Playbook) -> dict[str, Any]:
    lines = [_line(name, draft, playbook) for name in playbook.fields]
    used = [line for line in lines if line["column"] or line["fixed"] or line["required"]]
    return {
        "id": draft_id,
        "file_name": draft.file_name,
        "origin": ORIGINS[draft.origin],
        "role": draft.mapping.role,
        "label": draft.mapping.label or draft.mapping.source,
        "notes": draft.notes,
        "source": draft.mapping.source,
        "columns": [each.name for each in draft.columns],
        "key": draft.key[0] if len(draft.key) == 1 else SEVERAL if draft.key else "",
        "several": " + ".join(draft.key) if len(draft.key) > 1 else "",
        "lines": used,
        "others": [line for line in lines if line not in used],
    }


def _line(name: str, draft: ImportDraft, playbook: Playbook) -> dict[str, Any]:
    field, part = playbook.fields[name], draft.mapping.fields.get(name)
    column = part.column if part else None
    facts = draft.facts_of(column)
    formats = _formats(part, facts.formats) if facts.undecided else []
    return {
        "field": name,
        "label": field.label,
        "required": field.importance == "required",
        "column": column or "",
        "fixed": _fixed(part),
        "sure": _sure(name, draft) if part else "",
        "remark": "Nothing in the column shows which comes first: please say." if formats else "",
        "example": " · ".join(facts.examples),
        "formats": formats,
    }


def _fixed(part: FieldMapping | None) -> str:
    """What a list of columns cannot show: several columns joined, or the same value for each row."""
    if part is None or part.column is not None:
        return ""
    return " + ".join(part.join) if part.join else f"always {part.constant}"


def _sure(name: str, draft: ImportDraft) -> str:
    if draft.mapping.fields.get(name) != draft.found.fields.get(name):
        return "your choice"
    return f"{draft.sure[name]:.0%}".replace("%", " %") if name in draft.sure else "known"


def _formats(part: FieldMapping | None, formats: tuple[str, ...]) -> list[dict[str, Any]]:
    """Day first or month first, where the values leave it open."""
    now = part.format if part and isinstance(part.format, str) else (formats[0] if formats else "")
    if not now or now[:2] not in FORMATS:
        return []
    turned = now.replace("%d", "%_").replace("%m", "%d").replace("%_", "%m")
    return [{"value": each, "label": FORMATS[each[:2]], "on": each == now} for each in sorted((now, turned))]


def _report(report: ImportReport, playbook: Playbook) -> dict[str, Any]:
    counts = {
        "new": report.created,
        "changed": report.updated,
        "as before": report.unchanged,
        "set aside": report.quarantined,
    }
    unused = report.unmapped_columns
    return {
        "rows": f"{report.rows:,} row{'' if report.rows == 1 else 's'}",
        "counts": [{"label": label, "value": f"{count:,}"} for label, count in counts.items()],
        "signals": f"{report.signals:,}" if report.signals else "",
        "reasons": [
            reason_words(playbook, each.field, each.reason, each.rows, each.examples)
            for each in report.reasons
        ],
        "warnings": [
            reason_words(playbook, each.field, each.reason, each.rows, each.examples)
            for each in report.warning_reasons
        ],
        "unused": ", ".join(unused[:12]) + (f" and {len(unused) - 12} more" if len(unused) > 12 else ""),
        "is_empty": report.rows == 0,
    }
