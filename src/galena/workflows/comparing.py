"""New nodes compared with those that are there: candidates by keys, pairs weighed, each pair judged.

A pair is joined where a key of the playbook agrees and the rest does not contradict, or where all that is known makes
it sure enough. In between a person is asked. Guards stand before every join: no lead grows beyond what the playbook
allows, none holds two nodes that a person keeps apart, none is handed from one tenant to another, and where what is
known of all members together speaks against it, they stay apart and a person is asked.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import log2
from typing import Literal
from uuid import UUID

from galena.domain.playbook import Key
from galena.domain.sameness import DecidedBy, Evidence, ReviewReason
from galena.engines.identity.clusters import MOST_LOG_ODDS
from galena.engines.identity.records import Record
from galena.engines.identity.weighing import PairEvidence, chance_of, weigh
from galena.stores import identity, sameness
from galena.stores.door import Session
from galena.workflows.match_model import Matching

MOST_BEHIND_KEY = 40
"""A key that more nodes share tells too little to look at them all."""

MOST_CANDIDATES = 20
TELLING_BITS = 6.0
"""A field that agrees says so much, at least, to join two leads without an agreeing key."""
PLACES = ("place", "state")
CONTACTS = ("email", "phone", "id")
NAME_PARTS = ("given", "surname")
SAME_GIVEN = (0, 2)
"""The same first name, or in another form."""

SWAPPED = 1
"""First and last name are the same, in the other order."""
LEAST_DOUBT = 0.02
"""Where a key agrees and all else makes it less likely than this, nobody is asked: two leads share something."""

MOST_ASKED = 3
"""About one new node people are asked at most so many questions."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A new node and one that may be the same.

    Attributes:
        key: what both have of the playbook's keys.
        told: what they say together; None where nothing is weighed.
    """

    node: UUID
    other: UUID
    key: Key | None
    told: PairEvidence | None

    @property
    def probability(self) -> float:
        """That they are one; 1 where a key alone says so."""
        return self.told.probability if self.told else 1.0

    def evidence(self, labels: Mapping[str, str]) -> Evidence:
        """As it is kept with a decision."""
        names = self.key.fields if self.key else ()
        if self.told is None:
            return Evidence(
                "same " + " and ".join(labels.get(name, name).lower() for name in names), key=names
            )
        fields = tuple(
            {
                "field": each.field,
                "label": each.label,
                "level": each.level,
                "bits": round(each.bits, 2),
                "words": each.words,
            }
            for each in self.told.fields
        )
        return Evidence(self.told.because, self.told.against, fields, names)


@dataclass
class Compared:
    """What comparing found.

    Attributes:
        merges: (pair, decided by).
        asked: (pair, reason).
        alarms: (kind, node) of guards that held something back.
        pairs: how many were weighed.
    """

    merges: list[tuple[Pair, DecidedBy]] = field(default_factory=list)
    asked: list[tuple[Pair, ReviewReason]] = field(default_factory=list)
    alarms: list[tuple[str, UUID]] = field(default_factory=list)
    pairs: int = 0


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A new node as it is compared.

    Attributes:
        form: its normal record; `record`: the same with the weights of its words.
        strong: the playbook's keys it has, hashed; `keys`: all that it is found again by.
    """

    form: Record
    record: Record
    strong: Mapping[int, Key]
    keys: Collection[int]


def newcomer(form: Record, matching: Matching) -> Newcomer:
    """A node by its normal record."""
    record = matching.model.weighted(dict(form))
    return Newcomer(form, record, *matching.plan.found_by(record, matching.model))


