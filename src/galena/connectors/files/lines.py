"""Text in batches of whole lines, each batch and each line of bounded size."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from galena.connectors.files.encoding import decode_pieces
from galena.connectors.files.unpack import Content

NUL_SHOWN_AS = "\ufffd"
_LINE_END = re.compile(r"[\r\n]")
_INNER_MARK = re.compile(r"(\A|(?<=[\r\n]))\ufeff")


@dataclass(frozen=True, slots=True)
class LongLine:
    """A line beyond the limit: its beginning and its length in characters; the rest was not kept."""

    start: str
    length: int


class LineBatches:
    """Lines of a content with their ends kept ("\\n", "\\r\\n" or "\\r").

    Attributes:
        nul_count: zero characters shown as U+FFFD so far.
        mark_count: byte-order marks taken from the beginning of lines so far (left by joining files).
    """

    def __init__(self, content: Content, encoding: str) -> None:
        self._content = content
        self._encoding = encoding
        self._limit = content.limits.row_bytes
        self.nul_count = 0
        self.mark_count = 0

    def __iter__(self) -> Iterator[list[str] | LongLine]:
        with self._content.open() as stream:
            pieces = decode_pieces(stream, self._encoding)
            tail = ""
            for piece in pieces:
                text = tail + piece
                cut = _last_line_end(text)
                if cut:
                    yield self._lines(text[:cut])
                tail = text[cut:]
                if len(tail) > self._limit:
                    long, tail = self._skip_line(tail, pieces)
                    yield long
            if tail:
                yield self._lines(tail)

    def _lines(self, text: str) -> list[str]:
        if "\x00" in text:
            self.nul_count += text.count("\x00")
            text = text.replace("\x00", NUL_SHOWN_AS)
        if "\ufeff" in text:
            text, count = _INNER_MARK.subn("", text)
            self.mark_count += count
        return io.StringIO(text, newline="").readlines()

    @staticmethod
    def _skip_line(tail: str, pieces: Iterator[str]) -> tuple[LongLine, str]:
        start, length = tail[:1000].replace("\x00", NUL_SHOWN_AS), len(tail)
        for piece in pieces:
            found = _LINE_END.search(piece)
            if found:
                length += found.start()
                # A "\n" left over from "\r\n" makes a blank line, which is skipped.
                return LongLine(start, length), piece[found.end() :]
            length += len(piece)
        return LongLine(start, length), ""


def _last_line_end(text: str) -> int:
    """Where the last whole line ends; a "\\r" at the very end waits, as "\\n" may follow it."""
    last_return = text.rfind("\r", 0, len(text) - 1)
    return max(text.rfind("\n"), last_return) + 1
