"""A score in words: parts by size that add up, and one line for lists."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from galena.domain.playbook import Factor, Playbook, Tier
from galena.domain.reasoner import METHOD_WORDS, RETRY_TIER
from galena.domain.score import FALLBACK_WORDS, Contribution, ContributionKind, Score
from galena.engines.explanation.formats import Format, formats_of, show_number
from galena.engines.explanation.integers import shown_parts, shown_points, signed
from galena.engines.explanation.labels import Label, in_words, sentence_case, within_sentence

_NAME = re.compile(r"'(?:[^']|'')*'|\b([a-z][a-z0-9_]*)\b")
_REASON_KINDS = ("factor", "temperature", "model")
MODEL = "model:"
"""What the name of a contribution by a model begins with; the column follows."""

_YES_OR_NO = re.compile(r"^(is|has|from|was)_|_known$")
"""Names of features that are 1 for yes and 0 for no."""

AVERAGE = "Where every lead starts"
NO_REASON = "nothing that is known counts for or against it"


@dataclass(frozen=True, slots=True)
class Part:
    """One bar of the waterfall.

    Attributes:
        kind: as of the contribution; `rest` for several small ones together.
        shown: whole points; those of all parts add up to the whole points of the score.
        begins, ends: where the bar starts and stops, in micropoints from zero.
    """

    name: str
    kind: ContributionKind | str
    sentence: str
    micropoints: int
    shown: int
    begins: int
    ends: int

    @property
    def signed(self) -> str:
        """The whole points with their sign: +14, −4."""
        return str(self.shown) if self.kind == "start" else signed(self.shown)


@dataclass(frozen=True, slots=True)
class Unknown:
    """Points that could not be earned because an input is not known; `at_stake` in points, signed."""

    name: str
    sentence: str
    at_stake: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a lead has its score.

    Attributes:
        parts: where every lead starts, the reasons by size, then caps, then the limit of 0 to 100; each
            begins where the one before ends, and the last ends at the score.
        headline: tier and temperature in words: "Green, hot".
        unknowns: what is not known and would count, most points first.
        method: who scored, in words; empty for rules alone where the playbook asks for no more.
    """

    parts: tuple[Part, ...]
    micropoints: int
    shown: int
    tier: str
    tier_label: str
    colour: str
    temperature_label: str
    headline: str
    confidence: float
    unknowns: tuple[Unknown, ...]
    method: str = ""

    def bars(self, limit: int) -> tuple[Part, ...]:
        """The parts with only the `limit` largest reasons, the others in one bar that names their number."""
        reasons = [part for part in self.parts if part.kind in _REASON_KINDS]
        # One reason left over is shown as itself: a bar "all other reasons (1)" would say less.
        if len(reasons) <= limit + 1:
            return self.parts
        rest = reasons[limit:]
        bar = Part(
            name="rest",
            kind="rest",
            sentence=f"All other reasons together ({len(rest)})",
            micropoints=sum(part.micropoints for part in rest),
            shown=sum(part.shown for part in rest),
            begins=rest[0].begins,
            ends=rest[-1].ends,
        )
        place = self.parts.index(rest[0])
        return (*self.parts[:place], bar, *self.parts[place + len(rest) :])

    def reasons(self, limit: int = 2) -> str:
        """One line for lists: "owner is 71, no successor named +14 · lease ends in 158 days +9"."""
        parts = [part for part in self.parts if part.kind in _REASON_KINDS][:limit]
        return " · ".join(f"{within_sentence(part.sentence)} {part.signed}" for part in parts)


