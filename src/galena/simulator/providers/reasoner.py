"""A language model that nobody has to pay: it speaks the protocol of POST /chat/completions on this machine.

It scores permits plausibly from the record in the prompt, takes its time, and fails in every way an endpoint can fail,
as often as it is told to. What it does with a record depends on the seed, the record and how often it was asked for it,
so a run can be repeated. In mood `gullible` it obeys whatever reads like an order in a text; in mood `spellbound` any
text at all makes it answer 100. It binds to loopback alone.
"""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from galena.kit.ids import content_hash
from galena.simulator.providers.reasoner_mind import answer_to, record_in

Fault = Literal[
    "too_busy",
    "server_error",
    "broken_json",
    "wrong_fields",
    "out_of_range",
    "wrong_check",
    "hang_up",
    "silence",
    "slow_drip",
    "empty_choices",
    "cut_short",
    "not_json_at_all",
    "prose",
]
Mood = Literal["honest", "gullible", "spellbound"]

FAULTS: tuple[Fault, ...] = Fault.__args__  # type: ignore[attr-defined]
UNPAID: frozenset[str] = frozenset(
    ("too_busy", "server_error", "hang_up", "silence", "not_json_at_all", "slow_drip")
)
"""Faults after which the endpoint charges nothing."""

CHARACTERS_PER_TOKEN = 4
THINKING_TOKENS = (150, 600)
DRIP_S = 0.05
_TEXT = "Reasoner of the simulator"


@dataclass(frozen=True, slots=True)
class Manner:
    """How the endpoint behaves.

    Attributes:
        latency_s: shortest and longest time for an answer.
        faults: fault -> share of the calls, 0 to 1; together at most 1.
        retry_after_s: what it asks for with a 429.
        silence_s: how long it stays silent where it does not answer.
        key: the only key it takes; None: any.
        requests_per_minute: calls beyond this are answered 429; None: no limit.
    """

    seed: int = 7
    latency_s: tuple[float, float] = (2.0, 8.0)
    faults: Mapping[Fault, float] = field(default_factory=dict)
    retry_after_s: float = 1.0
    silence_s: float = 600.0
    mood: Mood = "honest"
    key: str | None = None
    requests_per_minute: int | None = None


class Tally:
    """What the endpoint has seen: its own count, to hold the client's against."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.calls: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.paid: Counter[str] = Counter()
        self.tokens: Counter[str] = Counter()
        self.under_way = 0
        self.most_at_once = 0
        self.begun_s: list[float] = []

    def as_dict(self) -> dict[str, Any]:
        """As JSON: calls by outcome, how many records were paid once, twice ..., tokens, most calls at once."""
        with self.lock:
            return {
                "calls": dict(self.calls),
                "records": len(self.asked),
                "paid": sum(self.paid.values()),
                "paid_twice": sum(count - 1 for count in self.paid.values()),
                "tokens": dict(self.tokens),
                "most_at_once": self.most_at_once,
                "most_in_a_minute": self._most_in_a_minute(),
            }

    def _most_in_a_minute(self) -> int:
        most, first = 0, 0
        for last, at in enumerate(self.begun_s):
            while self.begun_s[first] <= at - 60:
                first += 1
            most = max(most, last - first + 1)
        return most


class ReasonerServer(ThreadingHTTPServer):
    """The endpoint; `address` is what a client is given as its base address."""

    daemon_threads = True
    request_queue_size = 512
    block_on_close = False

    def __init__(self, manner: Manner, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.manner = manner
        self.tally = Tally()
        self.closing = threading.Event()

    @property
    def address(self) -> str:
        """http://127.0.0.1:PORT/v1"""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is none of the endpoint's business."""


