"""The first steps in a workspace: how far somebody is, told by the data alone, and the first thing the data says.

No step is ticked off by a flag: leads are there or they are not, they have scores or they have none, a sample is known
by who brought its imports in. So whoever leaves comes back to what is true.
"""

from dataclasses import dataclass
from uuid import UUID

from galena.domain.imports import Import, ImportStatus
from galena.domain.listing import LeadQuery, LeadRow
from galena.domain.tenancy import Workspace
from galena.engines.explanation import shown_points
from galena.engines.explanation.explainer import MODEL
from galena.engines.insight.standout import Standout, standouts
from galena.kit.errors import ConflictError, NotFoundError
from galena.stores import connections, imports, lead_lists, scores, statistics, workspaces
from galena.stores.door import Door, Session
from galena.workflows.context import Context
from galena.workflows.lead_models import names_of
from galena.workflows.plans import Plan, plan_with
from galena.workflows.undo import undo_import
from galena.workflows.workspaces import ensure_workspace

SAMPLE = "sample data"
"""Who brings sample data in, as its imports say it."""

BEST = 20
COMPARED = 400
"""With so many others the best are compared: enough for shares in whole per cent."""

TELLING_SHARE = 0.25
"""Where a reason holds for so many more of the best, its shares say most; else its points do."""


@dataclass(frozen=True, slots=True)
class Because:
    """A reason why the best are the best.

    Attributes:
        words: the factor in words.
        figures: how it differs, such as "18 of them, and 12 % of the others".
    """

    words: str
    figures: str


@dataclass(frozen=True, slots=True)
class Insight:
    """What a ranking says at first sight.

    Attributes:
        scored: how many leads have a score.
        best: how many of them are looked at as the best.
        lowest, highest: the best ones' scores, in whole points.
        others: the average score of the others, in whole points; None where there are none.
        first: the very best lead.
    """

    scored: int
    best: int
    lowest: int
    highest: int
    others: int | None
    because: tuple[Because, ...]
    first: LeadRow


@dataclass(frozen=True, slots=True)
class FirstLook:
    """How far a workspace is.

    Attributes:
        leads: how many there are, with and without a score.
        sample: imports of sample data that were not taken back, the newest first.
        brings_own: whether something other than a sample came in, or is to come from a connected source.
        tenants: how many receive leads.
    """

    leads: int
    sample: tuple[Import, ...]
    brings_own: bool
    tenants: int
    insight: Insight | None

    @property
    def is_untouched(self) -> bool:
        """Whether nothing ever came in that is still here."""
        return not self.leads and not self.sample and not self.brings_own


def found_workspace(door: Door, playbook_name: str, *, actor: str) -> Workspace:
    """A new workspace for a shipped playbook, under the playbook's name.

    Raises:
        NotFoundError: no such playbook ships.
        ConflictError: there is a workspace of this name.
    """
    from galena.playbooks import shipped

    if playbook_name not in shipped():
        raise NotFoundError("There is no such playbook.", remedy="Choose one of those shown.")
    with door.lobby() as lobby:
        if workspaces.find(lobby, playbook_name) is not None:
            raise ConflictError(
                f"There is a workspace {playbook_name} already.",
                remedy="Sign in to it: `galena up` prints a link for each workspace.",
            )
    return ensure_workspace(door, playbook_name, slug=playbook_name, actor=actor)


def first_look(session: Session, plan: Plan) -> FirstLook:
    """How far the entered workspace is, and what its ranking says."""
    standing: tuple[ImportStatus, ...] = ("done", "running", "interrupted")
    sample = imports.list_(session, statuses=standing, author=SAMPLE)
    found = imports.list_(session, statuses=standing, limit=len(sample) + 1)
    return FirstLook(
        leads=lead_lists.count(session, LeadQuery()).value,
        sample=sample,
        brings_own=len(sample) < len(found) or bool(connections.list_all(session)),
        tenants=len(workspaces.list_tenants(session)),
        insight=find_insight(session, plan),
    )


