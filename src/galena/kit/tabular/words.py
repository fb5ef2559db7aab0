"""Free text as a few numbers: its length, its words, how much its words speak for the outcome, and single words."""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from galena.kit.tabular.parts import NAN, ColumnPart, OneRow

# A word is a run of letters and digits; everything outside ASCII counts as a letter (é, 漢, emoji). Spelt as a
# plain byte class so that both regex engines agree.
WORD: Final = r"[^\x00-/:-@\[-`{-\x7f]+"
_WORD = re.compile(WORD)
WORDS_READ: Final = 400


class WordsPart(ColumnPart):
    """Text as numbers: characters, words, evidence of the words, and a flag per telling word.

    Attributes:
        words: the vocabulary, lower case.
        evidence: per word its log-odds for the outcome in millionths (whole numbers: sums do not depend on order).
        flags: indices into `words` of the words with a flag of their own.
        cap: the evidence of a text is kept within +- this, in millionths.
    """

    part: Literal["words"] = "words"
    words: tuple[str, ...]
    evidence: tuple[int, ...]
    flags: tuple[int, ...] = ()
    cap: int = 6_000_000

    @property
    def width(self) -> int:
        """Length, word count, evidence, and the flags."""
        return 3 + len(self.flags)

    @cached_property
    def _place(self) -> dict[str, int]:
        return {word: index for index, word in enumerate(self.words)}

    def fill(self, frame: pl.DataFrame, out: NDArray[np.float32]) -> None:
        """The numbers of a table; all NaN where the text is missing."""
        series = frame.get_column(self.column)
        missing = series.is_null().to_numpy()
        rows, places, counts = word_places(series, self._place)
        evidence = np.array(self.evidence, dtype=np.int64)[places]
        out[:, 0] = series.str.len_chars().fill_null(0).to_numpy()
        out[:, 1] = counts
        out[:, 2] = evidence_of(rows, evidence, len(series), self.cap)
        for index, flag in enumerate(self.flags, 3):
            out[:, index] = 0.0
            out[rows[places == flag], index] = 1.0
        out[missing] = NAN

    def one(self) -> OneRow:
        """The numbers of one lead."""
        column, place, weights, flags, cap = self.column, self._place, self.evidence, self.flags, self.cap
        nothing = (NAN,) * self.width

        def compute(row: Mapping[str, Any]) -> tuple[float, ...]:
            text = row.get(column)
            if text is None:
                return nothing
            words = _WORD.findall(text)[:WORDS_READ]
            found = {place[word] for word in {word.lower() for word in words} if word in place}
            evidence = sum([weights[index] for index in found])
            return (
                float(len(text)),
                float(len(words)),
                min(max(evidence, -cap), cap) / 1e6,
                *[1.0 if flag in found else 0.0 for flag in flags],
            )

        return compute


def word_places(
    series: pl.Series, place: Mapping[str, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The known words of every text, once each: their rows and their places; and the word count of every text."""
    lists = series.str.extract_all(WORD).list.head(WORDS_READ)
    counts = lists.list.len().fill_null(0).cast(pl.Int64).to_numpy()
    rows = np.repeat(np.arange(len(series)), counts)
    said = lists.filter(pl.Series(counts > 0)).explode()
    distinct = said.unique()
    if distinct.is_empty():
        return rows, rows.copy(), counts
    places = pl.Series([place.get(word.lower(), -1) for word in distinct.to_list()], dtype=pl.Int64)
    coded = said.replace_strict(distinct, places, return_dtype=pl.Int64).to_numpy()
    known = coded >= 0
    # rows come in order, so a stable sort of row and place in one number is nearly free
    keys = np.sort(rows[known] * len(place) + coded[known], kind="stable")
    keys = keys[np.diff(keys, prepend=-1) != 0]
    return keys // max(len(place), 1), keys % max(len(place), 1), counts


def evidence_of(
    rows: NDArray[np.int64], evidence: NDArray[np.int64], count: int, cap: int
) -> NDArray[np.float64]:
    """The sum of the evidence per row, kept within the cap; whole millionths, so that the order does not matter."""
    sums = np.bincount(rows, weights=evidence, minlength=count)
    return np.clip(sums, -cap, cap) / 1e6
