"""Writes a typed Python client of the API, generated from its document, as the package `galena_client`.

Generated code is not kept in the repository: it is made where it is needed, by `make client` or by the tests.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, cast

from galena.bootstrap import Galena
from galena.domain.documents import TYPE_WORDS
from galena.surfaces.api.app import create_api

PACKAGE = "galena_client"
AS_BYTES = (
    *("text/csv", "text/calendar", "application/x-ndjson", "application/jsonl"),
    "application/vnd.apache.parquet",
    *TYPE_WORDS,
)
"""Contents that the client passes on as they are."""


def document() -> dict[str, Any]:
    """The API's document; nothing is asked for it."""
    nothing: Any = None
    return create_api(cast(Galena, nothing), nothing, nothing).openapi()


def write_client(folder: Path) -> Path:
    """Writes the package into a folder and says where it is; one that is there is replaced.

    Raises:
        subprocess.CalledProcessError: the generator failed; what it said is shown.
    """
    folder.mkdir(parents=True, exist_ok=True)
    package = folder / PACKAGE
    with tempfile.TemporaryDirectory() as scratch:
        described, options = Path(scratch, "openapi.json"), Path(scratch, "options.json")
        described.write_text(json.dumps(document()), encoding="utf-8")
        wanted = {
            "post_hooks": [],
            "package_name_override": PACKAGE,
            "content_type_overrides": dict.fromkeys(AS_BYTES, "application/octet-stream"),
        }
        options.write_text(json.dumps(wanted), encoding="utf-8")
        generator = Path(sys.executable).with_name("openapi-python-client")
        arguments: list[str | Path] = [
            "generate",
            "--path",
            described,
            "--config",
            options,
            "--output-path",
            package,
        ]
        subprocess.run(
            [generator, *arguments, "--meta", "none", "--overwrite", "--fail-on-warning"], check=True
        )
    return package


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("client"), help="where to write it")
    print(f"Written to {write_client(parser.parse_args().folder)}. Needs httpx and attrs.")


if __name__ == "__main__":
    main()
