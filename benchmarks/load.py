"""Requests a second and how long each takes with 100,000 leads in the database, at 1, 16 and 64 connections.

Prints one line of JSON. The peer in the same run is a bare FastAPI endpoint that answers a few bytes; its figures are
also what the client itself can do at most. Bounded: so many requests at each step. Processor time is told beside the
clock, for a machine that does other work too.

    .venv/bin/python benchmarks/load.py [--leads 100000] [--home FOLDER] [--requests 1000] [--only NAME]
"""

import argparse
import asyncio
import base64
import hashlib
import hmac
import http.client
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass
from itertools import count, cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from served import (
    CONNECTION,
    PATIENCE_S,
    Served,
    cpu_s,
    database_processes,
    free_port,
    memory_mb,
    processes_of,
    served,
    wait_for,
)

CONNECTIONS = (1, 16, 64)
LEADS_ASKED = 500
WARM_UP = 30
TOLD_BEFORE = 20
NUMBERS = count(1)
RUN = f"{os.getpid()}-{int(time.time())}"


@dataclass(frozen=True, slots=True)
class Step:
    """How much is asked at most at one number of connections, and how long."""

    requests: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it goes over the wire."""

    method: str
    path: str
    headers: tuple[str, ...] = ()
    body: bytes = b""

    @property
    def wire(self) -> bytes:
        """Head and body."""
        head = [f"{self.method} {self.path} HTTP/1.1", "Host: 127.0.0.1", *self.headers]
        if self.method == "POST":
            head.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*head, "", ""]).encode() + self.body


def main() -> None:
    """Measure and print."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--leads", type=int, default=100_000)
    wanted.add_argument("--home", type=Path)
    wanted.add_argument("--requests", type=int, default=1_000)
    wanted.add_argument("--seconds", type=float, default=40, help="the longest that a step lasts")
    wanted.add_argument("--only", action="append")
    wanted.add_argument("--bare", type=int, help=argparse.SUPPRESS)
    options = wanted.parse_args()
    if options.bare:
        serve_bare(options.bare)
        return
    port = free_port()
    bare = subprocess.Popen([sys.executable, __file__, "--bare", str(port)])
    try:
        wait_for(f"http://127.0.0.1:{port}/")
        with served(options.home, options.leads) as server:
            print(
                json.dumps(
                    measured(server, bare.pid, port, Step(options.requests, options.seconds), options.only)
                )
            )
    finally:
        bare.terminate()
        bare.wait()


def serve_bare(port: int) -> None:
    """The peer: what the framework does when there is nothing to do."""
    import uvicorn
    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/")
    def answer() -> dict[str, bool]:
        return {"ok": True}

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


def measured(server: Served, bare_pid: int, bare_port: int, most: Step, only: list[str] | None) -> Any:
    """Every operation at every number of connections, each step beside the peer's."""
    parts = {"program": [server.process.pid], "database": database_processes(server.home)}
    found: dict[str, Any] = {"cores": os.cpu_count(), "load_before": os.getloadavg()[0], "steps": []}
    operations = operations_of(server)
    for connections in CONNECTIONS:
        peer = step(bare_port, cycle([Asked("GET", "/")]), connections, most, {"program": [bare_pid]})
        found["steps"].append({"operation": "bare FastAPI", **peer})
        for name, asked in operations.items():
            if only and name not in only:
                continue
            parts["database"] = database_processes(server.home)
            seen = step(server.port, asked, connections, most, parts)
            seen["times_bare_p50"] = round(seen["p50_ms"] / peer["p50_ms"], 1)
            found["steps"].append({"operation": name, **seen})
            print(json.dumps(found["steps"][-1]), file=sys.stderr, flush=True)
    database = database_processes(server.home)
    found["memory"] = {
        "program": memory_mb([each for each in processes_of(server.process.pid) if each not in database]),
        "database": memory_mb(database),
        "bare FastAPI": memory_mb([bare_pid]),
    }
    found["load_after"] = os.getloadavg()[0]
    return found


def operations_of(server: Served) -> dict[str, Iterator[Asked]]:
    """What is asked, by name, without end."""
    key = (f"Authorization: Bearer {server.key}", "Content-Type: application/json")
    page = (f"Cookie: {_cookie(server.sign_in)}",)
    ids = _some_leads(server)
    return {
        "list (API)": cycle([Asked("GET", "/api/v1/leads?limit=50", key)]),
        "list (page)": cycle([Asked("GET", "/leads", page)]),
        "lead (API)": cycle([Asked("GET", f"/api/v1/leads/{each}", key) for each in ids]),
        "lead (page)": cycle([Asked("GET", f"/leads/{each}", page) for each in ids]),
        "score one": cycle([Asked("POST", f"/api/v1/leads/{each}/score/calculate", key, b"{}") for each in ids]),
        "score one and keep it": cycle([Asked("POST", f"/api/v1/leads/{each}/score", key) for each in ids]),
        "webhook: a new lead": (_message(server.signing_secret, None) for _ in count()),
        "webhook: a signal": (_message(server.signing_secret, each) for each in cycle(_known(server))),
    }  # fmt: skip


