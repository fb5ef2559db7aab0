"""What a tenant wants: gates, how many leads, at what pace and price; dated, so that any moment can be read again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import isfinite
from typing import Any, Literal, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from galena.domain.gate_json import gates_as_json, gates_of_json
from galena.domain.gates import Gate
from galena.domain.routing import CapPeriod
from galena.domain.tenancy import Tenant
from galena.kit.errors import InputError

Standing = Literal["active", "paused", "cancelled"]
PERIODS: tuple[CapPeriod, ...] = get_args(CapPeriod)
DEFAULT_ZONE = "America/New_York"


@dataclass(frozen=True, slots=True)
class TenantParameters:
    """What holds for a tenant from an instant on.

    Attributes:
        standing: paused and cancelled tenants get nothing; what they have stays theirs.
        quotas: tier -> leads in one drop; None: the playbook's.
        caps: the most leads in an hour, a day and a week; what is not named has the playbook's cap, if any.
        weight: its share beside others' weights, above 0.
        bids_minor: tier -> what it pays where the highest bid wins, in hundredths of the currency.
        pays: whether leads that have a price are charged to its balance.
        capacity: the most leads in an hour, a day and a week that it says it can work; where a cap is smaller, that
            holds.
        concierge: whether Galena is to call its leads for it; None: it has not chosen.
    """

    standing: Standing = "active"
    time_zone: str = DEFAULT_ZONE
    gates: tuple[Gate, ...] = ()
    quotas: Mapping[str, int] | None = None
    caps: Mapping[CapPeriod, int] = field(default_factory=dict)
    weight: float = 1.0
    bids_minor: Mapping[str, int] = field(default_factory=dict)
    pays: bool = True
    capacity: Mapping[CapPeriod, int] = field(default_factory=dict)
    concierge: bool | None = None

    def caps_beside(self, usual: Mapping[CapPeriod, int]) -> dict[CapPeriod, int]:
        """The most leads in each limited period: its own cap, else the usual one, never above its capacity."""
        caps = {**usual, **self.caps}
        known = {
            period: [each[period] for each in (caps, self.capacity) if period in each] for period in PERIODS
        }
        return {period: min(limits) for period, limits in known.items() if limits}

    def as_dict(self) -> dict[str, Any]:
        """As JSON; `parameters_of` reads it."""
        told = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "gates"}
        return {**told, "gates": gates_as_json(self.gates)}


@dataclass(frozen=True, slots=True)
class ParametersChange:
    """What somebody set at an instant, whole; it held until the next change."""

    id: UUID
    tenant_id: UUID
    set_at: datetime
    parameters: TenantParameters
    author: str
    why: str | None = None


@dataclass(frozen=True, slots=True)
class TenantWants:
    """A tenant with what holds for it at an instant; `set_at` is when that was set, None: never."""

    tenant: Tenant
    parameters: TenantParameters = TenantParameters()
    set_at: datetime | None = None


def parameters_of(content: object, tiers: tuple[str, ...] | None = None) -> TenantParameters:
    """The parameters of a JSON or YAML document.

    Args:
        tiers: those that are given away; others are refused. None: not checked, for what was kept before.

    Raises:
        InputError: a key or a value cannot be used; the facts say which.
    """
    return with_changes(TenantParameters(), content, tiers)


def with_changes(
    parameters: TenantParameters, content: object, tiers: tuple[str, ...] | None = None
) -> TenantParameters:
    """The same with the keys of a document changed; the others stay.

    Raises:
        InputError: a key or a value cannot be used; the facts say which.
    """
    if not isinstance(content, Mapping):
        raise InputError(
            "Parameters of a tenant are keys with values.", remedy="Write lines such as `weight: 2`."
        )
    changes = {}
    for key, value in content.items():
        if key not in _READERS:
            raise InputError(
                f"A tenant has no parameter {key!r}.", remedy=f"Use one of: {', '.join(_READERS)}."
            )
        changes[key] = _READERS[key](value, tiers)
    return replace(parameters, **changes)


def _standing(value: Any, _tiers: object) -> Standing:
    if value not in get_args(Standing):
        raise _wrong("standing", value, f"Use one of: {', '.join(get_args(Standing))}.")
    found: Standing = value
    return found


def _zone(value: Any, _tiers: object) -> str:
    try:
        return ZoneInfo(str(value)).key
    except (ValueError, OSError) as error:  # Not found is a KeyError of its own, an OSError for a folder.
        raise _wrong("time_zone", value, "Write a name such as America/Chicago.") from error
    except KeyError as error:
        raise _wrong("time_zone", value, "Write a name such as America/Chicago.") from error


def _gates(value: Any, _tiers: object) -> tuple[Gate, ...]:
    return gates_of_json(value)


def _quotas(value: Any, tiers: tuple[str, ...] | None) -> dict[str, int] | None:
    return None if value is None else _per_tier("quotas", value, tiers)


def _bids(value: Any, tiers: tuple[str, ...] | None) -> dict[str, int]:
    return _per_tier("bids_minor", value, tiers)


def _per_tier(where: str, value: Any, tiers: tuple[str, ...] | None) -> dict[str, int]:
    if not isinstance(value, Mapping):
        raise _wrong(where, value, "Write a number for each tier, such as green: 10.")
    for tier, number in value.items():
        if tiers is not None and tier not in tiers:
            raise _wrong(where, tier, f"Tiers that are given away: {', '.join(tiers)}.")
        _count(f"{where}: {tier}", number)
    return dict(value)


def _caps(value: Any, _tiers: object) -> dict[CapPeriod, int]:
    return _per_period("caps", value)


def _capacity(value: Any, _tiers: object) -> dict[CapPeriod, int]:
    return _per_period("capacity", value)


def _per_period(where: str, value: Any) -> dict[CapPeriod, int]:
    if not isinstance(value, Mapping) or not set(value) <= set(PERIODS):
        raise _wrong(where, value, f"Write a number for any of: {', '.join(PERIODS)}.")
    for period, number in value.items():
        _count(f"{where}: {period}", number)
    return {period: value[period] for period in PERIODS if period in value}


def _weight(value: Any, _tiers: object) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not isfinite(value) or not 0 < value <= 1_000:
        raise _wrong("weight", value, "Write a number above 0, at most 1,000.")
    return float(value)


def _pays(value: Any, _tiers: object) -> bool:
    if not isinstance(value, bool):
        raise _wrong("pays", value, "Write true or false.")
    return value


def _concierge(value: Any, _tiers: object) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise _wrong("concierge", value, "Write true or false.")
    return value


def _count(where: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1_000_000:
        raise _wrong(where, value, "Write a whole number, 0 or more.")


def _wrong(where: str, value: object, remedy: str) -> InputError:
    return InputError("This cannot be set.", facts={"parameter": where, "value": value}, remedy=remedy)


_READERS: Mapping[str, Callable[[Any, tuple[str, ...] | None], Any]] = {
    "standing": _standing,
    "time_zone": _zone,
    "gates": _gates,
    "quotas": _quotas,
    "caps": _caps,
    "weight": _weight,
    "bids_minor": _bids,
    "pays": _pays,
    "capacity": _capacity,
    "concierge": _concierge,
}
