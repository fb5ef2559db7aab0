"""Stripe: customers and payments, as it sends them."""
