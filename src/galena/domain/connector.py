"""What a connector says of itself, what it must prove for its level of quality, and what it gives.

A connector is a folder: `manifest.yaml` says what it is; `source.yaml` (or `source.py`, `enricher.py`) how it is asked;
`mappings/<playbook>/*.yaml` how its records become fields.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol

from pydantic import Field as Limit
from pydantic import model_validator

from galena.domain.playbook.part import Name, Part, Sentence


class Capability(StrEnum):
    """What a connector can do: give records, look up single leads, give dated events, take leads out, or take in
    what a vendor sends."""

    SOURCE = "source"
    ENRICHER = "enricher"
    EVENTS = "events"
    EXPORT = "export"
    INBOUND = "inbound"


class Level(StrEnum):
    """How much a connector is proved to do; each level demands the rules of those before it, too."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


@dataclass(frozen=True, slots=True)
class QualityRule:
    """One thing that the contract suite proves of a connector, against a real server.

    Attributes:
        asks: which capabilities it concerns; none: every connector.
    """

    name: str
    level: Level
    sentence: str
    asks: frozenset[Capability] = frozenset()


_PULLED = frozenset((Capability.SOURCE, Capability.EVENTS))
_LOOKED_UP = frozenset((Capability.ENRICHER,))
_CALLED = _PULLED | _LOOKED_UP

QUALITY_RULES: tuple[QualityRule, ...] = (
    QualityRule("describes_itself", Level.BRONZE, "States its docs, terms, rate, cost and what it gives."),
    QualityRule(
        "tries_before_saving",
        Level.BRONZE,
        "Set-up tries the connection and takes it when it works.",
        _CALLED,
    ),
    QualityRule(
        "says_bad_key",
        Level.BRONZE,
        "A key that is refused is told as that, before anything is saved.",
        _CALLED,
    ),
    QualityRule("says_wrong_address", Level.BRONZE, "A wrong address is told as that.", _CALLED),
    QualityRule(
        "survives_hang_up",
        Level.BRONZE,
        "A line that is cut is tried again, and told when it stays cut.",
        _CALLED,
    ),
    QualityRule("survives_silence", Level.BRONZE, "An answer that never comes ends in time.", _CALLED),
    QualityRule(
        "survives_broken_body",
        Level.BRONZE,
        "An answer that is no JSON is told, and nothing of it kept.",
        _CALLED,
    ),
    QualityRule("reads_every_page", Level.BRONZE, "Every record of every page arrives once.", _PULLED),
    QualityRule("maps_its_records", Level.BRONZE, "Its records become fields of the playbook.", _CALLED),
    QualityRule(
        "finds_the_right_one",
        Level.BRONZE,
        "A look-up takes the record that matches, or says there is none.",
        _LOOKED_UP,
    ),
    QualityRule("waits_when_asked", Level.SILVER, "429 with Retry-After is waited out.", _CALLED),
    QualityRule(
        "keeps_its_rate", Level.SILVER, "The server never sees more calls than the stated rate.", _CALLED
    ),
    QualityRule(
        "fetches_only_news", Level.SILVER, "The second pull fetches what is new, and no more.", _PULLED
    ),
    QualityRule(
        "resumes_a_killed_pull",
        Level.SILVER,
        "A pull that is killed goes on where it was, and doubles nothing.",
        _PULLED,
    ),
    QualityRule(
        "keeps_the_good_part",
        Level.SILVER,
        "When a later page fails, the earlier ones stay and the next pull goes on.",
        _PULLED,
    ),
    QualityRule("reports_drift", Level.GOLD, "New, missing and renamed columns are told.", _PULLED),
)
"""What each level demands, in the order it is proved."""


def rules_of(level: Level, capabilities: frozenset[Capability]) -> tuple[QualityRule, ...]:
    """The rules that a connector of this level has to prove."""
    order = list(Level)
    return tuple(
        rule
        for rule in QUALITY_RULES
        if order.index(rule.level) <= order.index(level) and (not rule.asks or rule.asks & capabilities)
    )


class ConnectorSetting(Part):
    """Something a person fills in when adding a connection; nothing secret.

    Attributes:
        choices: the texts that are allowed; none: any.
    """

    label: Sentence
    description: str = ""
    type: Literal["text", "integer", "number", "boolean", "address", "date"] = "text"
    required: bool = False
    default: str | int | float | bool | None = None
    choices: tuple[str, ...] = ()


class ConnectorSecret(Part):
    """A key or password, sealed in the database or given by the environment; never shown again."""

    label: Sentence
    description: str = ""
    required: bool = True


class StatedRate(Part):
    """How often the provider may be called: its own limit, or a polite one where it states none."""

    calls: int = Limit(ge=1)
    per_s: float = Limit(default=1.0, gt=0)
    per_day: int | None = Limit(default=None, ge=1)


class Cost(Part):
    """What a call costs.

    Attributes:
        per_call: in `currency`; 0: nothing.
    """

    per_call: float = Limit(default=0.0, ge=0)
    currency: str = "USD"
    note: str = ""


