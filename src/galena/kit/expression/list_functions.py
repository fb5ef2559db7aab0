"""Functions of lists. A NULL list gives NULL; inside, names are the fields of one item."""

from galena.kit.expression.functions import Call, Shelf
from galena.kit.expression.nodes import RESULT_LIMIT, Node
from galena.kit.expression.text_functions import regex_argument
from galena.kit.expression.types import BOOLEAN, DATE, INSTANT, NULL, NUMBER, TEXT, Type

SHELF = Shelf()
_MOST_ITEMS = 1e9
_ITEM_LIMIT = 1e280  # so that a thousand million items still sum to a number


@SHELF.add("count_of(list, condition = true)", 1, "How many items meet the condition.", most=2, items=True)
def _count_of(call: Call) -> Node:
    args = (_list(call), *_condition(call, 1))
    return call.nodes.bounded("list_count", args, 0, _MOST_ITEMS)


@SHELF.add("any_of(list, condition)", 2, "Whether any item meets the condition.", items=True)
def _any_of(call: Call) -> Node:
    return call.nodes.make(
        "list_any", (_list(call), *_condition(call, 1)), kind=BOOLEAN, nullable=_null(call)
    )


@SHELF.add(
    "sum_of(list, x, condition = true)", 2, "The sum of x, NULLs left out; 0 of none.", most=3, items=True
)
def _sum_of(call: Call) -> Node:
    value = call.nodes.limited(call.typed(1, NUMBER), _ITEM_LIMIT)
    low, high = min(value.low, 0.0) * _MOST_ITEMS, max(value.high, 0.0) * _MOST_ITEMS
    args = (_list(call), value, *_condition(call, 2))
    return call.nodes.make(
        "list_sum", args, kind=NUMBER, nullable=_null(call),
        low=max(low, -RESULT_LIMIT), high=min(high, RESULT_LIMIT),
    )  # fmt: skip


@SHELF.add(
    "max_of(list, x, condition = true)", 2, "The greatest x (number, date, instant).", most=3, items=True
)
def _max_of(call: Call) -> Node:
    return _extreme(call, "list_max", (NUMBER, DATE, INSTANT))


@SHELF.add(
    "min_of(list, x, condition = true)", 2, "The smallest x (number, date, instant).", most=3, items=True
)
def _min_of(call: Call) -> Node:
    return _extreme(call, "list_min", (NUMBER, DATE, INSTANT))


@SHELF.add("latest_of(list, d, condition = true)", 2, "The latest date or instant d.", most=3, items=True)
def _latest_of(call: Call) -> Node:
    return _extreme(call, "list_max", (DATE, INSTANT))


@SHELF.add("earliest_of(list, d, condition = true)", 2, "The earliest date or instant d.", most=3, items=True)
def _earliest_of(call: Call) -> Node:
    return _extreme(call, "list_min", (DATE, INSTANT))


@SHELF.add("list_contains(list, value)", 2, "Whether a list of scalars holds the value.")
def _list_contains(call: Call) -> Node:
    kind = _scalars(call)
    value = call.typed(1, kind)
    return call.nodes.make("list_contains", (call.args[0], value), kind=BOOLEAN)


@SHELF.add("any_matches(list, pattern)", 2, "Whether the pattern is found in any text of the list.")
def _any_matches(call: Call) -> Node:
    if _scalars(call) != TEXT:
        call.refuse(0, f"any_matches() takes a list of text, not {call.args[0].type}")
    pattern = regex_argument(call, 1)
    item = call.nodes.make("item", kind=TEXT, value="item", nullable=True)
    match = call.nodes.make("matches", (item,), kind=BOOLEAN, value=pattern)
    return call.nodes.make("list_any", (call.args[0], match), kind=BOOLEAN, nullable=call.args[0].nullable)


def _extreme(call: Call, op: str, kinds: tuple[Type, ...]) -> Node:
    value = call.typed(1, *kinds)
    args = (_list(call), value, *_condition(call, 2))
    return call.nodes.make(op, args, kind=value.type, nullable=True, low=value.low, high=value.high)


def _list(call: Call) -> Node:
    """The list itself: always a field by name, which the checker has made sure of."""
    return call.args[0]


def _null(call: Call) -> bool:
    return call.args[0].nullable


def _condition(call: Call, index: int) -> tuple[Node, ...]:
    if len(call) <= index:
        return ()
    node = call.args[index]
    if node.type == NULL:
        node = call.nodes.constant(None, BOOLEAN)
    if node.type != BOOLEAN:
        call.refuse(index, f"{call.name}() takes a condition as argument {index + 1}, not {node.type}")
    if node.constant and node.value is True:
        return ()
    return (node,)


def _scalars(call: Call) -> Type:
    kind = call.args[0].type
    if not kind.scalars:
        call.refuse(0, f"{call.name}() takes a list of scalars, not {kind}")
    return kind.items[0][1]
