"""The list of leads: sorted, filtered, searched, saved as a view, exported."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse

from galena.domain.lead import NOT_ENRICHED
from galena.domain.listing import LeadRow
from galena.domain.playbook import FieldType, Playbook
from galena.domain.reasoner import METHOD_WORDS, RETRY_TIER
from galena.engines.explanation import shown_points
from galena.stores import lead_lists, statistics
from galena.stores.door import OPERATOR, Session
from galena.surfaces.web.jobs import Job
from galena.surfaces.web.lead_query import Asked, ListQuery
from galena.surfaces.web.pages.lead_sales import STATE_WORDS
from galena.surfaces.web.pages.views import views_of
from galena.surfaces.web.pages.work import begin, context_of, score_all
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import Editor, SignedIn, entered, galena_of
from galena.surfaces.web.words import count_words, nouns_of, share_words
from galena.workflows.export import export_list
from galena.workflows.plans import Plan, active_plan
from galena.workflows.reasons import reasons_of

router = APIRouter()

PAGE = 50
COLUMNS_SHOWN = 3
CHUNK_BYTES = 1 << 16
STATUS_LABELS = {"active": "Scored", "discarded": "Discarded", "needs_enrichment": "Waiting for facts"}
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
}


@dataclass(frozen=True, slots=True)
class Option:
    """An entry of a filter."""

    value: str
    label: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter of the list with its entries and the one chosen."""

    name: str
    label: str
    value: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A heading; `href` sorts by it."""

    label: str
    href: str = ""
    direction: str = ""
    css: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of an extra column."""

    text: str
    number: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the list."""

    href: str
    title: str
    subtitle: str
    points: int | None
    colour: str
    tier: str
    temperature: str
    reasons: str
    status: str
    remarks: tuple[str, ...]
    cells: tuple[Cell, ...]


@router.get("/leads", response_class=HTMLResponse)
def show(request: Request, visitor: SignedIn, asked: Asked, cursor: str | None = None) -> HTMLResponse:
    """The list."""
    with entered(galena_of(request), visitor) as session:
        plan = active_plan(session)
        query = asked.lead_query()
        found = lead_lists.page(session, query, limit=PAGE, cursor=cursor)
        reasons = reasons_of(session, plan, found.rows, limit=2)
        total = lead_lists.count(session, query)
        tiers = statistics.count_in_force(session)
        content: dict[str, Any] = {
            "filters": _filters(session, plan.playbook, asked),
            "views": views_of(session, visitor, "leads", asked.address()),
        }
    nouns = nouns_of(plan.playbook)
    next_href = f"/leads?{asked.address()}&cursor={found.next_cursor}" if found.next_cursor else ""
    return page(
        request,
        "leads.html",
        visitor,
        here="leads",
        words=nouns,
        query=asked,
        query_string=asked.address(),
        kept_filters=[(name, value) for name, value in asked.parts().items() if name != "q" and value],
        total_text=count_words(total.value, nouns, exact=total.exact),
        tier_cards=_cards(plan.playbook, tiers, asked),
        columns=_columns(plan.playbook, asked),
        rows=[_line(plan, row, reasons.get(row.id, "")) for row in found.rows],
        page_text=f"{len(found.rows)} shown",
        next_href=next_href,
        first_href=f"/leads?{asked.address()}" if cursor else "",
        **content,
    )


@router.get("/leads/export.{file_format}")
def export(
    request: Request, visitor: SignedIn, asked: Asked, file_format: Literal["csv", "parquet", "json"]
) -> StreamingResponse:
    """The whole list as a file, in the order and with the filters of the page."""
    folder = tempfile.TemporaryDirectory(prefix="galena-export-")
    path = Path(folder.name) / f"leads.{file_format}"
    with entered(galena_of(request), visitor) as session:
        export_list(session, path, file_format, asked.lead_query())

    def chunks() -> Iterator[bytes]:
        with folder, path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk

    headers = {"content-disposition": f'attachment; filename="leads.{file_format}"'}
    return StreamingResponse(chunks(), media_type=MEDIA[file_format], headers=headers)


@router.post("/score")
def score_now(request: Request, visitor: Editor) -> RedirectResponse:
    """Score every lead of the workspace."""
    context = context_of(request, visitor)
    job = Job(visitor.workspace.id, "Scoring", f"score:{visitor.workspace.id}", "/leads", "/leads")
    return begin(request, job, lambda job: score_all(context, job, "request"))


def _line(plan: Plan, row: LeadRow, reasons: str) -> Line:
    remarks = said_words(plan, row.micropoints, row.tier) if row.override else []
    row = replace(row, micropoints=row.micropoints_in_force, tier=row.tier_in_force)
    if row.tier and (waits := standing_words(row.status, row.status_reason, plan.playbook)):
        remarks.append(waits)
    tier = plan.explainer.tier(row.tier) if row.tier else None
    return Line(
        href=f"/leads/{row.id}",
        title=row.title or row.key,
        subtitle=row.subtitle or row.key,
        points=None if row.micropoints is None or row.micropoints < 0 else shown_points(row.micropoints),
        colour=tier.colour if tier else "grey",
        tier=tier.label if tier else row.tier or "",
        temperature=plan.explainer.level_words(row.temperature) if row.temperature else "",
        reasons=f"“{row.override.reason}”" if row.override else reasons,
        status=_status(plan, row),
        remarks=tuple(remarks),
        cells=tuple(_cell(plan, name, row) for name in plan.playbook.lead.columns[:COLUMNS_SHOWN]),
    )


def said_words(plan: Plan, micropoints: int | None, tier: str | None) -> list[str]:
    """That a person says so, and what the machine says: a person's word; the machine: 23, Red."""
    if tier is None or micropoints is None or tier == RETRY_TIER:
        return ["a person's word"]
    label = known.label if (known := plan.explainer.tier(tier)) else tier
    return ["a person's word", f"the machine: {shown_points(micropoints)}, {label}"]


