"""YAML as data with positions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galena.kit.yaml_positions import Position, read_yaml

TEXT = """\
a: 1
b: >-
  x = 'it''s' and
     y > 3

  z
c: 'it''s  x'
d: "a\\n\\u0041 \\"b\\" c"
e: plain text
  folded here  # comment
f: |
  one
    two
g: [1, 2.5, TRUE, ~, yes, 012, 2026-01-31]
"""


def test_data() -> None:
    document = read_yaml(TEXT)
    assert document.mistakes == []
    assert document.data == {
        "a": 1,
        "b": "x = 'it''s' and\n   y > 3\n\nz",
        "c": "it's  x",
        "d": 'a\nA "b" c',
        "e": "plain text folded here",
        "f": "one\n  two\n",
        "g": [1, 2.5, True, None, "yes", 12, "2026-01-31"],
    }
    assert document.written[("g", 2)] == "TRUE"


@pytest.mark.parametrize(
    ("key", "wanted", "line", "column"),
    [("b", "y >", 4, 6), ("b", "z", 6, 3), ("c", "x", 7, 12), ("d", "A", 8, 8), ("d", "c", 8, 21),
     ("e", "here", 10, 10), ("f", "two", 13, 5)],
)  # fmt: skip
def test_positions_inside_texts(key: str, wanted: str, line: int, column: int) -> None:
    document = read_yaml(TEXT)
    text = document.data[key]
    assert document.inside((key,), text, text.index(wanted)) == Position(line, column)
    assert document.inside((key,), text.strip(), text.strip().index(wanted)) == Position(line, column)


def test_positions_of_keys_and_values() -> None:
    document = read_yaml("a:\n  - b: 1\n    c: [x, y]\n")
    assert document.key_at(("a", 0, "c")) == Position(3, 5)
    assert document.value_at(("a", 0, "c", 1)) == Position(3, 12)
    assert document.value_at(("a", 0, "missing")) == Position(2, 5)
    assert document.value_at(("nothing",)) == Position(1, 1)


@pytest.mark.parametrize(
    ("text", "what"),
    [("a: [1,2\nb: 3", "flow sequence"), ("a: 1\na: 2", "given twice"), ("a: !x 1", "tag"), ("&a [*a]", "anchors"),
     ("a: \x00", "character"), ("a: 1\n---\nb: 2", "another document"), ("[" * 3000, "nested too deeply"),
     ("a: 1e999", "number"), ("? [a]\n: 1", "plain name"), ("a: 'x", "end of stream")],
)  # fmt: skip
def test_mistakes(text: str, what: str) -> None:
    (mistake,) = read_yaml(text).mistakes
    assert what in mistake.what
    assert mistake.remedy


@given(st.text(max_size=60) | st.text("ab:-[]{}&*!|>'\"%@`#, \n\t0", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    document = read_yaml(text)
    assert (
        document.mistakes
        or document.data is None
        or isinstance(document.data, str | int | float | dict | list)
    )
