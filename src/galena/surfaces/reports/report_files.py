"""Reports written to files: tables as CSV, the whole as PDF."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl
from fpdf import FPDF
from fpdf.enums import TableCellFillMode
from fpdf.fonts import FontFace

from galena.connectors.files.writing import neutralised, open_export, whole_file
from galena.domain.report import Cell, ColumnKind, Report, Table
from galena.surfaces.reports.cells import cell_text

_FONT = "DejaVu"
_KINDS: dict[ColumnKind, type[pl.DataType]] = {"text": pl.String, "count": pl.Int64}
_ROWS_SHOWN = 500
"""Rows of a table on paper; the CSV has them all."""


def write_csv(report: Report, path: Path) -> list[Path]:
    """Each table of a report as CSV: the first under the given name, the others beside it; figures as they are.

    Raises:
        InputError: a file cannot be written.
        UnavailableError: the disk is full.
    """
    written = []
    for place, table in enumerate(report.tables):
        target = path if place == 0 else path.with_name(f"{path.stem}-{table.name}{path.suffix or '.csv'}")
        with open_export(target, "csv") as write:
            write(neutralised(_frame(table)))
        written.append(target)
    return written


def write_pdf(report: Report, path: Path, today: date) -> None:
    """A report on A4 paper, whole or not at all. Letters that the font lacks (Chinese, Arabic ...) appear as `?`.

    Raises:
        InputError: the file cannot be written.
        UnavailableError: the disk is full.
    """
    pdf = _Paper(report, today)
    for table in report.tables:
        pdf.add_table(table)
    pdf.add_method()
    with whole_file(path) as file:
        file.write(bytes(pdf.output()))


def _frame(table: Table) -> pl.DataFrame:
    schema = {column.name: _KINDS.get(column.kind, pl.Float64) for column in table.columns}
    rows = [*table.rows, table.total] if table.total else list(table.rows)
    return pl.DataFrame(rows, schema=schema, orient="row", strict=False)


class _Paper(FPDF):
    """A report being set."""

    def __init__(self, report: Report, today: date) -> None:
        wide = max((len(table.columns) for table in report.tables), default=0) > 8
        super().__init__(orientation="landscape" if wide else "portrait", format="A4")
        self._report = report
        for style, file in _fonts().items():
            self.add_font(_FONT, style, file)
        self.set_title(report.title)
        self.set_creator("Galena")
        self.set_auto_page_break(auto=True, margin=16)
        self.alias_nb_pages()
        self.add_page()
        self._line(report.title, size=17, style="B")
        self._line(f"{_span(report)} Made on {today}.", size=9)
        self.ln(2)
        for sentence in report.said:
            self._line(sentence, size=11)

    def footer(self) -> None:
        self.set_y(-12)
        self.set_font(_FONT, size=8)
        self.cell(0, 8, f"{self._report.title} · {self.page_no()} of {{nb}}", align="C")

    def add_table(self, table: Table) -> None:
        """A table, its head repeated on every page."""
        self.ln(4)
        self._line(table.title, size=12, style="B")
        if not table.rows:
            self._line("Nothing yet.", size=10)
            return
        self.set_font(_FONT, size=7.5 if len(table.columns) > 8 else 9)
        aligned = ["LEFT" if column.kind == "text" else "RIGHT" for column in table.columns]
        widths = [3 if column.kind == "text" else 2 for column in table.columns]
        with self.table(
            text_align=aligned,
            col_widths=widths,
            borders_layout="HORIZONTAL_LINES",
            cell_fill_color=246,
            cell_fill_mode=TableCellFillMode.ROWS,
            headings_style=FontFace(emphasis="BOLD", fill_color=230),
            line_height=4.6,
        ) as grid:
            grid.row([column.label for column in table.columns])
            for row in table.rows[:_ROWS_SHOWN]:
                grid.row(self._cells(row, table))
            if table.total:
                grid.row(self._cells(table.total, table), style=FontFace(emphasis="BOLD"))
        if len(table.rows) > _ROWS_SHOWN:
            self._line(f"and {len(table.rows) - _ROWS_SHOWN:,} more rows; the CSV has them all.", size=9)

    def add_method(self) -> None:
        """How the figures are made."""
        self.ln(5)
        self._line("How the figures are made", size=10, style="B")
        for sentence in self._report.method:
            self._line(sentence, size=8.5)

    def _cells(self, row: Sequence[Cell], table: Table) -> list[str]:
        currency = self._report.currency
        pairs = zip(row, table.columns, strict=True)
        return [self._known(cell_text(cell, column, currency)) for cell, column in pairs]

    def _line(self, text: str, *, size: float, style: str = "") -> None:
        self.set_font(_FONT, style, size)
        self.multi_cell(0, size * 0.5, self._known(text), new_x="LMARGIN", new_y="NEXT")

    def _known(self, text: str) -> str:
        """The text with `?` for every letter that the font lacks."""
        known = self.fonts[_FONT.lower()].cmap  # type: ignore[union-attr]
        return "".join(letter if ord(letter) in known or letter == "\n" else "?" for letter in text)


def _span(report: Report) -> str:
    if report.since and report.until:
        return f"Leads given from {report.since} to {report.until}."
    if report.since:
        return f"Leads given from {report.since} on."
    return f"Leads given up to {report.until}." if report.until else "All leads that were given."


@cache
def _fonts() -> dict[str, Path]:
    """The font that comes with the plotting library, by style."""
    from matplotlib import get_data_path

    folder = Path(get_data_path()) / "fonts" / "ttf"
    return {"": folder / "DejaVuSans.ttf", "B": folder / "DejaVuSans-Bold.ttf"}
