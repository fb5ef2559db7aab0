"""Files of rows sent under the name of their source and imported as jobs; imports, and taking them back."""

import hashlib
import shutil
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi import Path as InPath
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from galena.domain.imports import Import, ImportStatus
from galena.kit.errors import InputError
from galena.kit.ids import new_id
from galena.stores import imports, quarantine
from galena.surfaces.api.bringing import Bringer
from galena.surfaces.api.caller import PROBLEMS, Caller
from galena.surfaces.api.facts import Label
from galena.surfaces.api.jobs import ACCEPTED, Counts, JobItem, begin, told
from galena.surfaces.api.paging import Cursor, Page, PageSize, read_cursor, with_next
from galena.surfaces.api.repeats import begin_once, check_key, forget, keep
from galena.surfaces.api.workplace import GONE, Desk, Looker, context_of
from galena.surfaces.web.jobs import Job
from galena.workflows.intake import Progress
from galena.workflows.source_upload import known_sources, take_upload
from galena.workflows.touched import score_touched
from galena.workflows.undo import undo_import

router = APIRouter(prefix="/ingest", tags=["ingest"], responses=PROBLEMS)

MEGABYTE = 1_000_000
ENDINGS = {
    "application/json": "json",
    "application/x-ndjson": "jsonl",
    "application/jsonl": "jsonl",
    "text/csv": "csv",
    "application/vnd.apache.parquet": "parquet",
}
Source = Annotated[Label, InPath(description="The name of the source; a new one is read as its columns say.")]
_ROWS: dict[str, Any] = {"type": "array", "items": {"type": "object"}, "minItems": 1}
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The rows: a JSON array of objects, JSON Lines, CSV with a heading, or Parquet.",
        "content": {
            "application/json": {"schema": _ROWS, "example": [{"id": "1", "name": "Northwind Bakery"}]},
            "application/x-ndjson": {"schema": {"type": "string"}},
            "application/jsonl": {"schema": {"type": "string"}},
            "text/csv": {"schema": {"type": "string"}},
            "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
UNREAD: dict[int | str, dict[str, Any]] = {415: {"description": "A body of this content type is not read."}}


class ImportItem(BaseModel):
    """A file, or the messages of a day, and what became of its rows."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0195a3c0-0000-7000-8000-000000000000",
                    "source": "bakeries",
                    "file_name": "bakeries.csv",
                    "status": "done",
                    "rows": 21,
                    "created": 20,
                    "updated": 0,
                    "unchanged": 0,
                    "quarantined": 1,
                    "waiting": 1,
                    "signals": 0,
                    "started_at": "2026-03-02T09:00:00Z",
                    "finished_at": "2026-03-02T09:00:02Z",
                    "error": None,
                }
            ]
        }
    )

    id: UUID
    source: str
    file_name: str
    status: ImportStatus
    rows: int = Field(description="Read = created + updated + unchanged + quarantined.")
    created: int
    updated: int
    unchanged: int
    quarantined: int = Field(description="Rows set aside when it was read.")
    waiting: int = Field(description="Of those, how many still wait to be corrected.")
    signals: int
    started_at: datetime
    finished_at: datetime | None
    error: str | None


class ImportItems(Page):
    """A page of imports, the newest first."""

    items: list[ImportItem]


class SourceItem(BaseModel):
    """A source whose files can be read."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "source": "bakeries",
                    "label": "Bakeries",
                    "role": "leads",
                    "columns": [],
                    "fields": {"name": "Business Name"},
                }
            ]
        }
    )

    source: str
    label: str
    role: Literal["leads", "details", "signals"] = Field(description="What its rows are.")
    columns: list[str] = Field(description="By which a file of it is known.")
    fields: dict[str, str | None] = Field(description="Field of the playbook, and the column it comes from.")


