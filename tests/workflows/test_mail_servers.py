"""Domains of e-mail addresses are asked only where the operator wants it."""

from pathlib import Path

from galena.kit.web.mail_exchange import MailExchange
from galena.settings import Settings
from galena.workflows.gateway import gateway_of


def test_nothing_leaves_the_machine_unasked(tmp_path: Path) -> None:
    assert gateway_of(Settings(home=tmp_path)).mail_servers is None
    asking = Settings(home=tmp_path, ask_mail_servers=True)
    assert isinstance(gateway_of(asking).mail_servers, MailExchange)
    # What one run learnt is known to the next.
    assert gateway_of(asking).mail_servers is gateway_of(asking).mail_servers
