"""What can go wrong between here and a provider: terminal and retriable errors apart in the class tree."""

from collections.abc import Mapping
from typing import Any

from galena.kit.errors import GalenaError


class WebError(GalenaError):
    """A call to a provider brought nothing.

    Attributes:
        status: the HTTP status that was answered; None: there was no answer.
        retry_after_s: seconds the provider (or our own brake) asks to wait; None: it did not say.
        body: what was answered, for those who know how to read it; never shown.
    """

    exit_code = 4
    http_status = 502

    def __init__(
        self,
        what: str,
        *,
        facts: Mapping[str, Any] | None = None,
        remedy: str = "",
        status: int | None = None,
        retry_after_s: float | None = None,
        body: bytes = b"",
    ) -> None:
        super().__init__(what, facts=facts, remedy=remedy)
        self.status = status
        self.retry_after_s = retry_after_s
        self.body = body


class AddressRefusedError(WebError):
    """The address is not one Galena may call: not http(s), or inside the operator's own network."""

    exit_code = 2
    http_status = 422


class RefusedError(WebError):
    """The provider understood and said no (a status of 400 to 499)."""


class KeyRefusedError(RefusedError):
    """The provider does not accept the key or what it may do (401, 403, or its own words for it)."""


class OversizeAnswerError(WebError):
    """The answer is larger than the limit."""


class UnreadableAnswerError(WebError):
    """The answer is not what the provider's documentation promises, for example broken JSON."""


class NoAnswerError(WebError):
    """No whole answer came: the name is unknown, nobody listens, time ran out, or the line was cut."""

    http_status = 503
    retriable = True


class BrokenAnswerError(WebError):
    """The provider failed by its own account (a status of 500 or above)."""

    http_status = 503
    retriable = True


class BusyError(WebError):
    """The provider asks to come later (429, or 503 with a time)."""

    http_status = 503
    retriable = True


class CircuitOpenError(WebError):
    """The provider failed several times in a row and is left alone for a while."""

    http_status = 503
    retriable = True


class QuotaSpentError(WebError):
    """As many calls as the provider allows for a day were made."""

    http_status = 503
    retriable = True
