"""Why a lead went to a tenant, and why places stay empty: sentences from figures."""

import numpy as np

from galena.domain.gates import LABELS
from galena.domain.routing import Why
from galena.engines.routing.allocation import NOBODY, Allocation
from galena.engines.routing.market import THOUSANDTHS, Market
from galena.engines.routing.pool import Mask


class Reasons:
    """The sentences of one drop."""

    def __init__(self, market: Market, allocation: Allocation, chance: np.ndarray) -> None:
        self.market = market
        self.allocation = allocation
        self.chance = chance
        self.counts = allocation.counts(market)
        tiers = range(len(market.rules.tiers))
        self.got: list[int] = self.counts.sum(axis=1).tolist()
        full = self.counts.sum(axis=1) >= market.room.caps
        self.wanting = [_bits(market.room.quotas[:, tier] > 0) for tier in tiers]
        self.short = [_bits((self.counts[:, tier] < market.room.quotas[:, tier]) & ~full) for tier in tiers]
        self.of_tier = [market.tier == tier for tier in tiers]
        self.unused = allocation.tenant == NOBODY
        self._stuck: dict[tuple[int, int], bool] = {}

    def assignment(self, lead: int, explored: bool) -> Why:
        """Why this lead went to this tenant."""
        market = self.market
        tenant, place = int(self.allocation.tenant[lead]), int(self.allocation.place[lead])
        tier = market.rules.tiers[market.tier[lead]]
        others = market.tenants_of(lead) & self.wanting[place] & ~(1 << tenant)
        gates = len(market.needs[tenant].gates)
        confirmed = round(market.fit(lead, tenant) * gates)
        figures = {
            "tier": tier,
            "value": float(market.values[lead]) / THOUSANDTHS,
            "gates": gates,
            "confirmed": confirmed,
            "others": others.bit_count(),
            "others_short": (others & self.short[place]).bit_count(),
            "got": self.got[tenant],
            "credit": market.needs[tenant].credit,
        }
        parts = [_passes(tier, gates, confirmed)]
        if explored:
            figures["chance"] = float(self.chance[lead])
            parts.append(
                f"Drawn by chance, outside the order ({_percent(self.chance[lead])} of being drawn)."
            )
        else:
            parts.append(self._against(figures))
        if place != market.tier[lead]:
            parts.append(
                f"It fills a {market.rules.tiers[place]} place that no {market.rules.tiers[place]} lead fits."
            )
        return Why(" ".join(parts), figures)

    def _against(self, figures: dict[str, object]) -> str:
        """Why this tenant and not another."""
        others, short, credit = (
            int(str(figures["others"])),
            int(str(figures["others_short"])),
            figures["credit"],
        )
        if not others:
            return "No other tenant with such places takes it."
        if not short:
            return f"{_others(others)} could have had it {_has(others)} all places filled with other leads."
        owed = f", {float(str(credit)):g} owed from earlier drops counted" if credit else ""
        return f"{short} of the {others} others that could have had it came off short; it went by turn{owed}."

    def shortfall(self, tenant: int, tier: int) -> tuple[Why, int]:
        """Why places of a tier stay empty, and how many of them leads given to others would have fitted."""
        market, needs = self.market, self.market.needs[tenant]
        name = market.rules.tiers[tier]
        fitting = market.accepts(tenant) & self.of_tier[tier]
        asked, open_ = needs.quotas.get(name, 0), int(market.room.quotas[tenant, tier])
        got = int(self.counts[tenant, tier])
        elsewhere = fitting & (self.allocation.tenant != tenant) & ~self.unused
        no_choice = sum(self._no_choice(lead) for lead in np.flatnonzero(elsewhere).tolist())
        figures: dict[str, object] = {
            "tier": name,
            "asked": asked,
            "got": got,
            "fitting": int(fitting.sum()),
            "elsewhere": int(elsewhere.sum()),
            "no_choice": no_choice,
            "unused": int((fitting & self.unused).sum()),
        }
        before = self._had_before(tenant, tier)
        if before:
            figures["had_before"] = before
        total = self.got[tenant]
        if open_ < asked and got >= open_:
            figures["paid_for"] = open_
            return Why(f"The budget pays for {open_} of {asked} {name} places.", figures), 0
        if total >= market.room.caps[tenant]:
            figures["cap"] = int(market.room.caps[tenant])
            return Why(f"The cap of {figures['cap']} leads is reached.", figures), 0
        words = self._scarcity(name, figures)
        if before and not fitting.any():
            words = f"The {name} leads that fit were with it before."
        elif before:
            words += f" {before} more that {'fits was' if before == 1 else 'fit were'} with it before."
        elif needs.gates and not fitting.any():
            words = self._tightest(tenant, tier, figures)
        return Why(words, figures), min(open_ - got, int(elsewhere.sum()))

    def _had_before(self, tenant: int, tier: int) -> int:
        """Leads of a tier that would fit, but that the tenant had before."""
        had = self.market.barred.get(tenant)
        return 0 if had is None else int((self.market.tier[had] == tier).sum())

    def _tightest(self, tenant: int, tier: int, figures: dict[str, object]) -> str:
        """No lead passes: the gate that lets the fewest through."""
        pool, name = self.market.pool, self.market.rules.tiers[tier]
        of_tier = self.of_tier[tier]
        size = int(of_tier.sum())
        passing = [
            (int((pool.passes(gate) & of_tier).sum()), number)
            for number, gate in enumerate(self.market.needs[tenant].gates)
        ]
        fewest, number = min(passing)
        gate = self.market.needs[tenant].gates[number].name
        figures |= {"pool": size, "tightest": gate, "tightest_passes": fewest}
        if not size:
            return f"No {name} lead is in the pool."
        through = f"{LABELS[gate].lower()} alone lets {fewest} of {size} through"
        return f"No {name} lead passes its gates; {through}, the fewest."

    def _scarcity(self, tier: str, figures: dict[str, object]) -> str:
        """Too few leads, or leads that went elsewhere."""
        fitting, elsewhere, no_choice = (
            int(str(figures[name])) for name in ("fitting", "elsewhere", "no_choice")
        )
        if not fitting:
            return f"No {tier} lead is in the pool."
        start = f"{fitting} {tier} {'lead fits' if fitting == 1 else 'leads fit'}"
        if not elsewhere:
            return f"{start}; all of them are here."
        if no_choice == 0:
            return f"{start}; {elsewhere} of them went to other tenants in turn."
        who = "a tenant" if no_choice == 1 else "tenants"
        rest = elsewhere - no_choice
        more = f" and {rest} to others in turn" if rest else ""
        return f"{start}; {no_choice} of them went to {who} with no other choice{more}."

    def _no_choice(self, lead: int) -> bool:
        """Whether the tenant that has a lead had no other one to take in its place."""
        holder, tier = int(self.allocation.tenant[lead]), int(self.market.tier[lead])
        if (holder, tier) not in self._stuck:
            left = self.market.accepts(holder) & self.unused & self.of_tier[tier]
            self._stuck[holder, tier] = not left.any()
        return self._stuck[holder, tier]


def _passes(tier: str, gates: int, confirmed: int) -> str:
    """That a lead fits, and on what."""
    start = f"{tier.capitalize()} lead"
    if not gates:
        return f"{start}; the tenant has no gates."
    unknown = gates - confirmed
    passed = "passes the gate" if gates == 1 else f"passes all {gates} gates"
    return (
        f"{start}; {passed}." if not unknown else f"{start}; {passed}, {unknown} of them on an unknown fact."
    )


def _others(count: int) -> str:
    return "The other tenant that" if count == 1 else f"The {count} other tenants that"


def _has(count: int) -> str:
    return "has" if count == 1 else "have"


def _percent(chance: float) -> str:
    return f"{chance:.2%} chance" if chance < 0.1 else f"{chance:.0%} chance"


def _bits(mask: Mask) -> int:
    """A mask over tenants as bits of a whole number."""
    return int.from_bytes(np.packbits(mask, bitorder="little").tobytes(), "little")
