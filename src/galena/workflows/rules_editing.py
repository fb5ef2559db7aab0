"""Factors, tiers, temperature and behaviours changed by a person: what they typed is checked piece by piece, and said
where.

What is typed comes as texts by place, a place being the part, its name and the attribute: `factor.lease_ends.points`,
`category.owner.cap`, `tier.green.when`, `tier.green.from`, `level.hot.keep`, `behaviour.visits.half_life_days`,
`start.points`, and `new.name` with its neighbours for a factor to be added. So whoever shows a form can put each
complaint beside what it is about.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from galena.domain.playbook import Behaviour, Factor, FactorCategory, Playbook, TemperatureLevel, Tier
from galena.domain.playbook.schema import SCORE_NAMES, SUBSCORE_NAMES
from galena.domain.revision import Revision
from galena.engines.scoring import Scorer
from galena.kit.errors import ConfigurationError, ConflictError
from galena.kit.expression import BOOLEAN, ExpressionError, Schema, check
from galena.playbooks import diff
from galena.stores import audit, revisions
from galena.stores.door import Session
from galena.workflows.plans import Plan, compile_playbook, new_revision
from galena.workflows.workspaces import SHIPPED_NOTE

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
THRESHOLD = re.compile(r"(\bscore\s*>=\s*)(\d+(?:\.\d+)?)")
"""The score from which a tier begins, where its condition says it plainly."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_LONGEST_NOTE = 300
_LONGEST_LABEL = 500
_MOST_POINTS = 100.0
_MOST_WEIGHT, _MOST_DAYS, _MOST_CAP = 1_000.0, 3_650.0, 1_000_000.0
_LEAST = 0.001
DECAYS: Mapping[str, str] = {
    "exponential": "halves again and again",
    "linear": "falls evenly, gone after twice as long",
    "step": "counts fully until then, and no more after",
    "none": "never fades",
}
"""How a behaviour fades -> the same in words."""


Graded = TypeVar("Graded", Tier, TemperatureLevel)


@dataclass(frozen=True, slots=True)
class EditProblem:
    """What is wrong with one text; `place` is where it was typed, empty for the rules as a whole."""

    place: str
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}".strip()


