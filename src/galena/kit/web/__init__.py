"""Outgoing HTTP that cannot be turned on internal addresses, keeps the provider's rate and gives up in time."""

from galena.kit.web.addresses import AddressGuard
from galena.kit.web.cache import AnswerCache, MemoryCache
from galena.kit.web.client import Limits, WebClient
from galena.kit.web.errors import (
    AddressRefusedError,
    BrokenAnswerError,
    BusyError,
    CircuitOpenError,
    KeyRefusedError,
    NoAnswerError,
    OversizeAnswerError,
    QuotaSpentError,
    RefusedError,
    UnreadableAnswerError,
    WebError,
)
from galena.kit.web.exchange import Answer, Call
from galena.kit.web.rates import MemoryBook, ProviderBook, ProviderState, Rate

__all__ = [
    "AddressGuard",
    "AddressRefusedError",
    "Answer",
    "AnswerCache",
    "BrokenAnswerError",
    "BusyError",
    "Call",
    "CircuitOpenError",
    "KeyRefusedError",
    "Limits",
    "MemoryBook",
    "MemoryCache",
    "NoAnswerError",
    "OversizeAnswerError",
    "ProviderBook",
    "ProviderState",
    "QuotaSpentError",
    "Rate",
    "RefusedError",
    "UnreadableAnswerError",
    "WebClient",
    "WebError",
]
