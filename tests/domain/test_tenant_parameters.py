"""A tenant's caps beside the usual ones, and beside what it says it can work."""

import pytest

from galena.domain.tenant_parameters import TenantParameters, parameters_of
from galena.kit.errors import InputError


def test_the_smaller_of_cap_and_capacity_holds_in_each_period() -> None:
    wanted = TenantParameters(caps={"day": 5, "week": 20}, capacity={"day": 8, "week": 12})
    # hour: the usual 3; day: its cap 5 is below 8; week: it can work 12 of its cap of 20.
    assert wanted.caps_beside({"hour": 3, "day": 9}) == {"hour": 3, "day": 5, "week": 12}
    assert TenantParameters().caps_beside({}) == {}


def test_what_a_tenant_chose_is_read_again() -> None:
    assert parameters_of({}).concierge is None  # what was kept before there was a choice
    wanted = parameters_of({"capacity": {"week": 12}, "concierge": False})
    assert parameters_of(wanted.as_dict()) == wanted
    with pytest.raises(InputError, match="cannot be set"):
        parameters_of({"concierge": "perhaps"})
