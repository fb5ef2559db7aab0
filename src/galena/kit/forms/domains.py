"""Web domains in one spelling."""

import re
from functools import lru_cache
from typing import Any

_HOST = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)

PLATFORMS = frozenset(
    (
        "facebook.com", "linkedin.com", "instagram.com", "twitter.com", "x.com", "youtube.com", "yelp.com",
        "google.com", "wixsite.com", "wordpress.com", "blogspot.com", "squarespace.com", "weebly.com",
        "business.site", "godaddysites.com", "linktr.ee", "tiktok.com", "pinterest.com",
    )
)  # fmt: skip
"""Domains that host the pages of many."""


@lru_cache(maxsize=1)
def _extract() -> Any:
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None)


@lru_cache(maxsize=100_000)
def registered_domain(text: str) -> str | None:
    """The domain somebody registered: "https://www.shop.example.co.uk/x" -> "example.co.uk"; None if there is none.

    On a platform that hosts many (facebook.com ...) the first part of the path or host tells whose page it is.
    """
    address = _HOST.sub("", text.strip().lower())
    host, _, path = address.partition("/")
    host = host.rpartition("@")[2].partition(":")[0]
    if "." not in host or " " in host:
        return None
    parts = _extract()(host)
    if not parts.domain or not parts.suffix:
        return None
    domain = f"{parts.domain}.{parts.suffix}"
    if domain not in PLATFORMS:
        return domain
    whose = parts.subdomain.removeprefix("www").strip(".") or path.strip("/")
    return f"{domain}/{whose}" if whose else None
