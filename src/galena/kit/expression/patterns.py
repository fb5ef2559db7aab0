"""LIKE patterns and the regular expressions that Python, Rust and RE2 all read alike.

A pattern is read by our own small parser and written out anew for each engine in a form without engine-specific
meaning: classes are spelt out in ASCII, `^` and `$` mean the ends of the text, case-insensitive letters become classes.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": " \\t\\n\\r\\f\\v"}
_ESCAPES = {"t": "\\t", "n": "\\n", "r": "\\r", "f": "\\f", "v": "\\v"}
_SPECIAL = set("\\^$.|?*+()[]{}")
MAX_PATTERN = 1_000
MAX_REPEAT = 100


class PatternError(ValueError):
    """A regular expression outside the shared subset; `offset` counts from 0 within the pattern."""

    def __init__(self, what: str, offset: int) -> None:
        super().__init__(what)
        self.what = what
        self.offset = offset


@dataclass(frozen=True)
class Pattern:
    """One regular expression, written for each engine.

    Attributes:
        python, rust, re2: the same pattern for `re`, for Polars and for DuckDB (and Arrow).
        choices: how many places it holds where a match can go on in several ways.
        nested: whether such a place is itself repeated; then backtracking could take for ever.
    """

    python: str
    rust: str
    re2: str
    choices: int
    nested: bool


@dataclass(frozen=True)
class Like:
    """A LIKE pattern: pieces of literal text between wildcards.

    Attributes:
        shape: equals, starts, ends, contains or regex; `text` is the literal for all but regex.
        sql: the pattern as written, with a backslash as escape.
    """

    shape: str
    text: str
    pattern: Pattern
    sql: str


def read_regex(source: str) -> Pattern:
    """The pattern `source` for each engine.

    Raises:
        PatternError: something outside the subset.
    """
    if len(source) > MAX_PATTERN:
        raise PatternError(f"the pattern is longer than {MAX_PATTERN} characters", MAX_PATTERN)
    return _checked_regex(source)


@lru_cache(maxsize=1024)
def _checked_regex(source: str) -> Pattern:
    reader = _Reader(source)
    body = reader.read()
    pattern = Pattern(
        python=_with_anchors(body, "\\A", "\\Z", "\\b"),
        rust=_with_anchors(body, "\\A", "\\z", "(?-u:\\b)"),
        re2=_with_anchors(body, "\\A", "\\z", "\\b"),
        choices=reader.choices,
        nested=reader.nested,
    )
    _compile_everywhere(pattern)
    return pattern


def _compile_everywhere(pattern: Pattern) -> None:
    """The engines have limits of their own on size; what one of them refuses is refused for all."""
    try:
        re.compile(pattern.python, re.ASCII)
        pl.select(pl.lit("", dtype=pl.String).str.contains(pattern.rust))
        search_linear(pattern, "")
    except (re.error, ValueError, OverflowError, RecursionError, pl.exceptions.PolarsError) as error:
        raise PatternError("its repetitions make it too large", 0) from error


def _with_anchors(body: str, start: str, end: str, edge: str) -> str:
    return body.replace("\x00A", start).replace("\x00Z", end).replace("\x00B", edge)


def search_linear(pattern: Pattern, text: str) -> bool:
    """Whether `pattern` is found in `text`, by RE2, in time that grows with the text alone."""
    import pyarrow as pa  # late, because few programs need it
    import pyarrow.compute as pc

    sound = text.encode("utf-8", "replace").decode()  # Arrow takes no half of a surrogate pair
    found: bool = pc.match_substring_regex(pa.array([sound], pa.string()), pattern=pattern.re2)[0].as_py()
    return found


def read_like(source: str, escape: str = "\\") -> Like:
    """The LIKE pattern `source`: `%` any run of characters, `_` any one, `escape` makes the next one literal.

    Raises:
        PatternError: the escape character ends the pattern.
    """
    parts: list[str | int | None] = []  # text, None for %, 0 for _
    position = 0
    while position < len(source):
        letter = source[position]
        if letter == escape:
            position += 1
            if position == len(source):
                raise PatternError("the LIKE pattern ends with its escape character", position - 1)
            parts.append(source[position])
        elif letter == "%":
            if not parts or parts[-1] is not None:
                parts.append(None)
        elif letter == "_":
            parts.append(0)
        else:
            parts.append(letter)
        position += 1
    return _like_shape(parts)


def _like_shape(parts: list[str | int | None]) -> Like:
    sql = "".join("%" if p is None else "_" if p == 0 else _like_literal(str(p)) for p in parts)
    body = "".join("(?s:.)*" if p is None else "(?s:.)" if p == 0 else _literal(str(p)) for p in parts)
    pattern = Pattern(f"\\A{body}\\Z", f"\\A{body}\\z", f"\\A{body}\\z", parts.count(None), False)
    opens, closes = bool(parts) and parts[0] is None, len(parts) > 1 and parts[-1] is None
    inner = parts[opens : len(parts) - closes]
    if any(not isinstance(part, str) for part in inner):
        return Like("regex", "", pattern, sql)
    shape = {
        (False, False): "equals",
        (True, False): "ends",
        (False, True): "starts",
        (True, True): "contains",
    }
    return Like(shape[opens, closes], "".join(str(part) for part in inner), pattern, sql)


def _like_literal(letter: str) -> str:
    return "\\" + letter if letter in "\\%_" else letter


def _literal(letter: str) -> str:
    return "\\" + letter if letter in _SPECIAL else letter


class _Reader:
    """Reads one pattern from left to right, writing the shared form."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.fold = False
        self.choices = 0
        self.nested = False
        self.depth = 0

    def read(self) -> str:
        if self.source.startswith("(?i)"):
            self.fold, self.at = True, 4
        body = self.alternatives()
        if self.at < len(self.source):
            raise PatternError("a ) without its (", self.at)
        return body

    def alternatives(self) -> str:
        written = []
        while self.at < len(self.source) and self.source[self.at] != ")":
            if self.source[self.at] == "|":
                written.append("|")
                self.at += 1
            else:
                written.append(self.quantified())
        return "".join(written)

    def quantified(self) -> str:
        start = self.at
        before = self.choices
        atom, repeatable = self.atom()
        inner = self.choices - before
        quantifier = self.quantifier()
        if not quantifier:
            return atom
        self.nested = self.nested or inner > 0
        if not repeatable:
            raise PatternError("nothing that can be repeated stands before this", start)
        if self.at < len(self.source) and self.source[self.at] in "?*+{":
            raise PatternError("lazy, possessive and doubled repetitions are not supported", self.at)
        return atom + quantifier

    def quantifier(self) -> str:
        if self.at >= len(self.source):
            return ""
        letter = self.source[self.at]
        if letter in "*+?":
            self.at += 1
            self.choices += 1
            return letter
        if letter != "{":
            return ""
        end = self.source.find("}", self.at)
        body = self.source[self.at + 1 : end] if end > 0 else ""
        low, comma, high = body.partition(",")
        bounds = [bound for bound in (low, high) if bound]
        if not low or not all(b.isascii() and b.isdigit() and int(b) <= MAX_REPEAT for b in bounds):
            raise PatternError(f"a repetition is {{n}}, {{n,}} or {{n,m}}, at most {MAX_REPEAT}", self.at)
        if high and int(high) < int(low):
            raise PatternError("the repetition ends before it starts", self.at)
        self.at = end + 1
        self.choices += 1 if comma else 0
        return "{" + body + "}"

    def atom(self) -> tuple[str, bool]:
        letter = self.source[self.at]
        self.at += 1
        if letter == "(":
            return self.group(), True
        if letter == "[":
            return self.char_class(), True
        if letter == "\\":
            return self.escape()
        if letter == ".":
            return "[^\\n]", True
        if letter in "^$":
            return ("\x00A" if letter == "^" else "\x00Z"), False
        if letter in "*+?{}]":
            raise PatternError(f"write \\{letter} for the character {letter}", self.at - 1)
        return self.letter(letter), True

    def group(self) -> str:
        start = self.at - 1
        if self.source.startswith("?:", self.at):
            self.at += 2
        elif self.source.startswith("?", self.at):
            raise PatternError("only (...), (?:...) and a leading (?i) are supported", start)
        self.depth += 1
        if self.depth > 20:
            raise PatternError("groups are nested too deep", start)
        body = self.alternatives()
        if self.at >= len(self.source):
            raise PatternError("a ( without its )", start)
        self.at += 1
        self.depth -= 1
        self.choices += "|" in body
        return f"(?:{body})"

    def escape(self) -> tuple[str, bool]:
        if self.at >= len(self.source):
            raise PatternError("the pattern ends with a backslash", self.at - 1)
        letter = self.source[self.at]
        self.at += 1
        if letter in _CLASSES:
            return f"[{_CLASSES[letter]}]", True
        if letter.lower() in _CLASSES:
            return f"[^{_CLASSES[letter.lower()]}]", True
        if letter == "b":
            return "\x00B", False
        if letter in _ESCAPES:
            return _ESCAPES[letter], True
        if letter.isalnum():
            raise PatternError(f"\\{letter} is not supported", self.at - 2)
        return _literal(letter), True

    def letter(self, letter: str) -> str:
        if letter == "\x00":
            raise PatternError("a zero character", self.at - 1)
        other = letter.swapcase()
        if self.fold and other != letter and len(other) == 1:
            return f"[{letter}{other}]"
        return _literal(letter)

    def char_class(self) -> str:
        start = self.at - 1
        negated = self.source.startswith("^", self.at)
        self.at += negated
        written: list[str] = []
        while self.at < len(self.source) and self.source[self.at] != "]":
            written.append(self.class_member())
        if self.at >= len(self.source) or not written:
            raise PatternError("a [ without its ], or an empty class", start)
        self.at += 1
        return f"[{'^' if negated else ''}{''.join(written)}]"

    def class_member(self) -> str:
        low = self.class_letter()
        if len(low) > 1:
            return low
        following = self.source[self.at + 1 : self.at + 2]
        if self.source.startswith("-", self.at) and following not in ("]", ""):
            start = self.at
            self.at += 1
            high = self.class_letter()
            if len(high) > 1 or high < low:
                raise PatternError("the range in the class is not in order", start)
            return self.class_range(low, high)
        if self.fold and low.swapcase() != low and len(low.swapcase()) == 1:
            return low + low.swapcase()
        return _class_literal(low)

    def class_range(self, low: str, high: str) -> str:
        written = f"{_class_literal(low)}-{_class_literal(high)}"
        if self.fold:
            for first, last in (("a", "z"), ("A", "Z")):
                start, end = max(low, first), min(high, last)
                if start <= end:
                    written += f"{start.swapcase()}-{end.swapcase()}"
        return written

    def class_letter(self) -> str:
        """One character of a class, or (longer than one) the members of a class such as \\d."""
        letter = self.source[self.at]
        self.at += 1
        if letter == "[" or letter == "\x00":
            raise PatternError("write \\[ for the character [ inside a class", self.at - 1)
        if letter != "\\":
            return letter
        if self.at >= len(self.source):
            raise PatternError("the pattern ends with a backslash", self.at - 1)
        letter = self.source[self.at]
        self.at += 1
        if letter in _CLASSES:
            return _CLASSES[letter]
        if letter in _ESCAPES:
            return {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}[letter]
        if letter.isalnum():
            raise PatternError(f"\\{letter} is not supported inside a class", self.at - 2)
        return letter


def _class_literal(letter: str) -> str:
    named = {"\t": "\\t", "\n": "\\n", "\r": "\\r", "\f": "\\f", "\v": "\\v"}
    if letter in named:
        return named[letter]
    return "\\" + letter if letter in "\\]^-[&~|" else letter
