"""What moved a score between two times, part by part: "62 → 81: lien filed +14, fading with time −4"."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from galena.domain.score import Score
from galena.engines.explanation.explainer import Explainer
from galena.engines.explanation.integers import shown_parts, shown_points, signed
from galena.engines.explanation.labels import within_sentence

Cause = Literal["came", "went", "changed", "faded", "rule_added", "rule_removed", "rule_changed", "other"]
_LINE_PARTS = 4
_LEAD_INS: Mapping[Cause, str] = {
    "faded": "Fading with time",
    "rule_added": "New rule",
    "rule_changed": "Rule changed",
}


_WHOLE = {
    "ai": "The reasoner answered",
    "ai-reasoner": "The reasoner answered",
    "pending_retry": "The reasoner has not answered yet",
}


@dataclass(frozen=True, slots=True)
class Change:
    """How one contribution moved.

    Attributes:
        cause: it came, went, changed with its facts, faded with time, or its rule was added, removed or changed
            in a new revision; `other` for start, caps, temperature and the limit of 0 to 100.
        before, after, micropoints: the contribution then, now, and the difference.
        shown: whole points of the difference; those of all changes add up to the change shown.
    """

    name: str
    cause: Cause
    sentence: str
    before: int
    after: int
    micropoints: int
    shown: int

    @property
    def signed(self) -> str:
        """The whole points with their sign: +14, −4."""
        return signed(self.shown)


@dataclass(frozen=True, slots=True)
class ScoreDiff:
    """What moved a score since an earlier one; the changes sum to the movement exactly.

    Attributes:
        before, after: the scores in micropoints.
        before_shown, after_shown: the same in whole points.
        changes: largest first.
        rules_changed: whether the two scores were made by different revisions of the rules.
    """

    before: int
    after: int
    before_shown: int
    after_shown: int
    tier_before: str
    tier_after: str
    changes: tuple[Change, ...]
    rules_changed: bool

    @property
    def headline(self) -> str:
        """62 → 81."""
        return f"{self.before_shown} → {self.after_shown}"

    @property
    def line(self) -> str:
        """The whole difference in one line: "62 → 81: lien filed +14, fading with time −4"."""
        parts = [(within_sentence(change.sentence), change.shown) for change in self.changes if change.shown]
        if not parts:
            return f"{self.headline}: nothing changed"
        if len(parts) > _LINE_PARTS + 1:
            rest = sum(points for _, points in parts[_LINE_PARTS:])
            parts = [*parts[:_LINE_PARTS], (f"{len(parts) - _LINE_PARTS} smaller changes", rest)]
        return f"{self.headline}: " + ", ".join(f"{words} {signed(points)}" for words, points in parts)


def score_diff(earlier: Score, later: Score, now: Explainer, then: Explainer | None = None) -> ScoreDiff:
    """What moved the score from `earlier` to `later`.

    Args:
        now: the words of the later score's rules.
        then: the words of the earlier score's rules, where another revision made it.
    """
    told = _Told(earlier, later, then or now, now)
    moved = [told.change(name, before, after) for name, before, after in _pairs(earlier, later)]
    moved.sort(key=lambda change: (-abs(change.micropoints), change.name))
    before, after = shown_points(earlier.micropoints), shown_points(later.micropoints)
    shown = shown_parts([change.micropoints for change in moved], after - before)
    return ScoreDiff(
        before=earlier.micropoints,
        after=later.micropoints,
        before_shown=before,
        after_shown=after,
        tier_before=earlier.tier,
        tier_after=later.tier,
        changes=tuple(
            Change(c.name, c.cause, c.sentence, c.before, c.after, c.micropoints, whole)
            for c, whole in zip(moved, shown, strict=True)
        ),
        rules_changed=earlier.rules != later.rules,
    )


def whole_diff(earlier: Score, later: Score) -> ScoreDiff:
    """The movement as one change, where a score was answered as a whole and has no parts that could be compared."""
    before, after = shown_points(earlier.micropoints), shown_points(later.micropoints)
    words = _WHOLE.get(later.method, "Scored by rules again")
    moved = later.micropoints - earlier.micropoints
    change = Change("score", "other", words, earlier.micropoints, later.micropoints, moved, after - before)
    return ScoreDiff(
        before=earlier.micropoints,
        after=later.micropoints,
        before_shown=before,
        after_shown=after,
        tier_before=earlier.tier,
        tier_after=later.tier,
        changes=(change,) if moved else (),
        rules_changed=earlier.rules != later.rules,
    )


def _pairs(earlier: Score, later: Score) -> list[tuple[str, int, int]]:
    """(name, before, after) of what moved; temperature levels count as one."""
    sizes: dict[str, list[int]] = {}
    for place, score in enumerate((earlier, later)):
        for contribution in score.contributions:
            name = "temperature" if contribution.kind == "temperature" else contribution.name
            sizes.setdefault(name, [0, 0])[place] += contribution.micropoints
    return [(name, before, after) for name, (before, after) in sizes.items() if before != after]


@dataclass(frozen=True, slots=True)
class _Told:
    """Two scores of a lead and the words of their rules."""

    earlier: Score
    later: Score
    then: Explainer
    now: Explainer

    def change(self, name: str, before: int, after: int) -> Change:
        """How one contribution moved; its whole points are settled when all are known."""
        cause = self._cause(name, before, after)
        return Change(
            name, cause, self._sentence(name, cause, before, after), before, after, after - before, 0
        )

    def _cause(self, name: str, before: int, after: int) -> Cause:
        then, now = self.then.factors.get(name), self.now.factors.get(name)
        factor = now or then
        if factor is None:
            return "other"
        revised = self.earlier.rules != self.later.rules
        if revised and name not in _names(self.earlier):
            return "rule_added"
        if revised and name not in _names(self.later):
            return "rule_removed"
        read = self.now.names_read(name) | self.then.names_read(name)
        same = _same_values(read, self.earlier.values, self.later.values)
        if same and revised and then != now:
            return "rule_changed"
        if same and factor.decay is not None and abs(after) < abs(before):
            return "faded"
        return "came" if before == 0 else "went" if after == 0 else "changed"

    def _sentence(self, name: str, cause: Cause, before: int, after: int) -> str:
        if name == "temperature":
            now = self.now.level_words(self.later.temperature)
            return f"Temperature {now}, was {self.then.level_words(self.earlier.temperature)}"
        if name == "clamp":
            return "The limits of 0 and 100"
        if cause in ("went", "rule_removed"):
            words = within_sentence(self.then.sentence(name, before, self.earlier.values, short=True))
            return f"{'No longer' if cause == 'went' else 'Rule removed'}: {words}"
        words = self.now.sentence(name, after or before, self.later.values, short=True)
        lead_in = _LEAD_INS.get(cause)
        return f"{lead_in}: {within_sentence(words)}" if lead_in else words


def _names(score: Score) -> set[str]:
    return {contribution.name for contribution in score.contributions}


def _same_values(names: frozenset[str], before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    return all(before.get(name) == after.get(name) for name in names)
