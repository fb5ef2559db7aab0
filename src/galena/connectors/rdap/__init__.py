"""RDAP: when a domain was registered, by whom it is kept."""
