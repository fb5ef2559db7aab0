"""Providers that run on this machine and speak the protocols of real ones, for the demo and for tests."""
