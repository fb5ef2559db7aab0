"""Rules scoring: features to factors to a score whose parts sum to it exactly."""

from galena.engines.scoring.frames import CHUNK_ROWS
from galena.engines.scoring.packing import pack_contributions, pack_values
from galena.engines.scoring.scorer import SCORING_VERSION, Scorer

__all__ = [
    "CHUNK_ROWS",
    "SCORING_VERSION",
    "Scorer",
    "pack_contributions",
    "pack_values",
]
