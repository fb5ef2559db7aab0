"""Enriching leads: one, or many in a run that shows its progress and can be gone on with.

The story of a run: take up the one that was cut off, or open a new one -> close what a killed process left behind ->
some leads at a time, several look-ups under way at once -> the leads whose facts changed are scored again -> next. A
lead that is done is not asked about again while its answers hold, so going on costs nothing twice.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from galena.domain.enrichment import MICROS, Coverage, LeadEnrichment, LeadState, ProviderSpending
from galena.engines.enrichment.waterfall import Waterfall, lead_status
from galena.kit.ids import new_id
from galena.stores import enrichment, leads, projections
from galena.stores.door import Session
from galena.stores.enrichment import EnrichmentRun
from galena.stores.holds import hold
from galena.workflows.context import Context
from galena.workflows.enrich_intake import finish_imports
from galena.workflows.enrich_lead import Tools, day_of, enrich_lead, known_lead
from galena.workflows.enrichment_sources import gate_applies, open_providers
from galena.workflows.enrichment_worth import rules_alone
from galena.workflows.gateway import Gateway
from galena.workflows.plans import active_plan
from galena.workflows.rescore import rescore_leads
from galena.workflows.scored_upto import find_position
from galena.workflows.touched import score_touched

AT_ONCE = 8
"""Look-ups under way at the same time; each provider's own rate holds for all of them together."""

PIECE = 32
"""Leads that are done before the run notes how far it came and scores them."""

_SCORED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class EnrichOptions:
    """How leads are enriched.

    Attributes:
        limit: look at no more leads than this.
        progress: called with leads done and leads in all; whatever it raises ends the run as a kill would.
    """

    limit: int | None = None
    progress: Callable[[int, int], None] = lambda _done, _total: None


@dataclass
class EnrichReport:
    """What enriching did.

    Attributes:
        statuses: status -> how many of the leads looked at.
        changed: leads of which a fact is new.
        rescored: leads whose score or any part of it changed.
        cost_micros: what it cost, in millionths of the currency's unit.
        reasons: why something could not be told -> how many leads.
        resumed: whether a run that was cut off was gone on with.
    """

    leads: int = 0
    changed: int = 0
    rescored: int = 0
    cost_micros: int = 0
    calls: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    resumed: bool = False
    run_id: UUID | None = None

    def add(self, state: LeadState, *, changed: bool) -> None:
        """Counts a lead."""
        self.leads += 1
        self.changed += changed
        self.statuses[state.status] = self.statuses.get(state.status, 0) + 1
        for reason in state.reasons:
            self.reasons[reason] = self.reasons.get(reason, 0) + 1

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for scripts."""
        return {
            "run_id": str(self.run_id) if self.run_id else None,
            "leads": self.leads,
            "updated": self.changed,
            "skipped": self.leads - self.changed,
            "rescored": self.rescored,
            "cost": self.cost_micros / MICROS,
            "calls": self.calls,
            "statuses": self.statuses,
            "reasons": self.reasons,
            "resumed": self.resumed,
        }


def enrich_one(context: Context, gateway: Gateway, lead_id: UUID) -> tuple[LeadState, EnrichReport]:
    """Looks up what one lead lacks, and scores it again where a fact changed.

    Raises:
        NotFoundError: there is no such lead.
        ConflictError: another process enriches this workspace at this moment.
    """
    report = EnrichReport()
    with enriching(context, gateway) as tools:
        started = context.clock()
        state, changed = enrich_lead(tools, lead_id)
        report.add(state, changed=changed)
        with context.session() as session:
            finish_imports(session, list(tools.imports.values()), context.clock())
            report.cost_micros = enrichment.spent_micros(session, since=started)
        report.rescored = rescore_changed(context)
    return state, report


def enrich_many(context: Context, gateway: Gateway, options: EnrichOptions | None = None) -> EnrichReport:
    """Looks up what the leads of the workspace lack; a run that was cut off is gone on with.

    Raises:
        ConflictError: another process enriches this workspace at this moment.
    """
    options = options or EnrichOptions()
    with hold(context.door, _subject(context), doing="enriching this workspace"):
        with context.session() as session:
            enrichment.close_lost(session, at=context.clock())
            asked = f"limit {options.limit}" if options.limit else "all"
            run = enrichment.open_run(session, new_id(), asked=asked, started_at=context.clock())
            total = _count(session, options)
        with _open_tools(context, gateway, run) as tools:
            return _run(tools, options, run, total)


def _run(tools: Tools, options: EnrichOptions, run: EnrichmentRun, total: int) -> EnrichReport:
    context = tools.context
    report = EnrichReport(resumed=run.lead_count > 0, run_id=run.id)
    done, status = run.lead_count, "interrupted"
    try:
        # What a killed run changed and did not score is scored first.
        report.rescored += rescore_changed(context)
        with ThreadPoolExecutor(AT_ONCE, "enriching") as workers:
            most = None if options.limit is None else options.limit - done
            for ids in _pieces(context, run.checkpoint_lead_id or leads.FIRST, most):
                for lead_id, (state, changed) in zip(
                    ids, workers.map(lambda each: enrich_lead(tools, each), ids), strict=True
                ):
                    report.add(state, changed=changed)
                    with context.session() as session:
                        enrichment.advance_run(session, run.id, lead_id, changed=changed)
                    done += 1
                    options.progress(done, max(done, total))
                report.rescored += rescore_changed(context)
        status = "done"
    finally:
        with context.session() as session:
            if status == "done":
                finish_imports(session, list(tools.imports.values()), context.clock())
            enrichment.finish_run(session, run.id, status=status, at=context.clock())
            report.cost_micros = enrichment.spent_micros(session, since=run.started_at)
    return report


def _pieces(context: Context, after: UUID, most: int | None) -> Iterator[list[UUID]]:
    while most is None or most > 0:
        with context.session() as session:
            ids = projections.lead_ids(
                session, after=after, limit=PIECE if most is None else min(PIECE, most)
            )
            seen = leads.load_many(session, ids)
        if not ids:
            return
        wanted = [each for each in ids if seen[each].lead.status in ("active", "needs_enrichment")]
        if wanted:
            yield wanted
        # How many leads there are is no measure of what is left: some are discarded as their facts come.
        most = None if most is None else most - len(wanted)
        after = ids[-1]


def _count(session: Session, options: EnrichOptions) -> int:
    from galena.domain.listing import LeadQuery
    from galena.stores import lead_lists

    found = lead_lists.count(session, LeadQuery(statuses=("active", "needs_enrichment"))).value
    return min(found, options.limit) if options.limit else found


def rescore_changed(context: Context) -> int:
    """Scores the leads whose facts changed, and says of how many the score did."""
    with context.session() as session:
        is_scored = find_position(session) is not None
    # Where everything was scored before, every change is an event, and scored with whatever else was touched.
    changed = score_touched(context).changed
    while True:
        with context.session() as session:
            due = enrichment.list_unscored(session, limit=_SCORED_AT_ONCE)
            if not due:
                return changed
            if not is_scored:
                changed += rescore_leads(session, due, context.clock(), trigger="enrichment")
            enrichment.mark_scored(session, due)


@contextmanager
def enriching(context: Context, gateway: Gateway) -> Iterator[Tools]:
    """The tools to enrich single leads, while nobody else enriches the workspace.

    Raises:
        ConflictError: another process does at this moment.
        ConfigurationError: a connection lacks its key or a setting.
    """
    with hold(context.door, _subject(context), doing="enriching this workspace"):
        with context.session() as session:
            enrichment.close_lost(session, at=context.clock())
        with _open_tools(context, gateway, None) as tools:
            yield tools


@contextmanager
def _open_tools(context: Context, gateway: Gateway, run: EnrichmentRun | None) -> Iterator[Tools]:
    with open_providers(context, gateway) as providers:
        with context.session() as session:
            plan = active_plan(session)
            gated, by_rules = gate_applies(session, plan.playbook), rules_alone(session, plan)
        yield Tools(
            context,
            plan,
            providers,
            gateway.mail_servers,
            gated,
            by_rules,
            run.id if run else None,
            {name: UUID(each) for name, each in run.imports.items()} if run else {},
        )


def _subject(context: Context) -> UUID:
    return uuid5(NAMESPACE_URL, f"enrichment:{context.workspace_id}")


@dataclass(frozen=True, slots=True)
class EnrichmentOverview:
    """How the enrichment of a workspace stands.

    Attributes:
        gated: whether leads wait for the fields that the playbook needs.
        statuses: of the leads that were enriched.
    """

    coverage: tuple[Coverage, ...]
    providers: tuple[ProviderSpending, ...]
    statuses: dict[str, int]
    runs: tuple[EnrichmentRun, ...]
    needs: tuple[str, ...]
    gated: bool
    waiting: int
    daily_budget: float | None
    today_micros: int

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for scripts."""
        return {
            "coverage": [asdict(each) for each in self.coverage],
            "providers": [
                {**asdict(each), "cost": each.cost_micros / MICROS, "last_at": str(each.last_at or "")}
                for each in self.providers
            ],
            "statuses": self.statuses,
            "needs": list(self.needs),
            "gated": self.gated,
            "waiting": self.waiting,
            "daily_budget": self.daily_budget,
            "spent_today": self.today_micros / MICROS,
        }


