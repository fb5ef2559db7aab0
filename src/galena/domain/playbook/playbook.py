"""The whole playbook."""

from typing import Literal

from pydantic import Field as Limit

from galena.domain.playbook.enrichment import Enrichment
from galena.domain.playbook.factors import Rules
from galena.domain.playbook.features import Aggregate, Behaviour, Feature
from galena.domain.playbook.fields import Field
from galena.domain.playbook.identity import Identity
from galena.domain.playbook.mapping import Mapping
from galena.domain.playbook.models import Models
from galena.domain.playbook.outcomes import Outcomes
from galena.domain.playbook.part import Name, Part, Sentence, Sql
from galena.domain.playbook.reasoner import Reasoner
from galena.domain.playbook.routing import Routing


class LeadWords(Part):
    """How screens speak of a lead of this playbook.

    Attributes:
        one, many: the noun ("permit", "permits").
        title, subtitle: SQL text expressions over fields: the two lines of a row; NULL falls back to the key.
        columns: fields shown in the list of leads, in order (three at most are shown at once).
    """

    one: Sentence
    many: Sentence
    title: Sql
    subtitle: Sql = "NULL"
    columns: tuple[Name, ...] = ()


class SignalKind(Part):
    """A kind of signal this playbook knows.

    Attributes:
        channel: for touchpoints (email, phone, web ...); None for other signals.
        sentence: what the timeline says; {attribute} is replaced.
    """

    label: Sentence
    sentence: str = ""
    channel: str | None = None


class Discard(Part):
    """A reason for which a lead is kept, counted, and never scored."""

    name: Name
    label: Sentence
    when: Sql


class Category(Part):
    """A trade category; the first whose condition holds applies. `group` is its trade group."""

    name: Name
    label: Sentence
    group: Name
    when: Sql


class Playbook(Part):
    """The versioned configuration of an industry.

    Attributes:
        playbook: its name; the folder's name too.
        version: raised by its author with each change.
        discards: tried in order before scoring.
        categories: tried in order; conditions read fields (and `group` becomes the input `trade_group`,
            the name the input `category`, both text, visible to features and factors).
        needs: fields that must be known before scoring once a source can give them.
        reasoner: how a language model is asked for scores; it takes part once an endpoint is configured.
        identity: which leads are one and the same; left out: every record key is a lead of its own.
        enrichment: which facts are looked up, of whom, and how long they hold.
        routing: how leads reach tenants; left out: they are given by hand only.
        outcomes: the reasons people give, what outcomes fill on a lead, when brokers are reminded.
        export_path: folder pattern of `galena export --buckets`; {trade_group}, {category}, {tier} are replaced.
        sell_when: which leads are for sale, read from their fields; left out: all of them.
    """

    playbook: Name
    version: int = Limit(ge=1)
    label: Sentence
    description: str = ""
    lead: LeadWords
    currency: Literal["USD", "EUR", "GBP", "INR", "BRL"] = "USD"
    fields: dict[Name, Field]
    signal_kinds: dict[Name, SignalKind] = {}
    behaviours: tuple[Behaviour, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()
    features: tuple[Feature, ...] = ()
    discards: tuple[Discard, ...] = ()
    categories: tuple[Category, ...] = ()
    needs: tuple[Name, ...] = ()
    rules: Rules
    models: Models = Models()
    reasoner: Reasoner | None = None
    identity: Identity | None = None
    enrichment: Enrichment | None = None
    routing: Routing | None = None
    outcomes: Outcomes = Outcomes()
    mappings: tuple[Mapping, ...] = ()
    export_path: str | None = None
    sell_when: str | None = None
