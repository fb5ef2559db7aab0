"""Confidence by rules: the share of the points at stake whose inputs are known.

Each factor that is on and valid stakes its points, whatever their sign, in equal parts on the inputs it reads, also
through features. A factor that reads nothing, or whose absent inputs mean no, stakes its points on nothing unknown.
The result is rounded to ten-thousandths; with nothing at stake it is 1.
"""

from collections.abc import Callable, Collection, Iterator

from galena.domain.playbook import Factor
from galena.engines.scoring.definitions import Sql, micropoints, sum_definitions, validity
from galena.engines.scoring.slots import CONFIDENCE

_STEPS = 10_000


def confidence_definitions(
    factors: Collection[Factor], inputs_of: Callable[[Factor], Collection[str]]
) -> Sql:
    """The definitions that compute the confidence from a lead's inputs."""
    if not any(micropoints(factor.points) for factor in factors):
        return {CONFIDENCE: "1"}
    known, stakes = [], []
    for dates in dict.fromkeys(validity(factor) for factor in factors):
        group = [factor for factor in factors if validity(factor) == dates]
        shares = _shares(group, inputs_of)
        known += [_when(dates, share, name) for name, share in shares.items()]
        stakes.append(_when(dates, sum(shares.values())))
    share = f"_known / nullif({' + '.join(stakes)}, 0)"
    return {
        **sum_definitions("_known", known),
        CONFIDENCE: f"coalesce(floor({share} * {_STEPS} + 0.5) / {_STEPS}, 1)",
    }


def _shares(factors: Collection[Factor], inputs_of: Callable[[Factor], Collection[str]]) -> dict[str, int]:
    """Input -> micropoints staked on it, in whole numbers; the key "" holds what is staked on nothing unknown."""
    shares: dict[str, int] = {}
    for factor in factors:
        names = [] if factor.absent_means_no else sorted(inputs_of(factor))
        for name, share in _split(abs(micropoints(factor.points)), names or [""]):
            shares[name] = shares.get(name, 0) + share
    return dict(sorted(shares.items()))


def _split(size: int, names: list[str]) -> Iterator[tuple[str, int]]:
    """The size in equal whole parts; the first names get what does not divide."""
    each, more = divmod(size, len(names))
    for place, name in enumerate(names):
        yield name, each + (place < more)


def _when(dates: str, size: int, name: str = "") -> str:
    conditions = [condition for condition in (dates, f"{name} IS NOT NULL" if name else "") if condition]
    return f"CASE WHEN {' AND '.join(conditions)} THEN {size} ELSE 0 END" if conditions else str(size)
