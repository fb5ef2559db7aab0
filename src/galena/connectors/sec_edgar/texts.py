"""Filings' HTML as plain text: lines, sentences, tables."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

_BLOCKS = frozenset(
    (
        "p",
        "div",
        "td",
        "th",
        "tr",
        "li",
        "br",
        "table",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "title",
        "pre",
    )
)
_SKIPPED = frozenset(("script", "style", "head", "ix:header"))
_BLANKS = re.compile(r"[ \t\r\f\v\xa0\u2000-\u200b\u202f]+")
_ABBREVIATIONS = (
    r"(?<!\bInc)(?<!\bCorp)(?<!\bCo)(?<!\bLtd)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bDr)(?<!\bNo)(?<!\bJr)(?<!\bSr)"
    r"(?<!\bSt)(?<!\bvs)(?<!U\.S)(?<!\b[A-Z])"
)
_END = re.compile(_ABBREVIATIONS + r"[.!?][\"”')]*\s+(?=[\"“'(]?[A-Z0-9])")
LONGEST_SHOWN = 800


def plain_lines(document: bytes | str) -> list[str]:
    """The visible text, one line per block; text runs of one block are one line. Text that is no HTML: its lines."""
    text = document.decode("utf-8", "replace") if isinstance(document, bytes) else document
    if "<" not in text:
        return [line for line in (_plain(each) for each in text.splitlines()) if line]
    body = LexborHTMLParser(text).body
    if body is None:
        return []
    pieces: list[str] = []
    _walk(body, pieces)
    return [line for line in (_plain(each) for each in "".join(pieces).split("\n")) if line]


def sentences(lines: list[str]) -> Iterator[str]:
    """The sentences of each line; a line is at least one."""
    for line in lines:
        start = 0
        for end in _END.finditer(line):
            yield line[start : end.end()].strip()
            start = end.end()
        if rest := line[start:].strip():
            yield rest


def shown(sentence: str, middle: int = 0) -> str:
    """A sentence as it is shown: of a very long one, what lies around a place in it."""
    if len(sentence) <= LONGEST_SHOWN:
        return sentence
    start = max(0, min(middle - LONGEST_SHOWN // 2, len(sentence) - LONGEST_SHOWN))
    return f"{'... ' if start else ''}{sentence[start : start + LONGEST_SHOWN]} ..."


def table_rows(document: bytes | str) -> Iterator[list[list[str]]]:
    """Every innermost table as rows of cell texts, empty cells left out."""
    text = document.decode("utf-8", "replace") if isinstance(document, bytes) else document
    for table in LexborHTMLParser(text).css("table"):
        if table.css_first("table table") is None:
            rows = [[_cell(cell) for cell in row.css("td, th")] for row in table.css("tr")]
            yield [[cell for cell in row if cell] for row in rows]


def _walk(start: LexborNode, pieces: list[str]) -> None:
    """Depth first without recursion: filings nest deeper than Python's stack."""
    stack: list[LexborNode | str] = [start]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            pieces.append(node)
            continue
        tag = node.tag or ""
        if tag == "-text":
            pieces.append((node.text_content or "").replace("\n", " "))
            continue
        if tag in _SKIPPED or _is_hidden(node):
            continue
        if tag in _BLOCKS:
            pieces.append("\n")
            stack.append("\n")
        stack.extend(reversed(list(node.iter(include_text=True))))


def _is_hidden(node: LexborNode) -> bool:
    style = node.attributes.get("style") or ""
    return "display" in style and "none" in style.replace(" ", "").partition("display:")[2][:4]


def _cell(cell: LexborNode) -> str:
    return _plain(cell.text(separator=" ").replace("\n", " "))


def _plain(text: str) -> str:
    return _BLANKS.sub(" ", text.replace("\n", " ")).strip()