@contextmanager
def running_reasoner(manner: Manner | None = None, port: int = 0) -> Iterator[ReasonerServer]:
    """An endpoint for the length of the block.

    Args:
        port: 0 takes any free one.
    """
    server = ReasonerServer(manner or Manner(), port)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}, name=_TEXT, daemon=True
    )
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ReasonerServer

    def log_message(self, *_: Any) -> None:
        """Nothing is written: prompts hold what leads hold."""

    def do_GET(self) -> None:
        if self.path == "/v1/tally":
            self._json(200, self.server.tally.as_dict())
        else:
            self._json(404, {"error": {"message": "no such path"}})

    def do_POST(self) -> None:
        tally = self.server.tally
        with tally.lock:
            tally.under_way += 1
            tally.most_at_once = max(tally.most_at_once, tally.under_way)
            tally.begun_s.append(time.monotonic())
        try:
            self._answer()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with tally.lock:
                tally.under_way -= 1

    def _answer(self) -> None:
        manner = self.server.manner
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        refusal = self._refusal(manner)
        if refusal is not None:
            self._count(refusal)
            return
        asked = json.loads(body)
        prompt = "\n".join(str(each.get("content", "")) for each in asked["messages"])
        record = content_hash(record_in(prompt).encode())
        with self.server.tally.lock:
            self.server.tally.asked[record] += 1
            times = self.server.tally.asked[record]
        chance = random.Random(f"{manner.seed} {record} {times}")  # noqa: S311 - a simulation
        fault = _drawn(manner, chance)
        if fault != "too_busy":
            self.server.closing.wait(chance.uniform(*manner.latency_s))
        if self._over_rate(manner):
            fault = "too_busy"
        self._count(fault or "answered")
        if fault is None or fault not in UNPAID:
            self._charge(record)
        self._say(asked, prompt, chance, fault)

    def _refusal(self, manner: Manner) -> str | None:
        if self.path.rstrip("/") != "/v1/chat/completions":
            self._json(404, {"error": {"message": "no such path"}})
            return "wrong_path"
        if manner.key is not None and self.headers.get("authorization") != f"Bearer {manner.key}":
            self._json(401, {"error": {"message": "Authentication Fails", "type": "authentication_error"}})
            return "wrong_key"
        return None

    def _over_rate(self, manner: Manner) -> bool:
        if manner.requests_per_minute is None:
            return False
        now = time.monotonic()
        with self.server.tally.lock:
            return sum(at > now - 60 for at in self.server.tally.begun_s) > manner.requests_per_minute

    def _count(self, outcome: str) -> None:
        with self.server.tally.lock:
            self.server.tally.calls[outcome] += 1

    def _charge(self, record: str) -> None:
        with self.server.tally.lock:
            self.server.tally.paid[record] += 1

    def _say(self, asked: dict[str, Any], prompt: str, chance: random.Random, fault: Fault | None) -> None:
        if fault == "too_busy":
            wait = f"{self.server.manner.retry_after_s:g}"
            self._json(429, {"error": {"message": "Rate limit reached"}}, {"retry-after": wait})
        elif fault == "server_error":
            self._json(503, {"error": {"message": "Server overloaded"}})
        elif fault == "hang_up":
            self.close_connection = True
        elif fault == "silence":
            self.server.closing.wait(self.server.manner.silence_s)
            self.close_connection = True
        elif fault == "not_json_at_all":
            self._bytes(200, b"<html><body>502 Bad Gateway</body></html>", {"content-type": "text/html"})
        else:
            told = _completion(asked, prompt, chance, fault, self.server.manner.mood)
            with self.server.tally.lock:
                for name in ("prompt_tokens", "completion_tokens"):
                    self.server.tally.tokens[name] += told["usage"][name] if fault not in UNPAID else 0
            self._drip(told) if fault == "slow_drip" else self._json(200, told)

    def _drip(self, told: Any) -> None:
        content = json.dumps(told).encode()
        self._head(200, len(content), {})
        for place in range(len(content)):
            if self.server.closing.is_set():
                return
            self.wfile.write(content[place : place + 1])
            self.wfile.flush()
            time.sleep(DRIP_S)

    def _json(self, status: int, told: Any, headers: Mapping[str, str] | None = None) -> None:
        self._bytes(status, json.dumps(told).encode(), headers or {})

    def _bytes(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
        self._head(status, len(content), headers)
        self.wfile.write(content)

    def _head(self, status: int, size: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"content-type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(size))
        self.end_headers()


def _drawn(manner: Manner, chance: random.Random) -> Fault | None:
    drawn = chance.random()
    for fault, share in manner.faults.items():
        drawn -= share
        if drawn < 0:
            return fault
    return None


def _completion(
    asked: dict[str, Any], prompt: str, chance: random.Random, fault: Fault | None, mood: Mood
) -> dict[str, Any]:
    reply, thought = answer_to(prompt, chance, mood)
    text = _spoilt(reply, fault)
    message: dict[str, Any] = {"role": "assistant", "content": text}
    thinking = 0
    if "reasoner" in str(asked.get("model")):
        thinking = chance.randint(*THINKING_TOKENS)
        message["reasoning_content"] = thought
    prompt_tokens = len(prompt) // CHARACTERS_PER_TOKEN
    completion_tokens = thinking + len(text) // CHARACTERS_PER_TOKEN + 1
    # The instructions are the same for every record: an endpoint that caches charges less for them.
    cached = len(str(asked["messages"][0].get("content", ""))) // CHARACTERS_PER_TOKEN // 64 * 64
    choice = {"index": 0, "message": message, "finish_reason": "length" if fault == "cut_short" else "stop"}
    return {
        "id": f"sim-{chance.getrandbits(64):016x}",
        "object": "chat.completion",
        "model": asked.get("model"),
        "choices": [] if fault == "empty_choices" else [choice],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
            "prompt_cache_hit_tokens": cached,
            "prompt_cache_miss_tokens": prompt_tokens - cached,
            "completion_tokens_details": {"reasoning_tokens": thinking},
        },
    }


def _spoilt(reply: dict[str, Any], fault: Fault | None) -> str:
    if fault == "wrong_fields":
        return json.dumps({"rating": reply["score"], "explanation": reply["reasoning"]})
    if fault == "out_of_range":
        return json.dumps({**reply, "score": 140})
    if fault == "wrong_check":
        return json.dumps({**reply, "check": "000000"})
    text = json.dumps(reply)
    if fault == "broken_json":
        return text[: len(text) * 2 // 3]
    if fault == "prose":
        return f"Certainly! This permit deserves a score of {reply['score']}. It is a good lead."
    return text
