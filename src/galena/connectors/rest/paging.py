"""How one page follows another.

The position of a pull is plain JSON: an offset, a page number, a token or an address. It never holds the key.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from galena.connectors.rest.description import Paging
from galena.connectors.rest.places import ABSENT, at, is_said
from galena.kit.web import Answer, UnreadableAnswerError

_LINK = re.compile(r'<([^>]*)>\s*((?:;\s*[^,;=]+(?:=(?:"[^"]*"|[^",;]*))?)*)')

Position = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pager:
    """Says what to ask for at a position, and which position follows."""

    paging: Paging

    def params(self, position: Position) -> tuple[tuple[str, str], ...]:
        """The parameters of a position, besides those of the request."""
        paging = self.paging
        params = [(paging.size_param, str(paging.size))] if paging.size_param else []
        if paging.position_param:
            value = position.get("value", {"offset": 0, "keyset": 0, "page": paging.first}.get(paging.kind))
            if value is not None and not (paging.kind == "keyset" and not value):
                params.append((paging.position_param, str(value)))
        return tuple(params)

    def following(
        self, position: Position, records: Sequence[Any], body: Any, answer: Answer, key_param: str
    ) -> Position | None:
        """The position behind a page; None when it was the last."""
        paging = self.paging
        if paging.kind == "none" or not self._goes_on(position, records, body):
            return None
        if paging.kind in ("offset", "keyset"):
            return {"value": int(position.get("value", 0)) + len(records)}
        if paging.kind == "page":
            return {"value": int(position.get("value", paging.first)) + 1}
        if paging.kind == "token":
            token = at(body, paging.next_at)
            return {"value": token} if is_said(token) else None
        link = (
            at(body, paging.next_at)
            if paging.kind == "next_link"
            else _linked(answer.headers.get("link", ""))
        )
        if not is_said(link):
            return None
        return {"url": _without(_same_origin(answer.url, str(link)), key_param)}

    def _goes_on(self, position: Position, records: Sequence[Any], body: Any) -> bool:
        paging = self.paging
        if paging.kind in ("token", "next_link", "link_header"):
            return True
        if paging.more_at:
            more = at(body, paging.more_at)
            return is_said(more) and bool(records)
        if paging.pages_at and (pages := at(body, paging.pages_at)) is not ABSENT:
            return int(position.get("value", paging.first)) < int(pages)
        return len(records) >= (paging.size if paging.ends == "short" else 1)


def _linked(header: str) -> str | None:
    """The address that a Link header calls next."""
    for url, params in _LINK.findall(header):
        if re.search(r';\s*rel\s*=\s*"?(?:[^"]*\s)?next(?:\s[^"]*)?"?\s*(?:;|$)', params, re.IGNORECASE):
            return str(url)
    return None


def _same_origin(base: str, link: str) -> str:
    """The link as a whole address; the key goes along, so it must lead to the same server.

    Raises:
        UnreadableAnswerError: it leads elsewhere.
    """
    url = urljoin(base, link)
    here, there = urlsplit(base), urlsplit(url)
    if (here.scheme, here.netloc) != (there.scheme, there.netloc):
        raise UnreadableAnswerError(
            "The provider's next page lies on another server, and the key must not go there.",
            facts={"server": here.hostname, "next": there.hostname},
            remedy="Connect to the server that answers itself.",
        )
    return url


def _without(url: str, key_param: str) -> str:
    if not key_param:
        return url
    parts = urlsplit(url)
    kept = [
        (name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != key_param
    ]
    return urlunsplit(parts._replace(query=urlencode(kept)))
