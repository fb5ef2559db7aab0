"""The quarantine: rows that could not be used, with their reasons; corrected and used after all, or dismissed."""

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from galena.domain.imports import Quarantined, QuarantineStatus
from galena.stores import quarantine
from galena.surfaces.api.caller import PROBLEMS
from galena.surfaces.api.facts import FaultItem, faults_of, kept_json
from galena.surfaces.api.paging import Cursor, Page, PageSize, read_cursor, with_next
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.values import Short
from galena.surfaces.api.workplace import CLASH, GONE, Desk, Looker, context_of
from galena.workflows.replay_quarantine import correct_and_replay, dismiss_rows
from galena.workflows.touched import score_touched

router = APIRouter(prefix="/quarantine", tags=["quarantine"], responses=PROBLEMS, route_class=RepeatableRoute)

MOST_ROWS = 500
Corrections = Annotated[dict[Short, Any], AfterValidator(kept_json), Field(max_length=200)]


class QuarantineItem(BaseModel):
    """A row set aside."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0195a3c0-0000-7000-8000-000000000000",
                    "import_id": "0195a3c0-0000-7000-8000-000000000000",
                    "source": "bakeries",
                    "row_number": 21,
                    "row": {"Lease End Date": "soon"},
                    "faults": [
                        {
                            "field": "lease_end_date",
                            "value": "soon",
                            "reason": "This is no date.",
                            "remedy": "",
                        }
                    ],
                    "status": "open",
                }
            ]
        }
    )

    id: UUID
    import_id: UUID
    source: str
    row_number: int = Field(description="In its file, from 1.")
    row: dict[str, Any] = Field(description="As it was delivered, by column.")
    faults: list[FaultItem]
    status: QuarantineStatus = Field(description="open, replayed (used after all) or dismissed")


class QuarantineItems(Page):
    """A page of rows set aside, in the order they were."""

    items: list[QuarantineItem]


class ReasonItem(BaseModel):
    """Why open rows were set aside."""

    field: str
    reason: str
    rows: int


class ReplayRow(BaseModel):
    """A row with its corrections."""

    id: UUID
    corrections: Corrections = Field({}, description="Column, or field of the playbook, and the right value.")


class ReplayOrder(BaseModel):
    """Rows to be used after all."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"rows": [{"id": "0195a3c0-0000-7000-8000-000000000000", "corrections": {}}]}]
        }
    )

    rows: list[ReplayRow] = Field(min_length=1, max_length=MOST_ROWS)


class RowsReplayed(BaseModel):
    """What became of the rows."""

    replayed: list[UUID] = Field(description="Used now.")
    refused: list[QuarantineItem] = Field(description="Still cannot be used, with the new reasons.")
    closed: list[UUID] = Field(description="Had been used or dismissed before; nothing was done to them.")


class DismissOrder(BaseModel):
    """Rows that nobody will correct."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"ids": ["0195a3c0-0000-7000-8000-000000000000"]}]}
    )

    ids: list[UUID] = Field(min_length=1, max_length=MOST_ROWS)


class Dismissed(BaseModel):
    """How many open rows were dismissed."""

    dismissed: int


@router.get("", operation_id="list_quarantine")
def list_quarantine(
    caller: Looker,
    import_id: UUID | None = None,
    status: QuarantineStatus = "open",
    reason: Annotated[
        Short | None, Query(description="Only rows whose first reason is this, word for word.")
    ] = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> QuarantineItems:
    """Rows that could not be used, each with its reasons."""
    after = read_cursor(cursor, UUID)[0] if cursor else None
    with caller.entered() as session:
        found = quarantine.list_(
            session, import_id=import_id, status=status, reason=reason, limit=limit + 1, after=after
        )
    page, following = with_next(found, limit, lambda each: (each.id,))
    return QuarantineItems(items=[_item(each) for each in page], next=following)


@router.get("/reasons", operation_id="list_quarantine_reasons")
def list_reasons(caller: Looker, import_id: UUID | None = None) -> list[ReasonItem]:
    """Why rows wait, the most frequent reason first."""
    with caller.entered() as session:
        found = quarantine.count_by_reason(session, import_id=import_id)
    return [ReasonItem(field=field, reason=reason, rows=rows) for field, reason, rows in found]


@router.get("/{row_id}", operation_id="get_quarantine_row", responses=GONE)
def get_row(caller: Looker, row_id: UUID) -> QuarantineItem:
    """One row set aside."""
    with caller.entered() as session:
        return _item(quarantine.load(session, row_id))


@router.post("/replay", operation_id="replay_quarantine", responses={**GONE, **CLASH})
def replay(caller: Desk, order: ReplayOrder) -> RowsReplayed:
    """Correct rows and use them, all in one transaction; leads that they touch are scored."""
    context = context_of(caller)
    changes = {each.id: each.corrections for each in order.rows}
    report = correct_and_replay(context, list(changes), changes)
    if report.replayed:
        score_touched(context)
    return RowsReplayed(
        replayed=list(report.replayed),
        refused=[_item(each) for each in report.refused],
        closed=list(report.closed),
    )


@router.post("/dismiss", operation_id="dismiss_quarantine", responses=GONE)
def dismiss(caller: Desk, order: DismissOrder) -> Dismissed:
    """Close rows that nobody will correct; what was delivered stays."""
    return Dismissed(dismissed=dismiss_rows(context_of(caller), order.ids))


def _item(row: Quarantined) -> QuarantineItem:
    return QuarantineItem(
        id=row.id,
        import_id=row.import_id,
        source=row.source,
        row_number=row.row_number,
        row=orjson.loads(row.payload),
        faults=faults_of(row.faults),
        status=row.status,
    )
