"""New columns are matched with those of the training by what is sure, and by nothing else."""

from types import SimpleNamespace

import polars as pl
import pytest

from galena.kit.tabular.reading import ColumnReading
from galena.workflows.known_columns import known_columns


def model(*names, style="point"):
    columns = tuple(ColumnReading(name=name, kind="number", number_style=style) for name in names)
    return SimpleNamespace(encoding=SimpleNamespace(columns=names), reading=SimpleNamespace(columns=columns))


@pytest.mark.parametrize(
    ("trained", "given", "renamed"),
    [
        (["Lead Origin"], ["lead origin "], {"lead origin ": "Lead Origin"}),
        (["Lead Origin"], ["LEAD_ORIGIN"], {"LEAD_ORIGIN": "Lead Origin"}),
        (["Lead Origin"], ["Lead  Origin", "lead_origin"], {"Lead  Origin": "Lead Origin"}),
        (["Lead Origin"], ["Lead Origin", "lead origin"], {}),
        (["Lead Origin"], ["lead-origin", "lead_origin"], {}),
        (["Visits", "visits"], ["VISITS"], {}),
        (["Visits", "visits"], ["VISITS", "visits"], {"VISITS": "Visits"}),
        (["a", "b"], ["A", "c"], {"A": "a"}),
        (["#", "b"], ["?", "B"], {"B": "b"}),
    ],
)
def test_spelling(trained, given, renamed):
    found = known_columns(model(*trained), given, pl.DataFrame(schema=dict.fromkeys(given, pl.String())))
    assert found.renamed == renamed


@pytest.mark.parametrize(
    ("style", "cells", "other"),
    [
        ("point", {"a": ["1,5", "2", None]}, ["a"]),
        ("point", {"a": ["1.5", "2", "x"]}, []),
        ("point", {"a": ["1,500", "2,250"]}, []),  # one thousand five hundred, as far as one can tell
        ("point", {"a": ["0,500", "0,250"]}, ["a"]),
        ("point", {"a": ["1.234,5"]}, ["a"]),
        ("point", {"a": ["1,5"], "b": ["1,500"]}, ["a", "b"]),  # goes with the rest of the file
        ("point", {"a": ["1,5"], "b": ["1,500"], "c": ["1.5"]}, ["a"]),  # the file has both
        ("point", {"a": ["1,5", "1.5"]}, []),
        ("point", {"a": ["many, really"]}, []),
        ("comma", {"a": ["1.5"]}, ["a"]),
        ("comma", {"a": ["0.125"]}, ["a"]),
        ("comma", {"a": ["1.500"]}, []),
        ("comma", {"a": ["1,5", "7"]}, []),
        ("comma", {"a": ["1,234.5"], "b": ["1.500"]}, ["a", "b"]),
    ],
)
def test_decimal_signs(style, cells, other):
    found = known_columns(model("a", "b", "c", style=style), list(cells), pl.DataFrame(cells))
    assert list(found.other_decimals) == other
    if other:
        assert found.decimals == {"point": ".", "comma": ","}[style]


def test_numbers_come_out_as_the_training_wrote_them():
    frame = pl.DataFrame({"A ": ["1.234,5", None, "3"], "other": ["1,5", "2", "3"]})
    found = known_columns(model("a"), frame.columns, frame)
    assert found.as_trained(frame).to_dict(as_series=False) == {
        "a": ["1,234.5", None, "3"],
        "other": ["1,5", "2", "3"],
    }
    assert found.named(frame)["a"].to_list() == ["1.234,5", None, "3"]
