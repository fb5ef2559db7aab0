"""The allow-list of functions: how each is called, what it means, and the nodes it makes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from galena.kit.expression.nodes import Node, Nodes
from galena.kit.expression.types import DATE, NULL, NUMBER, TEXT, Type

if TYPE_CHECKING:
    from galena.kit.expression.checking import Checker


@dataclass(frozen=True)
class Call:
    """One call of a function: its arguments, typed, and a way to refuse them at their place."""

    checker: "Checker"
    name: str
    tree: exp.Expression
    trees: Sequence[exp.Expression]
    args: Sequence[Node]

    @property
    def nodes(self) -> Nodes:
        """Where nodes are made."""
        return self.checker.nodes

    def __len__(self) -> int:
        return len(self.args)

    def typed(self, index: int, *kinds: Type) -> Node:
        """The argument at `index`, which must be one of `kinds`.

        A bare NULL takes the first of them, a written text is read as a date where one is wanted.
        """
        node = self.args[index]
        if node.type == NULL:
            return self.nodes.constant(None, kinds[0])
        if node.type == TEXT and node.constant and TEXT not in kinds and DATE in kinds:
            return self.checker.date_constant(str(node.value), DATE, self.trees[index])
        if node.type not in kinds:
            wanted = " or ".join(str(kind) for kind in kinds)
            self.refuse(index, f"{self.name}() takes {wanted} as argument {index + 1}, not {node.type}")
        return node

    def written(self, index: int, kind: Type, what: str) -> object:
        """The argument at `index`, which must be a written constant of `kind`."""
        node = self.typed(index, kind)
        if not node.constant or node.value is None:
            self.refuse(index, f"{self.name}() takes {what} as argument {index + 1}, written out")
        return node.value

    def whole(self, index: int, low: int, high: int) -> int:
        """The argument at `index`, a written whole number between `low` and `high`."""
        value = self.written(index, NUMBER, f"a whole number from {low} to {high}")
        if not isinstance(value, float) or value != int(value) or not low <= value <= high:
            self.refuse(
                index, f"{self.name}() takes a whole number from {low} to {high} as argument {index + 1}"
            )
        return int(value)  # type: ignore[call-overload, no-any-return]

    def refuse(self, index: int, what: str, remedy: str = "") -> None:
        """Refuse the argument at `index`.

        Raises:
            ExpressionError: always.
        """
        raise self.checker.error(what, self.trees[index], remedy=remedy)


@dataclass(frozen=True)
class Function:
    """A function of the language.

    Attributes:
        signature: how a call looks.
        least, most: how many arguments it takes.
        build: makes its node.
        meaning: one sentence for the documentation and the editor.
        items: whether the arguments after the first are read inside the items of the list given first.
    """

    signature: str
    least: int
    most: int
    build: Callable[[Call], Node]
    meaning: str
    items: bool = False

    @property
    def name(self) -> str:
        """The name it is called by."""
        return self.signature.partition("(")[0]


MANY = 100
"""The most arguments a function of any number of arguments takes."""


class Shelf:
    """Collects the functions of one module."""

    def __init__(self) -> None:
        self.functions: dict[str, Function] = {}

    def add(
        self, signature: str, least: int, meaning: str, *, most: int | None = None, items: bool = False
    ) -> Callable[[Callable[[Call], Node]], Callable[[Call], Node]]:
        """Register the decorated builder under the name in `signature`."""

        def keep(build: Callable[[Call], Node]) -> Callable[[Call], Node]:
            made = Function(signature, least, least if most is None else most, build, meaning, items)
            self.functions[made.name] = made
            return build

        return keep