class Explainer:
    """The words of one playbook revision, made ready once for any number of scores."""

    def __init__(self, playbook: Playbook) -> None:
        rules = playbook.rules
        self.playbook = playbook
        self.formats: Mapping[str, Format] = formats_of(playbook)
        self.factors: Mapping[str, Factor] = {factor.name: factor for factor in rules.factors}
        self._labels = {name: _label(factor.label, factor) for name, factor in self.factors.items()}
        self._short = {
            name: _label(factor.short_label or factor.label, factor) for name, factor in self.factors.items()
        }
        self._missing = {
            name: _label(factor.missing_label, factor)
            for name, factor in self.factors.items()
            if factor.missing_label
        }
        self._levels = {level.name: level.label for level in rules.temperature}
        self._fixed = _fixed_sentences(playbook)
        self._columns = _column_words(playbook)
        self._reads = {name: _names_read(factor) for name, factor in self.factors.items()}

    def explain(self, score: Score, inputs: Mapping[str, Any] | None = None) -> Explanation:
        """The explanation of a score; `inputs` (the lead's fields) fill labels where the score kept no value."""
        values = {**(inputs or {}), **score.values}
        tier = self.tier(score.tier)
        level = self._levels.get(score.temperature, in_words(score.temperature))
        tier_label = tier.label if tier else score.tier if score.tier == RETRY_TIER else in_words(score.tier)
        return Explanation(
            parts=self._parts(score, values),
            micropoints=score.micropoints,
            shown=shown_points(score.micropoints),
            tier=score.tier,
            tier_label=tier_label,
            colour=tier.colour if tier else "grey",
            temperature_label=level,
            headline=f"{tier_label}, {within_sentence(level)}" if level else tier_label,
            confidence=score.confidence,
            unknowns=self._unknowns(score, values) if score.model_id is None else (),
            method=_method_words(score),
        )

    def sentence(self, name: str, micropoints: int, values: Mapping[str, Any], short: bool = False) -> str:
        """One contribution in words; a factor this revision does not have is named by its name."""
        label = (self._short if short else self._labels).get(name)
        if label is not None:
            return label.fill(values, self.formats)
        if name.startswith(MODEL):
            return self.column_sentence(name.removeprefix(MODEL), values)
        plus, minus = self._fixed.get(name, (in_words(name.replace(":", " ")),) * 2)
        return plus if micropoints > 0 else minus

    def column_sentence(self, column: str, values: Mapping[str, Any]) -> str:
        """What a lead has in a column of a model: "Visits is 12", "City is not known"."""
        words, value = self._columns.get(column) or in_words(column), values.get(column)
        if value in (0, 1) and _YES_OR_NO.search(column):
            return f"{words}: {'yes' if value else 'no'}"
        shown = self.show(column, value)
        return f"{words} is not known" if shown is None else f"{words} is {shown}"

    def reason_text(
        self, contributions: Iterable[tuple[str, int]], values: Mapping[str, Any], limit: int = 2
    ) -> str:
        """One line for lists and exports from (name, micropoints) pairs, as a score's row stores them.

        Only factors, temperature and columns of a model count; whole points, each rounded by itself. Where there are
        none, that is said.
        """
        reasons = [
            (name, size)
            for name, size in contributions
            if name in self._short or name.startswith(("temper", MODEL))
        ]
        largest = sorted((pair for pair in reasons if pair[1]), key=lambda pair: -abs(pair[1]))[:limit]
        lines = (
            f"{within_sentence(self.sentence(name, size, values, short=True))} {signed(shown_points(size))}"
            for name, size in largest
        )
        return " · ".join(lines) or NO_REASON

    def show(self, name: str, value: Any) -> str | None:
        """A field's or feature's value as screens write it ($48,200; 12 March 2026), or None when unknown."""
        return self.formats.get(name, Format("number")).show(value)

    def level_words(self, name: str) -> str:
        """A temperature level as it reads inside a sentence."""
        return within_sentence(self._levels.get(name) or in_words(name) or "none")

    def names_read(self, factor: str) -> frozenset[str]:
        """The names in a factor's expressions; empty for a factor this revision does not have."""
        return self._reads.get(factor, frozenset())

    def tier(self, name: str) -> Tier | None:
        """The tier of that name in this revision."""
        return next((tier for tier in self.playbook.rules.tiers if tier.name == name), None)

    def _parts(self, score: Score, values: Mapping[str, Any]) -> tuple[Part, ...]:
        ordered = sorted((part for part in score.contributions if part.micropoints), key=_order)
        shown = shown_parts([part.micropoints for part in ordered])
        parts, height = [], 0
        for contribution, whole in zip(ordered, shown, strict=True):
            size = contribution.micropoints
            sentence = self.sentence(contribution.name, size, values)
            if contribution.kind == "start" and score.model_id is not None:
                sentence = AVERAGE
            parts.append(
                Part(contribution.name, contribution.kind, sentence, size, whole, height, height + size)
            )
            height += size
        return tuple(parts)

    def _unknowns(self, score: Score, values: Mapping[str, Any]) -> tuple[Unknown, ...]:
        found = []
        for contribution in score.contributions:
            label = None if contribution.micropoints else self._missing.get(contribution.name)
            if label is None:
                continue
            factor = self.factors[contribution.name]
            if any(name in values and values[name] is None for name in self._reads[factor.name]):
                found.append(Unknown(factor.name, label.fill(values, self.formats), factor.points))
        return tuple(sorted(found, key=lambda unknown: (-abs(unknown.at_stake), unknown.name)))


