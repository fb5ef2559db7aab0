"""Reports: what became of leads in figures; as JSON, as CSV, as PDF."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from galena.domain.report import Report, Table
from galena.kit.errors import NotFoundError
from galena.stores.door import OPERATOR
from galena.surfaces.api.caller import PROBLEMS, Caller, Reader
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.values import Day
from galena.surfaces.api.workplace import GONE, context_of, whose
from galena.surfaces.reports.report_files import write_csv, write_pdf
from galena.workflows.reports import REPORTS, Wanted, groups_of, make_report

router = APIRouter(prefix="/reports", tags=["reports"], responses=PROBLEMS, route_class=RepeatableRoute)

ReportName = Literal["funnel", "commissions", "reasons", "actioned", "fairness", "conversion", "model-value"]
TITLES: dict[str, str] = {
    "funnel": "Leads, contacted, booked, met, won, with times.",
    "commissions": "Commissions of the year, and what its rest may bring.",
    "reasons": "Why leads were lost.",
    "actioned": "The share of leads on which brokers recorded anything.",
    "fairness": "What each broker was given, and how even it is.",
    "conversion": "Conversion by score, tier, source and segment.",
    "model-value": "What choosing leads by their score is worth in money.",
}
Grouping = Literal["month", "tier", "source", "industry", "segment", "broker", "week", "booked_by"]


class ReportKind(BaseModel):
    """A report there is."""

    name: str
    title: str
    groups: list[str] = Field(description="What it can be grouped by.")


class ReportKinds(BaseModel):
    """Every report."""

    items: list[ReportKind]


class ReportColumn(BaseModel):
    """A column of a table."""

    name: str
    label: str
    kind: str = Field(
        description="text, count, share (0 to 1), money (in the report's currency), days or number"
    )


class ReportTable(BaseModel):
    """Rows of figures."""

    name: str
    title: str
    columns: list[ReportColumn]
    rows: list[list[Any]] = Field(description="In the order of the columns.")
    total: list[Any] | None = Field(description="The line under the rows; null: nothing adds up.")


class ReportDocument(BaseModel):
    """A report: tables, what they come to in sentences, and how the figures are made."""

    report: str
    title: str
    currency: str
    since: date | None
    until: date | None
    said: list[str]
    method: list[str]
    tables: list[ReportTable]


class CsvAnswer(Response):
    """A table as CSV."""

    media_type = "text/csv"


class PdfAnswer(Response):
    """A report on paper."""

    media_type = "application/pdf"


class Asked:
    """What of the leads a report is asked for."""

    def __init__(
        self,
        by: Annotated[
            Grouping | None, Query(description="Group by this; left out: the report's own.")
        ] = None,
        since: Annotated[Day | None, Query(description="Leads given from this day on (UTC).")] = None,
        until: Annotated[Day | None, Query(description="Leads given up to this day.")] = None,
        outcome: Annotated[
            Literal["booked", "won"], Query(description="For conversion: what counts as one.")
        ] = "booked",
        tenant_id: Annotated[
            UUID | None, Query(description="What this tenant sees: its own leads alone.")
        ] = None,
    ) -> None:
        self.wanted = Wanted(by, since, until, outcome)
        self.tenant_id = tenant_id


Wish = Annotated[Asked, Depends()]
_FILE = {"content-disposition": {"description": "A name for the file.", "schema": {"type": "string"}}}


@router.get("", operation_id="list_reports")
def list_reports(_caller: Reader) -> ReportKinds:
    """The reports there are, and what each can be grouped by."""
    return ReportKinds(
        items=[ReportKind(name=name, title=TITLES[name], groups=list(groups_of(name))) for name in REPORTS]
    )


@router.get(
    "/{name}.csv",
    operation_id="get_report_csv",
    response_class=CsvAnswer,
    responses={**GONE, 200: {"headers": _FILE}},
)
def get_report_csv(
    caller: Reader,
    name: ReportName,
    wish: Wish,
    table: Annotated[str, Query(max_length=60, description="Which table; left out: the first.")] = "",
) -> CsvAnswer:
    """One table of a report as CSV, the figures as they are, with a heading."""
    report = _report(caller, name, wish)
    places = {each.name: place for place, each in enumerate(report.tables)}
    if table and table not in places:
        raise NotFoundError(
            "There is no such table in this report.", facts={"table": table, "tables": list(places)}
        )
    with TemporaryDirectory() as folder:
        written = write_csv(report, Path(folder) / "report.csv")
        content = written[places.get(table, 0)].read_bytes()
    return CsvAnswer(content, headers=_named(f"{name}{'-' + table if table else ''}.csv"))


@router.get(
    "/{name}.pdf",
    operation_id="get_report_pdf",
    response_class=PdfAnswer,
    responses={**GONE, 200: {"headers": _FILE}},
)
def get_report_pdf(caller: Reader, name: ReportName, wish: Wish) -> PdfAnswer:
    """A report on A4 paper."""
    report = _report(caller, name, wish)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "report.pdf"
        write_pdf(report, path, caller.galena.clock().date())
        return PdfAnswer(path.read_bytes(), headers=_named(f"{name}.pdf"))


@router.get("/{name}", operation_id="get_report", responses=GONE)
def get_report(caller: Reader, name: ReportName, wish: Wish) -> ReportDocument:
    """A report of the leads that the key's owner may see; figures that add up, each lead counted once."""
    report = _report(caller, name, wish)
    return ReportDocument(
        report=report.name,
        title=report.title,
        currency=report.currency,
        since=report.since,
        until=report.until,
        said=list(report.said),
        method=list(report.method),
        tables=[_table(each) for each in report.tables],
    )


def _report(caller: Caller, name: str, wish: Asked) -> Report:
    context = context_of(caller)
    tenant = whose(caller, wish.tenant_id) or OPERATOR
    with context.door.enter(caller.workspace_id, tenant_id=tenant, actor=context.actor) as session:
        return make_report(session, context.playbook, name, wish.wanted, context.clock())


def _table(each: Table) -> ReportTable:
    return ReportTable(
        name=each.name,
        title=each.title,
        columns=[
            ReportColumn(name=column.name, label=column.label, kind=column.kind) for column in each.columns
        ],
        rows=[list(row) for row in each.rows],
        total=None if each.total is None else list(each.total),
    )


def _named(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"'}
