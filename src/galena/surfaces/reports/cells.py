"""Figures of reports as people read them."""

from galena.domain.report import Cell, Column


def cell_text(cell: Cell, column: Column, currency: str) -> str:
    """A figure in words: 1,234 / 12.3 % / 1,234 USD / 3.5; nothing where there is none."""
    if cell is None:
        return ""
    if isinstance(cell, str) or column.kind == "text":
        return str(cell)
    if column.kind == "share":
        return f"{cell * 100:.1f} %"
    if column.kind == "money":
        return f"{cell:,.0f} {currency}"
    return f"{cell:,.1f}" if column.kind in ("days", "number") else f"{cell:,.0f}"
