"""All leads of a workspace compared with each other: learned from, weighed on DuckDB, joined or asked about.

What is decided is written in batches, the surest pairs first; whatever ends the run, running it again finds what was
decided and goes on with the rest.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
import polars as pl

from galena.domain.sameness import KeptModel
from galena.engines.identity.components import components
from galena.engines.identity.model import MatchModel
from galena.engines.identity.plan import IdentityPlan
from galena.kit.errors import ConfigurationError
from galena.stores import audit, identity, leads, match_models, projections, sameness
from galena.stores.door import Session
from galena.workflows.comparing import Comparison
from galena.workflows.context import Context
from galena.workflows.lead_assembly import assembly_for
from galena.workflows.match_model import Matching, matching_of
from galena.workflows.resolving import Advance, Resolved, decide, index_nodes, resolve_pending

INDEXED_AT_ONCE = 2_000
READ_AT_ONCE = 50_000
PAIRS_AT_ONCE = 500


@dataclass
class ResolveReport:
    """What resolving a workspace did, or (dry run) would do at most.

    Attributes:
        leads: nodes compared.
        pairs: pairs looked at.
        learned: whether the weights were learned anew; `model`: the number of the model in use, 0: what is usual.
        resolved: joins, questions and alarms.
    """

    leads: int = 0
    pairs: int = 0
    learned: bool = False
    model: int = 0
    dry_run: bool = False
    resolved: Resolved = field(default_factory=Resolved)

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for scripts."""
        return {
            "leads": self.leads,
            "pairs": self.pairs,
            "learned": self.learned,
            "model": self.model,
            "dry_run": self.dry_run,
            **self.resolved.as_dict(),
        }


def resolve_workspace(
    context: Context, *, dry_run: bool = False, learn: bool = False, advance: Advance = lambda *_: None
) -> ResolveReport:
    """Compare all leads of a workspace, join those that are one, ask about those that may be.

    Args:
        dry_run: count what would be joined and asked, and decide nothing; leads that are new are made ready to be
            compared all the same.
        learn: learn from the leads themselves, without examples, how duplicates look among them, and use that from now
            on.

    Raises:
        ConfigurationError: the playbook does not say which leads are one.
    """
    if context.playbook.identity is None:
        raise ConfigurationError(
            "This playbook does not say which leads are one.",
            facts={"playbook": context.playbook.playbook},
            remedy="Add an identity.yaml to the playbook's folder; `galena playbook show b2b` has one to look at.",
        )
    with context.session() as session:
        identity.await_unknown(session)
    report = ResolveReport(dry_run=dry_run)
    if context.playbook.identity.by_keys_only:
        return _by_keys(context, report, advance)
    return _by_weight(context, report, learn, advance)


def _by_keys(context: Context, report: ResolveReport, advance: Advance) -> ResolveReport:
    with context.session() as session:
        report.resolved.waiting = identity.count_pending(session)
    if not report.dry_run:
        report.resolved = resolve_pending(context, advance)
        report.leads = report.resolved.compared
    return report


def _by_weight(context: Context, report: ResolveReport, learn: bool, advance: Advance) -> ResolveReport:
    waiting = _index_pending(context, advance)
    matching, nodes, frames = _read(context, advance)
    report.leads, report.model = len(nodes), matching.number
    with tempfile.TemporaryDirectory(prefix="galena-resolve-") as folder:
        from galena.engines.identity.linking import LEAST_LEARNED_ROWS, link
        from galena.engines.identity.weigh_table import WeighedPairs, weigh_table

        if learn and len(nodes) >= LEAST_LEARNED_ROWS:
            tables = np.zeros(len(nodes), dtype=np.int32)
            linked = link(
                frames,
                matching.plan.layout,
                tables,
                folder=folder,
                watch=lambda what, done, total: advance(done, total, what),
            )
            found = linked.pairs
            weighed = WeighedPairs(found.left, found.right, linked.probability, linked.candidates.pairs)
            report.learned = True
            if not report.dry_run:
                matching = _put_in_use(context, matching.plan, linked.model, nodes)
                report.model = matching.number
                _index_again(context, matching, advance)
        else:
            weighed = weigh_table(
                frames,
                matching.model,
                len(nodes),
                folder=folder,
                advance=lambda done, total: advance(done, total, "Comparing"),
            )
    report.pairs = weighed.compared
    identity_part = matching.plan.identity
    pairs = [(nodes[one], nodes[other]) for one, other in weighed.from_surest(identity_part.review)]
    sure = len(weighed.from_surest(identity_part.merge))
    if report.dry_run:
        _count(context, pairs, sure, report.resolved)
    else:
        _decide(context, matching, pairs, report.resolved, advance)
        with context.session() as session:
            identity.settle_pending(session, waiting)
        report.resolved.compared = len(nodes)
    return report


