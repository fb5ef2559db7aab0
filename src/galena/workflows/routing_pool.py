"""Leads that can be given, as the engines read them: the facts of gates, what each is worth, and who is banned."""

import io
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import polars as pl

from galena.domain.playbook import Playbook, Routing
from galena.domain.playbook.routing import NUMBER_FACTS
from galena.domain.playbook.schema import field_type, routing_schema
from galena.domain.score import MICROPOINTS
from galena.domain.suppression import contact_fields, contacts_of
from galena.kit.errors import ConfigurationError
from galena.kit.expression import NUMBER, TEXT, Definition, Program
from galena.stores import leads, pool, suppressions
from galena.stores.door import Session
from galena.stores.pool import PoolRules
from galena.workflows.lead_frames import plain_struct

_FACT = "fact_"
_VALUE = "lead_value"
_NUMBERS = {
    "micropoints": pl.Int64(),
    "score_id": pl.Int64(),
    "confidence": pl.Float64(),
    "fit": pl.Float64(),
    "engagement": pl.Float64(),
}


def routing_of(playbook: Playbook) -> Routing:
    """What the playbook says of routing.

    Raises:
        ConfigurationError: it says nothing.
    """
    if playbook.routing is None:
        raise ConfigurationError(
            f"The playbook {playbook.playbook} does not say how leads reach tenants.",
            remedy="Add a routing.yaml to it; docs/reference/playbooks.md says what belongs there.",
        )
    return playbook.routing


def pool_rules(routing: Routing) -> PoolRules:
    """What makes a lead ready."""
    return PoolRules(routing.tiers, routing.contact, routing.fresh_days)


class RoutingPool:
    """The leads of a workspace that can be given.

    Frames have the columns lead, key, tier, value, micropoints, score_id, and one per fact of a gate.
    """

    def __init__(self, session: Session, playbook: Playbook, at: datetime) -> None:
        """Raises: ConfigurationError: the playbook says nothing of routing, or an expression of it is wrong."""
        self._session = session
        self._playbook = playbook
        self._at = at
        self._rules = pool_rules(routing_of(playbook))
        self._program = facts_program(playbook)
        self._contacts = contact_fields(playbook)
        wanted = {*self._program.inputs, *self._contacts}
        self._fields = sorted(name for name in wanted if name in playbook.fields)

    def ready(self) -> tuple[pl.DataFrame, int]:
        """Every lead that can be given, and how many more must not be contacted."""
        found = self._read(pool.read_ready(self._session, self._rules, self._fields, self._at))
        banned = self.banned(found)
        return self._computed(found.filter(~pl.col("lead_id").is_in(list(banned)))), len(banned)

    def some(self, ids: Sequence[UUID], standings: Sequence[str] = ("ready",)) -> pl.DataFrame:
        """Of these leads those that can be given: that stand so (`domain.drop`), and may be contacted."""
        csv = pool.read_some(self._session, self._rules, self._fields, ids, self._at, standings)
        found = self._read(csv)
        banned = self.banned(found)
        return self._computed(found.filter(~pl.col("lead_id").is_in(list(banned))))

    def banned_of(self, ids: Sequence[UUID]) -> frozenset[UUID]:
        """The leads among these, of any standing, that must not be contacted."""
        if not suppressions.list_(self._session, limit=1):
            return frozenset()
        known = leads.load_many(self._session, ids)
        contacts = {id_: contacts_of(entry.lead.fields, self._contacts) for id_, entry in known.items()}
        return frozenset(suppressions.find_banned(self._session, contacts))

    def banned(self, found: pl.DataFrame) -> frozenset[str]:
        """The leads among these that must not be contacted."""
        if not suppressions.list_(self._session, limit=1):
            return frozenset()
        rows = found.select("lead_id", *self._contacts).iter_rows(named=True)
        contacts = {UUID(row["lead_id"]): contacts_of(row, self._contacts) for row in rows}
        return frozenset(str(lead) for lead in suppressions.find_banned(self._session, contacts))

    def _read(self, csv: bytes) -> pl.DataFrame:
        frame = pl.read_csv(io.BytesIO(csv), infer_schema=False, schema_overrides=_NUMBERS)
        struct = plain_struct({name: field_type(self._playbook.fields[name]) for name in self._fields})
        fields = frame["fields"].str.json_decode(struct).struct.unnest()
        source = frame["lead_key"].str.split_exact(":", 1).struct.field("field_0").alias("lead_source")
        # A field of the playbook gives way to what scoring said under the same name.
        taken = [name for name in fields.columns if name in frame.columns]
        return frame.drop("fields").hstack([source]).hstack(fields.drop(taken))

    def _computed(self, frame: pl.DataFrame) -> pl.DataFrame:
        known = frame.with_columns(
            pl.col("lead_category").alias("category"),
            pl.col("lead_trade_group").alias("trade_group"),
            (pl.col("micropoints") / MICROPOINTS).alias("score"),
        )
        names = self._program.order
        kept = ["lead_id", "lead_key", "tier", "micropoints", "score_id"]
        found = self._program.frame(known, self._at, [*kept, *names])
        facts = {name: name.removeprefix(_FACT) for name in names if name.startswith(_FACT)}
        value = pl.col(_VALUE).fill_null(0).fill_nan(0).clip(lower_bound=0).alias("value")
        return found.with_columns(value).rename({"lead_id": "lead", "lead_key": "key", **facts}).drop(_VALUE)


def facts_program(playbook: Playbook) -> Program:
    """What gates read and what a lead is worth, compiled.

    Raises:
        ExpressionError: an expression is wrong.
    """
    routing = routing_of(playbook)
    definitions = [
        Definition(_FACT + fact, sql, NUMBER if fact in NUMBER_FACTS else TEXT)
        for fact, sql in routing.reads.items()
    ]
    definitions.append(Definition(_VALUE, routing.value, NUMBER))
    return Program.build(definitions, routing_schema(playbook))
