"""A market with known truth, for the demo, tests and load."""
