"""Which characters separate and quote the cells of a text file: chosen by which reading gives even rows."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

DELIMITERS = (",", ";", "\t", "|", "^", "~", "\x1f", "\x01")
SAMPLE_ROWS = 300
NO_DELIMITER = "\x1e"
"""Stands for "one column": ASCII's record separator, which no table uses between cells."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How cells are written.

    Attributes:
        delimiter: between cells; `NO_DELIMITER` for one column.
        quote: around cells that hold delimiters or line ends; None when quotes mean nothing.
        escape: before a quote within a cell; None when quotes are doubled.
        space_after: whether spaces after a delimiter are dropped.
    """

    delimiter: str
    quote: str | None = '"'
    escape: str | None = None
    space_after: bool = False

    def rows(self, lines: Iterator[str]) -> "CsvReader":
        """A strict reader: a quote that closes before the cell's end raises csv.Error."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote,
            quoting=csv.QUOTE_NONE if self.quote is None else csv.QUOTE_MINIMAL,
            escapechar=self.escape,
            doublequote=True,
            skipinitialspace=self.space_after,
            strict=True,
        )

    def shield(self, lines: list[str]) -> list[str]:
        """The lines with backslashes doubled where they escape nothing, so that reading keeps them.

        `C:\\new` stays as it is, `\\"` and `\\\\` become what they stand for.
        """
        if self.escape is None:
            return lines
        special = re.escape(f"{self.quote}{self.escape}{self.delimiter}")
        pattern = re.compile(rf"\\([{special}])|\\")
        return [
            pattern.sub(lambda m: m.group() if m.group(1) else "\\\\", line) if "\\" in line else line
            for line in lines
        ]


class CsvReader(Protocol):
    """What csv.reader gives, by the parts used here."""

    @property
    def line_num(self) -> int:
        """Lines taken so far."""

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...


def raise_field_limit(chars: int) -> None:
    """Lets the csv module read cells up to that many characters; never lowers what others asked for."""
    if csv.field_size_limit() < chars:
        csv.field_size_limit(chars)


@dataclass(frozen=True, slots=True)
class Trial:
    """How a dialect reads the sample: its rows, and how even they are."""

    dialect: Dialect
    rows: list[list[str]]
    width: int
    even: int
    broken: int

    @property
    def merit(self) -> tuple[float, int]:
        """Share of rows of the usual width, then that width."""
        share = self.even / len(self.rows) if self.rows else 0.0
        return (round(share, 2), self.width)


def try_dialect(dialect: Dialect, lines: list[str]) -> Trial:
    """Reads the sample; lines that cannot be read are counted as broken and skipped one by one."""
    rows: list[list[str]] = []
    broken = 0
    start = 0
    whole: list[list[str]] = []  # rows before a record that does not end within the sample
    shielded = dialect.shield(lines)
    while start < len(lines) and len(rows) < SAMPLE_ROWS:
        reader = dialect.rows(islice(shielded, start, None))
        done = 0
        try:
            for cells in reader:
                if cells:
                    rows.append(cells)
                done = reader.line_num
                if len(rows) >= SAMPLE_ROWS:
                    break
            break
        except csv.Error:
            if not whole and start + reader.line_num >= len(lines):
                whole = rows[:]
            broken += 1
            rows.append([lines[start + done]])
            start += done + 1
            if start >= len(lines) - 1:
                break
    trial = _trial(dialect, rows, broken)
    if whole and dialect.quote == '"' and (trial.merit[0] < 0.8 or trial.width < len(whole[0])):
        return _trial(dialect, whole, 0)  # one cell larger than the sample, whose lines are no rows
    return trial


def _trial(dialect: Dialect, rows: list[list[str]], broken: int) -> Trial:
    widths = Counter(len(row) for row in rows)
    width, even = widths.most_common(1)[0] if widths else (0, 0)
    return Trial(dialect, rows, width, even, broken)


def choose_dialect(lines: list[str], delimiter: str | None = None) -> Trial:
    """The dialect with the evenest rows; the usual one (comma, double quotes) on a tie.

    For each delimiter that occurs, other ways of quoting than double quotes are tried where the sample shows signs
    of them, and taken only when they read more rows evenly or explain the quotes seen around cells.
    """
    sample = "".join(lines)
    wanted = (delimiter,) if delimiter else tuple(mark for mark in DELIMITERS if mark in sample)
    trials = [_best_quoting(mark, lines, sample) for mark in wanted]
    trials = [trial for trial in trials if trial.width > 1 and (delimiter or _plausible(trial))]
    if not trials:
        return try_dialect(Dialect(delimiter or NO_DELIMITER), lines)
    return max(trials, key=lambda t: (t.merit[0] > 0.8, t.merit[0] * min(t.width, 4), t.width))


def _best_quoting(mark: str, lines: list[str], sample: str) -> Trial:
    best = try_dialect(Dialect(mark), lines)
    for dialect in _variants(best.dialect, sample):
        trial = try_dialect(dialect, lines)
        if _better(trial, best):
            best = trial
    return best


def _plausible(trial: Trial) -> bool:
    """Whether the delimiter splits the first rows too, not only the prose in a column below one header."""
    tops = [len(row) for row in trial.rows[:20]]
    first_full = next((i for i, size in enumerate(tops) if size >= trial.width), None)
    if first_full is None:
        return trial.merit[0] > 0.5
    return first_full == 0 or trial.width >= 3


def _variants(base: Dialect, sample: str) -> Iterator[Dialect]:
    mark = base.delimiter
    cell = re.escape(mark)
    if '\\"' in sample:
        yield Dialect(mark, '"', "\\")
    if re.search(rf"(?m)(^|{cell})'[^\r\n]*'({cell}|\r?$)", sample):
        yield Dialect(mark, "'")
        if "\\'" in sample:
            yield Dialect(mark, "'", "\\")
    if mark + ' "' in sample:
        yield Dialect(mark, '"', None, space_after=True)
    if '"' in sample:
        yield Dialect(mark, None)


def _better(trial: Trial, best: Trial) -> bool:
    rows = max(len(trial.rows), 1)
    if trial.dialect.quote == "'":
        held = best.rows
        quoted = sum(any(_in_single_quotes(cell) for cell in row) for row in held)
        used = best.dialect.quote == '"' and any('"' in cell for row in held for cell in row)
        if quoted < 0.2 * len(held) or used:
            return False
        return trial.merit[0] >= min(best.merit[0], 0.9) and trial.width >= min(best.width, 2)
    if trial.dialect.quote is None:
        # Taking every quote literally must pay for the quotes it leaves in the cells.
        return trial.merit[0] > best.merit[0] + 0.1 and trial.width >= best.width
    if trial.dialect.space_after and trial.merit[0] >= best.merit[0]:
        return any(cell.startswith(' "') for row in best.rows for cell in row)
    return trial.even / rows - trial.broken > best.even / max(len(best.rows), 1) - best.broken


def _in_single_quotes(cell: str) -> bool:
    return len(cell) > 1 and cell[0] == cell[-1] == "'"
