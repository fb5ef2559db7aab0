"""What every test may ask for."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data sets; tests that need it skip where it is absent.

    Looked for in GALENA_SHARED_DATA, then in ../shared/data beside the checkout.
    """
    named = os.environ.get("GALENA_SHARED_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if not (folder / "README.md").exists():
        pytest.skip(f"public data sets not found at {folder}: set GALENA_SHARED_DATA to their folder")
    return folder