def _index_pending(context: Context, advance: Advance) -> list[UUID]:
    """Makes new and changed leads ready to be compared, and gives them; they go on waiting until that is done."""
    indexed: list[UUID] = []
    with context.session() as session:
        total = identity.count_pending(session)
        matching = _matching(session, context)
    while True:
        with context.session() as session:
            nodes = identity.list_pending(
                session, after=indexed[-1] if indexed else leads.FIRST, limit=INDEXED_AT_ONCE
            )
            if not nodes:
                return indexed
            index_nodes(session, matching, assembly_for(session, context.playbook), nodes)
        indexed += nodes
        advance(len(indexed), total, "Reading new leads")


def _matching(session: Session, context: Context) -> Matching:
    found = matching_of(session, context.playbook)
    assert found is not None  # the caller has looked
    return found


def _read(context: Context, advance: Advance) -> tuple[Matching, list[UUID], list[pl.DataFrame]]:
    from galena.engines.identity.record_table import frame_of

    nodes: list[UUID] = []
    frames: list[pl.DataFrame] = []
    with context.session() as session:
        matching = _matching(session, context)
        layout = matching.plan.layout
        while found := identity.read_forms(
            session, after=nodes[-1] if nodes else leads.FIRST, limit=READ_AT_ONCE
        ):
            records = [dict(form) if matching.plan.weighs(form) else {} for _, _, form in found]
            frames.append(frame_of(records, layout, len(nodes)))
            nodes += [node for node, _, _ in found]
            advance(len(nodes), None, "Reading")
    return matching, nodes, frames or [frame_of([], layout, 0)]


def _put_in_use(context: Context, plan: IdentityPlan, model: MatchModel, nodes: Sequence[UUID]) -> Matching:
    with context.session() as session:
        number = match_models.next_number(session)
        kept = KeptModel(
            number, "learned", model.as_dict(), len(nodes), 0, 0.0, context.clock(), session.actor
        )
        match_models.put_in_use(session, kept)
        audit.record(session, "learn_matching", f"match_model:{number}", {"leads": len(nodes)})
    return Matching(plan, model, number)


def _index_again(context: Context, matching: Matching, advance: Advance) -> None:
    """Which words are rare was learned, and keys are made of rare words."""
    after, done = leads.FIRST, 0
    while True:
        with context.session() as session:
            found = identity.read_forms(session, after=after, limit=INDEXED_AT_ONCE)
            if not found:
                return
            forms = {node: form for node, _, form in found}
            keys = {
                node: matching.plan.keys(matching.model.weighted(dict(form)), matching.model)
                for node, form in forms.items()
            }
            identity.save_many(session, forms, keys)
        after, done = found[-1][0], done + len(found)
        advance(done, None, "Writing keys")


def _count(context: Context, pairs: Sequence[tuple[UUID, UUID]], sure: int, resolved: Resolved) -> None:
    with context.session() as session:
        groups = sameness.groups_of(session, {node for pair in pairs for node in pair})
        before = len(set(groups.values()))
        joined = components(
            set(groups.values()), ((groups[one], groups[other]) for one, other in pairs[:sure])
        )
        resolved.merged = before - len(set(joined.values()))
        resolved.asked = sum(joined[groups[one]] != joined[groups[other]] for one, other in pairs[sure:])


def _decide(
    context: Context,
    matching: Matching,
    pairs: Sequence[tuple[UUID, UUID]],
    resolved: Resolved,
    advance: Advance,
) -> None:
    for start in range(0, len(pairs), PAIRS_AT_ONCE):
        some = pairs[start : start + PAIRS_AT_ONCE]
        with context.session() as session:
            projections.take_turn(session)
            groups = sameness.groups_of(session, {node for pair in some for node in pair})
            open_pairs = [pair for pair in some if groups[pair[0]] != groups[pair[1]]]
            found = Comparison(session, matching).run_pairs(open_pairs)
            assembly = assembly_for(session, context.playbook)
            decide(session, context.playbook, assembly, found, context.clock(), resolved)
        advance(start + len(some), len(pairs), "Deciding")
