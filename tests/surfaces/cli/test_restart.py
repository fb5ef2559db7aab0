"""One `galena up` ends and the next one starts, on a socket that stays open: nobody who asks is turned away."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

GALENA = str(Path(sys.executable).with_name("galena"))
PATIENCE_S = 120.0
AS_SYSTEMD = """
import os, sys
given = int(sys.argv[1])
if given != 3:
    os.dup2(given, 3)
    os.close(given)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])
"""


@contextmanager
def _up(home: Path, listener: socket.socket) -> Iterator[None]:
    """As systemd starts it: the socket is handed over as number 3. At its end it is told to end."""
    number = listener.fileno()
    started = subprocess.Popen(
        [sys.executable, "-c", AS_SYSTEMD, str(number), GALENA, "up"],
        env={**os.environ, "GALENA_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        pass_fds=(number,),
    )
    said = []
    try:
        for line in started.stdout:
            said.append(line)
            if line.startswith("Galena runs at"):
                break
        assert started.poll() is None, said
        yield
        started.send_signal(signal.SIGTERM)
        rest, _ = started.communicate(timeout=PATIENCE_S)
        assert started.returncode == 0, rest
    finally:
        if started.poll() is None:
            started.kill()
            started.communicate()
        started.stdout.close()


def test_a_restart_loses_no_request(tmp_path: Path) -> None:
    over, answered, lost = threading.Event(), [], []

    def ask(port: int) -> None:
        while not over.is_set():
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
                connection.request("GET", "/health/ready")
                answer = connection.getresponse()
                answer.read()
                connection.close()
                (answered if answer.status == 200 else lost).append(answer.status)
            except OSError as fault:
                lost.append(repr(fault))
            over.wait(0.02)

    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        threads = [threading.Thread(target=ask, args=(listener.getsockname()[1],)) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            for number in range(2):
                with _up(tmp_path / "home", listener):
                    wanted = len(answered) + 40
                    while len(answered) < wanted and not lost:
                        over.wait(0.02)
                    if number == 1:
                        over.set()
        finally:
            over.set()
            listener.close()  # Who still waits in it is told so.
            for thread in threads:
                thread.join(PATIENCE_S)
    assert lost == []
    assert len(answered) >= 80