class RulesEditError(ConfigurationError):
    """Rules that cannot be used as they were typed; every mistake is in `problems`."""

    def __init__(self, problems: Sequence[EditProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "These rules cannot be used yet.",
            facts={each.place or "rules": each.what for each in problems},
            remedy="Mend what is marked, then save again.",
        )


@dataclass(frozen=True, slots=True)
class RulesEdit:
    """What an edit makes of a playbook.

    Attributes:
        playbook: with the changes that can be used.
        changes: in words, one for each difference: "factor lease_ends: points 12 → 18".
        problems: what cannot be used; nothing may be saved while there is any.
    """

    playbook: Playbook
    changes: tuple[str, ...]
    problems: tuple[EditProblem, ...]

    @property
    def sound(self) -> Playbook:
        """The edited playbook.

        Raises:
            RulesEditError: something in it cannot be used.
        """
        if self.problems:
            raise RulesEditError(self.problems)
        return self.playbook


def edit_rules(plan: Plan, typed: Mapping[str, str]) -> RulesEdit:
    """The playbook of a plan with what was typed; a text that was not sent leaves its part as it is.

    A factor of which any text was sent counts as switched off unless `factor.<name>.on` was sent too, and is taken
    out when `factor.<name>.remove` was.
    """
    editing = _Editing(plan, typed)
    rules = plan.playbook.rules
    changed = rules.model_copy(
        update={
            "start_points": editing.points("start.points", rules.start_points, least=0.0),
            "categories": tuple(map(editing.category, rules.categories)),
            "factors": (*editing.kept_factors(rules.factors), *editing.new_factor()),
            "temperature": tuple(map(editing.level, rules.temperature)),
            "tiers": tuple(map(editing.tier, rules.tiers)),
        }
    )
    behaviours = tuple(map(editing.behaviour, plan.playbook.behaviours))
    playbook = plan.playbook.model_copy(update={"rules": changed, "behaviours": behaviours})
    if not editing.problems and playbook != plan.playbook:
        editing.problems += _compiling(plan, playbook)
    changes = tuple(map(str, diff(plan.playbook, playbook)))
    return RulesEdit(playbook, changes, tuple(editing.problems))


def save_rules(session: Session, edit: RulesEdit, *, based_on: UUID, note: str = "") -> Revision:
    """Keep edited rules as the revision that scores from now on; the same rules again change nothing.

    Raises:
        RulesEditError: something in them cannot be used.
        ConflictError: somebody saved other rules since revision `based_on` was read.
    """
    playbook = edit.sound
    active = revisions.find_active(session)
    if active is None or active.id != based_on:
        raise ConflictError(
            "Somebody saved other rules while you were editing.",
            facts={"the newest is": f"revision {active.number}, {active.note}"} if active else {},
            remedy="Open the page again, look at what changed, and make your change once more.",
        )
    saved = revisions.save(session, new_revision(playbook, _note(note, edit.changes)))
    detail = {"number": saved.number, "from": active.number, "changes": list(edit.changes)}
    audit.record(session, "save_rules", f"revision:{saved.id}", detail)
    return saved


def restore_rules(session: Session, revision_id: UUID) -> Revision:
    """Make an earlier revision the one that scores, as a new revision; nothing of the history is lost.

    Raises:
        NotFoundError: there is no such revision.
    """
    saved = revisions.restore(session, revision_id)
    audit.record(session, "restore_rules", f"revision:{saved.id}", {"number": saved.number})
    return saved


def expression_names(plan: Plan) -> Schema:
    """Every name that a factor's condition may read, with its type."""
    own = {name: kind for name, kind in plan.scorer.value_schema.items() if name not in SCORE_NAMES}
    return {**plan.features.schema, **own}


class _Editing:
    """One edit: reads texts, keeps what can be used, notes what cannot."""

    def __init__(self, plan: Plan, typed: Mapping[str, str]) -> None:
        self.problems: list[EditProblem] = []
        self._typed = {place: text.strip() for place, text in typed.items()}
        self._names = expression_names(plan)
        self._labels = set(self._names) | set(plan.playbook.fields)
        self._categories = {category.name for category in plan.playbook.rules.categories}
        self._last_tier = plan.playbook.rules.tiers[-1].name
        self._factors = {factor.name for factor in plan.playbook.rules.factors}

    def category(self, category: FactorCategory) -> FactorCategory:
        place = f"category.{category.name}.cap"
        if self._typed.get(place) == "":
            return category.model_copy(update={"cap": None})
        cap = self.points(place, category.cap or 0.0, least=0.0)
        if cap == 0 and category.cap:
            self._wrong(place, "The limit must be above 0.", "Leave it empty for no limit.")
            return category
        return category.model_copy(update={"cap": cap or None})

    def kept_factors(self, factors: Sequence[Factor]) -> Iterator[Factor]:
        for factor in factors:
            if f"factor.{factor.name}.remove" not in self._typed:
                yield self._factor(factor)

    def new_factor(self) -> Iterator[Factor]:
        """The factor to be added; none when nothing was typed for it."""
        text = {
            key: self._typed.get(f"new.{key}", "") for key in ("name", "category", "label", "when", "points")
        }
        if not (text["name"] or text["label"] or text["when"] or text["points"]):
            return
        name = text["name"] or name_of(text["label"])
        before = len(self.problems)
        if not NAME.fullmatch(name):
            remedy = "Use lower-case letters, digits and underscores, beginning with a letter."
            self._wrong("new.name", "This cannot be the name of a factor.", remedy)
        elif name in self._factors:
            self._wrong("new.name", f"There is a factor {name} already.", "Choose another name.")
        if text["category"] not in self._categories:
            self._wrong("new.category", "Choose what the factor belongs to.")
        label = self._label("new.label", "")
        when = self.condition("new.when", "TRUE", self._names)
        if not text["points"]:
            self._wrong("new.points", "Say how many points it gives.", "Below zero takes points away.")
        points = self.points("new.points", 0.0)
        if len(self.problems) == before:
            yield Factor(name=name, category=text["category"], label=label, when=when, points=points)

    def tier(self, tier: Tier) -> Tier:
        """The last tier takes what is left, so it stays as it is."""
        if tier.name == self._last_tier:
            return tier
        names = {**self._names, **SUBSCORE_NAMES, **SCORE_NAMES}
        return self._graded(f"tier.{tier.name}", tier, names, {})

    def level(self, level: TemperatureLevel) -> TemperatureLevel:
        place = f"level.{level.name}"
        points = self.points(f"{place}.points", level.points)
        return self._graded(place, level, {**self._names, **SUBSCORE_NAMES}, {"points": points})

    def behaviour(self, behaviour: Behaviour) -> Behaviour:
        place = f"behaviour.{behaviour.name}"
        if not any(key.startswith(f"{place}.") for key in self._typed):
            return behaviour
        cap: float | None = None
        if self._typed.get(f"{place}.cap", "" if behaviour.cap is None else "kept"):
            cap = self.points(f"{place}.cap", behaviour.cap or 0.0, _LEAST, _MOST_CAP) or None
        decay = self._typed.get(f"{place}.decay", behaviour.decay)
        if decay not in DECAYS:
            self._wrong(f"{place}.decay", "This is no way to fade.", f"Choose one of {', '.join(DECAYS)}.")
            decay = behaviour.decay
        days = self.points(f"{place}.half_life_days", behaviour.half_life_days, _LEAST, _MOST_DAYS)
        weight = self.points(f"{place}.weight", behaviour.weight, -_MOST_WEIGHT, _MOST_WEIGHT)
        return behaviour.model_copy(
            update={"weight": weight, "half_life_days": days, "cap": cap, "decay": decay}
        )

    def points(
        self, place: str, now: float, least: float = -_MOST_POINTS, most: float = _MOST_POINTS
    ) -> float:
        text = self._typed.get(place)
        if text is None:
            return now
        try:
            number = float(text.replace(",", ".").replace("\N{MINUS SIGN}", "-"))
        except ValueError:
            self._wrong(place, "This is not a number.", f"Write one from {least:g} to {most:g}.")
            return now
        if not least <= number <= most:
            self._wrong(place, f"{text} is too far.", f"Write a number from {least:g} to {most:g}.")
            return now
        return number

    def condition(self, place: str, now: str, names: Schema) -> str:
        text = self._typed.get(place)
        # A line of a form cannot hold line breaks, so spacing alone is no change.
        if text is None or text.split() == now.split():
            return now
        if not text:
            self._wrong(place, "A condition is needed.", "Write TRUE for always.")
            return now
        try:
            check(text, names, expects=BOOLEAN)
        except ExpressionError as error:
            self.problems.append(_explained(place, error))
            return now
        return text

    def _factor(self, factor: Factor) -> Factor:
        place = f"factor.{factor.name}"
        if not any(key.startswith(f"{place}.") for key in self._typed):
            return factor
        return factor.model_copy(
            update={
                "points": self.points(f"{place}.points", factor.points),
                "when": self.condition(f"{place}.when", factor.when, self._names),
                "label": self._label(f"{place}.label", factor.label),
                "on": f"{place}.on" in self._typed,
            }
        )

    def _graded(self, place: str, level: Graded, names: Schema, points: Mapping[str, float]) -> Graded:
        """A tier or a temperature level with its conditions; a new threshold goes into both of them."""
        when = self.condition(f"{place}.when", level.when, names)
        keep: str | None = None
        if self._typed.get(f"{place}.keep", level.keep or ""):
            keep = self.condition(f"{place}.keep", level.keep or "", names)
        before = threshold_of(level)
        if before is not None:
            # A threshold that was left alone must not undo a condition that was rewritten.
            by = self.points(f"{place}.from", before, least=0.0) - before
            when, keep = _moved(when, by), _moved(keep, by) if keep else None
        return level.model_copy(update={"when": when, "keep": keep, **points})

    def _label(self, place: str, now: str) -> str:
        text = self._typed.get(place, now)
        if text.split() == now.split() and now:
            return now
        if not text:
            self._wrong(place, "Words for the reason are needed.", "They stand on the lead's page.")
            return now
        unknown = [name for name in _PLACEHOLDER.findall(text) if name.strip() not in self._labels]
        if unknown:
            self._wrong(place, f"There is no field or feature {unknown[0]}.", "Use a name listed below.")
            return now
        if len(text) > _LONGEST_LABEL:
            self._wrong(place, "These words are too long.", "Use 500 characters at most.")
            return now
        return text

    def _wrong(self, place: str, what: str, remedy: str = "") -> None:
        self.problems.append(EditProblem(place, what, remedy))


def name_of(label: str) -> str:
    """A factor's name from its words: "Lease ends soon" -> "lease_ends_soon"."""
    return re.sub(r"[^a-z0-9]+", "_", _PLACEHOLDER.sub("", label).lower()).strip("_")[:60]


def threshold_of(level: Tier | TemperatureLevel) -> float | None:
    """The score from which a tier begins; None where its condition does not say it plainly."""
    found = THRESHOLD.search(level.when)
    return float(found[2]) if found else None


def _moved(sql: str, by: float) -> str:
    if not by:
        return sql
    return THRESHOLD.sub(lambda found: f"{found[1]}{min(max(float(found[2]) + by, 0.0), 100.0):g}", sql)


def _explained(place: str, error: ExpressionError) -> EditProblem:
    nearest, found = error.facts.get("nearest"), error.facts.get("found")
    what = error.what.rstrip(".")
    where = f" at character {error.column}" if error.facts.get("position") else ""
    at = f"{what}: {found}{where}." if found and str(found) not in what else f"{what}{where}."
    return EditProblem(place, at, f"Did you mean {nearest}?" if nearest else error.remedy)


def _compiling(plan: Plan, playbook: Playbook) -> list[EditProblem]:
    features = plan.features
    try:
        if playbook.behaviours != plan.playbook.behaviours:
            compile_playbook(playbook)
        else:
            Scorer.build(playbook, features.definitions, features.schema, features.hash)
    except ExpressionError as error:
        return [_explained("", error)]
    return []


def _note(note: str, changes: Sequence[str]) -> str:
    """What a revision is remembered by; the words of a shipped one stay its own."""
    text = note.strip() or "; ".join(changes) or "no change"
    return f"{text}, edited" if text == SHIPPED_NOTE else text[:_LONGEST_NOTE]
