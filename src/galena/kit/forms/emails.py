"""E-mail addresses in one spelling."""

import re
from functools import lru_cache
from typing import NamedTuple

from galena.kit.forms.texts import unaccented

_ADDRESS = re.compile(r"[^\s@<>\"(),:;\[\]\\]+@[^\s@<>\"(),:;\[\]\\]+\.[^\s@<>\"(),:;\[\]\\.]+")
_DOTLESS = frozenset(("gmail.com", "googlemail.com"))
_SAME_DOMAINS = {"googlemail.com": "gmail.com"}

FREE_DOMAINS = frozenset(
    (
        "gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "aol.com", "icloud.com", "live.com", "msn.com",
        "me.com", "mac.com", "ymail.com", "rocketmail.com", "protonmail.com", "proton.me", "pm.me", "gmx.com",
        "gmx.de", "gmx.net", "web.de", "mail.com", "zoho.com", "yandex.com", "yandex.ru", "mail.ru", "qq.com",
        "163.com", "126.com", "comcast.net", "verizon.net", "att.net", "sbcglobal.net", "bellsouth.net", "cox.net",
        "charter.net", "earthlink.net", "juno.com", "optonline.net", "frontier.com", "windstream.net",
        "t-online.de", "orange.fr", "free.fr", "wanadoo.fr", "laposte.net", "libero.it", "btinternet.com",
        "yahoo.co.uk", "hotmail.co.uk", "outlook.de", "yahoo.de", "yahoo.fr", "hotmail.fr", "yahoo.co.in",
        "rediffmail.com", "bigpond.com", "optusnet.com.au", "uol.com.br", "bol.com.br", "fastmail.com",
    )
)  # fmt: skip
"""Domains where anybody may have an address: the domain says nothing about the owner."""


class Email(NamedTuple):
    """An address as it reaches its owner: the part before the @ without tags, and the domain."""

    local: str
    domain: str

    @property
    def address(self) -> str:
        """local@domain"""
        return f"{self.local}@{self.domain}"

    @property
    def is_free(self) -> bool:
        """Whether anybody may have an address at this domain."""
        return self.domain in FREE_DOMAINS


@lru_cache(maxsize=100_000)
def normal_email(text: str) -> Email | None:
    """The address in a text such as "Jane <Jane.Doe+crm@GMail.com>": lower case, no +tag, no dots at Gmail.

    None where there is no address in it. Of several the first is taken.
    """
    found = _ADDRESS.search(unaccented(text))
    if found is None:
        return None
    local, _, domain = found[0].removeprefix("mailto:").rpartition("@")
    domain = domain.strip(".")
    local = local.partition("+")[0] or local
    if domain in _DOTLESS:
        local = local.replace(".", "") or local
    return Email(local, _SAME_DOMAINS.get(domain, domain))
