"""Floor 5: thin edges: command line and web."""
