"""Dewey: tables of businesses and properties, delivered as lists of files."""
