"""Enrichment: every look-up with its cost, how each lead stands, and the runs."""

from pathlib import Path

from alembic import op

revision = "2026_11_21_enrichment"
down_revision = "2026_11_21_score_weights"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Runs the numbered files of the folder in order."""
    # By the driver: SQLAlchemy would read ':' and '%' as parameters.
    driver = op.get_bind().connection.driver_connection
    if driver is None:
        raise RuntimeError("a migration needs a live connection")
    for file in sorted((Path(__file__).parent / "enrichment").glob("*.sql")):
        driver.execute(file.read_text(encoding="utf-8"))
