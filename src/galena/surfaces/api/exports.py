"""Exports: the ranked list as a file that streams, with the filters of the list; and what was exported before."""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from galena.domain.lead import LeadStatus
from galena.domain.listing import LeadQuery
from galena.stores import exports
from galena.surfaces.api.caller import PROBLEMS, Reader
from galena.surfaces.api.leads import Text, check_sort
from galena.surfaces.api.workplace import Looker
from galena.workflows.export import export_list
from galena.workflows.plans import active_plan

router = APIRouter(prefix="/exports", tags=["exports"], responses=PROBLEMS)

CHUNK_BYTES = 1 << 16
SHOWN = 100
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
}
FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, best first: rank, score, tier, reasons and every known fact.",
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
            "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


class ExportItem(BaseModel):
    """A file that was exported."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "format": "csv",
                    "file_name": "leads.csv",
                    "rows": 70,
                    "query": {"statuses": ["active"]},
                    "author": "galena export",
                    "created_at": "2026-03-02T09:00:00Z",
                }
            ]
        }
    )

    format: str
    file_name: str
    rows: int
    query: dict[str, Any] = Field(description="What was asked for.")
    author: str
    created_at: datetime


@router.get(
    "/leads.{file_format}", operation_id="export_leads", response_class=StreamingResponse, responses=FILE
)
def export_leads(
    caller: Reader,
    file_format: Literal["csv", "parquet", "json"],
    q: Text = "",
    tier: Annotated[list[Text], Query()] = [],  # noqa: B006 - read only
    temperature: Annotated[list[Text], Query()] = [],  # noqa: B006
    category: Annotated[list[Text], Query()] = [],  # noqa: B006
    trade_group: Annotated[list[Text], Query()] = [],  # noqa: B006
    status: Annotated[
        list[Literal["active", "discarded", "needs_enrichment"]],
        Query(description="Left out: those that are scored."),
    ] = ["active"],  # noqa: B006
    source: Text | None = None,
    min_score: Annotated[float | None, Query(ge=0, le=100, allow_inf_nan=False)] = None,
    max_score: Annotated[float | None, Query(ge=0, le=100, allow_inf_nan=False)] = None,
    sort: Text = "-score",
) -> StreamingResponse:
    """All leads that fit, as one file. Cells that a spreadsheet would run as a formula are made harmless."""
    statuses: tuple[LeadStatus, ...] = tuple(status)
    query = LeadQuery(
        tiers=tuple(tier),
        temperatures=tuple(temperature),
        categories=tuple(category),
        trade_groups=tuple(trade_group),
        statuses=statuses,
        source=source,
        min_points=min_score,
        max_points=max_score,
        search=q,
        sort=sort.removeprefix("-"),
        descending=sort.startswith("-"),
    )
    folder = tempfile.TemporaryDirectory(prefix="galena-export-")
    path = Path(folder.name) / f"leads.{file_format}"
    try:
        with caller.entered() as session:
            check_sort(sort, active_plan(session).playbook.fields)
            export_list(session, path, file_format, query)
    except BaseException:
        folder.cleanup()
        raise

    def chunks() -> Iterator[bytes]:
        with folder, path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk

    headers = {"content-disposition": f'attachment; filename="leads.{file_format}"'}
    return StreamingResponse(chunks(), media_type=MEDIA[file_format], headers=headers)


@router.get("", operation_id="list_exports")
def list_exports(caller: Looker) -> list[ExportItem]:
    """The last hundred files that were exported, the newest first."""
    with caller.entered() as session:
        found = exports.list_(session, limit=SHOWN)
    return [
        ExportItem(
            format=each.format,
            file_name=each.file_name,
            rows=each.row_count,
            query=dict(each.query),
            author=each.author,
            created_at=each.created_at,
        )
        for each in found
    ]
