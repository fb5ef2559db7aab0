"""The home page: what is new, what to do next, where the leads are, what happened; for operators and for tenants."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse

from galena.domain.dispositions import STAND_WORDS, STEP_WORDS, NextStep, Stand
from galena.domain.listing import LeadQuery
from galena.domain.playbook import Playbook
from galena.engines.explanation import shown_points
from galena.stores import lead_lists, map_points, outbox, tenants
from galena.stores.door import Session
from galena.surfaces.web.feed import feed_lines
from galena.surfaces.web.home_cards import board_lines, cards_of, drop_words, money, steps_of, tier_shares
from galena.surfaces.web.pages.leads import said_words
from galena.surfaces.web.pages.prospects import STAND_COLOURS
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import SignedIn, Visitor, entered, galena_of
from galena.surfaces.web.words import day, near_day, nouns_of
from galena.workflows.dashboard import load_dashboard, load_forecast
from galena.workflows.happenings import list_told
from galena.workflows.plans import Plan, active_plan
from galena.workflows.prospects import ProspectRow, list_prospects
from galena.workflows.reasons import reasons_of

router = APIRouter()

ROWS = 9
FEED = 12
TICKER = 10
POINTS = 3_000
PROSPECTS_LOOKED_AT = 2_000
SORTS = {"score": "-score", "title": "title", "new": "-created"}
DONE_WITH = (Stand.REFUSED, Stand.BANNED, Stand.WON, Stand.LOST)
STANDS = {
    "": tuple(each for each in Stand if each not in DONE_WITH),
    "new": (Stand.NEW,),
    "pending": (Stand.PENDING, Stand.DECIDING),
    "booked": (Stand.BOOKED,),
    "all": (),
}
Sort = Annotated[str, Query(max_length=20)]


@router.get("/", response_class=HTMLResponse)
def show(request: Request, visitor: SignedIn, sort: Sort = "score", stand: Sort = "") -> HTMLResponse:
    """The whole page."""
    galena, now = galena_of(request), galena_of(request).clock()
    is_operator = visitor.user.tenant_id is None
    with entered(galena, visitor) as session:
        plan = active_plan(session)
        position = outbox.settled(session) or 0
        board = load_dashboard(session, plan.playbook, now)
        told = list_told(session, plan.playbook, now, limit=FEED)
        listed = _list(session, plan, visitor, sort, stand, now)
        asking = tenants.list_wants(session, now) if is_operator and visitor.can_edit else ()
    nouns = nouns_of(plan.playbook)
    lines = feed_lines(told, now, is_operator=is_operator)
    steps = steps_of(board.steps, nouns)
    return page(
        request,
        "home.html",
        visitor,
        here="home",
        words=nouns,
        is_operator=is_operator,
        is_empty=not board.leads,
        position=position,
        drop=drop_words(plan.playbook),
        cards=cards_of(board, plan.playbook, now, is_operator=is_operator),
        steps=steps,
        action=_action(steps, listed, is_operator),
        feed=lines,
        ticker=[each for each in lines if each["subject"]][:TICKER],
        board=board_lines(board),
        shares=tier_shares(board, plan.playbook),
        has_map=place_fields(plan.playbook) is not None,
        tiers=[
            {"name": tier.name, "label": tier.label, "colour": tier.colour}
            for tier in plan.playbook.rules.tiers
        ],
        gates=[{"id": each.tenant.id, "name": each.tenant.name} for each in asking],
        **listed,
    )


@router.get("/home/leads", response_class=HTMLResponse)
def part_of_leads(
    request: Request, visitor: SignedIn, sort: Sort = "score", stand: Sort = ""
) -> HTMLResponse:
    """The list, sorted otherwise."""
    galena = galena_of(request)
    with entered(galena, visitor) as session:
        plan = active_plan(session)
        listed = _list(session, plan, visitor, sort, stand, galena.clock())
    return page(
        request,
        "home_leads.html",
        visitor,
        words=nouns_of(plan.playbook),
        is_operator=visitor.user.tenant_id is None,
        **listed,
    )


@router.get("/home/figures", response_class=HTMLResponse)
def part_of_figures(request: Request, visitor: SignedIn) -> HTMLResponse:
    """The cards and the steps as they are now."""
    galena, now = galena_of(request), galena_of(request).clock()
    is_operator = visitor.user.tenant_id is None
    with entered(galena, visitor) as session:
        playbook = active_plan(session).playbook
        board = load_dashboard(session, playbook, now)
    return page(
        request,
        "home_figures.html",
        visitor,
        is_operator=is_operator,
        cards=cards_of(board, playbook, now, is_operator=is_operator),
        steps=steps_of(board.steps, nouns_of(playbook)),
        board=board_lines(board),
        shares=tier_shares(board, playbook),
        words=nouns_of(playbook),
        is_part=True,
    )


@router.get("/home/forecast", response_class=HTMLResponse)
def part_of_forecast(request: Request, visitor: SignedIn) -> HTMLResponse:
    """What the rest of the year may bring; it draws a thousand times, and comes after the page."""
    galena = galena_of(request)
    with entered(galena, visitor) as session:
        playbook = active_plan(session).playbook
        found = load_forecast(session, playbook, galena.clock())
    told = None
    if found.expected is not None and found.low is not None and found.high is not None:
        told = {
            "expected": money(found.expected, playbook.currency),
            "low": money(found.low, playbook.currency),
            "high": money(found.high, playbook.currency),
        }
    return page(request, "home_forecast.html", visitor, forecast=told, paid=found.paid)


@router.get("/home/points")
def points(request: Request, visitor: SignedIn, tier: Sort = "") -> JSONResponse:
    """The pins of the map: [longitude, latitude, place of the tier, score, id, title], the best first."""
    with entered(galena_of(request), visitor) as session:
        playbook = active_plan(session).playbook
        fields = place_fields(playbook)
        known = {each.name: place for place, each in enumerate(playbook.rules.tiers)}
        found = (
            map_points.list_best(
                session,
                latitude=fields[0],
                longitude=fields[1],
                tier=tier if tier in known else "",
                limit=POINTS,
            )
            if fields
            else ()
        )
    return JSONResponse(
        {
            "more": len(found) == POINTS,
            "points": [
                [
                    round(each.longitude, 5),
                    round(each.latitude, 5),
                    known.get(each.tier, -1),
                    shown_points(each.micropoints),
                    str(each.lead_id),
                    each.title,
                ]
                for each in found
            ],
        }
    )


def place_fields(playbook: Playbook) -> tuple[str, str] | None:
    """The fields that hold latitude and longitude; None where the playbook has none."""
    named = ("latitude", "longitude")
    return named if set(named) <= playbook.fields.keys() else None


def _action(steps: Sequence[Any], listed: dict[str, Any], is_operator: bool) -> dict[str, str]:
    """The one filled button."""
    if not is_operator and listed["next"]:
        return {"href": f"/leads/{listed['next']}#outcome", "label": "Work the next one"}
    if steps:
        return {"href": steps[0].href, "label": steps[0].button}
    return {"href": "/leads" if is_operator else "/prospects", "label": "See them all"}


def _list(session: Session, plan: Plan, visitor: Visitor, sort: str, stand: str, now: Any) -> dict[str, Any]:
    """The rows with what they are sorted by; a tenant's are its own, with where each stands."""
    sort = sort if sort in SORTS else "score"
    stand = stand if stand in STANDS else ""
    if visitor.user.tenant_id is None:
        return {"rows": _leads(session, plan, sort), "of": 0, "next": None, "sort": sort, "stand": stand}
    rows, total, due_first = _prospects(session, plan, sort, stand, now)
    return {"rows": rows, "of": total, "next": due_first, "sort": sort, "stand": stand}


