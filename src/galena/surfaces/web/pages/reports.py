"""Reports: what became of leads, in figures; on the page, as CSV and on paper, each number near its leads."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from galena.domain.playbook import Playbook
from galena.domain.report import Report, Table
from galena.kit.errors import InputError, NotFoundError
from galena.stores.door import OPERATOR
from galena.stores.workspaces import list_tenants
from galena.surfaces.reports.cells import cell_text
from galena.surfaces.web.pages.work import context_of
from galena.surfaces.web.rendering import Notice, page
from galena.surfaces.web.visitors import SignedIn, Visitor, entered, galena_of
from galena.surfaces.web.words import nouns_of
from galena.workflows.reports import REPORTS, Wanted, groups_of, make_report

router = APIRouter()

TITLES: Mapping[str, str] = {
    "funnel": "Funnel",
    "commissions": "Commissions",
    "reasons": "Why leads were lost",
    "actioned": "Acted on",
    "fairness": "Fairness",
    "conversion": "Conversion",
    "model-value": "Worth of scores",
}
GROUP_WORDS = {"booked_by": "who booked"}
STEPS = (
    ("leads", "Given"),
    ("contacted", "Contacted"),
    ("booked", "Booked"),
    ("met", "Met"),
    ("won", "Won"),
)
FOR_PROGRAMS = ("code",)
"""Columns that stand in the files alone: people read the words beside them."""
STANDS_AFTER = {"not interested": "refused", "closed lost": "lost"}
"""After what -> where the leads that it ended stand, for the list behind a figure."""
ROWS_SHOWN = 100
Texted = Annotated[str, Query(max_length=40)]


@router.get("/reports", response_class=HTMLResponse)
def show(
    request: Request,
    visitor: SignedIn,
    name: Texted = "funnel",
    by: Texted = "",
    since: Texted = "",
    until: Texted = "",
    outcome: Literal["booked", "won"] = "booked",
    tenant: Texted = "",
) -> HTMLResponse:
    """One report, with the others beside it."""
    playbook = context_of(request, visitor).playbook
    asked = {"by": by, "since": since, "until": until, "outcome": outcome, "tenant": tenant}
    report, fault = None, None
    try:
        report = _report(request, visitor, playbook, name, asked)
    except InputError as wrong:
        fault = wrong
    with entered(galena_of(request), visitor) as session:
        names = {} if visitor.user.tenant_id else {each.name: each.id for each in list_tenants(session)}
    query = urlencode(
        {key: value for key, value in asked.items() if value and (key, value) != ("outcome", "booked")}
    )
    return page(
        request,
        "reports.html",
        visitor,
        here="reports",
        status=422 if fault else 200,
        notices=(Notice(f"{fault.what} {fault.remedy}", "bad"),) if fault else (),
        words=nouns_of(playbook),
        reports=[{"name": each, "title": TITLES[each]} for each in REPORTS],
        name=name,
        asked=asked,
        query=query,
        groups=[
            {"name": each, "words": GROUP_WORDS.get(each, each)}
            for each in (groups_of(name) if name in REPORTS else ())
        ],
        tenants=[{"id": str(id_), "name": told} for told, id_ in names.items()],
        title=report.title if report else "Reports",
        said=report.said if report else (),
        method=report.method if report else (),
        steps=_steps(report) if report and name == "funnel" else [],
        tables=[_table(each, report.currency, playbook, names) for each in report.tables] if report else [],
    )


@router.get("/reports/{name}.pdf")
def as_pdf(
    request: Request,
    visitor: SignedIn,
    name: str,
    by: Texted = "",
    since: Texted = "",
    until: Texted = "",
    outcome: Literal["booked", "won"] = "booked",
    tenant: Texted = "",
) -> Response:
    """The report on paper."""
    from galena.surfaces.reports.report_files import write_pdf

    asked = {"by": by, "since": since, "until": until, "outcome": outcome, "tenant": tenant}
    report = _report(request, visitor, context_of(request, visitor).playbook, name, asked)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "report.pdf"
        write_pdf(report, path, galena_of(request).clock().date())
        return _file(path.read_bytes(), "application/pdf", f"{name}.pdf")


@router.get("/reports/{name}.csv")
def as_csv(
    request: Request,
    visitor: SignedIn,
    name: str,
    table: Texted = "",
    by: Texted = "",
    since: Texted = "",
    until: Texted = "",
    outcome: Literal["booked", "won"] = "booked",
    tenant: Texted = "",
) -> Response:
    """One table of the report, the first where none is named; figures as they are."""
    from galena.surfaces.reports.report_files import write_csv

    asked = {"by": by, "since": since, "until": until, "outcome": outcome, "tenant": tenant}
    report = _report(request, visitor, context_of(request, visitor).playbook, name, asked)
    tables = {each.name: place for place, each in enumerate(report.tables)}
    if table and table not in tables:
        raise NotFoundError("There is no such table in this report.", facts={"table": table})
    with TemporaryDirectory() as folder:
        written = write_csv(report, Path(folder) / "report.csv")
        content = written[tables.get(table, 0)].read_bytes()
    return _file(content, "text/csv; charset=utf-8", f"{name}{'-' + table if table else ''}.csv")


def _file(content: bytes, kind: str, name: str) -> Response:
    return Response(
        content, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'}
    )


def _report(
    request: Request, visitor: Visitor, playbook: Playbook, name: str, asked: Mapping[str, str]
) -> Report:
    """The report of the leads that this visitor may see; the operator may ask for one tenant's."""
    galena = galena_of(request)
    wanted = Wanted(asked["by"] or None, _day(asked["since"]), _day(asked["until"]), asked["outcome"])
    whose = visitor.user.tenant_id or _tenant(asked["tenant"]) or OPERATOR
    with galena.door.enter(visitor.workspace.id, tenant_id=whose, actor=str(visitor.user.id)) as session:
        return make_report(session, playbook, name, wanted, galena.clock())