def overview(session: Session, context: Context) -> EnrichmentOverview:
    """Coverage per field, cost per provider, and the last runs."""
    from galena.domain.listing import LeadQuery
    from galena.stores import lead_lists

    playbook = context.playbook
    wanted = tuple(
        dict.fromkeys((*playbook.needs, *(playbook.enrichment.wants if playbook.enrichment else ())))
    )
    today = day_of(context.clock())
    return EnrichmentOverview(
        enrichment.list_coverage(session, wanted),
        enrichment.list_spending(session, today=today),
        enrichment.count_by_status(session),
        enrichment.list_runs(session),
        playbook.needs,
        gate_applies(session, playbook),
        lead_lists.count(session, LeadQuery(statuses=("needs_enrichment",))).value,
        playbook.enrichment.daily_budget if playbook.enrichment else None,
        enrichment.spent_micros(session, since=today),
    )


def lead_state(context: Context, gateway: Gateway, lead_id: UUID) -> LeadState:
    """How the enrichment of a lead stands now; nobody is asked.

    Raises:
        NotFoundError: there is no such lead.
    """
    with open_providers(context, gateway) as providers, context.session() as session:
        entry = leads.load(session, lead_id)
        kept = enrichment.find_state(session, lead_id)
        known = known_lead(session, entry)
        wants = context.playbook.enrichment
        idle = (
            {each.field: each.because for each in kept.fields if each.status == "not_needed"} if kept else {}
        )
        states = (
            Waterfall(wants, [each.provider for each in providers]).states(
                known, context.clock(), not_needed=idle
            )
            if wants
            else ()
        )
    status: LeadEnrichment = lead_status(states) if kept or known.past else "pending"
    return LeadState(
        lead_id,
        status,
        states,
        (),
        kept.enriched_at if kept else None,
        sum(each.cost_micros for each in known.past),
        kept.findings if kept else (),
    )


__all__: Sequence[str] = (
    "EnrichOptions",
    "EnrichReport",
    "EnrichmentOverview",
    "enrich_many",
    "enrich_one",
    "lead_state",
    "overview",
)