class Comparison:
    """One batch of nodes, compared within the caller's transaction."""

    def __init__(self, session: Session, matching: Matching) -> None:
        """Nothing is read yet."""
        self._session = session
        self._plan, self._model = matching.plan, matching.model
        self._identity = matching.plan.identity
        self._forms: dict[UUID, Record] = {}
        self._records: dict[UUID, Record] = {}
        self._result = Compared()

    def run(self, newcomers: Mapping[UUID, Newcomer]) -> Compared:
        """Compares every new node with its candidates; the new ones and their keys are in the database already."""
        new = sorted(newcomers)
        self._forms = {node: each.form for node, each in newcomers.items()}
        self._records = {node: each.record for node, each in newcomers.items()}
        candidates, keys_of = self._candidates(newcomers)
        self._load({other for each in candidates.values() for other in each})
        # What other leads nodes belong to is looked up for the few that may be one, and not for all candidates.
        likely = {node: self._likely(node, candidates[node], keys_of) for node in new}
        self._prepare([pair for each in likely.values() for pair in each])
        for pairs in likely.values():
            self._decide(pairs)
        return self._result

    def run_pairs(self, pairs: Sequence[tuple[UUID, UUID]]) -> Compared:
        """Judges pairs that were found elsewhere, in their order."""
        self._load({node for pair in pairs for node in pair})
        strong = {node: dict(self._plan.strong_keys(self._forms[node])) for node in self._forms}
        behind = identity.find_by_keys(
            self._session, {key for each in strong.values() for key in each}, most=MOST_BEHIND_KEY
        )
        likely = []
        for node, other in pairs:
            shared = strong.get(node, {}).keys() & strong.get(other, {}).keys()
            # Keys of one source that are to join sources only were left to the comparing behind imports.
            named = [
                strong[node][key]
                for key in sorted(shared)
                if len(behind.get(key, ())) <= strong[node][key].most and not strong[node][key].across
            ]
            keys = {(node, other): named[0]} if named else {}
            likely.append(self._likely(node, (other,), keys))
        self._prepare([pair for each in likely for pair in each])
        for each in likely:
            self._decide(each)
        return self._result

    def _prepare(self, pairs: Sequence[Pair]) -> None:
        """Looks up which leads the nodes of these pairs belong to, and what else is in these."""
        nodes = {node for pair in pairs for node in (pair.node, pair.other)}
        placed = sameness.places_of(self._session, nodes) if nodes else {}
        self._roots = {node: place.root for node, place in placed.items()}
        self._tenants = {node: place.tenant for node, place in placed.items() if place.tenant is not None}
        self._members: dict[UUID, set[UUID]] = {}
        for node, root in self._roots.items():
            self._members.setdefault(root, set()).add(node)
        self._load(self._roots)

    @cached_property
    def _apart(self) -> frozenset[frozenset[UUID]]:
        """Pairs that a person keeps apart."""
        return sameness.apart_among(self._session, self._roots)

    def _load(self, nodes: Collection[UUID]) -> None:
        missing = [node for node in nodes if node not in self._forms]
        self._forms.update(
            (node, dict(form)) for node, form in identity.load_forms(self._session, missing).items()
        )

    def _record(self, node: UUID) -> Record:
        if node not in self._records:
            self._records[node] = self._model.weighted(dict(self._forms[node]))
        return self._records[node]

    def _candidates(
        self, newcomers: Mapping[UUID, Newcomer]
    ) -> tuple[dict[UUID, tuple[UUID, ...]], dict[tuple[UUID, UUID], Key]]:
        """Node -> who may be the same, those that share the rarest keys first; and the playbook's key a pair shares."""
        behind = identity.find_by_keys(
            self._session, {key for each in newcomers.values() for key in each.keys}, most=MOST_BEHIND_KEY
        )
        sources = self._sources(newcomers, behind)
        found: dict[UUID, tuple[UUID, ...]] = {}
        shared: dict[tuple[UUID, UUID], Key] = {}
        # Ids stay texts until they are few: these are compared and looked up faster.
        ids: dict[str, UUID] = {}
        for node, each in newcomers.items():
            worth, by_key = self._worth(node, each, behind, sources)
            best = sorted(worth, key=lambda other: (-worth[other], other))[:MOST_CANDIDATES]
            for other in best:
                if other not in ids:
                    ids[other] = UUID(other)
                if other in by_key:
                    shared[node, ids[other]] = by_key[other]
            found[node] = tuple(ids[other] for other in best)
        return found, shared

    def _worth(
        self,
        node: UUID,
        new: Newcomer,
        behind: Mapping[int, Sequence[str]],
        sources: Mapping[str, str],
    ) -> tuple[dict[str, float], dict[str, Key]]:
        """How much a node shares with others, and which of the playbook's keys."""
        me = str(node)
        worth: dict[str, float] = {}
        shared: dict[str, Key] = {}
        # In order, so that sums do not depend on chance.
        for key in sorted(behind.keys() & new.keys):
            nodes, rule = behind[key], new.strong.get(key)
            if len(nodes) > MOST_BEHIND_KEY:
                if rule is not None:
                    self._result.alarms.append(("shared_key", node))
                continue
            more = 1.0 / len(nodes) if rule is None else 1.0
            for other in nodes:
                if other == me:
                    continue
                if rule is not None:
                    if rule.across and sources.get(me) == sources.get(other):
                        continue
                    shared.setdefault(other, rule)
                worth[other] = worth.get(other, 0.0) + more
        return worth, shared

    def _sources(
        self, newcomers: Mapping[UUID, Newcomer], behind: Mapping[int, Sequence[str]]
    ) -> dict[str, str]:
        wanted = {
            node
            for each in newcomers.values()
            for key, rule in each.strong.items()
            if rule.across
            for node in behind.get(key, ())
        }
        found = identity.sources_of(self._session, [UUID(node) for node in wanted]) if wanted else {}
        return {str(node): source for node, source in found.items()}

    def _decide(self, pairs: Sequence[Pair]) -> None:
        """Joins, or asks about, the pairs of one new node."""
        pairs = [pair for pair in pairs if {pair.node, pair.other} <= self._roots.keys()]
        crowded = self._crowded(pairs)
        asked = 0
        for pair in sorted(pairs, key=lambda each: (each.key is None, -each.probability, each.other)):
            by_key = pair.key is not None and pair.key not in crowded
            if self._roots[pair.node] == self._roots[pair.other] or self._plainly_two(pair, by_key=by_key):
                continue
            if self._kept_apart(pair):
                continue
            reason = self._judge(pair, by_key=by_key)
            if reason == "join":
                self._join(pair, "key" if by_key else "model")
            elif reason != "leave" and asked < MOST_ASKED:
                asked += 1
                self._result.asked.append((pair, reason))

    def _likely(
        self, node: UUID, others: Sequence[UUID], keys_of: Mapping[tuple[UUID, UUID], Key]
    ) -> list[Pair]:
        """The pairs of a node with others that share a key with it, or are not plainly another lead."""
        likely = []
        for other in others:
            if not {node, other} <= self._forms.keys():
                continue  # its lead is gone
            key = keys_of.get((node, other))
            if self._identity.by_keys_only:
                if key is not None:
                    likely.append(Pair(node, other, key, None))
                continue
            self._result.pairs += 1
            mine, theirs = self._record(node), self._record(other)
            # Most pairs are two: what each field says, in words, is made for the few that may be one.
            if key is not None or chance_of(mine, theirs, self._model) >= self._identity.review:
                likely.append(Pair(node, other, key, weigh(mine, theirs, self._model)))
        return likely

    def _crowded(self, pairs: Sequence[Pair]) -> list[Key]:
        """Keys that more leads share than the playbook allows: they name nobody."""
        leads: dict[Key, set[UUID]] = {}
        for pair in pairs:
            if pair.key is not None:
                leads.setdefault(pair.key, {self._roots[pair.node]}).add(self._roots[pair.other])
        crowded = [key for key, roots in leads.items() if len(roots) > key.most]
        self._result.alarms.extend(("shared_key", pairs[0].node) for _ in crowded)
        return crowded

    def _plainly_two(self, pair: Pair, *, by_key: bool) -> bool:
        return pair.told is not None and not by_key and pair.probability < self._identity.review

    def _judge(self, pair: Pair, *, by_key: bool) -> ReviewReason | Literal["join", "leave"]:
        """Join them, leave them, or why a person is asked."""
        if by_key and pair.probability < self._identity.review:
            self._result.alarms.append(("contradiction", pair.node))
            return "contradiction" if pair.probability >= LEAST_DOUBT else "leave"
        if not by_key and pair.key is not None and pair.told is None:
            return "shared_key"
        if not by_key and pair.told is not None and not names_one(pair.told, self._model.identifying):
            return "leave" if tells_apart(pair.told, self._identity.merge) else "unsure"
        if not by_key and pair.probability < self._identity.merge:
            return "unsure"
        return self._guarded(pair)

    def _guarded(self, pair: Pair) -> ReviewReason | Literal["join"]:
        mine, theirs = self._group(pair.node), self._group(pair.other)
        if len(mine) + len(theirs) > self._identity.most_leads:
            self._result.alarms.append(("too_large", pair.node))
            return "too_large"
        tenants = {self._tenants[node] for node in (*mine, *theirs) if node in self._tenants}
        if len(tenants) > 1:
            return "other_tenant"
        if len(mine) + len(theirs) > 2 and not self._identity.by_keys_only and self._said(mine, theirs) < 0:
            self._result.alarms.append(("contradiction", pair.node))
            return "contradiction"
        return "join"

    def _group(self, node: UUID) -> set[UUID]:
        return self._members[self._roots[node]]

    def _said(self, mine: Collection[UUID], theirs: Collection[UUID]) -> float:
        """The log-odds of all pairs between two groups, added, each within bounds."""
        total = 0.0
        for one in mine:
            for other in theirs:
                if one in self._forms and other in self._forms:
                    chance = chance_of(self._record(one), self._record(other), self._model)
                    chance = min(max(chance, 1e-9), 1 - 1e-9)
                    total += min(max(log2(chance / (1 - chance)), -MOST_LOG_ODDS), MOST_LOG_ODDS)
        return total

    def _kept_apart(self, pair: Pair) -> bool:
        if not self._apart:
            return False
        mine, theirs = self._group(pair.node), self._group(pair.other)
        return any(frozenset((one, other)) in self._apart for one in mine for other in theirs)

    def _join(self, pair: Pair, decided_by: DecidedBy) -> None:
        self._result.merges.append((pair, decided_by))
        first, second = sorted((self._roots[pair.node], self._roots[pair.other]))
        for node in self._members[second]:
            self._roots[node] = first
        self._members[first] |= self._members.pop(second)


def names_one(told: PairEvidence, identifying: Collection[str]) -> bool:
    """Whether what names one record is the very same (a mailbox, a telephone, a number, a firm's name or a person's
    whole name): what many share, together, is as little as alone. Where all is merely alike or shared, a person is
    asked."""
    levels = {each.field: each.level for each in told.fields}
    if levels.get("given") == SWAPPED or (levels.get("given") in SAME_GIVEN and levels.get("surname") == 0):
        return True
    return any(
        each.level == 0 and each.bits >= TELLING_BITS and each.field in identifying for each in told.fields
    )


def tells_apart(told: PairEvidence, sure: float) -> bool:
    """Whether e-mail, telephone or number are known and none agrees, and the name is another, or all is not `sure` and
    nothing else the very same: colleagues of one first name, or names that are merely alike in one place, are not worth
    a question then."""
    contacts = [each for each in told.fields if each.field.startswith(CONTACTS)]
    if not contacts or not all(each.differs or each.bits < 0 for each in contacts):
        return False
    if any(each.differs for each in told.fields if each.field in NAME_PARTS):
        return True
    return told.probability < sure and not any(
        each.level == 0 and each.bits >= TELLING_BITS and each.field not in PLACES for each in told.fields
    )