def _tenant(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise InputError("There is no such tenant.", remedy="Choose one of the list.") from error


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InputError(f"{text!r} is no day.", remedy="Write it as 2026-03-31.") from error


def _steps(report: Report) -> list[dict[str, Any]]:
    """The funnel's steps over all leads, as bars."""
    table = report.tables[0]
    total = dict(zip([column.name for column in table.columns], table.total or (), strict=False))
    given = total.get("leads")
    if not isinstance(given, int) or not given:
        return []
    found = []
    for name, label in STEPS:
        count = total.get(name)
        reached = count if isinstance(count, int) else 0
        found.append({"label": label, "count": f"{reached:,}", "percent": round(100 * reached / given)})
    return found


def _table(table: Table, currency: str, playbook: Playbook, tenants: Mapping[str, UUID]) -> dict[str, Any]:
    tiers = {tier.name: tier.label for tier in playbook.rules.tiers}

    def cells(row: tuple[Any, ...]) -> list[str]:
        return [
            cell_text(cell, column, currency)
            for cell, column in zip(row, table.columns, strict=True)
            if column.name not in FOR_PROGRAMS
        ]

    first = table.columns[0].name
    rows = []
    for row in table.rows[:ROWS_SHOWN]:
        texts, link = cells(row), ""
        if first == "tier" and texts[0] in tiers:
            link, texts[0] = f"/leads?tier={texts[0]}", tiers[texts[0]]
        elif first == "broker" and texts[0] in tenants:
            link = f"/prospects?tenant={tenants[texts[0]]}"
        elif first == "stage" and row[0] in STANDS_AFTER:
            link = f"/prospects?stand={STANDS_AFTER[str(row[0])]}"
        rows.append({"cells": texts, "link": link})
    return {
        "name": table.name,
        "title": table.title,
        "columns": [
            {"label": column.label, "text": column.kind == "text"}
            for column in table.columns
            if column.name not in FOR_PROGRAMS
        ],
        "rows": rows,
        "more": len(table.rows) - ROWS_SHOWN,
        "total": cells(table.total) if table.total else [],
    }
