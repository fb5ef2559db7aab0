"""Names in a playbook that must exist, or must not exist twice."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from galena.domain.playbook import Fact, FieldMapping, FieldType, Mapping, Playbook
from galena.domain.playbook.schema import LEAD_NAMES, SCORE_NAMES, SUBSCORE_NAMES
from galena.kit.yaml_positions import Path
from galena.playbooks.files import PlaybookFiles
from galena.playbooks.outcome_references import outcome_problems
from galena.playbooks.problem import Problem
from galena.playbooks.routing_references import routing_problems
from galena.playbooks.shape import Shaped
from galena.playbooks.wording import did_you_mean

KEY = "key"
"""In a mapping's `match`: the key of the source record that founded the lead."""

_WORD = re.compile(r"[a-z][a-z0-9_]*")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_EXPORT_NAMES = frozenset({"trade_group", "category", "tier"})
_RESERVED = frozenset({*LEAD_NAMES, *SUBSCORE_NAMES, *SCORE_NAMES, "as_of", "item", "null", "true", "false"})


@dataclass(frozen=True, slots=True)
class Checked:
    """A playbook under examination, with the way back to its files."""

    playbook: Playbook
    files: PlaybookFiles
    shaped: Shaped

    def problem(
        self, path: Path, what: str, *, value: object = "", remedy: str = "", at_key: bool = False
    ) -> Problem:
        """A problem at a path of the playbook."""
        place = self.shaped.place(path)
        return self.files.problem(place, what, value=value, remedy=remedy, at_key=at_key)

    def inside(
        self, path: Path, text: str, offset: int, what: str, *, value: object = "", remedy: str = ""
    ) -> Problem:
        """A problem at a character of a text of the playbook."""
        place = self.shaped.place(path)
        return self.files.problem_inside(place, text, offset, what, value=value, remedy=remedy)

    def unknown(
        self, path: Path, what: str, name: str, known: Collection[str], *, at_key: bool = False
    ) -> Iterator[Problem]:
        """A problem when a name is not known, unless it was left out for a mistake of its own."""
        if name not in known and name not in self.shaped.left_out:
            yield self.problem(path, what, value=name, remedy=did_you_mean(name, known), at_key=at_key)


def reference_problems(checked: Checked) -> Iterator[Problem]:
    """Every name that is missing, given twice, or in the way of another."""
    for examine in (
        _doubles,
        _collisions,
        _rules,
        _models,
        _reasoner,
        _identity,
        _enrichment,
        outcome_problems,
        routing_problems,
        _signals,
        _leads,
        _mappings,
        _labels,
    ):
        yield from examine(checked)


def _doubles(checked: Checked) -> Iterator[Problem]:
    playbook = checked.playbook
    named: list[tuple[Path, str, Iterable[str]]] = [
        (("behaviours",), "behaviour", (part.name for part in playbook.behaviours)),
        (("aggregates",), "aggregate", (part.name for part in playbook.aggregates)),
        (("features",), "feature", (part.name for part in playbook.features)),
        (("discards",), "discard", (part.name for part in playbook.discards)),
        (("categories",), "category", (part.name for part in playbook.categories)),
        (("rules", "categories"), "category of factors", (part.name for part in playbook.rules.categories)),
        (("rules", "factors"), "factor", (part.name for part in playbook.rules.factors)),
        (("rules", "temperature"), "temperature level", (part.name for part in playbook.rules.temperature)),
        (("rules", "tiers"), "tier", (part.name for part in playbook.rules.tiers)),
        (("rules", "what_ifs"), "what-if", (part.label for part in playbook.rules.what_ifs)),
        (("models", "heads"), "head", (part.name for part in playbook.models.heads)),
        (("reasoner", "facts"), "fact", (part.name for part in _facts(playbook))),
        (("outcomes", "reasons"), "reason", (part.code for part in playbook.outcomes.reasons)),
        (("mappings",), "source", (part.source for part in playbook.mappings)),
    ]
    for path, noun, names in named:
        key = {"source": "source", "what-if": "label", "reason": "code"}.get(noun, "name")
        seen: dict[str, int] = {}
        for index, name in enumerate(names):
            if name in seen:
                first = checked.problem((*path, seen[name], key), "")
                where = f"{first.file} line {first.line}"
                what = f"this {noun} exists already, in {where}"
                yield checked.problem((*path, index, key), what, value=name, remedy="Give it another name.")
            seen.setdefault(name, index)


