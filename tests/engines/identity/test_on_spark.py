"""A match model gives the same weights on Spark as one by one."""

import subprocess
import sys
from pathlib import Path

import pytest

SKIPPED = 77


@pytest.mark.soak
def test_weights_are_the_same_on_spark():
    # In a process of its own: Spark leaves sockets and pipes to the end of the process.
    script = Path(__file__).parent / "spark_weights.py"
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=1200, check=False
    )
    if done.returncode == SKIPPED:
        pytest.skip(done.stdout.strip())
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip().endswith("the same")
