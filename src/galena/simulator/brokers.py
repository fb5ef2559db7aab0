"""Brokers with habits: how soon they call, how well, how much of it they record and how late, what they get wrong."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from galena.domain.dispositions import Entry
from galena.simulator.owners import Reply

VAGUE = ("Said no, for another reason.", "other")
"""What a broker writes who has forgotten why."""


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker and its habits.

    Attributes:
        number: 0-based, in the order of tenants.
        acts_after_days: from seeing a lead to the first call, on average.
        skill: how well it calls, in log-odds of a meeting; 0: as usual.
        forgets: share of leads of which it never records anything.
        late_days: from what happened to its record, on average.
        vague: share of reasons that it has forgotten.
        mislabels: share of first outcomes that it records wrongly.
    """

    number: int
    acts_after_days: float
    skill: float
    forgets: float
    late_days: float
    vague: float
    mislabels: float

    @property
    def name(self) -> str:
        """Its name as a tenant."""
        return f"Broker {self.number + 1:02}"


def brokers(seed: int, count: int) -> tuple[Broker, ...]:
    """The brokers of a market, each drawn by itself."""
    return tuple(_broker(seed, number) for number in range(count))


def contact_of(broker: Broker, seed: int, business: int, seen_at: datetime) -> datetime:
    """When a broker calls the owner of a business that it sees from an instant on."""
    wait = _habit(seed, broker, business).expovariate(1 / broker.acts_after_days)
    return seen_at + timedelta(days=min(wait, 21.0))


def recorded(
    broker: Broker, seed: int, business: int, truth: tuple[Reply, ...]
) -> Iterator[tuple[datetime, Entry]]:
    """What a broker records of a lead, and when: the truth as far as it goes."""
    chance = _habit(seed, broker, business)
    chance.random()  # The draw that decided when it calls.
    if chance.random() < broker.forgets:
        return
    wrong = chance.random() < broker.mislabels
    last: datetime | None = None
    for reply in truth:
        late = min(chance.expovariate(1 / broker.late_days), 14.0)
        at = reply.at + timedelta(days=late)
        at = at if last is None else max(at, last + timedelta(hours=1))
        last = at
        if wrong and reply.entry.outcome in ("booked", "not_interested", "no_answer"):
            yield at, _mistaken(reply, at)
            return  # What came of it afterwards is not recorded under a wrong outcome.
        yield at, _as_told(broker, reply.entry, chance, at)


def _as_told(broker: Broker, entry: Entry, chance: Random, at: datetime) -> Entry:
    if entry.callback_on is not None and entry.callback_on <= at.date():
        entry = replace(entry, callback_on=at.date() + timedelta(days=2))
    if entry.reason_text and chance.random() < broker.vague:
        return replace(entry, reason_text=VAGUE[0], reason_code=VAGUE[1])
    return entry


def _mistaken(reply: Reply, at: datetime) -> Entry:
    if reply.entry.outcome == "not_interested":
        return Entry("no_answer", attempts=3)
    if reply.entry.outcome == "no_answer":
        return Entry("not_interested", reason_text=VAGUE[0], reason_code=VAGUE[1])
    return Entry("future_interest", callback_on=(at + timedelta(days=90)).date(), note="Will see.")


def _broker(seed: int, number: int) -> Broker:
    chance = Random(f"galena-broker:{seed}:{number}")  # noqa: S311 - a market, not a secret
    return Broker(
        number,
        acts_after_days=round(chance.uniform(0.5, 4.0), 2),
        skill=round(chance.gauss(0, 0.15), 3),
        forgets=round(chance.betavariate(1, 12), 3),
        late_days=round(chance.uniform(0.2, 3.0), 2),
        vague=round(chance.betavariate(1, 4), 3),
        mislabels=round(chance.betavariate(1, 30), 3),
    )


def _habit(seed: int, broker: Broker, business: int) -> Random:
    return Random(f"galena-habit:{seed}:{broker.number}:{business}")  # noqa: S311 - a market, not a secret
