"""Each request has an id, its own or the sender's, and its log line holds no address."""

import asyncio
import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from galena.kit.logs import configure_logs, current_correlation_id, silence_logs
from galena.surfaces.web.request_log import HEADER, RequestLog

Get = Callable[[str, str], httpx.Response]


@pytest.fixture
def get() -> Get:
    app = FastAPI()
    app.add_middleware(RequestLog)
    app.add_api_route("/leads/{lead_id}", lambda lead_id: {"tied": current_correlation_id()})

    async def ask(address: str, given: str) -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://galena") as client:
            return await client.get(address, headers={HEADER: given})

    def get(address: str, given: str) -> httpx.Response:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: asyncio.run(ask(address, given))).result()

    return get


def test_a_request_is_tied_to_its_id_and_logged_without_its_address(get: Get, tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as stream:
        configure_logs(stream=stream)
        answer = get("/leads/somebody?q=secret", "sender-1234")
        silence_logs()
    assert answer.headers[HEADER] == "sender-1234" == answer.json()["tied"]
    (line,) = (json.loads(text) for text in (tmp_path / "log").read_text().splitlines())
    assert (line["path_template"], line["status"], line["correlation_id"]) == (
        "/leads/{lead_id}",
        200,
        "sender-1234",
    )
    assert "somebody" not in json.dumps(line)
    assert "secret" not in json.dumps(line)


def test_an_id_that_could_be_anything_is_replaced(get: Get) -> None:
    answer = get("/leads/1", "bad id; <script>")
    assert uuid.UUID(answer.headers[HEADER])
