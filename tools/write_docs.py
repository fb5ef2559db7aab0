"""Writes every generated page of docs/reference: runs each tools/document_*.py, with the same arguments."""

import subprocess
import sys
from pathlib import Path


def main() -> int:
    """The exit status is 1 when a page could not be written or, with --check, is not current."""
    tools = sorted(Path(__file__).parent.glob("document_*.py"))
    ended = [subprocess.run([sys.executable, tool, *sys.argv[1:]], check=False).returncode for tool in tools]
    return 1 if any(ended) else 0


if __name__ == "__main__":
    sys.exit(main())
