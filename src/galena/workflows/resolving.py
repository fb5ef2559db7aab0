"""New leads compared with those that are there, directly behind their import, in batches of one transaction each.

Intake notes the leads it founds or changes; this takes them from there, so that a run that is ended by whatever means
is taken up by the next one. What is decided is written, and the leads follow, before the transaction ends.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from galena.domain.events import NewEvent
from galena.domain.playbook import Playbook
from galena.domain.sameness import Review, ReviewReason
from galena.kit.ids import new_id
from galena.kit.logs import logger
from galena.stores import identity, leads, match_reviews, outbox, projections, sameness
from galena.stores.door import Session
from galena.workflows.comparing import Compared, Comparison, Newcomer, Pair, newcomer
from galena.workflows.context import Context
from galena.workflows.lead_assembly import LeadAssembly, assembly_for
from galena.workflows.match_model import Matching, matching_of
from galena.workflows.sameness import decision, merge_pairs

log = logger("resolve")

NODES_AT_ONCE = 1_000
MOST_BEHIND_IMPORT = 20_000
"""So many new leads are compared one by one behind an import; more are left to `galena resolve`, which is faster."""

ALARM_WORDS = {
    "shared_key": "many leads share one address, telephone or number, and were not joined by it",
    "contradiction": "leads agree in a key and contradict in the rest, and were not joined",
    "too_large": "a lead would have been made of too many records, and did not grow",
}

Advance = Callable[[int, int | None, str | None], None]


@dataclass
class Resolved:
    """What comparing did.

    Attributes:
        compared: leads that were looked at.
        merged: leads that became part of another.
        asked: questions for people that are new.
        alarms: guards that held something back, by kind.
        waiting: leads that are still to be compared.
    """

    compared: int = 0
    merged: int = 0
    asked: int = 0
    alarms: Counter[str] = field(default_factory=Counter)
    waiting: int = 0

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for scripts."""
        return {
            "compared": self.compared,
            "merged": self.merged,
            "asked": self.asked,
            "alarms": dict(self.alarms),
            "waiting": self.waiting,
        }


def resolve_behind(context: Context, *, counts: bool = False) -> Resolved:
    """Compare what an import has founded or changed, unless it is so much that `galena resolve` does it better.

    Args:
        counts: say how many wait then, for which each is looked at; behind a single message nobody asks.
    """
    if context.playbook.identity is None:
        return Resolved()
    with context.session() as session:
        waiting = identity.count_pending(session, at_most=None if counts else MOST_BEHIND_IMPORT + 1)
    if waiting > MOST_BEHIND_IMPORT:
        return Resolved(waiting=waiting)
    return resolve_pending(context)


def resolve_pending(context: Context, advance: Advance = lambda *_: None) -> Resolved:
    """Compare every lead that waits for it, the oldest first."""
    result = Resolved()
    with context.session() as session:
        matching = matching_of(session, context.playbook)
        total = identity.count_pending(session) if matching else 0
    while matching is not None:
        with context.session() as session:
            projections.take_turn(session)
            nodes = identity.list_pending(session, limit=NODES_AT_ONCE)
            if not nodes:
                break
            assembly = assembly_for(session, context.playbook)
            compare_nodes(session, context.playbook, matching, assembly, nodes, context.clock(), result)
        result.compared += len(nodes)
        advance(result.compared, total, None)
    if result.compared:
        log.info(
            "resolved",
            workspace_id=context.workspace_id,
            compared=result.compared,
            merged=result.merged,
            asked=result.asked,
        )
    return result


def compare_nodes(
    session: Session,
    playbook: Playbook,
    matching: Matching,
    assembly: LeadAssembly,
    nodes: Sequence[UUID],
    at: datetime,
    result: Resolved,
) -> Compared:
    """Compare nodes within the caller's transaction: their keys are written, joins made, questions asked."""
    newcomers = index_nodes(session, matching, assembly, nodes)
    compared = Comparison(session, matching).run(newcomers)
    decide(session, playbook, assembly, compared, at, result)
    identity.settle_pending(session, nodes)
    return compared


def decide(
    session: Session,
    playbook: Playbook,
    assembly: LeadAssembly,
    compared: Compared,
    at: datetime,
    result: Resolved,
) -> None:
    """Write what comparing found: joins, questions and alarms."""
    labels = {name: each.label for name, each in playbook.fields.items()}
    merges = [
        decision(
            session,
            pair.node,
            pair.other,
            "merge",
            at,
            decided_by=how,
            probability=pair.probability,
            evidence=pair.evidence(labels),
        )
        for pair, how in compared.merges
    ]
    settled = merge_pairs(session, assembly, merges, at)
    result.merged += len(settled.merged)
    result.asked += match_reviews.ask(
        session, [_question(pair, reason, labels, at) for pair, reason in compared.asked]
    )
    tell_alarms(session, Counter(kind for kind, _ in set(compared.alarms)), result)


def index_nodes(
    session: Session, matching: Matching, assembly: LeadAssembly, nodes: Sequence[UUID]
) -> dict[UUID, Newcomer]:
    """Write the normal records and keys of nodes, and give them."""
    entries = leads.load_many(session, nodes)
    leading = sameness.members_of(session, nodes)
    alone = assembly.alone(session, list(leading)) if leading else {}
    newcomers = {
        node: newcomer(matching.plan.form(alone.get(node, entry.lead.fields)), matching)
        for node, entry in entries.items()
    }
    identity.save_many(
        session,
        {node: each.form for node, each in newcomers.items()},
        {node: each.keys for node, each in newcomers.items()},
    )
    return newcomers


def tell_alarms(session: Session, alarms: Counter[str], result: Resolved) -> None:
    """Tell administrators what guards held back."""
    result.alarms.update(alarms)
    outbox.append(
        session,
        [
            NewEvent(
                "alert",
                None,
                {
                    "alert": f"identity_{kind}",
                    "severity": "warning",
                    "leads": count,
                    "what": ALARM_WORDS[kind],
                },
            )
            for kind, count in sorted(alarms.items())
        ],
    )


def _question(pair: Pair, reason: ReviewReason, labels: dict[str, str], at: datetime) -> Review:
    one, other = sorted((pair.node, pair.other))
    return Review(
        new_id(),
        one,
        other,
        pair.probability,
        reason,
        pair.evidence(labels),
        "open",
        at,
    )
