"""Which leads are one: what they are compared by, decisions, the review queue, match models."""

from pathlib import Path

from alembic import op

revision = "2026_11_21_identity"
down_revision = "2026_11_21_reasoner"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Runs the numbered files of the folder in order."""
    # By the driver: SQLAlchemy would read ':' and '%' as parameters.
    driver = op.get_bind().connection.driver_connection
    if driver is None:
        raise RuntimeError("a migration needs a live connection")
    for file in sorted((Path(__file__).parent / "identity").glob("*.sql")):
        driver.execute(file.read_text(encoding="utf-8"))
