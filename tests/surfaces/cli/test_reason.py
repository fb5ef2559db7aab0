"""`galena reason`: an endpoint set up, asked, watched, reviewed, switched off and on."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from galena.simulator.providers.reasoner import Manner, ReasonerServer, running_reasoner

Galena = Callable[..., Any]
KEY = "sk-very-secret-0815"


@pytest.fixture
def endpoint() -> Iterator[ReasonerServer]:
    with running_reasoner(Manner(latency_s=(0, 0), key=KEY)) as server:
        yield server


def set_up(galena: Galena, server: ReasonerServer, write: Callable[..., Path], *more: str) -> Any:
    return galena(
        *("reason", "setup", "-w", "permits", "--url", server.address, "--private"),
        *("--key-file", write("key.txt", KEY), *more),
    )


@pytest.mark.slow
def test_from_setting_up_to_switching_off(
    galena: Galena, endpoint: ReasonerServer, write: Callable[..., Path], tmp_path: Path
) -> None:
    assert "No reasoner is set up" in galena("reason", "-w", "permits").out
    done = set_up(galena, endpoint, write)
    assert done.status == 0
    assert "It is kept" in done.out
    ran = galena("reason", "run", "-w", "permits", "--json").json
    # Two permits are scored by rules already; the third is in quarantine.
    assert (ran["reasoner"]["asked"], ran["reasoner"]["updated"], ran["reasoner"]["errors"]) == (2, 2, 0)
    scored = galena("score", "-w", "permits", "--json").json
    assert (scored["reasoner"]["asked"], scored["reasoner"]["skipped"]) == (0, 2)
    told = galena("reason", "status", "-w", "permits", "--json").json
    assert told["ever"]["calls"] == sum(endpoint.tally.as_dict()["calls"].values())
    assert (told["unanswered"], told["to_review"]) == (0, 0)
    assert "by the reasoner" in galena("explain", "P-2", "-w", "permits").out
    assert "Nothing waits for a look" in galena("reason", "review", "-w", "permits").out
    assert galena("reason", "off", "-w", "permits").status == 0
    assert "reasoner" not in galena("score", "-w", "permits", "--json").json
    assert galena("reason", "run", "-w", "permits").status == 5
    assert "asks it" in galena("reason", "on", "-w", "permits").out
    assert galena("reason", "run", "-w", "permits", "--json").json["reasoner"]["calls"] == 0
    written = b"".join(path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file())
    assert KEY.encode() not in written


def test_an_endpoint_that_refuses_is_not_kept(
    galena: Galena, endpoint: ReasonerServer, write: Callable[..., Path]
) -> None:
    wrong = galena(
        *("reason", "setup", "-w", "permits", "--url", endpoint.address, "--private"),
        *("--key-file", write("key.txt", "sk-wrong")),
    )
    assert wrong.status == 2
    assert "Give the key again" in wrong.err
    assert "sk-wrong" not in wrong.out + wrong.err
    assert "No reasoner is set up" in galena("reason", "-w", "permits").out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--url", "http://127.0.0.1:9/v1", "--no-key"), "private network"),
        (("--url", "http://127.0.0.1:9/v1", "--no-key", "--private"), "cannot be reached"),
        (("--url", "file:///etc/passwd", "--no-key"), "not a web address"),
        (("--model", "unknown-model", "--no-key"), "--price-in"),
        (("--no-key", "--price-in", "1"), "Both"),
        ((), "key is missing"),
    ],
)
def test_a_setup_that_cannot_work_says_why(reading: Galena, arguments: tuple[str, ...], words: str) -> None:
    done = reading("reason", "setup", "-w", "permits", *arguments)
    assert done.status != 0
    assert words in done.err


def test_a_playbook_that_asks_nobody_says_so(reading: Galena) -> None:
    done = reading("reason", "setup", "-w", "demo", "--no-key")
    assert done.status == 2
    assert "reasoner.yaml" in done.err


@pytest.mark.parametrize("fault", ["nonsense=0.5", "too_busy=2", "too_busy=often", "all=0.5"])
def test_a_practice_endpoint_that_cannot_be_says_so(reading: Galena, fault: str) -> None:
    assert reading("reason", "practice", "--fault", fault).status == 2
