"""The dashboard: what is there, what changed since the week before, and what to do next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from galena.domain.connection import Connection
from galena.domain.listing import LeadQuery
from galena.domain.playbook import Playbook
from galena.engines.insight.commissions import Forecast, forecast
from galena.stores import (
    connections,
    drops,
    imports,
    lead_lists,
    match_reviews,
    models,
    notifications,
    quarantine,
    statistics,
    tasks,
    week_figures,
)
from galena.stores.door import OPERATOR, Session
from galena.stores.week_figures import BoardLine, WeekFigures
from galena.stores.workspaces import list_tenants
from galena.workflows.report_leads import worked_leads


@dataclass(frozen=True, slots=True)
class NextStep:
    """Something that waits for a person.

    Attributes:
        kind: what: the surface knows the page for it.
        count: how many wait.
        words: of what, such as "rows are set aside".
        is_pressing: it is late or broken.
    """

    kind: str
    count: int
    words: str
    is_pressing: bool = False


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What the home page shows of figures.

    Attributes:
        tiers: tier -> how many leads stand in it.
        leads: how many leads there are at all; for a tenant, how many it has.
        board: tenants by what they did in thirty days; for a tenant itself alone.
    """

    week: WeekFigures
    tiers: Mapping[str, int]
    leads: int
    board: tuple[BoardLine, ...]
    steps: tuple[NextStep, ...] = field(default=())


def load_dashboard(session: Session, playbook: Playbook, now: datetime) -> Dashboard:
    """The figures of whoever entered: the workspace's for the operator, its own for a tenant."""
    week = week_figures.load(session, now)
    tiers = statistics.count_in_force(session)
    total = sum(tiers.values()) or lead_lists.count(session, LeadQuery()).value
    board = week_figures.load_board(session, now)
    if session.tenant_id == OPERATOR:
        return Dashboard(week, tiers, total, board, _operator_steps(session, playbook, week, total))
    return Dashboard(week, tiers, total, board, _tenant_steps(session, week, now))


def load_forecast(session: Session, playbook: Playbook, now: datetime) -> Forecast:
    """What the rest of the year may bring in commissions."""
    return forecast(worked_leads(session, playbook), now.date())


def _tenant_steps(session: Session, week: WeekFigures, now: datetime) -> tuple[NextStep, ...]:
    due = tasks.list_open(session, due=now.date(), limit=1_000)
    late = sum(1 for each in due if each.due_on < now.date())
    found = [
        NextStep("offers", week.offers, "wait for your answer", is_pressing=True),
        NextStep("due", len(due), f"to do today, {late:,} late" if late else "to do today", bool(late)),
        NextStep("new", week.waiting if week.waiting > len(due) else 0, "nobody contacted yet"),
    ]
    return tuple(each for each in found if each.count)


def _operator_steps(
    session: Session, playbook: Playbook, week: WeekFigures, total: int
) -> tuple[NextStep, ...]:
    if not total and not imports.list_(session, limit=1):
        return (NextStep("import", 1, "Bring in a first file"),)
    failing = [each for each in connections.list_all(session) if _is_failing(each)]
    rows = sum(quarantine.count_by_import(session).values())
    pairs = match_reviews.count_by_state(session).get("open", 0)
    ahead = drops.find_planned(session)
    tried = sum(1 for purpose in models.list_purposes(session) if models.find_challenger(session, purpose))
    found = [
        NextStep("sources", len(failing), "do not answer as they should", is_pressing=True),
        NextStep("notifications", notifications.count_open(session), "not read yet"),
        NextStep("quarantine", rows, "rows are set aside and can be mended"),
        NextStep("review", pairs, "pairs: the same or not?"),
        NextStep("drop", 1 if ahead and playbook.routing else 0, "A drop is planned: look at it and commit"),
        NextStep("challengers", tried, "tried beside the model at work"),
        NextStep("idle", week.idle, "waited a week or more for a call", is_pressing=True),
    ]
    if playbook.routing is not None and not list_tenants(session):
        found.append(NextStep("tenants", 1, "Say who receives leads"))
    return tuple(each for each in found if each.count)


def _is_failing(connection: Connection) -> bool:
    return connection.state == "failing"
