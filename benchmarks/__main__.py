"""Runs every benchmark, each in a process of its own, and prints one JSON object: name -> what it measured."""

import json
import subprocess
import sys
from pathlib import Path

BENCHMARKS = (
    "one_lead_features",
    "one_lead",
    "ingestion",
    "million_leads",
    "pulling",
    "warm_start",
    "first_insight",
    "inference",
    "evidence_curve",
    "drop",
    "drop_peer",
    "load",
    "pages",
    "strangers",
)


def main() -> None:
    """Run them one after the other."""
    found = {}
    for name in sys.argv[1:] or BENCHMARKS:
        file = Path(__file__).parent / f"{name}.py"
        done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, check=True)
        found[name] = json.loads(done.stdout)
        print(f"{name}: done", file=sys.stderr)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