def remove_sample(context: Context) -> int:
    """Takes all sample data back, as if it had never come, and says how many leads went with it."""
    with context.session() as session:
        mine = imports.list_(session, statuses=("done", "interrupted"), author=SAMPLE)
    return sum(undo_import(context, each.id).leads_removed for each in mine)


def find_insight(session: Session, plan: Plan) -> Insight | None:
    """What sets the best leads apart; None before anything is scored.

    The best are the machine's highest scores: a twentieth of all, at most twenty; leads of which a person says
    otherwise are no part of it. Each part of their scores is laid beside the same part of others' scores; the parts
    in which the best are furthest ahead are the reasons.
    """
    scored = sum(statistics.count_by_tier(session).values())
    top = lead_lists.page(session, LeadQuery(statuses=("active",), sort="score", descending=True), limit=BEST)
    rows = [
        row
        for row in top.rows
        if row.micropoints is not None and row.micropoints >= 0 and row.override is None
    ]
    rows = rows[: max(1, min(BEST, scored // BEST))]
    if not rows:
        return None
    best = [row.id for row in rows]
    others = lead_lists.page(
        session, LeadQuery(statuses=("active",), sort="created", descending=True), limit=COMPARED + len(best)
    ).rows
    rest = [row for row in others if row.id not in set(best) and (row.micropoints or -1) >= 0]
    parts = _parts(session, plan, best + [row.id for row in rest])
    found = standouts(
        [parts[each] for each in best if each in parts], [parts[row.id] for row in rest if row.id in parts]
    )
    points = [shown_points(row.micropoints or 0) for row in rows]
    average = sum(row.micropoints or 0 for row in rest) // len(rest) if rest else None
    return Insight(
        scored=scored,
        best=len(rows),
        lowest=min(points),
        highest=max(points),
        others=None if average is None else shown_points(average),
        because=tuple(_because(plan, each, len(rows)) for each in found),
        first=rows[0],
    )


def _parts(session: Session, plan: Plan, lead_ids: list[UUID]) -> dict[UUID, dict[str, int]]:
    """Of each lead the parts of its score that are reasons: factors, and columns of a model."""
    found: dict[UUID, dict[str, int]] = {}
    plans = {plan.revision.id: plan}
    names: dict[tuple[UUID, UUID | None, str], tuple[str, ...]] = {}
    for lead_id, stored in scores.load_standing(session, lead_ids).items():
        if stored.revision_id not in plans:
            plans[stored.revision_id] = plan_with(session, stored.revision_id)
        made_by = (stored.revision_id, stored.model_id, stored.method)
        if made_by not in names:
            names[made_by] = names_of(session, plans[stored.revision_id], *made_by)
        pairs = zip(names[made_by], stored.contributions, strict=True)
        known = plan.explainer.factors
        found[lead_id] = {name: size for name, size in pairs if name in known or name.startswith(MODEL)}
    return found


def _because(plan: Plan, found: Standout, best: int) -> Because:
    words = _words(plan, found.name)
    if found.best_have - found.rest_have >= TELLING_SHARE:
        them = "all of them" if found.best_have == 1 else f"{round(found.best_have * best)} of them"
        rest = f"{100 * found.rest_have:.0f} %" if found.rest_have else "none"
        return Because(words, f"{them}, and {rest} of the others")
    mine, theirs = shown_points(round(found.best_micropoints)), shown_points(round(found.rest_micropoints))
    return Because(words, f"+{mine} points on average, +{theirs} for the others")


def _words(plan: Plan, name: str) -> str:
    """A factor in words that hold for many leads: its label without what differs from lead to lead, else its name."""
    factor = plan.explainer.factors.get(name)
    if factor is None:
        return plan.explainer.column_sentence(name.removeprefix(MODEL), {}).removesuffix(" is not known")
    clauses = factor.label.replace(" (", ", (").split(", ")
    kept = ", ".join(clause for clause in clauses if "{" not in clause)
    text = kept or name.replace("_", " ")
    return text[:1].upper() + text[1:]
