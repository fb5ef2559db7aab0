"""Which records are one lead, and which of their values stand."""

from galena.engines.identity.survivorship import Standing, merge, survivors

__all__ = ["Standing", "merge", "survivors"]
