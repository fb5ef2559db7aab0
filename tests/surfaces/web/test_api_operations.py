"""The API proved by its own document: whatever the document allows or forbids is sent to every operation, and each
answer must be one that the document describes, never a fault of the server."""

import os
import re
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import seed as seeded
from schemathesis import GenerationMode, checks
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks as of_document

from galena.domain.tenancy import Role
from galena.stores import users

from .api_asking import ADDRESS, ROOT, Asker, Operations, key_of
from .conftest import Site, served

CHECKS = [
    checks.not_a_server_error,
    of_document.status_code_conformance,
    of_document.content_type_conformance,
    of_document.response_headers_conformance,
    of_document.response_schema_conformance,
]
ALLOWED, FORBIDDEN = 2, 1
"""Requests of each kind for each operation."""

LEAST_ANSWERED = 90
"""Operations that answered at least one of them with what was asked for, so that not only refusals are proved."""


class Proof:
    """Sends what the document describes, and keeps what did not hold."""

    def __init__(self, site: Site) -> None:
        self.asker = Asker(site)
        self.site = site
        self.prover = site.add_user("zz-prover@example.org", Role.ADMIN)
        self.secret = self._new_key()
        self._new_key()  # the newest of the list, so that not the prover's own is revoked
        self.document = self.asker.ask("GET", "/openapi.json").json()
        self.known = Operations(self.document).known_ids(self.asker, site, self.secret)
        self.faults: list[str] = []
        self.asked = 0
        self.good: set[str] = set()

    def operations(self) -> list[Any]:
        listed = schemathesis.openapi.from_dict(self.document).get_all_operations()
        return [each.ok() for each in listed]

    def try_out(self, operation: Any, mode: GenerationMode, examples: int, seed: int) -> None:
        """Sends examples of an operation; ids that exist stand in every second of the allowed ones."""
        turn = 0

        @seeded(seed)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            verbosity=Verbosity.quiet,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def send(case: Any) -> None:
            nonlocal turn
            turn += 1
            if mode is GenerationMode.POSITIVE and turn % 2:
                for name in case.path_parameters or {}:
                    before = operation.path.partition("{" + name)[0].rstrip("/")
                    if (before, name) in self.known:
                        case.path_parameters[name] = self.known[before, name]
            self._send(case)

        send()

    def _send(self, case: Any) -> None:
        wanted = case.as_transport_kwargs(base_url=ADDRESS + ROOT)
        wanted.pop("timeout", None)
        names = ("method", "url", "headers", "files", "data", "params", "cookies", "json")
        answer = self.asker.send(
            requests.Request(**{n: wanted[n] for n in names if n in wanted}), self.secret
        )
        self.asked += 1
        label = f"{case.method} {case.path}"
        if answer.status_code < 300:
            self.good.add(label)
        try:
            case.validate_response(schemathesis.Response.from_httpx(answer, verify=False), checks=CHECKS)
        except (Exception, FailureGroup) as fault:
            if not any(each.startswith(label + "\n") for each in self.faults):
                self.faults.append(f"{label}\n{fault}")

    def _new_key(self) -> str:
        with self.site.enter() as session:
            prover = users.load(session, self.prover)
        return key_of(self.site, self.site.workspace.id, prover)


@pytest.fixture
def proof(
    market_url: str, copied_database: Callable[[str], AbstractContextManager[str]], tmp_path: Path
) -> Iterator[Proof]:
    with (
        copied_database(market_url) as url,
        served(url, tmp_path / "home") as site,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # the generator's own, about requests it found hard to make
        found = Proof(site)
        yield found
        found.asker.close()


@pytest.mark.slow
def test_every_operation_answers_as_the_document_says(proof: Proof) -> None:
    chosen = os.environ.get("OPERATION", "")  # a pattern, to try a few while they are made
    for operation in proof.operations():
        if re.search(chosen, operation.label):
            proof.try_out(operation, GenerationMode.POSITIVE, ALLOWED, seed=7)
            proof.try_out(operation, GenerationMode.NEGATIVE, FORBIDDEN, seed=7)
    assert not proof.faults, f"{len(proof.faults)} operations:\n\n" + "\n\n".join(proof.faults)
    if not chosen:
        assert proof.asked >= len(proof.operations()) * ALLOWED
        assert len(proof.good) >= LEAST_ANSWERED, sorted(proof.good)


@pytest.mark.soak
def test_every_operation_answers_as_the_document_says_for_long(proof: Proof, soak_seconds: float) -> None:
    until = time.monotonic() + soak_seconds
    seed = 1_000
    while time.monotonic() < until:
        for operation in proof.operations():
            for mode in GenerationMode:
                proof.try_out(operation, mode, 20, seed)
            if time.monotonic() > until:
                break
        seed += 1
    assert not proof.faults, f"{len(proof.faults)} operations:\n\n" + "\n\n".join(proof.faults)