def explain(score: Score, playbook: Playbook, inputs: Mapping[str, Any] | None = None) -> Explanation:
    """The explanation of one score; build an `Explainer` once for many."""
    return Explainer(playbook).explain(score, inputs)


def _method_words(score: Score) -> str:
    if score.method in METHOD_WORDS:
        return METHOD_WORDS[score.method]
    return FALLBACK_WORDS.get(score.fallback or "", "by the model" if score.model_id else "")


def _order(part: Contribution) -> tuple[int, int, str]:
    """Start first, then reasons by size, then caps, then the limit of 0 to 100."""
    rank = {"start": 0, "cap": 2, "clamp": 3}.get(part.kind, 1)
    return rank, -abs(part.micropoints), part.name


def _label(text: str, factor: Factor) -> Label:
    return Label.of(text, fallback=in_words(factor.name))


def _fixed_sentences(playbook: Playbook) -> dict[str, tuple[str, str]]:
    """Sentences of contributions that are no factors: (when they add, when they take)."""
    rules = playbook.rules
    sentences = {
        "start": (rules.start_label,) * 2,
        "reasoner": ("The reasoner's answer",) * 2,
        "pending_retry": ("The reasoner has not answered yet; it is asked again later",) * 2,
        "clamp": ("Rules take no score below 0", "Rules give 100 points at most"),
    }
    for category in rules.categories:
        cap = show_number(category.cap or 0)
        sentences[f"cap:{category.name}"] = (
            f"{sentence_case(category.label)} takes at most {cap} points away",
            f"{sentence_case(category.label)} counts for at most {cap} points",
        )
    for level in rules.temperature:
        sentences[f"temperature:{level.name}"] = (f"Temperature is {within_sentence(level.label)}",) * 2
    return sentences


def _column_words(playbook: Playbook) -> dict[str, str]:
    """What people call the columns a model reads."""
    found = {feature.name: feature.label for feature in playbook.features}
    found |= {
        "category": "Category",
        "trade_group": "Trade group",
        "lead_source": "Where the record came from",
    }
    found |= {behaviour.name + "_intensity": behaviour.label for behaviour in playbook.behaviours}
    found |= {
        aggregate.name: aggregate.label or in_words(aggregate.name) for aggregate in playbook.aggregates
    }
    return found | {name: field.label for name, field in playbook.fields.items()}


def _names_read(factor: Factor) -> frozenset[str]:
    """Names in a factor's expressions; texts in quotes are left out."""
    expressions = (factor.when, factor.scale or "", factor.decay.since if factor.decay else "")
    return frozenset(
        match[1] for text in expressions for match in _NAME.finditer(text.lower()) if match[1] is not None
    )
