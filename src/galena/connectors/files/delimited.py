"""CSV and its relatives into rows."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import islice

from galena.connectors.files.dialect import NO_DELIMITER, Dialect, choose_dialect, raise_field_limit
from galena.connectors.files.encoding import decode_pieces, undecodable
from galena.connectors.files.header import Header, find_header
from galena.connectors.files.lines import NUL_SHOWN_AS, LineBatches, LongLine
from galena.connectors.files.unpack import Content
from galena.domain.record import Row, RowFault, excerpt
from galena.kit.errors import InputError

SAMPLE_CHARS = 200_000
RAW_CHARS = 20_000
"""How much of a line that cannot be split into cells is kept with its fault."""


@dataclass(frozen=True, slots=True)
class Mended:
    """A record read in another way than the rest: its cells or None, why not, and the line to go on with."""

    cells: list[str] | None
    next_line: int
    text: str = ""
    reason: str = ""


Record = tuple[int, list[str], str, Mended | RowFault | None]
"""One record: its number as in `Row`, its cells, its text with the line's end, and how it was read where it did not
have as many cells as the header: in another way, or not at all (its cells and text then mean nothing)."""


class DelimitedRows:
    """The rows of one delimited text file.

    Attributes:
        columns, delimiter: as in `FileShape`.
        notes: sentences on what was decided; `found` adds those from reading.
    """

    format = "csv"

    def __init__(
        self,
        content: Content,
        encoding: str,
        *,
        delimiter: str | None = None,
        header: bool | None = None,
        has_undecodable: bool = False,
    ) -> None:
        self._content = content
        self._encoding = encoding
        self._suspect = has_undecodable
        self._limits = content.limits
        raise_field_limit(2 * self._limits.row_bytes)
        lines = self._sample()
        trial = choose_dialect(lines, delimiter)
        self.dialect: Dialect = trial.dialect
        if not trial.rows:
            raise InputError("The file holds no readable line.", facts={"file": content.name})
        self.header: Header = find_header(trial.rows, header, self._limits)
        self.columns = self.header.names
        self.delimiter = None if self.dialect.delimiter == NO_DELIMITER else self.dialect.delimiter
        self.notes = [*self._dialect_notes(), *self.header.notes]
        self._mended = 0
        self._batches = LineBatches(content, encoding)

    @property
    def found(self) -> list[str]:
        """Notes from reading so far."""
        notes = []
        if self._mended:
            notes.append(f"{self._mended} row(s) with stray quotes were read by their number of cells.")
        if self._batches.nul_count:
            notes.append(f"{self._batches.nul_count} zero character(s) are shown as U+FFFD.")
        if self._batches.mark_count:
            notes.append(f"{self._batches.mark_count} byte-order mark(s) inside the file were left out.")
        return notes

    def _sample(self) -> list[str]:
        with self._content.open() as stream:
            text = ""
            for piece in decode_pieces(stream, self._encoding):
                text += piece
                if len(text) >= SAMPLE_CHARS:
                    break
            else:
                return _split(text)
        if not re.search(r"[\r\n]", text):
            return [text[: self._limits.row_bytes]]
        lines = _split(text)
        return lines[:-1] if len(lines) > 1 else lines

    def _dialect_notes(self) -> Iterator[str]:
        if self.dialect.quote == "'":
            yield "Cells are in single quotes."
        if self.dialect.escape:
            yield "Quotes inside cells are written with a backslash."
        if self.dialect.quote is None:
            yield "Quotation marks are taken as part of the cells."

    def rows(self, skip_rows: int = 0) -> Iterator[Row | RowFault]:
        """Rows and faults in file order, without the first `skip_rows` of them."""
        columns, first, limit = self.columns, max(skip_rows, 0), self._limits.cell_bytes
        slow = self._suspect or len(columns) < self.header.width
        for number, cells, text, reading in self.records():
            if number <= first:
                continue
            if reading is not None:
                yield reading if isinstance(reading, RowFault) else self._outcome(number, reading)
            elif slow or len(text) * 4 > limit:
                yield self._checked(number, cells)
            else:
                yield Row(number, dict(zip(columns, cells, strict=False)))

    def records(self) -> Iterator[Record]:
        """Every record from the first line on; the header is number 0, title lines are below it.

        Heuristic: batches of whole lines go through the csv module as they are. A record that it refuses, or with
        another number of cells than the header, is mended or becomes a fault, and reading goes on at the next line,
        so that one stray quote never swallows the rows after it.
        """
        self._mended = 0
        self._batches = LineBatches(self._content, self._encoding)
        number = -self.header.skip_rows
        width = self.header.width
        carried: list[str] = []
        giant, wanted = False, 0
        for batch in _with_last(self._batches):
            if isinstance(batch[0], LongLine):
                number += 1
                yield number, [], "", self._long_line(number, batch[0])
                continue
            lines = carried + self.dialect.shield(batch[0])
            if len(lines) < wanted and not batch[1]:
                carried = lines
                continue
            carried, wanted = [], 0
            if giant:
                closed = self._close_of(lines)
                giant = closed is None
                lines = lines[closed:] if closed else []
            start = 0
            while start < len(lines):
                reader = self.dialect.rows(islice(lines, start, None) if start else iter(lines))
                done = 0
                try:
                    for cells in reader:
                        taken = reader.line_num
                        begin, end = start + done, start + taken
                        if len(cells) == width:
                            number += 1
                            text = lines[begin] if end - begin == 1 else "".join(lines[begin:end])
                            yield number, cells, text, None
                        elif cells:
                            number += 1
                            mended = self._mend(lines, begin, end, cells)
                            yield number, cells, "", mended
                            if mended.next_line != end:
                                start = mended.next_line
                                break
                        done = taken
                    else:
                        start = len(lines)
                except csv.Error as error:
                    begin = start + done
                    at_end = start + reader.line_num >= len(lines)
                    if at_end and not batch[1] and self._may_grow(lines, begin):
                        carried = lines[begin:]
                        wanted = 2 * len(carried)  # doubling keeps the tries at one long record few
                        break
                    number += 1
                    if at_end and not batch[1] and self._is_giant(lines, begin):
                        giant = True
                        yield number, [], "", self._giant_record(number, lines[begin])
                        break
                    mended = self._mend(lines, begin, begin + 1, None, str(error))
                    yield number, [], "", mended
                    start = mended.next_line

    def _may_grow(self, lines: Sequence[str], begin: int) -> bool:
        return sum(map(len, islice(lines, begin, None))) <= self._limits.row_bytes

    def _is_giant(self, lines: list[str], begin: int) -> bool:
        """Whether a record too large to hold is one huge cell, rather than a quote never closed among good rows."""
        below = lines[begin + 1 : begin + 201]
        whole = sum(read is not None and len(read[0]) == self.header.width for read in self._alone(below))
        return whole * 2 < len(below)

    def _alone(self, lines: list[str]) -> Iterator[tuple[list[str], int] | None]:
        return (_read_one(self.dialect, [line], 0) for line in lines)

    def _close_of(self, lines: list[str]) -> int | None:
        """The line after the one in which a huge cell ends, or None if it goes on."""
        quote, cell_end = re.escape(self.dialect.quote or '"'), re.escape(self.dialect.delimiter)
        closing = re.compile(rf"(?<!{quote})(?:{quote}{quote})*{quote}(?={cell_end}|[\r\n]|\Z)")
        mark = self.dialect.quote or '"'
        return next(
            (i for i, line in enumerate(lines, start=1) if mark in line and closing.search(line)), None
        )

    def _giant_record(self, number: int, start: str) -> RowFault:
        reason = f"The row has more than {self._limits.row_bytes:,} characters, which is the limit."
        return RowFault(number, None, excerpt(start.rstrip()), reason, _storable({"raw": start[:RAW_CHARS]}))

    def _checked(self, number: int, cells: list[str]) -> Row | RowFault:
        """A row of the right width as a row, or the fault that one of its cells is."""
        payload = self._payload(cells)
        if self._suspect:
            for name, cell in payload.items():
                wrong = undecodable(cell)
                if wrong:
                    reason = f"The text is not valid {self._encoding}: {wrong}."
                    return RowFault(number, name, excerpt(cell), reason, _storable(payload))
        for name, cell in payload.items():
            if len(cell) * 4 > self._limits.cell_bytes:
                size = len(cell.encode("utf-8", "surrogatepass"))
                if size > self._limits.cell_bytes:
                    reason = f"The cell has {size:,} bytes; the limit is {self._limits.cell_bytes:,}."
                    kept = {key: excerpt(value) for key, value in payload.items()}
                    return RowFault(number, name, excerpt(cell), reason, kept)
        return Row(number, payload)

    def _payload(self, cells: Sequence[str]) -> dict[str, str]:
        payload = dict(zip(self.columns, cells, strict=False))
        for place, cell in enumerate(cells[len(self.columns) :], start=len(self.columns) + 1):
            if cell:
                name = f"column_{place}"
                payload[name if name not in payload else f"{name}_extra"] = cell
        return payload

    def _mend(
        self, lines: list[str], begin: int, end: int, cells: list[str] | None, error: str = ""
    ) -> Mended:
        """Another reading of the record at `begin`, tried in the order of how much it assumes."""
        width = self.header.width
        if cells is not None and _fits(cells, len(self.columns), width):
            return Mended(cells, end)
        if "\\" in lines[begin] and self.dialect.quote and self.dialect.escape is None:
            other = Dialect(self.dialect.delimiter, self.dialect.quote, "\\")
            read = _read_one(other, lines, begin)
            if read and len(read[0]) == width:
                self._mended += 1
                return Mended(read[0], begin + read[1])
        literal = _literal_quotes(lines[begin], self.dialect)
        if literal is not None and len(literal) == width:
            self._mended += 1
            return Mended(literal, begin + 1)
        if cells is None:
            return Mended(None, begin + 1, lines[begin], _quote_reason(error))
        if end - begin > 1:
            alone = _read_one(self.dialect, lines, begin + 1)
            if alone and len(alone[0]) == width:
                return Mended(None, begin + 1, lines[begin], _quote_reason(""))
        reason = f"The row has {len(cells)} cells; the header has {len(self.columns)}."
        return Mended(cells, end, "".join(lines[begin:end]), reason)

    def _outcome(self, number: int, mended: Mended) -> Row | RowFault:
        if mended.cells is not None and not mended.reason:
            cells = mended.cells + [""] * (self.header.width - len(mended.cells))
            return self._checked(number, cells)
        wrong = undecodable(mended.text) if self._suspect else None
        reason = f"{mended.reason} Also, {wrong}." if wrong else mended.reason
        text = mended.text.rstrip("\r\n")
        payload: dict[str, str] = {"raw": text[:RAW_CHARS]}
        if mended.cells is not None and len(mended.cells) <= self._limits.columns:
            payload = {key: cell[:RAW_CHARS] for key, cell in self._payload(mended.cells).items()}
        return RowFault(number, None, excerpt(text), reason, _storable(payload))

    def _long_line(self, number: int, line: LongLine) -> RowFault:
        reason = f"The row has {line.length:,} characters; the limit is {self._limits.row_bytes:,}."
        return RowFault(number, None, excerpt(line.start), reason, _storable({"raw": line.start}))


def _with_last(batches: LineBatches) -> Iterator[tuple[list[str] | LongLine, bool]]:
    """Each batch with whether it is the last one (a record left open there is not continued)."""
    held: list[str] | LongLine | None = None
    for batch in batches:
        if held is not None:
            yield held, isinstance(batch, LongLine)
        held = batch
    if held is not None:
        yield held, True


def _split(text: str) -> list[str]:
    return StringIO(text.replace("\x00", NUL_SHOWN_AS), newline="").readlines()


def _fits(cells: Sequence[str], fewest: int, most: int) -> bool:
    """Whether the row differs from the header only in empty cells at its end."""
    return fewest <= len(cells) <= most or (len(cells) > most and not any(cells[most:]))


def _read_one(dialect: Dialect, lines: list[str], begin: int) -> tuple[list[str], int] | None:
    """The record at a line and how many lines it takes, or None if it cannot be read."""
    reader = dialect.rows(iter(dialect.shield(lines[begin : begin + 200])))
    try:
        return next(reader), reader.line_num
    except (csv.Error, StopIteration):
        return None


def _literal_quotes(line: str, dialect: Dialect) -> list[str] | None:
    """Cells of one line in which a quote closes a cell only before a delimiter or the line's end."""
    if dialect.quote is None or dialect.quote not in line:
        return None
    quote, mark = re.escape(dialect.quote), re.escape(dialect.delimiter)
    cell = rf"(?:{quote}((?:(?!{quote}{mark}).)*){quote}|((?:(?!{mark}).)*))"
    cells: list[str] = []
    position, text = 0, line.rstrip("\r\n")
    pattern = re.compile(rf"{cell}({mark}|\Z)", re.DOTALL)
    while position <= len(text):
        found = pattern.match(text, position)
        if found is None:
            return None
        inner = found.group(1)
        cells.append(found.group(2) if inner is None else inner.replace(dialect.quote * 2, dialect.quote))
        position = found.end()
        if not found.group(3):
            break
    return cells


def _quote_reason(error: str) -> str:
    detail = f" ({error})" if error and "unexpected end" not in error else ""
    return f"A quotation mark is opened and not closed properly{detail}, so the cells cannot be told apart."


def _storable(payload: dict[str, str]) -> dict[str, str]:
    """The payload with undecodable bytes shown as `\\xE9`, so that it can be kept and shown."""
    return {key: _show_bytes(value) for key, value in payload.items()}


def _show_bytes(text: str) -> str:
    if undecodable(text) is None:
        return text
    return re.sub("[\udc00-\udcff]", lambda m: f"\\x{ord(m.group()) - 0xDC00:02X}", text)
