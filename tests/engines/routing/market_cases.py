"""Small markets for the tests of drops."""

from collections.abc import Sequence
from uuid import UUID

from hypothesis import strategies as st

from galena.domain.gates import Gate, RangeGate, WordsGate
from galena.domain.routing import Candidate, DropRules, TenantNeeds

TIERS = ("green", "yellow")


def lead(number: int, value: float = 1.0, tier: str = "green", **facts: object) -> Candidate:
    """A lead with the key k00, k01 ..."""
    return Candidate(UUID(int=number), f"k{number:02d}", tier, value, facts)


def tenant(number: int, *gates: Gate, green: int = 0, yellow: int = 0, **more: object) -> TenantNeeds:
    """A tenant named A, B ..."""
    quotas = {"green": green, "yellow": yellow}
    return TenantNeeds(UUID(int=1000 + number), chr(65 + number), gates, quotas, **more)  # type: ignore[arg-type]


def in_states(*states: str) -> Gate:
    """A gate over states."""
    return WordsGate("state", states)


@st.composite
def markets(
    draw: st.DrawFn, shortages: Sequence[str] = ("leave",)
) -> tuple[list[Candidate], list[TenantNeeds], DropRules]:
    """A drop of up to 10 leads and 4 tenants with overlapping gates, caps, credits and weights."""
    states = st.sampled_from(["TX", "OK", "NM"])
    leads = [
        lead(
            number,
            draw(st.sampled_from([0.0, 1.0, 2.0, 2.5, 7.0])),
            draw(st.sampled_from([*TIERS, "black"])),
            state=draw(st.one_of(st.none(), states)),
            annual_revenue=draw(st.sampled_from([None, 5.0, 50.0])),
        )
        for number in range(draw(st.integers(0, 10)))
    ]
    needs = []
    for number in range(draw(st.integers(0, 4))):
        gates: list[Gate] = []
        if draw(st.booleans()):
            wanted = draw(st.lists(states, min_size=1, max_size=2, unique=True))
            gates.append(WordsGate("state", tuple(wanted), draw(st.sampled_from(["accept", "refuse"]))))
        if draw(st.booleans()):
            gates.append(RangeGate("annual_revenue", 10.0, None, draw(st.sampled_from(["accept", "refuse"]))))
        needs.append(
            tenant(
                number,
                *gates,
                green=draw(st.integers(0, 3)),
                yellow=draw(st.integers(0, 2)),
                cap=draw(st.one_of(st.none(), st.integers(0, 3))),
                credit=draw(st.sampled_from([0.0, 0.0, 2.0])),
                weight=draw(st.sampled_from([1.0, 1.0, 2.0])),
            )
        )
    shortage = draw(st.sampled_from(list(shortages)))
    return leads, needs, DropRules(TIERS, shortage=shortage, seed=draw(st.sampled_from(["a", "b"])))
