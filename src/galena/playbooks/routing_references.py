"""Names in what a playbook says of routing that must exist."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from galena.domain.playbook.routing import READABLE_FACTS
from galena.playbooks.problem import Problem

if TYPE_CHECKING:
    from galena.playbooks.references import Checked


def routing_problems(checked: "Checked") -> Iterator[Problem]:
    """Tiers, facts and fields that do not exist, and a share of leads below zero."""
    routing = checked.playbook.routing
    if routing is None:
        return
    tiers = [tier.name for tier in checked.playbook.rules.tiers]
    for index, name in enumerate(routing.tiers):
        yield from checked.unknown(("routing", "tiers", index), "there is no such tier", name, tiers)
    for path, names in ((("drop", "quotas"), routing.drop.quotas), (("prices",), routing.prices)):
        for name, number in names.items():
            where = ("routing", *path, name)
            what = "this tier is not among the tiers that are given"
            yield from checked.unknown(where, what, name, routing.tiers, at_key=True)
            if number < 0:
                yield checked.problem(where, "this is below zero", value=number, remedy="Write 0 or more.")
    for fact in routing.reads:
        what = "no gate reads such a fact"
        yield from checked.unknown(("routing", "reads", fact), what, fact, READABLE_FACTS, at_key=True)
    for index, name in enumerate(routing.contact):
        what = "there is no such field"
        yield from checked.unknown(("routing", "contact", index), what, name, checked.playbook.fields)
    yield from _order(checked, tiers)


def _order(checked: "Checked", tiers: list[str]) -> Iterator[Problem]:
    """The best tier comes first here too: a shortage is filled from the next one."""
    routing = checked.playbook.routing
    known = [tiers.index(name) for name in routing.tiers if name in tiers] if routing else []
    if known != sorted(set(known)):
        remedy = "Write them in the order of the rules, each once."
        yield checked.problem(
            ("routing", "tiers"), "the tiers are not in the order of the rules", remedy=remedy
        )
