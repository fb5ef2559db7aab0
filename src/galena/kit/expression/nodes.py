"""The typed tree: what an expression means, free of syntax, shared by all compilers.

Equal sub-expressions are one node (hash-consing), so a compiler can compute each once. Every number carries bounds,
from which follows whether it can be zero (a divisor) and whether it can leave the range of numbers (then its value is
wrapped in `finite`, which turns it into NULL).
"""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

from galena.kit.expression.types import NUMBER, Type

FIELD_LIMIT = 1e100
"""A number of a lead beyond this, either way, counts as NULL."""

RESULT_LIMIT = 1e300
"""Where a result could leave the range of numbers, it is NULL beyond this, either way; so infinities and NaN never
arise. A definition's result is never beyond it."""

_OVERFLOW = 1.7e308
_COPIES = {
    "finite": 2,
    "div": 2,
    "nullif": 2,
    "clamp": 3,
    "instant_days": 2,
    "split_part": 2,
    "text_to_number": 4,
    "text_to_date": 3,
    "boolean_to_text": 2,
    "number_to_text": 15,
}
"""How often an operation's argument is written out in a frame; what nests them grows by that factor."""

LOOPS = frozenset({"list_count", "list_any", "list_sum", "list_max", "list_min"})
"""The operations whose arguments after the first are evaluated for every item of a list."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One operation.

    Attributes:
        op: its name; `value` holds what is fixed in it (a constant, a field's name, a pattern).
        nullable: whether it can be NULL.
        low, high: bounds of a number.
        nonzero: whether a number can never be 0.
        per_row: whether it depends on a field of the lead (or of the item).
        in_item: whether it depends on a field of the item a list function looks at.
        size: operations in it when written out for a frame.
    """

    op: str
    args: tuple["Node", ...]
    value: Hashable
    type: Type
    nullable: bool
    low: float
    high: float
    nonzero: bool
    per_row: bool
    in_item: bool
    size: int

    @property
    def outer(self) -> tuple["Node", ...]:
        """The arguments of the same scope; a list function reads the others inside the items."""
        return self.args[:1] if self.op in LOOPS else self.args

    @property
    def constant(self) -> bool:
        """Whether it is a written constant (NULL included)."""
        return self.op == "const"


class Nodes:
    """Makes nodes; equal ones are made once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Hashable, ...], Node] = {}

    def make(
        self,
        op: str,
        args: Iterable[Node] = (),
        *,
        kind: Type,
        value: Hashable = None,
        nullable: bool | None = None,
        low: float = -RESULT_LIMIT,
        high: float = RESULT_LIMIT,
        nonzero: bool = False,
    ) -> Node:
        """The node of this operation; unless said otherwise it is NULL-able when an argument is."""
        inner = tuple(args)
        key = (op, value, value.__class__, kind, *(id(arg) for arg in inner))
        known = self._known.get(key)
        if known is not None:
            return known
        made = Node(
            op,
            inner,
            value,
            kind,
            any(arg.nullable for arg in inner) if nullable is None else nullable,
            low,
            high,
            nonzero or low > 0 or high < 0,
            op in ("field", "item", "ref") or any(arg.per_row for arg in inner),
            op == "item" or (any(arg.in_item for arg in inner) and not op.startswith("list_")),
            1 + _COPIES.get(op, 1) * sum(arg.size for arg in inner),
        )
        self._known[key] = made
        return made

    def constant(self, value: Hashable, kind: Type) -> Node:
        """A written value of `kind`, or NULL."""
        if kind == NUMBER and isinstance(value, float):
            return self.make(
                "const", kind=kind, value=value, nullable=False, low=value, high=value, nonzero=value != 0
            )
        return self.make("const", kind=kind, value=value, nullable=value is None)

    def bounded(
        self,
        op: str,
        args: Iterable[Node],
        low: float,
        high: float,
        *,
        value: Hashable = None,
        nonzero: bool = False,
    ) -> Node:
        """A number-valued operation, made NULL where it leaves the range of numbers (or is not a number)."""
        inside = low >= -_OVERFLOW and high <= _OVERFLOW
        raw = self.make(op, args, kind=NUMBER, value=value, low=low, high=high, nonzero=nonzero and inside)
        return raw if inside else self.limited(raw)

    def limited(self, node: Node, limit: float = RESULT_LIMIT) -> Node:
        """A number that is NULL beyond `limit`, either way; `node` itself when it cannot be."""
        if -limit <= node.low and node.high <= limit:
            return node
        low = node.low if node.low >= -limit else -limit
        high = node.high if node.high <= limit else limit
        return self.make("finite", [node], kind=NUMBER, nullable=True, value=limit, low=low, high=high)


def below(roots: Iterable[Node]) -> Iterator[Node]:
    """Every node of one scope under `roots` once, arguments before the operations that use them."""
    seen: set[int] = set()
    stack: list[tuple[Node, bool]] = [(root, False) for root in reversed(list(roots))]
    while stack:
        node, done = stack.pop()
        if done:
            yield node
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((arg, False) for arg in reversed(node.outer))


def item_fields(roots: Iterable[Node]) -> dict[str, tuple[str, ...]]:
    """Of each list that list functions look into, the fields they read, in a fixed order."""
    found: dict[str, set[str]] = {}
    for node in below(roots):
        if node.op in LOOPS:
            names = found.setdefault(str(node.args[0].value), set())
            names.update(str(inner.value) for inner in below(node.args[1:]) if inner.op == "item")
        elif node.op == "field" and node.type.name == "list":
            found.setdefault(str(node.value), set())
    return {name: tuple(sorted(names)) for name, names in found.items()}
