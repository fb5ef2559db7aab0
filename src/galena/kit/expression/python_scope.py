"""How the nodes of one scope (the lead, or the items of a list) are written in Python."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from galena.kit.expression import python_templates as templates
from galena.kit.expression.nodes import LOOPS, RESULT_LIMIT, Node, below

_LONG = 30  # branches of one conditional expression
_DEEP = 20  # brackets within brackets before a variable is made; Python allows 200


@dataclass(frozen=True, slots=True)
class Code:
    """How a node is written.

    Attributes:
        value: an expression for its value or None.
        plain: an expression for its value, right only where no guard is None; "" when a variable must be made first.
        guards: the variables that must not be None.
        truth, falsity: expressions that are truthy exactly when a condition is TRUE or FALSE; "" for the usual form.
        depth: brackets within brackets.
    """

    value: str
    plain: str
    guards: tuple[str, ...] = ()
    truth: str = ""
    falsity: str = ""
    depth: int = 0


class Writer:
    """The source so far, its variables, and the objects bound to its names."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.bound: dict[str, Any] = {}
        self._names: dict[tuple[type, Any], str] = {}
        self._count = 0

    def variable(self) -> str:
        """A fresh variable."""
        self._count += 1
        return f"v{self._count}"

    def constant(self, value: Any) -> str:
        """A name for the object `value`."""
        key = (value.__class__, value)
        if key not in self._names:
            self._names[key] = f"c{len(self._names) + 1}"
            self.bound[self._names[key]] = value
        return self._names[key]


