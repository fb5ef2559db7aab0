"""Random well-typed expressions over every operator, function and macro, and random leads full of NULLs."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

Draw = Callable[..., Any]

WORDS = [
    "",
    "a",
    "B c",
    "tax",
    " sell it ",
    "Éa%",
    "x_y",
    "10%",
    "12.5",
    "-3",
    "2025-02-28",
    "a\nb",
    "it's",
    "\\d",
]
NUMBERS = [0.0, -0.0, 1.0, -1.0, 0.5, 2.5, -2.5, 29.0, 0.1234565, 365.0, 1e-9, 123456.785, 1e15, -1e99, 1e100]
ODD = [float("nan"), float("inf"), -float("inf"), 1e308, 5e-324]
PATTERNS = [
    "a",
    "^a",
    "c$",
    "(?i)SELL",
    r"\\bit",
    "[0-9]+",
    "(a|x)_?",
    r"\\s",
    "a.b",
    "[^a-z]{2,3}",
    r"(?i)[x-z]",
]
LIKES = ["%a%", "a%", "%c", "a_b", "", "%", "10\\%", "_", "%t%x%", "it''s"]

numbers = st.one_of(
    st.none(),
    st.sampled_from(NUMBERS),
    st.floats(-1e6, 1e6),
    st.integers(-50, 50).map(float),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(ODD),
)
texts = st.one_of(
    st.none(), st.sampled_from(WORDS), st.text("abcxyzABCXYZ éÉ0123456789-.,%_\n\t'\"\\", max_size=12)
)
booleans = st.sampled_from([None, True, False])
days = st.one_of(
    st.none(), st.dates(date(2023, 1, 1), date(2027, 12, 31)), st.dates(date(1, 1, 1), date(9999, 12, 31))
)
instants = st.one_of(
    st.none(),
    st.datetimes(datetime(2024, 1, 1), datetime(2026, 1, 1)).map(lambda i: i.replace(tzinfo=UTC)),
    st.integers(-(10**7), 10**7).map(lambda s: datetime(2025, 6, 1, tzinfo=UTC) + timedelta(seconds=s)),
)
liens = st.one_of(
    st.none(),
    st.lists(
        st.one_of(
            st.none(),
            st.fixed_dictionaries({"amount": numbers, "filed": days, "kind": texts, "open": booleans}),
        ),
        max_size=4,
    ),
)
leads = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys("xyz", numbers),
        **dict.fromkeys("st", texts),
        **dict.fromkeys("bc", booleans),
        **dict.fromkeys("de", days),
        **dict.fromkeys("ij", instants),
        "liens": liens,
        "tags": st.one_of(st.none(), st.lists(texts, max_size=3)),
    },
)


class Grammar:
    """Draws expressions of a wanted type.

    Attributes:
        smooth: leave out what depends on the last digit of a transcendental function (other libraries of
            mathematics round those differently, and a comparison would then jump).
    """

    def __init__(self, draw: Draw, *, smooth: bool) -> None:
        self._draw = draw
        self._smooth = smooth
        self._item = False

    def pick(self, options: list[Any]) -> Any:
        return self._draw(st.sampled_from(options))

    def any(self, depth: int) -> str:
        return str(
            self.pick([self.number, self.number, self.boolean, self.text, self.day, self.instant])(depth)
        )

    def number(self, depth: int) -> str:
        if depth <= 0:
            names = ["amount"] if self._item else ["x", "y", "z"]
            literal = st.sampled_from([n for n in NUMBERS if abs(n) < 1e99]).map(repr)
            return str(self._draw(st.one_of(st.sampled_from(names), st.sampled_from(names), literal)))
        n, b, t, d, i = self.number, self.boolean, self.text, self.day, self.instant
        options = [
            lambda k: f"({n(k)} {self.pick(['+', '-', '*'])} {n(k)})",
            lambda k: f"({n(k)} / {self.pick(['3', '100', '365.25', '-7'])})",
            lambda k: f"({n(k)} / nullif({n(k)}, 0))",
            lambda k: f"({n(k)} / (1 + abs({n(k)})))",
            lambda k: f"mod({n(k)}, {self.pick(['7', '0.1', '-2.5'])})",
            lambda k: f"(- {n(k)})",
            lambda k: f"{self.pick(['abs', 'floor', 'ceil', 'sign', 'sqrt', 'round'])}({n(k)})",
            lambda k: f"round({n(k)}, {self.pick([-2, -1, 0, 1, 2, 6])})",
            lambda k: f"floor({n(k)} * 1000000 + 0.5)",
            lambda k: f"power({n(k)}, {self.pick([0.5, 1, 2, 3])})",
            lambda k: f"clamp({n(k)})",
            lambda k: (
                f"clamp({n(k)}, {self.pick(['-5', 'x', '0'])}, 10)" if not self._item else f"clamp({n(k)})"
            ),
            lambda k: f"{self.pick(['least', 'greatest', 'coalesce'])}({n(k)}, {n(k)}, {n(k)})",
            lambda k: f"nullif({n(k)}, {n(k)})",
            lambda k: f"CASE WHEN {b(k)} THEN {n(k)} WHEN {b(k)} THEN {n(k)} ELSE {n(k)} END",
            lambda k: f"CASE {t(k)} WHEN 'a' THEN {n(k)} WHEN {t(k)} THEN NULL END",
            lambda k: f"bool_number({b(k)})",
            lambda k: (
                f"{self.pick(['days_since', 'days_until', 'year', 'month', 'day', 'day_of_week'])}({d(k)})"
            ),
            lambda k: f"{self.pick(['days_since', 'days_until', 'hour', 'month'])}({i(k)})",
            lambda k: f"days_between({d(k)}, {d(k)})",
            lambda k: f"days_between({i(k)}, {i(k)})",
            lambda k: f"{self.pick(['recency', 'urgency', 'linear_decay', 'step_decay'])}({d(k)}, 365)",
            lambda k: f"trend_risk({t(k)})",
            lambda k: f"{self.pick(['length', 'word_count'])}({t(k)})",
            lambda k: f"cast({t(k)} AS number)",
        ]
        if not self._smooth:
            options += [
                lambda k: f"{self.pick(['exp', 'ln'])}({n(k)})",
                lambda k: f"power({n(k)}, {n(k)})",
                lambda k: f"decay({d(k)}, 90)",
                lambda k: f"decay({i(k)}, 0.5)",
            ]
        if not self._item:
            options += [
                lambda k: self.listed("count_of(liens, {b})", k),
                lambda k: "count_of(liens)",
                lambda k: self.listed("{f}(liens, {n})", k, ["sum_of", "max_of", "min_of"]),
                lambda k: self.listed("{f}(liens, {n}, {b})", k, ["sum_of", "max_of", "min_of"]),
            ]
        return str(self.pick(options)(depth - 1))

    def listed(self, shape: str, depth: int, functions: list[str] | None = None) -> str:
        """A list function with what it reads inside the items."""
        self._item = True
        try:
            parts = {"f": self.pick(functions or [""])}
            for letter, draw in {"n": self.number, "b": self.boolean, "d": self.day}.items():
                if f"{{{letter}}}" in shape:
                    parts[letter] = draw(depth)
            return shape.format(**parts)
        finally:
            self._item = False

    def boolean(self, depth: int) -> str:
        if depth <= 0:
            return str(self.pick(["open"] if self._item else ["b", "c", "b", "c", "true", "false"]))
        n, b, t, d, i = self.number, self.boolean, self.text, self.day, self.instant
        compare = ["=", "<>", "<", "<=", ">", ">="]
        options = [
            lambda k: f"({n(k)} {self.pick(compare)} {n(k)})",
            lambda k: f"({t(k)} {self.pick(compare)} {t(k)})",
            lambda k: f"({d(k)} {self.pick(compare)} {d(k)})",
            lambda k: f"({i(k)} {self.pick(compare)} {i(k)})",
            lambda k: f"({b(k)} {self.pick(['=', '<>'])} {b(k)})",
            lambda k: f"({b(k)} AND {b(k)})",
            lambda k: f"({b(k)} OR {b(k)} OR {b(k)})",
            lambda k: f"(NOT {b(k)})",
            lambda k: f"({self.any(k)} IS {self.pick(['', 'NOT '])}NULL)",
            lambda k: f"({b(k)} IS {self.pick(['TRUE', 'FALSE', 'NOT TRUE', 'NOT FALSE'])})",
            lambda k: f"({n(k)} IS {self.pick(['', 'NOT '])}DISTINCT FROM {n(k)})",
            lambda k: f"({n(k)} {self.pick(['IN', 'NOT IN'])} (1, 2.5, {self.pick(['NULL', '0', n(k)])}))",
            lambda k: f"({t(k)} {self.pick(['IN', 'NOT IN'])} ('a', 'tax', {t(k)}))",
            lambda k: f"({n(k)} {self.pick(['', 'NOT '])}BETWEEN {n(k)} AND {n(k)})",
            lambda k: f"({t(k)} {self.pick(['LIKE', 'ILIKE', 'NOT LIKE'])} '{self.pick(LIKES)}')",
            lambda k: f"regexp_matches({t(k)}, '{self.pick(PATTERNS)}')",
            lambda k: f"{self.pick(['starts_with', 'ends_with', 'contains'])}({t(k)}, {t(k)})",
            lambda k: f"within({d(k)}, 365)",
            lambda k: f"CASE WHEN {b(k)} THEN {b(k)} ELSE {b(k)} END",
            lambda k: f"coalesce({b(k)}, {b(k)})",
        ]
        if not self._item:
            options += [
                lambda k: self.listed("any_of(liens, {b})", k),
                lambda k: f"list_contains(tags, {t(k)})",
                lambda k: f"any_matches(tags, '{self.pick(PATTERNS)}')",
                lambda k: "any_of(tags, item LIKE '%a%')",
            ]
        return str(self.pick(options)(depth - 1))

    def text(self, depth: int) -> str:
        if depth <= 0:
            literal = "'" + self.pick(WORDS).replace("'", "''") + "'"
            return str(self.pick(["kind", literal] if self._item else ["s", "t", "s", "t", literal]))
        n, b, t, d = self.number, self.boolean, self.text, self.day
        options = [
            lambda k: f"{self.pick(['lower', 'upper', 'trim'])}({t(k)})",
            lambda k: f"({t(k)} || {t(k)} || '-')",
            lambda k: f"concat({t(k)}, ' ', {t(k)})",
            lambda k: f"substring({t(k)}, {self.pick([1, 2, 5])}, {self.pick([0, 1, 3])})",
            lambda k: f"substring({t(k)}, 2)",
            lambda k: f"replace({t(k)}, '{self.pick(['a', 'tax', ' '])}', '{self.pick(['', '$1', 'zz'])}')",
            lambda k: f"split_part({t(k)}, '{self.pick([' ', 'a', '%'])}', {self.pick([1, 2, 3])})",
            lambda k: f"CASE WHEN {b(k)} THEN {t(k)} END",
            lambda k: f"coalesce({t(k)}, {t(k)})",
            lambda k: f"nullif({t(k)}, 'a')",
            lambda k: f"cast({self.pick([n, b, d])(k)} AS text)",
        ]
        return str(self.pick(options)(depth - 1))

    def day(self, depth: int) -> str:
        if depth <= 0:
            return str(self.pick(["filed"] if self._item else ["d", "e", "d", "e", "DATE '2025-03-01'"]))
        options = [
            lambda k: f"cast({self.instant(k)} AS date)",
            lambda k: f"cast({self.text(k)} AS date)",
            lambda k: f"{self.pick(['least', 'greatest', 'coalesce'])}({self.day(k)}, {self.day(k)})",
            lambda k: f"CASE WHEN {self.boolean(k)} THEN {self.day(k)} END",
        ]
        if not self._item:
            options.append(
                lambda k: self.listed("{f}(liens, {d}, {b})", k, ["latest_of", "earliest_of", "max_of"])
            )
        return str(self.pick(options)(depth - 1))

    def instant(self, depth: int) -> str:
        if depth <= 0:
            return str(self.pick(["as_of"] if self._item else ["i", "j", "i", "j", "as_of"]))
        options = [
            lambda k: f"cast({self.day(k)} AS timestamp)",
            lambda k: f"{self.pick(['least', 'greatest'])}({self.instant(k)}, {self.instant(k)})",
            lambda k: f"CASE WHEN {self.boolean(k)} THEN {self.instant(k)} END",
        ]
        return str(self.pick(options)(depth - 1))


@st.composite
def programs(draw: Draw, *, smooth: bool, size: int = 5, depth: int = 4) -> list[str]:
    """The texts of a few random expressions."""
    grammar = Grammar(draw, smooth=smooth)
    return [grammar.any(draw(st.integers(1, depth))) for _ in range(size)]
