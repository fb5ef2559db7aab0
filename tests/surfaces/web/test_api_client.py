"""The client generated from the document, and the examples of the documentation, against a server on this machine."""

import csv
import importlib
import io
import os
import runpy
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from galena.domain.access import Scope
from galena.surfaces.web.serving import DrainingServer, InFlight
from galena.workflows.api_access import make_key
from galena.workflows.people import ensure_operator

from .conftest import Site

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.py"))


@pytest.fixture(scope="module")
def address(shown: Site) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = DrainingServer(shown.app, InFlight(), grace_s=10)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    port = listener.getsockname()[1]
    thread.start()
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(30)


@pytest.fixture(scope="module")
def key(shown: Site) -> str:
    with shown.enter() as session:
        operator = ensure_operator(session, shown.workspace)
        scopes = (Scope.READ, Scope.WRITE)
        return make_key(session, operator, "a program", scopes, shown.galena.clock()).secret


def test_the_generated_client_reads_leads_and_their_reasons(
    shown: Site, address: str, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runpy.run_path(str(ROOT / "tools" / "write_client.py"))["write_client"](tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    client_of = importlib.import_module("galena_client").AuthenticatedClient
    part = {name: importlib.import_module(f"galena_client.api.{name}") for name in (
        "key.get_me", "key.make_token", "leads.list_leads", "leads.get_score", "leads.add_feedback")}  # fmt: skip
    with client_of(base_url=f"{address}/api/v1", token=key, raise_on_unexpected_status=True) as client:
        assert part["key.get_me"].sync(client=client).may == ["read", "write"]
        page = part["leads.list_leads"].sync(client=client, limit=3)
        assert len(page.items) == 3
        score = part["leads.get_score"].sync(page.items[0].id, client=client)
        assert score.score == pytest.approx(sum(reason.points for reason in score.reasons), abs=1e-5)
        wish = importlib.import_module("galena_client.models").TokenWish(minutes=5)
        token = part["key.make_token"].sync(client=client, body=wish)
    with client_of(base_url=f"{address}/api/v1", token=token.access_token) as client:
        assert part["key.get_me"].sync(client=client).may == ["read", "write"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_as_it_stands(shown: Site, address: str, key: str, example: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", example],
        env={**os.environ, "GALENA_URL": address, "GALENA_KEY": key},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    if example.stem == "best_leads":
        assert len(done.stdout.splitlines()) == 5
    if example.stem == "export_pages":
        rows = list(csv.DictReader(io.StringIO(done.stdout)))
        assert {row["id"] for row in rows} == {str(each) for each in shown.lead_ids()}