def _collisions(checked: Checked) -> Iterator[Problem]:
    """Two inputs of one name. A feature may carry a field's name only to pass that field on as it is."""
    playbook = checked.playbook
    taken = dict.fromkeys(playbook.fields, "a field") | dict.fromkeys(_RESERVED, "a name of the engine")
    for name in sorted(_RESERVED & set(playbook.fields)):
        yield _collision(checked, ("fields", name), name, "a name of the engine", at_key=True)
    for index, behaviour in enumerate(playbook.behaviours):
        for name in (f"{behaviour.name}_intensity", f"{behaviour.name}_last_at"):
            if name in taken:
                yield _collision(checked, ("behaviours", index, "name"), name, taken[name])
            taken.setdefault(name, "an input made from a behaviour")
    for index, aggregate in enumerate(playbook.aggregates):
        if aggregate.name in taken:
            yield _collision(checked, ("aggregates", index, "name"), aggregate.name, taken[aggregate.name])
        taken.setdefault(aggregate.name, "an aggregate")
    for index, feature in enumerate(playbook.features):
        if feature.name in taken and feature.sql != feature.name:
            yield _collision(checked, ("features", index, "name"), feature.name, taken[feature.name])


def _collision(checked: Checked, path: Path, name: str, other: str, *, at_key: bool = False) -> Problem:
    remedy = "Give it another name."
    if path[0] == "features":
        remedy = f"Give it another name, or write `sql: {name}` to pass the value on as it is."
    return checked.problem(path, f"this name is already {other}", value=name, remedy=remedy, at_key=at_key)


def _rules(checked: Checked) -> Iterator[Problem]:
    rules = checked.playbook.rules
    categories = {category.name for category in rules.categories}
    for index, factor in enumerate(rules.factors):
        path: Path = ("rules", "factors", index)
        what = "there is no such category of factors"
        yield from checked.unknown((*path, "category"), what, factor.category, categories)
        if factor.valid_from and factor.valid_to and factor.valid_to < factor.valid_from:
            remedy = "Exchange the two dates."
            yield checked.problem((*path, "valid_to"), "it ends before it starts", remedy=remedy)
    last = rules.tiers[-1]
    if last.when.upper() != "TRUE":
        yield checked.problem(
            ("rules", "tiers", len(rules.tiers) - 1, "when"),
            "the last tier must take every lead that is left",
            value=last.when,
            remedy="Write `when: TRUE`.",
        )
    for index, what_if in enumerate(rules.what_ifs):
        for name in what_if.change:
            path = ("rules", "what_ifs", index, "change", name)
            yield from checked.unknown(
                path, "there is no such field", name, checked.playbook.fields, at_key=True
            )


def _models(checked: Checked) -> Iterator[Problem]:
    playbook, models = checked.playbook, checked.playbook.models
    names = [head.name for head in models.heads]
    if models.mode != "rules" and not models.heads and checked.shaped.whole:
        what = f"mode {models.mode} needs a head: something to predict"
        yield checked.problem(("models", "mode"), what, value=models.mode, remedy="Add one under `heads`.")
    if models.score is not None:
        yield from checked.unknown(("models", "score"), "there is no such head", models.score, names)
    for index, head in enumerate(models.heads):
        if head.given is not None:
            what = "a head can only be given one that stands above it"
            yield from checked.unknown(("models", "heads", index, "given"), what, head.given, names[:index])
    yield from _model_inputs(checked)
    numbers = {feature.name for feature in playbook.features}
    for name in models.monotone:
        what = "there is no such feature"
        yield from checked.unknown(("models", "monotone", name), what, name, numbers, at_key=True)


