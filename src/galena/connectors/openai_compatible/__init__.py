"""Any endpoint that speaks POST /chat/completions: DeepSeek first, local models too."""

from galena.connectors.openai_compatible.client import ChatClient, ChatEndpoint, Completion
from galena.connectors.openai_compatible.failures import (
    CallError,
    EndpointDownError,
    EndpointRefusedError,
    EndpointSlowError,
    EndpointTooBusyError,
)
from galena.connectors.openai_compatible.pace import Pace
from galena.connectors.openai_compatible.patience import Patience

__all__ = [
    "CallError",
    "ChatClient",
    "ChatEndpoint",
    "Completion",
    "EndpointDownError",
    "EndpointRefusedError",
    "EndpointSlowError",
    "EndpointTooBusyError",
    "Pace",
    "Patience",
]
