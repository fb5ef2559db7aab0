"""Functions of text. Lengths and positions count characters; white space is the ASCII kind."""

from galena.kit.expression.functions import MANY, Call, Shelf
from galena.kit.expression.nodes import Node
from galena.kit.expression.patterns import Pattern, PatternError, read_regex
from galena.kit.expression.types import BOOLEAN, NUMBER, TEXT

SHELF = Shelf()
_LONGEST = 1e12
_FAR = 1_000_000


def _simple(name: str, meaning: str) -> None:
    @SHELF.add(f"{name}(s)", 1, meaning)
    def _build(call: Call) -> Node:
        return call.nodes.make(name, (call.typed(0, TEXT),), kind=TEXT)


_simple("lower", "The text in small letters.")
_simple("upper", "The text in capitals.")
_simple("trim", "The text without white space at either end.")


@SHELF.add("length(s)", 1, "The number of characters.")
def _length(call: Call) -> Node:
    return call.nodes.bounded("length", (call.typed(0, TEXT),), 0, _LONGEST)


@SHELF.add("word_count(s)", 1, "The number of runs of characters between white space.")
def _word_count(call: Call) -> Node:
    return call.nodes.bounded("word_count", (call.typed(0, TEXT),), 0, _LONGEST)


@SHELF.add("concat(a, b, ...)", 1, "The texts joined; NULLs are left out.", most=MANY)
def _concat(call: Call) -> Node:
    args = [call.typed(index, TEXT) for index in range(len(call))]
    return call.nodes.make("concat", args, kind=TEXT, nullable=False)


@SHELF.add("substring(s, start, count = all)", 2, "Characters from position start (1 is the first).", most=3)
def _substring(call: Call) -> Node:
    start = call.whole(1, 1, _FAR)
    count = call.whole(2, 0, _FAR) if len(call) > 2 else -1
    return call.nodes.make("substring", (call.typed(0, TEXT),), kind=TEXT, value=(start, count))


@SHELF.add("replace(s, old, new)", 3, "The text with every old (a written, non-empty text) replaced by new.")
def _replace(call: Call) -> Node:
    old, new = call.written(1, TEXT, "a text"), call.written(2, TEXT, "a text")
    if not old:
        call.refuse(1, "replace() takes a text that is not empty as argument 2")
    return call.nodes.make("replace", (call.typed(0, TEXT),), kind=TEXT, value=(old, new))


@SHELF.add(
    "split_part(s, separator, n)", 3, "The n-th part between separators; an empty text beyond the last."
)
def _split_part(call: Call) -> Node:
    separator = call.written(1, TEXT, "a text")
    if not separator:
        call.refuse(1, "split_part() takes a text that is not empty as argument 2")
    part = call.whole(2, 1, _FAR)
    return call.nodes.make("split_part", (call.typed(0, TEXT),), kind=TEXT, value=(separator, part))


def _test(name: str, meaning: str) -> None:
    @SHELF.add(f"{name}(s, part)", 2, meaning)
    def _build(call: Call) -> Node:
        return call.nodes.make(name, (call.typed(0, TEXT), call.typed(1, TEXT)), kind=BOOLEAN)


_test("starts_with", "Whether the text begins with the part.")
_test("ends_with", "Whether the text ends with the part.")
_test("contains", "Whether the part is somewhere in the text.")


@SHELF.add("regexp_matches(s, pattern)", 2, "Whether the pattern is found somewhere in the text.")
def _regexp_matches(call: Call) -> Node:
    pattern = regex_argument(call, 1)
    return call.nodes.make("matches", (call.typed(0, TEXT),), kind=BOOLEAN, value=pattern)


def regex_argument(call: Call, index: int) -> Pattern:
    """The written regular expression at `index`."""
    source = str(call.written(index, TEXT, "a regular expression"))
    try:
        return read_regex(source)
    except PatternError as error:
        call.refuse(
            index,
            f"The regular expression cannot be used: {error.what}, at its character {error.offset + 1}",
            remedy="Use literals, ., classes, \\d \\w \\s \\b, groups, |, ?, *, +, {n,m}, ^, $ and a leading (?i).",
        )
        raise


__all__ = ["NUMBER", "SHELF", "regex_argument"]