def _model_inputs(checked: Checked) -> Iterator[Problem]:
    """Fields that models may read: known when the lead is scored, and one value each."""
    fields = checked.playbook.fields
    for index, name in enumerate(checked.playbook.models.inputs):
        path: Path = ("models", "inputs", index)
        yield from checked.unknown(path, "there is no such field", name, fields)
        field = fields.get(name)
        if field is None:
            continue
        if field.outcome:
            what = "this field is known only after the lead was worked, so no model may read it"
            yield checked.problem(path, what, value=name, remedy="Take it out.")
        elif field.personal or field.type is FieldType.LIST:
            what = "models read no personal data and no lists"
            yield checked.problem(path, what, value=name, remedy="Make a feature of it.")


def _facts(playbook: Playbook) -> tuple[Fact, ...]:
    return playbook.reasoner.facts if playbook.reasoner else ()


def _reasoner(checked: Checked) -> Iterator[Problem]:
    """Personal data leaves the house only where the playbook says why."""
    personal = {name for name, field in checked.playbook.fields.items() if field.personal}
    for index, fact in enumerate(_facts(checked.playbook)):
        read = personal & set(_WORD.findall(fact.reads))
        if read and fact.because is None:
            yield checked.problem(
                ("reasoner", "facts", index, "sql" if fact.sql else "name"),
                "this shows personal data to the reasoner, and does not say why",
                value=", ".join(sorted(read)),
                remedy="Show something made from it (a feature), or add `because: WHY`.",
            )


def _identity(checked: Checked) -> Iterator[Problem]:
    identity = checked.playbook.identity
    if identity is None:
        return
    for name in identity.compare:
        what = "there is no such field"
        yield from checked.unknown(
            ("identity", "compare", name), what, name, checked.playbook.fields, at_key=True
        )
    what = "this is not among the fields under `compare`"
    for place, key in enumerate(identity.keys):
        for index, name in enumerate(key.fields):
            yield from checked.unknown(
                ("identity", "keys", place, "fields", index), what, name, identity.compare
            )
    for index, name in enumerate(identity.anchors):
        yield from checked.unknown(("identity", "anchors", index), what, name, identity.compare)
    if identity.review >= identity.merge:
        remedy = "Ask from a lower probability on than you join from."
        yield checked.problem(("identity", "review"), "nobody would ever be asked", remedy=remedy)


def _enrichment(checked: Checked) -> Iterator[Problem]:
    enrichment = checked.playbook.enrichment
    if enrichment is None:
        return
    fields, what = checked.playbook.fields, "there is no such field"
    for name in enrichment.wants:
        yield from checked.unknown(("enrichment", "wants", name), what, name, fields, at_key=True)
    for index, part in enumerate(enrichment.local):
        place = ("enrichment", "local", index)
        yield from checked.unknown((*place, "reads"), what, part.reads, fields)
        for key, name in part.beside.items():
            yield from checked.unknown((*place, "beside", key), what, name, fields)
        for name in part.fills:
            yield from checked.unknown((*place, "fills", name), what, name, fields, at_key=True)


def _signals(checked: Checked) -> Iterator[Problem]:
    kinds = checked.playbook.signal_kinds
    lists = [(("behaviours", index), part.signals) for index, part in enumerate(checked.playbook.behaviours)]
    lists += [(("aggregates", index), part.signals) for index, part in enumerate(checked.playbook.aggregates)]
    for path, signals in lists:
        for place, kind in enumerate(signals):
            what = "this signal kind is not declared"
            yield from checked.unknown((*path, "signals", place), what, kind, kinds)


def _leads(checked: Checked) -> Iterator[Problem]:
    playbook = checked.playbook
    for path, names in ((("lead", "columns"), playbook.lead.columns), (("needs",), playbook.needs)):
        for index, name in enumerate(names):
            yield from checked.unknown((*path, index), "there is no such field", name, playbook.fields)
    if playbook.export_path is not None:
        yield from _export_path(checked, playbook.export_path)


