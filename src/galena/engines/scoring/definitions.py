"""Rules as SQL scalar expressions: a playbook's factors, caps, temperature and tiers as definitions of one program.

Every amount of points is a whole number of micropoints, so sums are exact in any order and on any engine.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from galena.domain.playbook import Factor, FactorCategory, Playbook, Rules, TemperatureLevel, Tier
from galena.domain.score import MICROPOINTS
from galena.engines.scoring.slots import (
    DISCARD,
    MICROPOINTS_NAME,
    NEEDS,
    PREVIOUS_TEMPERATURE,
    PREVIOUS_TIER,
    TEMPERATURE,
    TIER,
    TOTAL,
    active_factors,
    column,
)

Sql = dict[str, str]
"""Definitions: name -> expression."""

_TERMS_AT_ONCE = 100


def intake_definitions(playbook: Playbook) -> Sql:
    """What is decided before features: category, trade group, discard and missing needs (NULL when none)."""
    groups = {category.name: category.group for category in playbook.categories}
    return {
        "category": _first([(category.when, category.name) for category in playbook.categories]),
        "trade_group": _first([(f"category = {text(name)}", group) for name, group in groups.items()]),
        DISCARD: _first([(discard.when, discard.name) for discard in playbook.discards]),
        NEEDS: _first([(f"{name} IS NULL", name) for name in playbook.needs]),
    }


def points_definitions(rules: Rules) -> Sql:
    """From factors to the score: all that a stored score can be computed from again, but its tier."""
    found: Sql = {"_start": number(micropoints(rules.start_points))}
    for factor in active_factors(rules):
        found[column("factor", factor.name)] = factor_points(factor)
    for category in rules.categories:
        found |= _category_definitions(
            category, [f.name for f in active_factors(rules) if f.category == category.name]
        )
    for side in ("fit", "engagement"):
        found |= _side_definitions(side, rules)
    found |= _temperature_definitions(rules.temperature)
    found |= _total_definitions(rules)
    return found


def tier_definitions(tiers: Sequence[Tier]) -> Sql:
    """The tier, from `score`, `confidence`, `fit`, `engagement`, values and the tier before."""
    return {TIER: _with_memory(tiers, PREVIOUS_TIER)}


def factor_points(factor: Factor) -> str:
    """What one factor adds, in micropoints: rounded to the nearest, halves away from zero."""
    condition = f"({factor.when})"
    if valid := validity(factor):
        condition = f"{valid} AND {condition}"
    size = micropoints(factor.points)
    shares = [share for share in (_scale_share(factor), _decay_share(factor)) if share]
    if not shares:
        return f"CASE WHEN {condition} THEN {number(size)} ELSE 0 END"
    product = " * ".join([number(abs(size)), *shares])
    rounded = f"{'-' if size < 0 else ''}floor({product} + 0.5)"
    return f"CASE WHEN {condition} THEN coalesce({rounded}, 0) ELSE 0 END"


def validity(factor: Factor) -> str:
    """Whether as_of lies within the factor's dates (both inclusive, days of UTC); empty when it always does."""
    bounds = []
    if factor.valid_from:
        bounds.append(f"days_since({day(factor.valid_from)}) >= 0")
    if factor.valid_to:
        bounds.append(f"days_since({day(factor.valid_to)}) < 1")
    return " AND ".join(bounds)


def micropoints(points: float) -> int:
    """Points in whole micropoints."""
    return round(points * MICROPOINTS)


