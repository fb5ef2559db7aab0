"""The dashboard: indexes for what is new and what happened, and saved views of every list."""

from pathlib import Path

from alembic import op

revision = "2026_11_21_home"
down_revision = "2026_11_21_sign_in"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Runs the numbered files of the folder in order."""
    # By the driver: SQLAlchemy would read ':' and '%' as parameters.
    driver = op.get_bind().connection.driver_connection
    if driver is None:
        raise RuntimeError("a migration needs a live connection")
    for file in sorted((Path(__file__).parent / "home").glob("*.sql")):
        driver.execute(file.read_text(encoding="utf-8"))
