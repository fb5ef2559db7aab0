"""What a tenant's gates leave of the leads that could be given now, and which gates remove most."""

from dataclasses import dataclass
from datetime import datetime

from galena.domain.gates import LABELS, Gate, GateTally
from galena.domain.playbook import Playbook
from galena.engines.routing.gates import tally
from galena.engines.routing.pool import Pool
from galena.stores.door import Session
from galena.workflows.routing_pool import RoutingPool

MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class GatePreview:
    """What gates leave, in figures and in a sentence."""

    tally: GateTally
    sentence: str


def preview_gates(session: Session, playbook: Playbook, gates: tuple[Gate, ...], at: datetime) -> GatePreview:
    """What these gates leave of the leads that can be given at this moment. Nothing is changed.

    Raises:
        ConfigurationError: the playbook says nothing of routing.
    """
    frame, _ = RoutingPool(session, playbook, at).ready()
    found = tally(gates, Pool.of(frame), frame["tier"].to_list())
    return GatePreview(found, _sentence(found))


def _sentence(found: GateTally) -> str:
    """What somebody who sets gates wants to hear first."""
    start = f"This week {found.passing:,} of {found.pool:,} leads pass"
    removing = sorted((each for each in found.gates if each.alone), key=lambda each: -each.alone)[:MOST_NAMED]
    if not removing:
        return f"{start}; no gate removes any."
    most = ", ".join(f"{LABELS[each.name]} ({each.alone:,})" for each in removing)
    verb = "this gate removes" if len(removing) == 1 else "these gates remove"
    return f"{start}; {verb} most: {most}."
