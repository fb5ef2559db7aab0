"""Which tenant gets which lead: gates, the plan of a drop, and the choice for a lead that arrives."""

from galena.engines.routing.arrival import route_arrival
from galena.engines.routing.drop_plan import plan_drop
from galena.engines.routing.gates import fit_of, tally, verdicts
from galena.engines.routing.market import candidates_frame
from galena.engines.routing.pool import Pool

__all__ = ["Pool", "candidates_frame", "fit_of", "plan_drop", "route_arrival", "tally", "verdicts"]
