"""Jobs: what servers worked on outlives them."""

from pathlib import Path

from alembic import op

revision = "2026_11_21_jobs"
down_revision = "2026_11_21_match_counts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Runs the numbered files of the folder in order."""
    # By the driver: SQLAlchemy would read ':' and '%' as parameters.
    driver = op.get_bind().connection.driver_connection
    if driver is None:
        raise RuntimeError("a migration needs a live connection")
    for file in sorted((Path(__file__).parent / "jobs").glob("*.sql")):
        driver.execute(file.read_text(encoding="utf-8"))
