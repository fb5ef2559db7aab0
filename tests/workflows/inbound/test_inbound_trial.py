"""Secrets of senders are tried before they are kept."""

import base64

import pytest

from galena.connectors.catalogue import find_connector, list_connectors
from galena.kit.web.signatures import SecretError
from galena.workflows.inbound_trial import try_secret

GOOD = "whsec_" + base64.b64encode(bytes(24)).decode()


@pytest.mark.parametrize("name", [each.manifest.name for each in list_connectors() if each.is_sending])
def test_a_secret_of_the_right_form_is_taken(name: str) -> None:
    connector = find_connector(name)
    try_secret(connector, {each: GOOD for each in connector.manifest.secrets if name != "gohighlevel"})


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("standard_webhooks", "not a secret"),
        ("clerk", "whsec_short"),
        ("clerk", f"{GOOD} broken"),
        ("gohighlevel", "no key in PEM"),
        ("stripe", "sk_live_" + "x" * 24),
        ("cal_com", ""),
    ],
)
def test_one_that_can_prove_nothing_is_refused(name: str, secret: str) -> None:
    with pytest.raises(SecretError):
        try_secret(find_connector(name), {"secret": secret})
