"""What a tenant's own people choose for it, and what they cannot."""

from typing import Any

import pytest

from galena.kit.errors import ConflictError, InputError
from galena.stores import notifications, tenants
from galena.workflows.drop_commit import commit_drop
from galena.workflows.tenant_choices import (
    choose_concierge,
    choose_wishes,
    preview_wishes,
    take_back_wishes,
)
from galena.workflows.tenants import change_tenant


def test_a_tenant_sets_what_is_its_own_and_the_operator_is_told(office: Any) -> None:
    tenant = office.tenant("Waco")
    chosen = choose_wishes(office.context, tenant, {"gates": [{"gate": "state", "values": ["TX"]}]})
    assert [gate.name for gate in chosen.parameters.gates] == ["state"]
    with office.context.session() as session:
        told = notifications.list_(session, seen=False)
    assert [each.what for each in told] == ["Waco changed what it wants: gates."]


@pytest.mark.parametrize("parameter", ["quotas", "caps", "weight", "bids_minor", "pays", "name"])
def test_what_a_tenant_is_sold_is_not_its_own_to_set(office: Any, parameter: str) -> None:
    with pytest.raises(InputError, match="not for a tenant"):
        choose_wishes(office.context, office.tenant("Waco"), {parameter: 1})


def test_a_tenant_rests_by_itself_but_neither_ends_nor_comes_back_from_its_end(office: Any) -> None:
    tenant = office.tenant("Waco")
    assert choose_wishes(office.context, tenant, {"standing": "paused"}).parameters.standing == "paused"
    with pytest.raises(InputError, match="cancel itself"):
        choose_wishes(office.context, tenant, {"standing": "cancelled"})
    change_tenant(office.later(hours=1).context, str(tenant), {"standing": "cancelled"})
    later = office.later(hours=1).context
    for standing in ("active", "paused"):  # Nor by way of a rest.
        with pytest.raises(ConflictError, match="was cancelled"):
            choose_wishes(later, tenant, {"standing": standing})
    with pytest.raises(ConflictError, match="was cancelled"):
        take_back_wishes(later, tenant)
    assert choose_wishes(later, tenant, {"concierge": True}).parameters.standing == "cancelled"


def test_what_it_can_work_limits_a_drop(office: Any) -> None:
    tenant = office.tenant("Waco", quotas={"green": 5})
    office.leads("green", 5)
    choose_wishes(office.context, tenant, {"capacity": {"week": 3}})
    commit_drop(office.later(minutes=1).context)
    assert len(office.open()) == 3


def test_without_the_concierge_somebody_of_its_own_must_do_it(office: Any) -> None:
    tenant = office.tenant("Waco")
    with pytest.raises(InputError, match="somebody of yours"):
        choose_concierge(office.context, tenant, False)
    choose_concierge(office.context, tenant, False, takes_over=True)
    office.later(hours=1)
    assert choose_concierge(office.context, tenant, True).parameters.concierge is True
    with office.context.session() as session:
        kept = [each.parameters.concierge for each in tenants.list_changes(session, tenant)]
    assert kept == [True, False, None]


def test_the_preview_counts_and_changes_nothing(office: Any) -> None:
    tenant = office.tenant("Waco")
    office.lead("green", city="Waco")
    office.lead("green", city="Dallas")
    found = preview_wishes(office.context, tenant, {"gates": [{"gate": "city", "values": ["Waco"]}]})
    assert (found.tally.passing, found.tally.pool) == (1, 2)
    with office.context.session() as session:
        assert tenants.load_wants(session, tenant, office.now).parameters.gates == ()
