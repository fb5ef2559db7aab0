"""How two normal records are compared: per field a ladder of levels, from the same to quite different."""

from galena.engines.identity.ladders.all import ladders_of
from galena.engines.identity.ladders.ladder import Grade, Ladder, Level, Nature

__all__ = ["Grade", "Ladder", "Level", "Nature", "ladders_of"]