class Preset(Part):
    """Settings known to work, under one name: a city, a county."""

    label: Sentence
    settings: dict[Name, str | int | float | bool]
    note: str = ""


class Manifest(Part):
    """What a connector is.

    Attributes:
        gives: one sentence for a person who wonders whether to connect it.
        fields: canonical fields it can fill.
        playbooks: for which playbooks it has mappings; empty: for any, by a proposed mapping or one of your own.
        auth: how it knows who asks.
        terms: in one sentence, what the provider allows; `terms_url` where it says so.
        docs_url: where the protocol is documented.
        quality: the level proved by the contract suite.
        setup: of what sends by itself: where a person puts our address, in the vendor's own words.
    """

    name: Name
    title: Sentence
    gives: Sentence
    capabilities: frozenset[Capability] = Limit(min_length=1)
    fields: tuple[Name, ...] = ()
    playbooks: tuple[Name, ...] = ()
    auth: Literal["none", "optional_key", "key", "basic", "oauth", "signature"] = "none"
    rate: StatedRate
    rate_source: Sentence = "No limit is documented; this one is polite."
    cost: Cost = Cost()
    terms: Sentence
    terms_url: str = ""
    docs_url: str = ""
    quality: Level = Level.BRONZE
    setup: str = ""
    settings: dict[Name, ConnectorSetting] = Limit(default_factory=dict)
    secrets: dict[Name, ConnectorSecret] = Limit(default_factory=dict)
    presets: dict[Name, Preset] = Limit(default_factory=dict)

    @model_validator(mode="after")
    def _presets_know_their_settings(self) -> "Manifest":
        for name, preset in self.presets.items():
            unknown = preset.settings.keys() - self.settings.keys()
            if unknown:
                raise ValueError(f"preset {name} speaks of unknown settings: {', '.join(sorted(unknown))}")
        if self.auth in ("key", "basic", "oauth") and not any(
            each.required for each in self.secrets.values()
        ):
            raise ValueError(f"auth {self.auth} needs a required secret")
        return self


@dataclass(frozen=True, slots=True)
class Access:
    """What a connector is opened with: the settings, complete with defaults, and the secrets in clear.

    Secrets never show when it is printed.
    """

    settings: Mapping[str, Any]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Page:
    """Records that came together.

    Attributes:
        records: as delivered; what is no JSON object is kept to be set aside.
        state: from which a pull goes on after this page; plain JSON, nothing secret.
        columns: the names the provider says its records have; None: it does not say.
        is_last: whether the pull is complete with it.
        calls: calls made for it, those that had to be repeated counted too.
    """

    records: tuple[Any, ...]
    state: Mapping[str, Any]
    columns: tuple[str, ...] | None = None
    is_last: bool = False
    calls: int = 1


@dataclass(frozen=True, slots=True)
class Trial:
    """What trying a connection brought.

    Attributes:
        sample: the first few records.
    """

    sample: tuple[Any, ...]
    columns: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class LookUpAnswer:
    """What asking about one lead brought.

    Attributes:
        status: found; absent (the provider knows nothing that matches); unsure (several match equally well);
            unasked (the lead lacks what the question needs).
        record: the record found, as delivered.
        because: why it is the right one, or why there is none, in words without the values.
        confidence: 0-1, how well it matches.
        calls: calls made, each at the manifest's cost; 0 when the answer came from the cache.
        choices: of an unsure answer, the records that match equally well, as delivered.
    """

    status: Literal["found", "absent", "unsure", "unasked"]
    record: Mapping[str, Any] | None = None
    because: str = ""
    confidence: float = 0.0
    calls: int = 0
    choices: tuple[Mapping[str, Any], ...] = ()


class Source(Protocol):
    """Gives records, stream by stream, page by page."""

    def streams(self) -> tuple[str, ...]:
        """Its kinds of record, in the order they should be pulled."""

    def mapping_name(self, stream: str) -> str:
        """The mapping of a stream's records; empty: none of its own."""

    def try_out(self, stream: str) -> Trial:
        """Makes one small request for a stream.

        Raises:
            GalenaError: the connection does not work, and why.
        """

    def pages(self, stream: str, state: Mapping[str, Any]) -> Iterator[Page]:
        """The pages since a state; an empty state is the beginning.

        Raises:
            WebError: the provider gave no usable answer; pages that came before stand.
        """


class Enricher(Protocol):
    """Looks up single leads."""

    def mapping_name(self) -> str:
        """The mapping of the records it finds."""

    def needs(self) -> tuple[str, ...]:
        """The lead fields without which it cannot ask."""

    def try_out(self) -> Trial:
        """Makes one small request.

        Raises:
            GalenaError: the connection does not work, and why.
        """

    def look_up(self, lead: Mapping[str, Any]) -> LookUpAnswer:
        """Asks about one lead, given by its fields.

        Raises:
            WebError: the provider gave no usable answer.
        """
