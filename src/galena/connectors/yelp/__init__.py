"""Yelp: ratings of businesses, and their latest reviews."""
