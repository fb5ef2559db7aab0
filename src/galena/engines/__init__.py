"""Floor 3: pure thinking, each engine behind one door."""
