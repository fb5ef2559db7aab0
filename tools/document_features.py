"""Writes docs/reference/features.md from the shipped playbooks; with --check only says whether it is current."""

import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from galena.domain.playbook import Aggregate, Behaviour, Feature, Playbook
from galena.playbooks import load, shipped

PAGE = Path(__file__).resolve().parents[1] / "docs/reference/features.md"

HEAD = """# Features

<!-- Written by tools/document_features.py from the playbooks: change those, then run `make docs`. -->

What each playbook computes of a lead before scoring it. A feature is a number; NULL means that it is unknown. All is
relative to as_of, the moment of scoring. Why stale dates, placeholders and missing inputs are treated as they are:
[decision 4](../decisions/0004-features.md).
"""


def main() -> int:
    """Write the page, or with --check compare it; the exit status is 1 when it is not current."""
    text = page(load(name) for name in shipped())
    if "--check" not in sys.argv[1:]:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    print(f"{PAGE.name} is not current: run `make docs`.")
    return 1


def page(playbooks: Iterable[Playbook]) -> str:
    """The whole page."""
    return "\n".join([HEAD, *(section for playbook in playbooks for section in _playbook(playbook))])


def _playbook(playbook: Playbook) -> Iterator[str]:
    yield f"## `{playbook.playbook}`: {len(playbook.features)} features\n"
    # Groups stand in the order in which the playbook first names them.
    order = list(dict.fromkeys(feature.group for feature in playbook.features))
    ordered = sorted(playbook.features, key=lambda feature: order.index(feature.group))
    for group, features in groupby(ordered, key=lambda feature: feature.group):
        yield f"### {group.replace('_', ' ').capitalize()} ({playbook.playbook})\n"
        for feature in features:
            yield from _feature(feature)
    if playbook.behaviours:
        yield f"### Behaviours ({playbook.playbook})\n"
        yield from map(_behaviour, playbook.behaviours)
        yield ""
    if playbook.aggregates:
        yield f"### Aggregates of signals ({playbook.playbook})\n"
        yield from map(_aggregate, playbook.aggregates)
        yield ""


def _feature(feature: Feature) -> Iterator[str]:
    facts = [feature.unit, _bounds(feature)]
    shown = ", ".join(fact for fact in facts if fact)
    yield f"**`{feature.name}`**: {feature.label}{f' ({shown})' if shown else ''}. {feature.description}".rstrip()
    if feature.missing:
        yield f"Missing: {feature.missing}"
    yield f"\n```sql\n{' '.join(feature.sql.split())}\n```\n"


def _bounds(feature: Feature) -> str:
    low, high = feature.bounds or (None, None)
    if feature.unit == "0 or 1" or (low is None and high is None):
        return ""
    if low is None or high is None:
        return f"at most {high:g}" if low is None else f"at least {low:g}"
    return f"{low:g} to {high:g}"


def _behaviour(behaviour: Behaviour) -> str:
    fades = (
        "never fades"
        if behaviour.decay == "none"
        else f"{behaviour.decay}, {behaviour.half_life_days:g} days"
    )
    cap = f", at most {behaviour.cap:g}" if behaviour.cap is not None else ""
    kinds = ", ".join(f"`{kind}`" for kind in behaviour.signals)
    return (
        f"- **`{behaviour.name}`**: {behaviour.label}. {behaviour.weight:g} for each {kinds}; {fades}{cap}."
    )


def _aggregate(aggregate: Aggregate) -> str:
    kinds = ", ".join(f"`{kind}`" for kind in aggregate.signals) or "any signal"
    what = aggregate.aggregate.replace("_", " ") + (f" of `{aggregate.value}`" if aggregate.value else "")
    window = f", last {aggregate.window_days:g} days" if aggregate.window_days else ""
    before = f", {aggregate.offset_days:g} days earlier" if aggregate.offset_days else ""
    where = f", where `{aggregate.where.attribute}` fits" if aggregate.where else ""
    label = f": {aggregate.label}" if aggregate.label else ""
    return f"- **`{aggregate.name}`**{label}: {what} over {kinds}{window}{before}{where}."


if __name__ == "__main__":
    sys.exit(main())