@router.get("", operation_id="list_imports")
def list_imports(
    caller: Looker,
    source: Label | None = None,
    status: ImportStatus | None = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> ImportItems:
    """What came in and when, the newest first."""
    before = read_cursor(cursor, UUID)[0] if cursor else None
    with caller.entered() as session:
        found = imports.list_(
            session, statuses=(status,) if status else (), source=source, limit=limit + 1, before=before
        )
        waiting = quarantine.count_by_import(session)
    page, following = with_next(found, limit, lambda each: (each.id,))
    return ImportItems(items=[_item(each, waiting.get(each.id, 0)) for each in page], next=following)


@router.get("/sources", operation_id="list_sources")
def list_sources(caller: Looker) -> list[SourceItem]:
    """The sources whose files are read without asking anybody: the playbook's, and those of earlier imports."""
    context = context_of(caller)
    with caller.entered() as session:
        known = known_sources(session, context)
    return [
        SourceItem(
            source=name,
            label=each.label,
            role=each.role,
            columns=list(each.recognise),
            fields={field: part.column for field, part in each.fields.items()},
        )
        for name, each in sorted(known.items())
    ]


@router.get("/{import_id}", operation_id="get_import", responses=GONE)
def get_import(caller: Looker, import_id: UUID) -> ImportItem:
    """One import, and what became of its rows."""
    with caller.entered() as session:
        kept = imports.load(session, import_id)
        return _item(kept, quarantine.count_by_import(session).get(import_id, 0))


@router.post(
    "/{source}",
    operation_id="send_file",
    status_code=202,
    response_model=JobItem,
    responses={**ACCEPTED, **UNREAD},
    openapi_extra=BODY,
)
async def send_file(
    request: Request,
    response: Response,
    caller: Bringer,
    source: Source,
    accept_mapping: Annotated[
        bool,
        Query(description="Read a new source as its columns seem to say, even where that is not certain."),
    ] = False,
    dry_run: Annotated[bool, Query(description="Count what would happen, and write nothing.")] = False,
    idempotency_key: Annotated[
        str | None, Header(description="The same file under the same key is imported once.")
    ] = None,
) -> Any:
    """Send rows to be imported as a job. The same file twice changes nothing; rows that cannot be used wait in
    quarantine; leads that the file touches are scored."""
    if idempotency_key is not None:
        check_key(idempotency_key)
    path, digest = await _received(request, caller, source)
    begun = False
    try:
        if idempotency_key is not None:
            mark = hashlib.sha256(f"{request.url}\n{digest}".encode()).hexdigest()
            before = await run_in_threadpool(begin_once, caller, idempotency_key, mark)
            if before is not None:
                _remove(path)
                return before
            begun = True
        job = await run_in_threadpool(
            _begin, request, response, caller, path, source, accept_mapping, dry_run
        )
    except BaseException:
        _remove(path)
        if begun and idempotency_key is not None:
            await run_in_threadpool(forget, caller, idempotency_key)
        raise
    if idempotency_key is not None:
        answer = JSONResponse(job.model_dump(mode="json"), 202, dict(response.headers))
        await run_in_threadpool(keep, caller, idempotency_key, 202, bytes(answer.body), "application/json")
        return answer
    return job


@router.post("/{import_id}/undo", operation_id="undo_import", status_code=202, responses={**ACCEPTED, **GONE})
def undo(request: Request, response: Response, caller: Desk, import_id: UUID) -> JobItem:
    """Take an import back, as a job: its records go, leads are as without it, and what is left is scored."""
    context = context_of(caller)
    with caller.entered() as session:
        name = imports.load(session, import_id).file_name

    def work(job: Job) -> None:
        job.advance(0, None, "Taking it back")
        report = undo_import(context, import_id)
        score_touched(context)
        job.notice = f"{report.records:,} records and {report.leads_removed:,} leads are gone."
        told(
            job,
            Counts(updated=report.leads_rebuilt, skipped=0),
            removed=report.leads_removed,
            records=report.records,
        )

    return begin(
        request, response, caller, f"Taking back {name}", f"import:{import_id}", work, page="/imports"
    )


def _begin(
    request: Request,
    response: Response,
    caller: Caller,
    path: Path,
    source: str,
    accept_mapping: bool,
    dry_run: bool,
) -> JobItem:
    context = context_of(caller)

    def work(job: Job) -> None:
        def step(progress: Progress) -> None:
            job.advance(progress.rows, None, "Reading")

        try:
            job.advance(0, None, "Reading")
            report, touched = take_upload(
                context, path, source, accept_proposal=accept_mapping, dry_run=dry_run, progress=step
            )
        finally:
            _remove(path)
        counts = Counts(
            created=report.created,
            updated=report.updated,
            skipped=report.unchanged,
            errors=report.quarantined,
        )
        job.notice = f"{report.created:,} created, {report.updated:,} updated. {touched.sentence}".strip()
        told(job, counts, **report.as_dict())

    subject = f"ingest:{path.parent.name}"
    return begin(request, response, caller, f"Importing {source}", subject, work, page="/imports")


async def _received(request: Request, caller: Caller, source: str) -> tuple[Path, str]:
    """The body in a file of its own, and the hash of its content.

    Raises:
        InputError: it is empty.
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in ENDINGS:
        raise HTTPException(415, f"Send one of {', '.join(ENDINGS)}.")
    limit = caller.galena.settings.upload_limit_mb * MEGABYTE
    folder = caller.galena.settings.home / "uploads" / "sent" / str(new_id())
    folder.mkdir(mode=0o700, parents=True)
    path = folder / f"{source}.{ENDINGS[media]}"
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("xb") as file:
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    raise HTTPException(413, f"This server takes files up to {limit // MEGABYTE} MB.")
                digest.update(chunk)
                await run_in_threadpool(file.write, chunk)
        if not size:
            raise InputError("There are no rows in this request.", remedy="Send them as its body.")
    except BaseException:
        _remove(path)
        raise
    return path, digest.hexdigest()


def _remove(path: Path) -> None:
    shutil.rmtree(path.parent, ignore_errors=True)


def _item(kept: Import, waiting: int) -> ImportItem:
    counts = kept.counts
    return ImportItem(
        id=kept.id,
        source=kept.source,
        file_name=kept.file_name,
        status=kept.status,
        rows=counts.read,
        created=counts.created,
        updated=counts.updated,
        unchanged=counts.unchanged,
        quarantined=counts.quarantined,
        waiting=waiting,
        signals=counts.signals,
        started_at=kept.started_at,
        finished_at=kept.finished_at,
        error=kept.error,
    )
