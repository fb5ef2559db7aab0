"""What goes out and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from galena.kit.web.addresses import shown_url
from galena.kit.web.errors import UnreadableAnswerError

Params = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a provider. Headers, parameters and body never show in logs or error texts.

    Attributes:
        label: what it is for, in one or two words that hold nothing personal; written to the log.
        cache_s: how long an equal call may be answered from the cache, in seconds; 0: never.
        repeatable: whether it may be sent again after a failure of unknown outcome; None: GET and HEAD only.
    """

    url: str
    method: str = "GET"
    params: Params = field(default=(), repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    label: str = ""
    cache_s: float = 0.0
    repeatable: bool | None = None

    @property
    def may_repeat(self) -> bool:
        """Whether it may be sent again after a failure."""
        return self.method in ("GET", "HEAD") if self.repeatable is None else self.repeatable


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer with a status below 300.

    Attributes:
        url: of the last hop.
        headers: names in lower case.
        from_cache: whether no call was made.
        attempts: calls made for it.
    """

    status: int
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    from_cache: bool = False
    attempts: int = 1

    def json(self) -> Any:
        """The body read as JSON.

        Raises:
            UnreadableAnswerError: it is none.
        """
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as fault:
            kind = self.headers.get("content-type", "not said").partition(";")[0].strip()
            raise UnreadableAnswerError(
                "The provider's answer cannot be read as JSON.",
                facts={
                    "address": shown_url(self.url),
                    "content_type": kind,
                    "bytes": len(self.body),
                    "why": str(fault),
                },
                remedy="Check the address; a web page answers where the data should be when it is wrong.",
                status=self.status,
            ) from None
