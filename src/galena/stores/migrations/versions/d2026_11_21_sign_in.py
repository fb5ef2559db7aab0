"""Signing in by code and provider, keys that sign tokens, the processes that run."""

from pathlib import Path

from alembic import op

revision = "2026_11_21_sign_in"
down_revision = "2026_11_21_work"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Runs the numbered files of the folder in order."""
    # By the driver: SQLAlchemy would read ':' and '%' as parameters.
    driver = op.get_bind().connection.driver_connection
    if driver is None:
        raise RuntimeError("a migration needs a live connection")
    for file in sorted((Path(__file__).parent / "sign_in").glob("*.sql")):
        driver.execute(file.read_text(encoding="utf-8"))
