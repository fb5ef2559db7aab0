"""Clerk: people who sign up, as it sends them."""
