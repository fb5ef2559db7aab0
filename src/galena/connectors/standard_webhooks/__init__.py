"""Anything that signs by Standard Webhooks: contacts and signals."""
