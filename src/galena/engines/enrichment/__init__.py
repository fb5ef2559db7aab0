"""Enrichment: which provider is asked for what, when it is worth its price, and what can be said without asking."""
