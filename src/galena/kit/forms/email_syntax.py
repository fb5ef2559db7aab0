"""What the standards say of an e-mail address: plain, allowed but unusual, or none at all.

The grammar is that of RFC 5322 with its obsolete forms, and the limits of RFC 5321: a comment, a quoted name or an
address literal is allowed, and yet nothing that a person gives as his address.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Literal, NamedTuple

Standing = Literal["plain", "unusual", "invalid"]

LONGEST_LOCAL = 64
LONGEST_ADDRESS = 254
LONGEST_LABEL = 63
LONGEST_DOMAIN = 253

_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+")
_LABEL = re.compile(
    r"[A-Za-z0-9\u0080-\U0010ffff](?:[A-Za-z0-9\u0080-\U0010ffff-]*[A-Za-z0-9\u0080-\U0010ffff])?\Z"
)
_FOLD = re.compile(r"(?:[ \t]+|\r\n[ \t]+)")
_BELOW_SPACE = frozenset(map(chr, range(32))) | {"\x7f"}
_NEVER = frozenset("\r\n\0")


class Syntax(NamedTuple):
    """How an address stands with the standards.

    Attributes:
        because: why it is not plain, in words; "" where it is.
        local, domain: its two parts without comments; "" where it is invalid.
    """

    standing: Standing
    because: str = ""
    local: str = ""
    domain: str = ""


class _FaultError(Exception):
    """The text is no address."""


@dataclass
class _Reading:
    """A text read from left to right, and what is odd about it."""

    text: str
    at: int = 0
    odd: list[str] = field(default_factory=list)

    @property
    def here(self) -> str:
        return self.text[self.at : self.at + 1]

    def note(self, what: str) -> None:
        if what not in self.odd:
            self.odd.append(what)


@lru_cache(maxsize=100_000)
def email_syntax(text: str) -> Syntax:
    """Reads an address as the standards do: "jane@x.com" is plain, '"j d"@x.com' unusual, "jane..d@x.com" invalid.

    Nothing is looked up: whether the domain exists is another question.
    """
    reading = _Reading(text)
    try:
        local = _local(reading)
        if reading.here != "@":
            raise _FaultError("there is no @ behind the name")
        reading.at += 1
        domain = _domain(reading)
    except _FaultError as fault:
        return Syntax("invalid", str(fault))
    _lengths(reading, local, domain)
    return Syntax("unusual" if reading.odd else "plain", "; ".join(reading.odd), local, domain)


def _local(reading: _Reading) -> str:
    words: list[str] = []
    while True:
        _blanks(reading, inner=bool(words))
        if reading.here == '"':
            words.append(_quoted(reading))
            reading.note("the name is quoted")
        elif found := _ATOM.match(reading.text, reading.at):
            words.append(found[0])
            reading.at = found.end()
        elif not reading.here or reading.here == "@":
            raise _FaultError("a point ends the name" if words else "there is no name before the @")
        elif reading.here == ".":
            raise _FaultError("two points follow each other" if words else "a point begins the name")
        else:
            raise _FaultError("a character that no name may have")
        folded = _blanks(reading, inner=False)
        if reading.here != ".":
            break
        if folded:
            reading.note("there are blanks or comments inside the name")
        reading.at += 1
    return ".".join(words)


def _domain(reading: _Reading) -> str:
    _blanks(reading, inner=False)
    if reading.here == "[":
        found = _literal(reading)
        _blanks(reading, inner=False)
        if reading.here:
            raise _FaultError("something stands behind the domain")
        return found
    labels: list[str] = []
    while True:
        _blanks(reading, inner=bool(labels))
        label = _ATOM.match(reading.text, reading.at)
        if label is None:
            raise _FaultError(_missing_label(reading.here, bool(labels)))
        labels.append(label[0])
        reading.at = label.end()
        _blanks(reading, inner=False)
        if reading.here != ".":
            break
        reading.at += 1
    if reading.here:
        raise _FaultError("something stands behind the domain")
    _judge_labels(reading, labels)
    return ".".join(labels)


def _missing_label(here: str, some: bool) -> str:
    if not here:
        return "a point ends the domain" if some else "there is no domain behind the @"
    if here == ".":
        return "two points follow each other" if some else "a point begins the domain"
    return "a character that no domain may have"


def _judge_labels(reading: _Reading, labels: list[str]) -> None:
    for label in labels:
        if label.startswith("-") or label.endswith("-"):
            raise _FaultError("a part of the domain begins or ends with a hyphen")
        if not _LABEL.match(label):
            reading.note("the domain has a character that host names may not have")
        if len(label) > LONGEST_LABEL:
            reading.note("a part of the domain is too long")
    if len(labels) == 1:
        reading.note("the domain is a single word")
    elif labels[-1][:1].isdigit():
        reading.note("the domain ends in a number")


def _literal(reading: _Reading) -> str:
    start = reading.at
    reading.at += 1
    while reading.here and reading.here != "]":
        if reading.here == "[":
            raise _FaultError("a bracket is opened twice")
        if reading.here == "\\":
            reading.at += 1
            reading.note("the address literal is of an obsolete form")
            if not reading.here:
                raise _FaultError("a backslash ends the address")
        elif fold := _FOLD.match(reading.text, reading.at):
            reading.at = fold.end()
            reading.note("there are blanks or comments around the parts")
            continue
        elif reading.here in "\r\n\0":
            raise _FaultError("a line ends inside the brackets")
        elif reading.here in _BELOW_SPACE:
            reading.note("the address literal is of an obsolete form")
        reading.at += 1
    if not reading.here:
        raise _FaultError("a bracket is not closed")
    reading.at += 1
    inside = reading.text[start + 1 : reading.at - 1]
    reading.note(
        "the domain is a number in brackets" if _is_number(inside) else "what is in brackets is no number"
    )
    return reading.text[start : reading.at]


def _is_number(inside: str) -> bool:
    try:
        if inside[:5].casefold() == "ipv6:":
            IPv6Address(inside[5:])
        else:
            IPv4Address(inside)
    except AddressValueError:
        return False
    return True


def _quoted(reading: _Reading) -> str:
    start = reading.at
    reading.at += 1
    while reading.here and reading.here != '"':
        if reading.here == "\\":
            reading.at += 1
            if not reading.here:
                raise _FaultError("a backslash ends the address")
            if reading.here in _BELOW_SPACE - {"\t"}:
                reading.note("a control character is quoted")
            reading.at += 1
        elif fold := _FOLD.match(reading.text, reading.at):
            reading.at = fold.end()
        elif reading.here in _NEVER:
            raise _FaultError("a line ends inside the quotes")
        else:
            if reading.here in _BELOW_SPACE:
                reading.note("a control character is quoted")
            reading.at += 1
    if not reading.here:
        raise _FaultError("a quote is not closed")
    reading.at += 1
    return reading.text[start : reading.at]


def _blanks(reading: _Reading, *, inner: bool) -> bool:
    """Passes over blanks and comments; says whether there were any."""
    start = reading.at
    while reading.here:
        if reading.here == "(":
            _comment(reading)
        elif fold := _FOLD.match(reading.text, reading.at):
            reading.at = fold.end()
            if fold[0].startswith("\r\n") and reading.text.startswith("\r\n", reading.at):
                reading.note("a line of blanks alone stands inside")
        elif reading.here in _NEVER:
            raise _FaultError("a line ends inside the address")
        else:
            break
    if reading.at > start:
        reading.note(
            "there are blanks or comments inside the name"
            if inner
            else "there are blanks or comments around the parts"
        )
    return reading.at > start


def _comment(reading: _Reading) -> None:
    depth = 0
    while reading.here:
        here = reading.here
        if fold := _FOLD.match(reading.text, reading.at):
            reading.at = fold.end()
            continue
        if here in _NEVER:
            raise _FaultError("a line ends inside a comment")
        if here == "\\":
            reading.at += 1
            if not reading.here:
                raise _FaultError("a backslash ends the address")
        elif here == "(":
            depth += 1
        elif here == ")":
            depth -= 1
        elif here in _BELOW_SPACE:
            reading.note("a comment has a control character")
        reading.at += 1
        if depth == 0:
            return
    raise _FaultError("a comment is not closed")


def _lengths(reading: _Reading, local: str, domain: str) -> None:
    if len(local.encode()) > LONGEST_LOCAL:
        reading.note("the name is too long")
    if len(domain.encode()) > LONGEST_DOMAIN:
        reading.note("the domain is too long")
    if len(local.encode()) + 1 + len(domain.encode()) > LONGEST_ADDRESS:
        reading.note("the address is too long")
