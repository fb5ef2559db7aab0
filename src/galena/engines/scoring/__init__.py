"""Scoring: features to factors, and a model where there is one, to a score whose parts sum to it exactly.

`galena.engines.scoring.model_scoring` holds what needs a model; this much is enough for rules.
"""

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
