"""Which tenant gets which lead: gates, the plan of a drop, and the choice for a lead that arrives."""
