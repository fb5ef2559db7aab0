"""Insight: what people said, read; and what became of leads, counted."""
