"""Ways in which a call brings no answer, told apart by what to do next."""

from typing import Any

from galena.domain.reasoner import Usage
from galena.kit.errors import GalenaError


class CallError(GalenaError):
    """A call that brought no answer.

    Attributes:
        kind: in one word, for counting.
        status: of the answer; None where none came.
        retry_after_s: as the endpoint asked; None where it did not.
        usage: the tokens it took, where the endpoint told although the answer cannot be used.
        may_be_paid: whether the endpoint may have done the work, and so may charge it, although nothing came back.
    """

    retriable = True
    kind = "failed"
    may_be_paid = False

    def __init__(
        self, what: str, *, status: int | None = None, retry_after_s: float | None = None, **more: Any
    ) -> None:
        super().__init__(what, **more)
        self.status = status
        self.retry_after_s = retry_after_s
        self.usage: Usage | None = None


class EndpointTooBusyError(CallError):
    """429: too many requests or tokens for now."""

    kind = "too_busy"


class EndpointDownError(CallError):
    """A server's fault (5xx), a name that is not known, or nobody who listens."""

    kind = "down"


class EndpointSlowError(CallError):
    """No whole answer in time, or the connection broke while waiting for it."""

    kind = "slow"
    may_be_paid = True


class UnreadableError(CallError):
    """Something came back that is no completion: no JSON, no choices, too large."""

    kind = "unreadable"
    may_be_paid = True


class CutShortError(CallError):
    """The answer ended at the most tokens it may take (finish_reason length), or was filtered."""

    kind = "cut_short"
    may_be_paid = True


class EndpointRefusedError(CallError):
    """Asking again will not help: the key, the balance, the model's name or the request itself is refused."""

    retriable = False
    kind = "refused"
    exit_code = 2
