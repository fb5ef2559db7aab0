"""Providers that need no network: what a value says by itself."""

from galena.engines.enrichment.local.addresses import address_finding
from galena.engines.enrichment.local.companies import company_finding
from galena.engines.enrichment.local.domains import domain_finding
from galena.engines.enrichment.local.emails import email_finding
from galena.engines.enrichment.local.names import name_finding
from galena.engines.enrichment.local.phones import phone_finding
from galena.engines.enrichment.local.reviews import review_finding
from galena.engines.enrichment.local.titles import title_finding

__all__ = [
    "address_finding",
    "company_finding",
    "domain_finding",
    "email_finding",
    "name_finding",
    "phone_finding",
    "review_finding",
    "title_finding",
]