def _leads(session: Session, plan: Plan, sort: str) -> list[dict[str, Any]]:
    by = SORTS[sort]
    query = LeadQuery(statuses=("active",), sort=by.removeprefix("-"), descending=by.startswith("-"))
    found = lead_lists.page(session, query, limit=ROWS)
    reasons = reasons_of(session, plan, found.rows, limit=2)
    lines = []
    for row in found.rows:
        tier = plan.explainer.tier(row.tier_in_force) if row.tier_in_force else None
        lines.append(
            {
                "href": f"/leads/{row.id}",
                "title": row.title or row.key,
                "subtitle": row.subtitle or row.key,
                "points": _points(row.micropoints_in_force),
                "colour": tier.colour if tier else "grey",
                "why": f"“{row.override.reason}” {', '.join(said_words(plan, row.micropoints, row.tier))}"
                if row.override
                else reasons.get(row.id, ""),
                "mark": plan.explainer.level_words(row.temperature) if row.temperature else "",
                "mark_colour": "",
            }
        )
    return lines


def _points(micropoints: int | None) -> int | None:
    """Of 100; None where there is no score, or none that says anything yet."""
    return None if micropoints is None or micropoints < 0 else shown_points(micropoints)


def _prospects(
    session: Session, plan: Plan, sort: str, stand: str, now: Any
) -> tuple[list[dict[str, Any]], int, UUID | None]:
    """The rows, of how many, and the lead to work first: what is due before what is new."""
    found = list_prospects(session, now, stands=STANDS[stand], limit=PROSPECTS_LOOKED_AT)
    due_first = found[0].entry.lead.id if found else None
    if sort == "title":
        found = tuple(sorted(found, key=lambda row: row.entry.title.casefold()))
    elif sort == "new":
        found = tuple(sorted(found, key=lambda row: row.assignment.visible_at, reverse=True))
    else:
        found = tuple(sorted(found, key=lambda row: row.micropoints, reverse=True))
    colours = {tier.name: tier.colour for tier in plan.playbook.rules.tiers}
    shown = found[:ROWS]
    reasons = reasons_of(
        session, plan, lead_lists.rows_of(session, [row.entry.lead.id for row in shown]), limit=2
    )
    lines = [
        {
            "href": f"/leads/{row.entry.lead.id}",
            "title": row.entry.title or row.entry.lead.key,
            "subtitle": row.entry.subtitle or row.entry.lead.key,
            "points": _points(row.micropoints),
            "colour": colours.get(row.tier, "grey"),
            "why": _to_do(row, now) or reasons.get(row.entry.lead.id, ""),
            "mark": STAND_WORDS[row.stand],
            "mark_colour": STAND_COLOURS[row.stand],
        }
        for row in shown
    ]
    return lines, len(found), due_first


def _to_do(row: ProspectRow, now: Any) -> str:
    """What was agreed to be done next and when; empty where the lead is only to be contacted."""
    task = row.task
    if task is None or task.step == NextStep.FIRST_CONTACT:
        return ""
    when = day(task.due_on)
    if task.due_on <= now.date():
        when = "today" if task.due_on == now.date() else f"late since {near_day(task.due_on, now)}"
    return f"{STEP_WORDS[NextStep(task.step)]}, {when}"
