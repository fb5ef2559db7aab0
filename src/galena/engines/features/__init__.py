"""Features: numbers computed from a lead and its signals, as of a moment; each defined once, in SQL."""

from galena.engines.features.behaviours import DecayedState, StateAheadError
from galena.engines.features.feature_set import FeatureSet

__all__ = ["DecayedState", "FeatureSet", "StateAheadError"]
