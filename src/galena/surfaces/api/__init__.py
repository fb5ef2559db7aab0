"""REST /api/v1: what programs use Galena by."""