def standing_words(status: str, reason: str | None, playbook: Playbook) -> str:
    """That a lead was scored without facts it needs, or waits for them; empty where neither is so."""
    if status == "needs_enrichment":
        name = (reason or "").removeprefix("lacks ")
        field = playbook.fields.get(name)
        return f"{STATUS_LABELS[status]}: {field.label if field else name}"
    return "Not enriched" if status == "active" and reason == NOT_ENRICHED else ""


def _status(plan: Plan, row: LeadRow) -> str:
    if row.tier == RETRY_TIER:
        return METHOD_WORDS["pending_retry"]
    if waits := standing_words(row.status, row.status_reason, plan.playbook):
        return waits
    reason = (row.status_reason or "").replace("_", " ")
    return f"{STATUS_LABELS[row.status]}: {reason}" if row.status != "active" else "not scored yet"


def _cell(plan: Plan, name: str, row: LeadRow) -> Cell:
    kind = plan.playbook.fields[name].type
    text = plan.explainer.show(name, row.fields.get(name)) or ""
    return Cell(text, kind in (FieldType.NUMBER, FieldType.INTEGER))


def _columns(playbook: Playbook, asked: ListQuery) -> list[Column]:
    def sortable(sort: str, label: str, *, first: str = "-", css: str = "") -> Column:
        current = asked.sort.removeprefix("-") == sort
        descending = asked.sort.startswith("-")
        turned = ("" if descending else "-") + sort
        direction = ("descending" if descending else "ascending") if current else ""
        return Column(
            label, f"/leads?{asked.address(sort=turned if current else first + sort)}", direction, css
        )

    extra = [
        sortable(name, playbook.fields[name].label, css="phone-hide")
        for name in playbook.lead.columns[:COLUMNS_SHOWN]
    ]
    return [
        sortable("title", nouns_of(playbook).one_capital, first=""),
        sortable("score", "Score"),
        Column("Tier"),
        Column("Why", css="phone-hide"),
        Column("Temperature", css="phone-hide"),
        *extra,
    ]


def _filters(session: Session, playbook: Playbook, asked: ListQuery) -> list[Filter]:
    levels = statistics.count_by_temperature(session)
    filters = [
        Filter(
            "temperature",
            "Temperature",
            asked.temperature,
            tuple(
                Option(each.name, each.label, levels.get(each.name, 0)) for each in playbook.rules.temperature
            ),
        ),
        Filter(
            "status",
            "Status",
            asked.status,
            tuple(Option(name, label) for name, label in STATUS_LABELS.items()),
        ),
    ]
    if playbook.categories:
        counts = statistics.count_by_category(session)
        labels = {each.name: each.label for each in playbook.categories}
        options = tuple(Option(name, labels.get(name, name), count) for name, count in sorted(counts.items()))
        filters.insert(0, Filter("category", "Category", asked.category, options))
    if playbook.export_path is not None and session.tenant_id is OPERATOR:
        filters.append(
            Filter(
                "sale", "Sale", asked.sale, tuple(Option(name, label) for name, label in STATE_WORDS.items())
            )
        )
    tiers = tuple(Option(each.name, each.label) for each in playbook.rules.tiers)
    if playbook.reasoner is not None:
        tiers = (*tiers, Option(RETRY_TIER, RETRY_TIER))
    return [Filter("tier", "Tier", asked.tier, tiers), *filters]


def _cards(playbook: Playbook, counts: dict[str, int], asked: ListQuery) -> list[dict[str, Any]]:
    total = sum(counts.values())
    return [
        {
            "label": tier.label,
            "colour": tier.colour,
            "count": f"{counts.get(tier.name, 0):,}",
            "share": share_words(counts.get(tier.name, 0), total),
            "on": asked.tier == tier.name,
            "href": f"/leads?{replace(asked, tier='' if asked.tier == tier.name else tier.name).address()}",
        }
        for tier in playbook.rules.tiers
    ]
