"""Brave web search: what the web says about a lead, mined for signs of a sale."""