def text(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


def number(value: float) -> str:
    """A number as SQL writes it; below zero in brackets, so that it can follow an operator."""
    written = str(value) if isinstance(value, int) else repr(float(value))
    return f"({written})" if value < 0 else written


def day(value: date) -> str:
    """A date as SQL writes it."""
    return f"DATE '{value.isoformat()}'"


def sum_definitions(name: str, terms: Sequence[str]) -> Sql:
    """The sum of any number of terms: long sums in steps, since one expression is limited in length."""
    if len(terms) <= _TERMS_AT_ONCE:
        return {name: " + ".join(terms) or "0"}
    found: Sql = {}
    for place in range(0, len(terms), _TERMS_AT_ONCE):
        found[column("partial", f"{name}_{place}")] = " + ".join(terms[place : place + _TERMS_AT_ONCE])
    return {**found, **sum_definitions(name, list(found))}


def _scale_share(factor: Factor) -> str:
    return f"clamp(({factor.scale}), 0, 1)" if factor.scale else ""


def _decay_share(factor: Factor) -> str:
    if factor.decay is None:
        return ""
    macro = {"exponential": "decay", "linear": "linear_decay", "step": "step_decay"}[factor.decay.kind]
    return f"{macro}(({factor.decay.since}), {number(factor.decay.days)})"


def _category_definitions(category: FactorCategory, factors: Sequence[str]) -> Sql:
    total, limited = column("sum", category.name), column("limited", category.name)
    found = sum_definitions(total, [column("factor", name) for name in factors])
    if category.cap is None:
        return {**found, limited: total}
    cap = number(micropoints(category.cap))
    return {
        **found,
        limited: f"CASE WHEN {total} > {cap} THEN {cap} WHEN {total} < -{cap} THEN -{cap} ELSE {total} END",
        column("cap", category.name): f"{limited} - {total}",
    }


def _side_definitions(side: str, rules: Rules) -> Sql:
    """A sub-score: 100 x points earned on this side / points that can be earned on it, both after caps.

    Points below zero count as none; a side without points to earn has 0.
    """
    categories = [category for category in rules.categories if category.side == side]
    earned = f"_side_{side}"
    found = sum_definitions(earned, [column("limited", category.name) for category in categories])
    reach = " + ".join(_reach(category, rules) for category in categories) or "0"
    return {**found, side: f"coalesce(clamp(100 * {earned} / nullif({reach}, 0), 0, 100), 0)"}


def _reach(category: FactorCategory, rules: Rules) -> str:
    """The points that can be earned in a category; the same for every lead, so written out and not named."""
    terms = " + ".join(_reach_terms(f for f in active_factors(rules) if f.category == category.name))
    return terms if category.cap is None else f"least({terms}, {micropoints(category.cap)})"


def _reach_terms(factors: Iterator[Factor]) -> Iterator[str]:
    always = 0
    for factor in factors:
        size = micropoints(factor.points)
        if size > 0 and (valid := validity(factor)):
            yield f"CASE WHEN {valid} THEN {size} ELSE 0 END"
        elif size > 0:
            always += size
    yield str(always)


def _temperature_definitions(levels: Sequence[TemperatureLevel]) -> Sql:
    if not levels:
        return {TEMPERATURE: "''"}
    found = {TEMPERATURE: _with_memory(levels, PREVIOUS_TEMPERATURE)}
    for level in levels:
        if level.points:
            size = number(micropoints(level.points))
            found[column("temperature", level.name)] = (
                f"CASE WHEN {TEMPERATURE} = {text(level.name)} THEN {size} ELSE 0 END"
            )
    return found


def _total_definitions(rules: Rules) -> Sql:
    terms = ["_start", *(column("limited", category.name) for category in rules.categories)]
    terms += [column("temperature", level.name) for level in rules.temperature if level.points]
    return {
        **sum_definitions(TOTAL, terms),
        MICROPOINTS_NAME: f"clamp({TOTAL}, 0, {100 * MICROPOINTS})",
        "_clamp": f"{MICROPOINTS_NAME} - {TOTAL}",
        "score": f"{MICROPOINTS_NAME} / {MICROPOINTS}",
    }


def _with_memory(levels: Sequence[TemperatureLevel] | Sequence[Tier], previous: str) -> str:
    """The first level that holds by `when`, or by `keep` where it was the level before; else the last."""
    cases = []
    for level in levels[:-1]:
        holds = f"({level.when})"
        if level.keep:
            holds += f" OR ({previous} = {text(level.name)} AND ({level.keep}))"
        cases.append((holds, level.name))
    return _first(cases, otherwise=text(levels[-1].name))


def _first(cases: Sequence[tuple[str, str]], otherwise: str = "NULL") -> str:
    """The name beside the first condition that holds."""
    if not cases:
        return otherwise
    lines = " ".join(f"WHEN {condition} THEN {text(name)}" for condition, name in cases)
    return f"CASE {lines} ELSE {otherwise} END"