def _export_path(checked: Checked, pattern: str) -> Iterator[Problem]:
    for name in _PLACEHOLDER.findall(pattern):
        what = "this cannot be replaced in export_path"
        yield from checked.unknown(("export_path",), what, name, _EXPORT_NAMES)
    if re.search(r"[{}]", _PLACEHOLDER.sub("", pattern)):
        what, remedy = "a bracket of export_path has no partner", "Write replaced parts as {tier}."
        yield checked.problem(("export_path",), what, value=pattern, remedy=remedy)
    path = PurePosixPath(pattern)
    if not path.name or path.is_absolute() or ".." in path.parts or "\\" in pattern:
        what = "export_path must stay below the folder that is exported to"
        remedy = "Write it as exports/{category}/tier_{tier}.csv."
        yield checked.problem(("export_path",), what, value=pattern, remedy=remedy)


def _mappings(checked: Checked) -> Iterator[Problem]:
    sources = {mapping.source for mapping in checked.playbook.mappings}
    for index, mapping in enumerate(checked.playbook.mappings):
        path: Path = ("mappings", index)
        yield from _mapped_fields(checked, path, mapping)
        yield from _mapped_signals(checked, path, mapping)
        for name in mapping.match:
            known = {KEY, *checked.playbook.fields}
            what = "rows can only be matched on a field of the lead or on `key`"
            yield from checked.unknown((*path, "match", name), what, name, known, at_key=True)
        if KEY in mapping.match and mapping.match_source is None:
            remedy = "Add `match_source: NAME` with the source that has the key."
            yield checked.problem(
                (*path, "match"), "it is not said which source's key is meant", remedy=remedy
            )
        if mapping.match_source is not None:
            what = "there is no such source"
            yield from checked.unknown((*path, "match_source"), what, mapping.match_source, sources)


def _mapped_fields(checked: Checked, path: Path, mapping: Mapping) -> Iterator[Problem]:
    fields = checked.playbook.fields
    for name, origin in mapping.fields.items():
        place = (*path, "fields", name)
        if name not in fields:
            yield from checked.unknown(
                place, "this is not a field of the playbook", name, fields, at_key=True
            )
            continue
        for item in origin.items:
            where = (*place, "items", item)
            known = fields[name].items
            yield from checked.unknown(where, f"items of {name} have no such part", item, known, at_key=True)
        allowed = fields[name].values
        if allowed:
            for where, value in _fixed_values(origin):
                if isinstance(value, str):
                    what = f"{name} cannot have this value"
                    yield from checked.unknown((*place, *where), what, value, allowed)


def _fixed_values(origin: FieldMapping) -> Iterator[tuple[Path, object]]:
    yield ("constant",), origin.constant
    yield ("default",), origin.default
    for written, value in origin.values.items():
        yield ("values", written), value


def _mapped_signals(checked: Checked, path: Path, mapping: Mapping) -> Iterator[Problem]:
    kinds = checked.playbook.signal_kinds
    what = "this signal kind is not declared"
    for index, signal in enumerate(mapping.signals):
        place = (*path, "signals", index)
        if signal.kind is not None:
            yield from checked.unknown((*place, "kind"), what, signal.kind, kinds)
        for written, kind in signal.kinds.items():
            yield from checked.unknown((*place, "kinds", written), what, kind, kinds)


def _labels(checked: Checked) -> Iterator[Problem]:
    """Placeholders of a factor's label must be names whose value a salesperson can be shown."""
    playbook = checked.playbook
    known = {name for name, field in playbook.fields.items() if not field.outcome} | set(LEAD_NAMES)
    known |= {feature.name for feature in playbook.features}
    known |= {aggregate.name for aggregate in playbook.aggregates}
    known |= {f"{behaviour.name}_intensity" for behaviour in playbook.behaviours}
    for index, factor in enumerate(playbook.rules.factors):
        for key in ("label", "short_label", "missing_label"):
            text = getattr(factor, key)
            for found in _PLACEHOLDER.finditer(text):
                name = found.group(1)
                if name not in known and name not in checked.shaped.left_out:
                    yield checked.inside(
                        ("rules", "factors", index, key),
                        text,
                        found.start(),
                        "the label names a value that does not exist",
                        value=name,
                        remedy=did_you_mean(name, known),
                    )
