"""Every SQL expression of a playbook, checked where it stands with what may be read there."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from sqlglot import exp

from galena.domain.playbook import Playbook, TemperatureLevel, Tier
from galena.domain.playbook.routing import NUMBER_FACTS, READABLE_FACTS
from galena.domain.playbook.schema import (
    SCORE_NAMES,
    SUBSCORE_NAMES,
    early_schema,
    field_schema,
    field_type,
    input_schema,
    outcome_schema,
    routing_schema,
)
from galena.kit.expression.checking import Checker
from galena.kit.expression.errors import ExpressionError
from galena.kit.expression.macros import STANDARD_MACROS
from galena.kit.expression.reading import parse
from galena.kit.expression.types import BOOLEAN, DATE, INSTANT, NULL, NUMBER, TEXT, Schema, Type
from galena.kit.yaml_positions import Path
from galena.playbooks.problem import Problem
from galena.playbooks.references import Checked

LONGEST_CHOICE = 18_000
"""Characters that the conditions of all categories may have together: they are tried as one expression."""


@dataclass(frozen=True, slots=True)
class _Expression:
    """One expression: where it stands and which types it may give."""

    path: Path
    sql: str
    kinds: tuple[Type, ...]


def expression_problems(checked: Checked) -> Iterator[Problem]:
    """Mistakes in expressions: syntax, unknown names and functions, types, cycles, divisors that can be zero."""
    playbook = checked.playbook
    early = _Examiner(checked, early_schema(playbook))
    yield from early.all(_early_expressions(playbook))
    yield from _too_long(checked)
    late = _Examiner(checked, input_schema(playbook))
    yield from late.features()
    yield from late.all(_rule_expressions(playbook))
    yield from late.all(_worths(playbook))
    yield from late.all(_shown_facts(playbook))
    known = _Examiner(checked, {**field_schema(playbook), "lead_source": TEXT})
    yield from known.all(_arrival(playbook))
    yield from _Examiner(checked, routing_schema(playbook)).all(_routing(playbook))
    yield from _Examiner(checked, outcome_schema(playbook)).all(_label_expressions(playbook))
    yield from _known_beforehand(checked)
    late.also(SUBSCORE_NAMES)
    yield from late.all(_level_expressions("temperature", playbook.rules.temperature))
    late.also(SCORE_NAMES)
    yield from late.all(_level_expressions("tiers", playbook.rules.tiers))


class _Examiner:
    """Checks expressions against names; features become names as they are checked."""

    def __init__(self, checked: Checked, schema: Schema) -> None:
        self.checked = checked
        self.schema: dict[str, Type] = dict(schema)
        self.checker = Checker(self.schema, STANDARD_MACROS, {})
        # Names whose own expression has a mistake: what reads them is not complained about as well.
        self.failed: set[str] = set()
        self.outcomes = {name for name, field in checked.playbook.fields.items() if field.outcome}

    def also(self, schema: Schema) -> None:
        """Let further names be read."""
        self.schema.update(schema)

    def all(self, expressions: Iterable[_Expression]) -> Iterator[Problem]:
        """The problems of some expressions."""
        for expression in expressions:
            yield from self.one(expression)

    def one(self, expression: _Expression, name: str = "") -> Iterator[Problem]:
        """The problem of one expression, if it has one; under `name` it can be read from then on."""
        try:
            node = self.checker.check(expression.sql, name)
        except ExpressionError as error:
            yield from self._explained(expression, error)
            return
        if node.type not in (*expression.kinds, NULL):
            if self.failed & _names_read(expression.sql):
                return
            wanted = " or ".join(_KIND_WORDS.get(kind.name, str(kind)) for kind in expression.kinds)
            yield self.checked.problem(
                expression.path,
                f"this must give {wanted}, not {_KIND_WORDS.get(node.type.name, str(node.type))}",
                value=expression.sql,
                remedy=_type_remedy(expression.kinds, node.type),
            )
        elif name:
            kind = node if node.type != NULL else self.checker.nodes.constant(None, NUMBER)
            self.checker.definitions[name] = kind

    def features(self) -> Iterator[Problem]:
        """The problems of the features, each checked after those it reads."""
        features = {
            feature.name: (index, feature)
            for index, feature in enumerate(self.checked.playbook.features)
            if feature.name not in self.schema or feature.sql == feature.name
        }
        reads = {
            name: {other for other in _names_read(feature.sql) if other in features and other != name}
            for name, (_, feature) in features.items()
        }
        cyclic = list(_cycles(reads))
        for circle in cyclic:
            index, feature = features[circle[0]]
            yield self.checked.problem(
                ("features", index, "sql"),
                "features read each other in a circle",
                value=" → ".join((*circle, circle[0])),
                remedy="Let one of them read fields only.",
            )
        in_circle = {name for circle in cyclic for name in circle}
        self.failed |= in_circle
        for name in _ordered(reads, in_circle):
            index, feature = features[name]
            passed_on = name in self.schema and feature.sql == name
            if name not in in_circle:
                expression = _Expression(("features", index, "sql"), feature.sql, (NUMBER, BOOLEAN))
                yield from self.one(expression, "" if passed_on else name)
            if not passed_on and name not in self.checker.definitions:
                self.failed.add(name)
                self.schema.setdefault(name, NUMBER)

    def _explained(self, expression: _Expression, error: ExpressionError) -> Iterator[Problem]:
        found, nearest = str(error.facts.get("found", "")), str(error.facts.get("nearest", ""))
        if found in self.checked.shaped.left_out or self.failed & _names_read(expression.sql):
            return
        what = error.what[0].lower() + error.what[1:]
        remedy = f"Did you mean {nearest}?" if nearest else error.remedy
        if found in self.outcomes:
            what = "this field is known only after the lead was worked, so no expression may read it"
            remedy = "Read something that is known when the lead is scored."
        yield self.checked.inside(
            expression.path,
            expression.sql,
            _offset(expression.sql, error.line, error.column),
            what,
            value=found or expression.sql,
            remedy=remedy,
        )


_KIND_WORDS = {
    "number": "a number",
    "boolean": "a condition (true or false)",
    "text": "a text",
    "date": "a date",
    "instant": "an instant",
    "list": "a list",
}


def _type_remedy(wanted: tuple[Type, ...], found: Type) -> str:
    if wanted == (NUMBER,) and found == BOOLEAN:
        return "Write bool_number(...) around it for 1 and 0."
    if wanted == (BOOLEAN,):
        return "Compare it with a value, such as `... > 0`."
    if NUMBER in wanted and found in (DATE, INSTANT):
        return "Write days_since(...) around it."
    return "Change the expression."


def _early_expressions(playbook: Playbook) -> Iterator[_Expression]:
    """What is asked before a category is known."""
    for index, discard in enumerate(playbook.discards):
        yield _Expression(("discards", index, "when"), discard.when, (BOOLEAN,))
    for index, category in enumerate(playbook.categories):
        yield _Expression(("categories", index, "when"), category.when, (BOOLEAN,))
    yield _Expression(("lead", "title"), playbook.lead.title, (TEXT,))
    yield _Expression(("lead", "subtitle"), playbook.lead.subtitle, (TEXT,))


def _rule_expressions(playbook: Playbook) -> Iterator[_Expression]:
    for index, factor in enumerate(playbook.rules.factors):
        path: Path = ("rules", "factors", index)
        yield _Expression((*path, "when"), factor.when, (BOOLEAN,))
        if factor.scale is not None:
            yield _Expression((*path, "scale"), factor.scale, (NUMBER,))
        if factor.decay is not None:
            yield _Expression((*path, "decay", "since"), factor.decay.since, (DATE, INSTANT))
    for index, what_if in enumerate(playbook.rules.what_ifs):
        path = ("rules", "what_ifs", index)
        yield _Expression((*path, "when"), what_if.when, (BOOLEAN,))
        for name, sql in what_if.change.items():
            if name in playbook.fields:
                yield _Expression((*path, "change", name), sql, (field_type(playbook.fields[name]),))


def _worths(playbook: Playbook) -> Iterator[_Expression]:
    for index, head in enumerate(playbook.models.heads):
        if head.worth is not None:
            yield _Expression(("models", "heads", index, "worth"), head.worth, (NUMBER,))


def _shown_facts(playbook: Playbook) -> Iterator[_Expression]:
    for index, fact in enumerate(playbook.reasoner.facts if playbook.reasoner else ()):
        key = "sql" if fact.sql else "name"
        kinds = (TEXT,) if fact.free_text else (TEXT, NUMBER, BOOLEAN, DATE, INSTANT)
        yield _Expression(("reasoner", "facts", index, key), fact.reads, kinds)


def _arrival(playbook: Playbook) -> Iterator[_Expression]:
    if playbook.models.arrived_at is not None:
        yield _Expression(("models", "arrived_at"), playbook.models.arrived_at, (DATE, INSTANT))
    if playbook.sell_when is not None:
        yield _Expression(("sell_when",), playbook.sell_when, (BOOLEAN,))


def _routing(playbook: Playbook) -> Iterator[_Expression]:
    """What gates read and what a lead is worth: numbers where the fact is one, else texts."""
    routing = playbook.routing
    if routing is None:
        return
    yield _Expression(("routing", "value"), routing.value, (NUMBER,))
    for fact, sql in routing.reads.items():
        if fact in READABLE_FACTS:
            yield _Expression(("routing", "reads", fact), sql, (NUMBER if fact in NUMBER_FACTS else TEXT,))


def _label_expressions(playbook: Playbook) -> Iterator[_Expression]:
    """What became of a lead: the only expressions that may read outcome fields."""
    for index, head in enumerate(playbook.models.heads):
        path: Path = ("models", "heads", index)
        yield _Expression((*path, "positive"), head.positive, (BOOLEAN,))
        yield _Expression((*path, "negative"), head.negative, (BOOLEAN,))
        if head.decided_at is not None:
            yield _Expression((*path, "decided_at"), head.decided_at, (DATE, INSTANT))


def _level_expressions(key: str, levels: Sequence[Tier | TemperatureLevel]) -> Iterator[_Expression]:
    for index, level in enumerate(levels):
        yield _Expression(("rules", key, index, "when"), level.when, (BOOLEAN,))
        if level.keep is not None:
            yield _Expression(("rules", key, index, "keep"), level.keep, (BOOLEAN,))


def _known_beforehand(checked: Checked) -> Iterator[Problem]:
    """Heads whose positives are told by what is known anyway: there would be nothing to predict."""
    outcomes = {name for name, field in checked.playbook.fields.items() if field.outcome}
    for index, head in enumerate(checked.playbook.models.heads):
        read = _names_read(head.positive)
        if read and not read & (outcomes | checked.shaped.left_out):
            yield checked.problem(
                ("models", "heads", index, "positive"),
                "this reads no outcome, so there is nothing to predict",
                value=head.positive,
                remedy="Read a field marked `outcome: true`.",
            )


def _too_long(checked: Checked) -> Iterator[Problem]:
    length = sum(len(category.when) + len(category.name) for category in checked.playbook.categories)
    if length > LONGEST_CHOICE:
        yield checked.problem(
            ("categories",),
            f"the conditions of the categories have {length:,} characters together, {LONGEST_CHOICE:,} are allowed",
            remedy="Shorten some.",
        )


def _names_read(sql: str) -> set[str]:
    """The names an expression reads; none when it cannot be read itself."""
    try:
        return {column.name for column in parse(sql).find_all(exp.Column)}
    except ExpressionError:
        return set()


def _cycles(reads: Mapping[str, set[str]]) -> Iterator[tuple[str, ...]]:
    """Circles of names, one for each group that reads each other."""
    left = dict(reads)
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            circle = tuple(reversed(error.args[1][1:]))
            start = circle.index(min(circle))
            yield (*circle[start:], *circle[:start])
            left = {name: others - set(circle) for name, others in left.items() if name not in circle}
        else:
            return


def _ordered(reads: Mapping[str, set[str]], in_circle: set[str]) -> list[str]:
    """Names so that each comes after what it reads; those in a circle first."""
    rest = {name: others - in_circle for name, others in reads.items() if name not in in_circle}
    return [*sorted(in_circle), *TopologicalSorter(rest).static_order()]


def _offset(sql: str, line: int, column: int) -> int:
    """The offset of a line and column, both from 1."""
    lines = sql.split("\n")
    return sum(len(text) + 1 for text in lines[: line - 1]) + column - 1
