"""REST sources described in YAML: the engine that asks, pages, remembers how far it came, and matches look-ups."""

from galena.connectors.rest.description import Description
from galena.connectors.rest.enricher import RestEnricher
from galena.connectors.rest.source import RestSource

__all__ = ["Description", "RestEnricher", "RestSource"]
