"""Floor 0: tools that know no business word."""