def _known(server: Served) -> list[str]:
    """The sender's own numbers of leads that it told of."""
    told = [_message(server.signing_secret, None) for _ in range(TOLD_BEFORE)]
    asyncio.run(_step(server.port, iter(told), 1, Step(TOLD_BEFORE, PATIENCE_S)))
    return [json.loads(each.body)["data"]["id"] for each in told]


def step(
    port: int, asked: Iterator[Asked], connections: int, most: Step, parts: dict[str, list[int]]
) -> dict[str, Any]:
    """So many requests over so many connections, each asking again as soon as it is answered."""
    asyncio.run(_step(port, asked, min(connections, WARM_UP), Step(WARM_UP, most.seconds)))
    before = {name: cpu_s(pids) for name, pids in parts.items()}
    began = time.perf_counter()
    took = sorted(asyncio.run(_step(port, asked, connections, most)))
    lasted_s = time.perf_counter() - began
    return {
        "connections": connections,
        "requests": len(took),
        "p50_ms": round(took[len(took) // 2] * 1000, 2),
        "p99_ms": round(took[min(len(took) - 1, int(len(took) * 0.99))] * 1000, 2),
        "per_s": round(len(took) / lasted_s, 1),
        **{f"cpu_{name}_ms": round((cpu_s(parts[name]) - before[name]) / len(took) * 1000, 2) for name in parts},
    }  # fmt: skip


async def _step(port: int, asked: Iterator[Asked], connections: int, most: Step) -> list[float]:
    left = count(1)
    ends_at = time.perf_counter() + most.seconds
    took: list[float] = []

    async def ask() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while next(left) <= most.requests and time.perf_counter() < ends_at:
            wire = next(asked).wire
            began = time.perf_counter()
            writer.write(wire)
            await _answer(reader)
            took.append(time.perf_counter() - began)
        writer.close()

    waiting: list[Awaitable[None]] = [ask() for _ in range(connections)]
    await asyncio.gather(*waiting)
    return took


async def _answer(reader: asyncio.StreamReader) -> bytes:
    """The body of an answer.

    Raises:
        SystemExit: it is a refusal.
    """
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status = int(head.split(" ", 2)[1])
    length = next(
        (int(line.partition(":")[2]) for line in head.split("\r\n") if line.startswith("content-length:")), None
    )  # fmt: skip
    body = await reader.readexactly(length) if length is not None else await _chunks(reader)
    if status >= 400:
        raise SystemExit(f"{status}: {body[:500]!r}")
    return body


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readline()).strip() or b"0", 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readline()
    return body


def _some_leads(server: Served) -> list[str]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/api/v1/leads?limit={LEADS_ASKED}&fields=id&sort=created",
        headers={"authorization": f"Bearer {server.key}"},
    )
    with urllib.request.urlopen(request) as answer:
        return [each["id"] for each in json.load(answer)["items"]]


def _cookie(link: str) -> str:
    address = urlsplit(link)
    connection = http.client.HTTPConnection(address.netloc, timeout=60)
    connection.request("GET", address.path)
    answer = connection.getresponse()
    given = answer.headers.get_all("set-cookie") or ()
    return next(each.split(";")[0] for each in given if each.startswith("galena_session"))


def _message(secret: str, lead_id: str | None) -> Asked:
    """A signed message: somebody new, or something that happened to a lead."""
    number = f"load-{RUN}-{next(NUMBERS)}"
    at = int(time.time())
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
    if lead_id is None:
        about = {"id": number, "name": f"Somebody {number}", "company": f"Firm {number}", "city": "Austin",
                 "state": "TX", "email": f"{number}@example.com"}  # fmt: skip
        told = {"type": "contact.created", "timestamp": moment, "data": about}
    else:
        told = {
            "type": "signal.lien_filed",
            "timestamp": moment,
            "data": {"lead_id": lead_id, "amount": 1000},
        }
    body = json.dumps(told).encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{number}.{at}.".encode() + body, hashlib.sha256).digest()
    headers = (
        "Content-Type: application/json",
        f"webhook-id: {number}",
        f"webhook-timestamp: {at}",
        f"webhook-signature: v1,{base64.b64encode(signed).decode()}",
    )
    return Asked("POST", f"/api/v1/inbound/demo/{CONNECTION}", headers, body)


if __name__ == "__main__":
    main()
