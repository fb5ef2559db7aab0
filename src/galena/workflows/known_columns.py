"""The columns of a new table as a model knows them: names in another spelling, numbers with another decimal sign."""

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from galena.kit.tabular.numbers import NumberStyle, numbers_of_text
from galena.kit.tabular.values import MISSING, SPACE

SAMPLE = 5_000
"""Rows of a file that tell how its numbers are written."""

NEARLY_ALL = 0.95
"""So many of the values that can be read in one way only must be of the other way."""

_OTHER: dict[NumberStyle, NumberStyle] = {"point": "comma", "comma": "point"}
_FOREIGN: dict[NumberStyle, str] = {"point": ",", "comma": r"\."}
_SURELY_OWN: dict[NumberStyle, str] = {
    "point": r"\.(?:[0-9]{1,2}|[0-9]{4,})$",
    "comma": ",(?:[0-9]{1,2}|[0-9]{4,})$",
}
"""Read as thousands these would have too few digits behind the sign, or too many."""
_NO_THOUSANDS: dict[NumberStyle, str] = {"point": r"^[-+−]?0,[0-9]", "comma": r"^[-+−]?0\.[0-9]"}
"""Read as thousands these would be numbers such as 0,500: nobody writes five hundred so."""


@dataclass(frozen=True, slots=True)
class KnownColumns:
    """How a table is brought into the form of the training.

    Attributes:
        renamed: name in the table -> name in the training, for columns whose spelling differs.
        other_decimals: columns (by their name in the training) whose numbers are written with the other decimal sign.
        decimals: the decimal sign the training had in them.
    """

    renamed: dict[str, str] = field(default_factory=dict)
    other_decimals: tuple[str, ...] = ()
    decimals: str = ""

    def named(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The table with the names of the training; its cells as they stand."""
        return frame.rename(self.renamed) if self.renamed else frame

    def as_trained(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The table with the names of the training, its numbers written as there."""
        named = self.named(frame)
        if not self.other_decimals:
            return named
        return named.with_columns(
            pl.col(name).str.replace_many([",", "."], [".", ","]) for name in self.other_decimals
        )


def known_columns(model: Any, columns: Sequence[str], sample: pl.DataFrame) -> KnownColumns:
    """How a table of these columns is brought into the form a model knows.

    Names that are equal as they stand come first; then those that are equal but for capitals, spaces and punctuation,
    where that is clear on both sides. The decimal sign is told by values that can be read in one way only.

    Args:
        model: as `galena.workflows.model_folder.load_model` gives it.
        sample: rows of the table as text, under its own names.
    """
    wanted = tuple(model.encoding.columns)
    taken = {column.name for column in model.reading.columns}
    renamed = _respelt(wanted, columns, taken)
    known = KnownColumns(renamed)
    styles = {column.name: column.number_style for column in model.reading.columns if column.kind == "number"}
    named = known.named(sample)
    numbers = {name: styles[name] for name in wanted if name in styles and name in named.columns}
    other = _other_decimals(named, numbers)
    if not other:
        return known
    return KnownColumns(renamed, other, "," if styles[other[0]] == "comma" else ".")


def letters_of(name: str) -> str:
    """A name without regard to capitals, spaces and punctuation."""
    return re.sub(r"[\W_]+", "", _spaced(name))


def _respelt(wanted: Sequence[str], given: Sequence[str], taken: Collection[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key in (_spaced, letters_of):
        there, used = {*given, *found.values()}, {*taken, *found}
        missing = _by_key([name for name in wanted if name not in there], key)
        free = _by_key([name for name in given if name not in used], key)
        found |= {
            free[text][0]: names[0]
            for text, names in missing.items()
            if text and len(names) == 1 and len(free.get(text, ())) == 1
        }
    return found


def _by_key(names: Sequence[str], key: Callable[[str], str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(key(name), []).append(name)
    return found


def _spaced(name: str) -> str:
    """Without regard to capitals and spaces."""
    text = unicodedata.normalize("NFKC", name).lstrip("\ufeff").casefold()
    return " ".join(text.split())


def _other_decimals(sample: pl.DataFrame, styles: dict[str, NumberStyle]) -> tuple[str, ...]:
    """Of number columns those that are written in the other style; columns that could be either go with the rest of
    the file."""
    surely: list[str] = []
    either: list[str] = []
    own = False
    for name, style in styles.items():
        texts = sample.get_column(name)
        if texts.dtype != pl.String:
            continue
        signs = texts.str.strip_chars(SPACE)
        signs = signs.filter(signs.str.contains("[.,]") & ~signs.is_in(list(MISSING))).unique()
        if signs.is_empty():
            continue
        if signs.str.contains(_SURELY_OWN[style]).any() and not signs.str.contains(_FOREIGN[style]).any():
            own = True
            continue
        in_own, in_other = (_read_in(signs, each) for each in (style, _OTHER[style]))
        only_other, only_own = int((in_other & ~in_own).sum()), int((in_own & ~in_other).sum())
        if only_other and only_other >= NEARLY_ALL * (only_other + only_own):
            surely.append(name)
        elif only_own:
            own = True
        else:
            either.append(name)
    return tuple(surely) if own or not surely else (*surely, *either)


def _read_in(texts: pl.Series, style: NumberStyle) -> pl.Series:
    """Which of the texts can be meant as numbers of this style."""
    return numbers_of_text(texts, style).is_not_null() & ~texts.str.contains(_NO_THOUSANDS[style])