class Scope:
    """Writes the nodes of one scope: the lead, or the items of one list."""

    def __init__(
        self, writer: Writer, indent: str, refs: Mapping[str, Code], fields: Mapping[str, tuple[str, ...]]
    ) -> None:
        self.writer = writer
        self.indent = indent
        self.codes: dict[int, Code] = {}
        self.refs = refs
        self.fields = fields
        self.uses: Counter[int] = Counter()

    def count(self, roots: Iterable[Node]) -> None:
        """Count how often each node under `roots` is named, before they are written."""
        for node in below(roots):
            self.uses.update(id(arg) for arg in node.outer)
            self.uses.update(id(node.args[place]) for place in templates.REPEATED.get(node.op, ()))
            if node.op == "coalesce":
                self.uses.update(id(arg) for arg in node.args[:-1])

    def write(self, roots: Iterable[Node]) -> None:
        """Write everything under `roots`; afterwards `code` knows them."""
        for node in below(roots):
            if id(node) not in self.codes:
                code = self._node(node)
                if self.uses[id(node)] > 1 or code.depth > _DEEP:
                    code = self.bind(code, node)
                self.codes[id(node)] = code

    def code(self, node: Node) -> Code:
        """How a written node is written."""
        return self.codes[id(node)]

    def line(self, text: str) -> None:
        """One more line of source."""
        self.writer.lines.append(self.indent + text)

    def bind(self, code: Code, node: Node) -> Code:
        """The same value in a variable."""
        if code.plain.isidentifier() or (code.plain and node.constant):
            return code
        name = self.writer.variable()
        self.line(f"{name} = {code.value}")
        return variable_code(name, nullable=node.nullable)

    def plain(self, node: Node) -> Code:
        """`node` in a form whose `plain` may be used."""
        code = self.code(node)
        if not code.plain:
            code = self.codes[id(node)] = self.bind(code, node)
        return code

    def truth(self, node: Node) -> str:
        """An expression truthy exactly when `node` is TRUE."""
        code = self.code(node)
        if code.truth:
            return code.truth
        code = self.plain(node)
        return code.plain if code.guards == (code.plain,) else _guarded(code.guards, code.plain)

    def falsity(self, node: Node) -> str:
        """An expression truthy exactly when `node` is FALSE."""
        code = self.code(node)
        if code.falsity:
            return code.falsity
        code = self.plain(node)
        if code.guards == (code.plain,):
            return f"({code.plain} is False)"
        return _guarded(code.guards, f"not {code.plain}")

    def _node(self, node: Node) -> Code:
        if node.op in templates.STRICT:
            return self._strict(node)
        special = _SPECIAL.get(node.op)
        if special is not None:
            return special(self, node)
        if node.op in LOOPS:
            return self._loop(node)
        return self._choice(node)

    def _strict(self, node: Node) -> Code:
        codes = [self.plain(arg) for arg in node.args]
        guards = tuple(dict.fromkeys(guard for code in codes for guard in code.guards))
        plain = templates.write_strict(node, self.writer.constant, [code.plain for code in codes])
        depth = 1 + max((code.depth for code in codes), default=0)
        if node.op == "finite":
            return self._finite(node, guards, plain, depth)
        if node.op in templates.MAYBE:
            return Code(_or_none(guards, plain), "", depth=depth)
        return Code(_or_none(guards, plain), plain, guards, depth=depth)

    def _finite(self, node: Node, guards: tuple[str, ...], plain: str, depth: int) -> Code:
        name = self.writer.variable()
        limit = node.value if isinstance(node.value, float) else RESULT_LIMIT
        low, high = self.writer.constant(-limit), self.writer.constant(limit)
        checked = f"({name} if ({low} <= ({name} := {plain}) <= {high}) else None)"
        return Code(_or_none(guards, checked), "", depth=depth + 2)

    def _logic(self, node: Node) -> Code:
        both = node.op == "and"
        truths = [self.truth(arg) for arg in node.args]
        falsities = [self.falsity(arg) for arg in node.args]
        depth = 2 + max(self.code(arg).depth for arg in node.args)
        truth = "(" + (" and " if both else " or ").join(truths) + ")"
        falsity = "(" + (" or " if both else " and ").join(falsities) + ")"
        if not node.nullable:
            value = f"(True if {truth} else False)"
            return Code(value, value, (), truth, falsity, depth)
        return Code(f"(True if {truth} else False if {falsity} else None)", "", (), truth, falsity, depth)

    def _not(self, node: Node) -> Code:
        arg = node.args[0]
        truth, falsity = self.falsity(arg), self.truth(arg)
        code, depth = self.code(arg), self.code(arg).depth + 1
        if code.plain:
            plain = f"(not {code.plain})"
            return Code(_or_none(code.guards, plain), plain, code.guards, truth, falsity, depth)
        return Code(f"(True if {truth} else False if {falsity} else None)", "", (), truth, falsity, depth)

    def _is_null(self, node: Node) -> Code:
        code = self.plain(node.args[0])
        tests = [f"{guard} is None" for guard in code.guards]
        plain = f"({' or '.join(tests)})" if tests else "False"
        return Code(plain, plain, (), plain, f"(not {plain})", 1)

    def _is_value(self, node: Node) -> Code:
        test = self.truth(node.args[0]) if node.op == "is_true" else self.falsity(node.args[0])
        plain = f"(True if {test} else False)"
        return Code(plain, plain, (), test, f"(not {test})", self.code(node.args[0]).depth + 1)

    def _choice(self, node: Node) -> Code:
        """CASE, COALESCE, NULLIF, LEAST, GREATEST and CONCAT: a value or None, whatever the arguments."""
        if node.op == "case":
            text = self._case(node)
        elif node.op == "concat":
            parts = []
            for arg in node.args:
                code = self.plain(arg)
                parts.append(f"({code.plain} if {_test(code.guards)} else '')" if code.guards else code.plain)
            text = f"({' + '.join(parts)})"
        else:
            values = [self.code(arg).value for arg in node.args]
            text = templates.CHOICES[node.op](values, [arg.nullable for arg in node.args])
        depth = 2 + max(self.code(arg).depth for arg in node.args)
        return Code(text, "" if node.nullable else text, depth=depth)

    def _case(self, node: Node) -> str:
        """A chain of conditional expressions; a long one in pieces, the last piece first."""
        text = self.code(node.args[-1]).value
        pairs = list(zip(node.args[:-1:2], node.args[1:-1:2], strict=True))
        for start in reversed(range(0, len(pairs), _LONG)):
            if start + _LONG < len(pairs):
                name = self.writer.variable()
                self.line(f"{name} = {text}")
                text = name
            parts = [
                f"{self.code(result).value} if {self.truth(test)} else"
                for test, result in pairs[start : start + _LONG]
            ]
            text = f"({' '.join(parts)} {text})"
        return text

    def _loop(self, node: Node) -> Code:
        whole, inner = node.args[0], node.args[1:]
        source = self.plain(whole).plain
        result = self.writer.variable()
        if node.op == "list_count" and not inner:
            return Code(
                _or_none((source,), f"float(len({source}))"), f"float(len({source}))", (source,), depth=2
            )
        scope = Scope(self.writer, self.indent + "        ", self.refs, self.fields)
        names = {field: self.writer.variable() for field in self.fields[str(whole.value)]}
        for arg in below(inner):
            if arg.op == "item":
                scope.codes[id(arg)] = variable_code(names[str(arg.value)], nullable=True)
        target = ", ".join(names.values()) or self.writer.variable()
        self.line(f"if {source} is None:")
        self.line(f"    {result} = None")
        self.line("else:")
        self.line(f"    {result} = {templates.LOOP_START[node.op]}")
        self.line(f"    for {target} in {source}:")
        scope.count(inner)
        scope.write(inner)
        scope.body(node.op, inner, result)
        if node.op == "list_count":
            self.line(f"    {result} = float({result})")
        return variable_code(result, nullable=node.nullable)

    def body(self, op: str, inner: tuple[Node, ...], result: str) -> None:
        """What a loop does with one item."""
        value, condition = (None, inner) if op in ("list_count", "list_any") else (inner[0], inner[1:])
        tests = [self.truth(node) for node in condition]
        step = templates.LOOP_STEP[op]
        if value is not None:
            code = self.plain(value)
            if not code.plain.isidentifier():
                code = self.bind(code, value)
            tests += [f"{guard} is not None" for guard in code.guards]
            if op in ("list_max", "list_min"):
                sign = ">" if op == "list_max" else "<"
                tests.append(f"({result} is None or {code.plain} {sign} {result})")
            step = step.format(result=result, value=code.plain)
        else:
            step = step.format(result=result)
        self.line(f"if {' and '.join(tests)}:" if tests else "if True:")
        for text in step.split("\n"):
            self.line("    " + text)


_SPECIAL: dict[str, Callable[[Scope, Node], Code]] = {
    "and": Scope._logic,
    "or": Scope._logic,
    "not": Scope._not,
    "is_null": Scope._is_null,
    "is_true": Scope._is_value,
    "is_false": Scope._is_value,
    "const": lambda scope, node: _constant(scope.writer, node),
    "ref": lambda scope, node: scope.refs[str(node.value)],
    "as_of": lambda *_: Code("now", "now"),
}


def variable_code(name: str, *, nullable: bool) -> Code:
    """How a variable is written."""
    return Code(name, name, (name,) if nullable else ())


def _constant(writer: Writer, node: Node) -> Code:
    if node.value is None:
        return Code("None", "", truth="False", falsity="False")
    name = writer.constant(node.value)
    return Code(name, name)


def _test(guards: Iterable[str]) -> str:
    return " and ".join(f"{guard} is not None" for guard in guards)


def _or_none(guards: tuple[str, ...], plain: str) -> str:
    return plain if not guards or guards == (plain,) else f"({plain} if {_test(guards)} else None)"


def _guarded(guards: tuple[str, ...], plain: str) -> str:
    return f"({_test(guards)} and {plain})" if guards else plain
