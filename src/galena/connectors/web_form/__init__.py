"""Forms of a website: who filled one in, and that they did."""
