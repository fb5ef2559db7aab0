"""What a tenant's own people choose for it: gates, how many leads they can work, rest, their clock, the concierge.

What a tenant is sold stays with whoever runs the workspace: quotas, caps, weight, bids, payment, and its end.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from galena.domain.tenant_parameters import TenantParameters, TenantWants, with_changes
from galena.kit.errors import ConflictError, InputError
from galena.stores import notifications, tenants
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.gate_preview import GatePreview, preview_gates
from galena.workflows.routing_pool import routing_of
from galena.workflows.tenants import change_tenant

OWN_CHOICES: Mapping[str, str] = {
    "gates": "gates",
    "capacity": "leads it can work",
    "time_zone": "time zone",
    "standing": "whether it receives leads",
    "concierge": "the calling concierge",
}
"""The parameters that a tenant may set for itself -> their words."""

CONCIERGE_SAYS = (
    "An e-mail goes out when a lead arrives. Calls start on day 7 and repeat every 3 days, three in all. Without an "
    "answer the lead rests and is tried again in 90 days."
)
"""What the calling concierge does, as people are told before they choose."""

WITHOUT_CONCIERGE = (
    "We reach out and book ourselves, and say here of every lead what became of its booking and its closing."
)
"""What a tenant takes upon itself that wants no concierge: scores learn from what it says."""

CONCIERGE_LATER = (
    "The choice is kept and whoever runs this workspace sees it. Galena sends no mail and calls nobody yet: until it "
    "does, every lead is worked by your own people."
)


def choose_wishes(
    context: Context, tenant_id: UUID, changes: Mapping[str, Any], *, why: str | None = None
) -> TenantWants:
    """Sets what a tenant's own people may choose, from this moment on; whoever runs the workspace is told.

    Args:
        changes: keys of OWN_CHOICES; those left out stay.

    Raises:
        NotFoundError: there is no such tenant.
        InputError: something is not theirs to choose, or cannot be set.
        ConflictError: the tenant was cancelled.
    """
    if beyond := sorted(set(changes) - OWN_CHOICES.keys()):
        raise InputError(
            "This is not for a tenant to set.",
            facts={"asked": ", ".join(beyond)},
            remedy="Ask whoever runs this workspace.",
        )
    if changes.get("standing") == "cancelled":
        raise InputError(
            "A tenant cannot cancel itself.", remedy="Pause, or ask whoever runs this workspace."
        )
    with context.session() as session:
        before = tenants.load_wants(session, tenant_id, context.clock())
    if before.parameters.standing == "cancelled" and "standing" in changes:
        raise ConflictError("This tenant was cancelled.", remedy="Ask whoever runs this workspace.")
    after = change_tenant(context, str(tenant_id), changes, why=why)
    if moved := _moved(before.parameters, after.parameters):
        with context.session() as session:
            _tell(session, context, after, moved)
    return after


def choose_concierge(
    context: Context, tenant_id: UUID, wanted: bool, *, takes_over: bool = False, why: str | None = None
) -> TenantWants:
    """Keeps whether Galena is to call leads for a tenant; it can be switched later.

    Args:
        takes_over: that the tenant has confirmed WITHOUT_CONCIERGE; needed where it wants none.

    Raises:
        NotFoundError: there is no such tenant.
        InputError: it wants none and has not confirmed.
    """
    if not wanted and not takes_over:
        raise InputError(
            "Without the concierge somebody of yours must do it.", remedy=f"Tick: “{WITHOUT_CONCIERGE}”"
        )
    return choose_wishes(context, tenant_id, {"concierge": wanted}, why=why)


def preview_wishes(context: Context, tenant_id: UUID, changes: Mapping[str, Any]) -> GatePreview:
    """What a tenant's gates would leave of the leads that can be given now, in counts. Nothing is changed.

    Raises:
        NotFoundError: there is no such tenant.
        InputError: a gate cannot be set.
    """
    now = context.clock()
    with context.session() as session:
        held = tenants.load_wants(session, tenant_id, now).parameters
        wanted = with_changes(held, changes, routing_of(context.playbook).tiers)
        return preview_gates(session, context.playbook, wanted.gates, now)


def concierge_words(parameters: TenantParameters) -> str:
    """What a tenant chose, in a few words."""
    if parameters.concierge is None:
        return "not chosen yet"
    return "Galena calls for it" if parameters.concierge else "it calls itself"


def capacity_words(parameters: TenantParameters) -> str:
    """What it says it can work: at most 5 a day, 12 a week; empty: it said nothing."""
    told = ", ".join(
        f"{leads:,} {'an' if period == 'hour' else 'a'} {period}"
        for period, leads in parameters.capacity.items()
    )
    return f"at most {told}" if told else ""


def take_back_wishes(context: Context, tenant_id: UUID) -> TenantWants:
    """Sets what a tenant's own people may choose back to what it was before the last change.

    Raises:
        NotFoundError: there is no such tenant.
        ConflictError: nothing was ever changed, or the tenant was cancelled.
    """
    with context.session() as session:
        tenants.load_wants(session, tenant_id, context.clock())
        changes = tenants.list_changes(session, tenant_id)
    if not changes:
        raise ConflictError("Nothing was changed yet.", remedy="There is nothing to take back.")
    before = (changes[1].parameters if len(changes) > 1 else TenantParameters()).as_dict()
    wanted = {name: before[name] for name in OWN_CHOICES}
    if wanted["standing"] == "cancelled":
        del wanted["standing"]
    return choose_wishes(context, tenant_id, wanted, why="taken back")


def _moved(before: TenantParameters, after: TenantParameters) -> list[str]:
    return [words for name, words in OWN_CHOICES.items() if getattr(before, name) != getattr(after, name)]


def _tell(session: Session, context: Context, wants: TenantWants, moved: list[str]) -> None:
    who = wants.tenant
    notifications.notify(
        session,
        "info",
        "tenant_choice",
        f"tenant:{who.id}",
        f"{who.name} changed what it wants: {', '.join(moved)}.",
        at=context.clock(),
        link=f"/tenants/{who.id}",
    )
