"""The secret of a sender tried before it is kept: one that can prove nothing would refuse every message later."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from galena.connectors.catalogue import Connector
from galena.kit.web.signatures import SecretError, SignatureError

_AT = datetime(2026, 1, 1, tzinfo=UTC)
_TIME = str(int(_AT.timestamp()))
# A message that carries every sender's kind of signature, each of the right form and wrong.
_HEADERS = {
    "webhook-id": "a trial",
    "webhook-timestamp": _TIME,
    "webhook-signature": "v1,AAAA",
    "stripe-signature": f"t={_TIME},v1=00",
    "x-cal-signature-256": "00",
    "x-wh-signature": "AAAA",
}
_API_KEY = re.compile(r"(?:^|\s)(?:sk|pk|rk)_(?:live|test)_")


def try_secret(connector: Connector, secrets: Mapping[str, str]) -> None:
    """Checks that signatures can be proved with the secrets of a sender.

    Raises:
        SecretError: they are no signing secrets; says what is wanted.
    """
    secret = " ".join(filter(None, secrets.values()))
    if _API_KEY.search(secret):
        raise SecretError(
            "This is a key to call the sender with, not the secret it signs with.",
            facts={"connector": connector.manifest.name},
            remedy="Copy the signing secret that stands beside the endpoint in the sender's settings.",
        )
    try:
        connector.inbound().verify(_HEADERS, b"{}", secret, _AT)
    except SignatureError:
        return  # The signature is wrong, as it has to be: the secret was good enough to find that out.
