"""The API's document: examples that are of their own form, errors as they are sent, a name for every operation."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jsonschema_rs
import pytest

from galena.surfaces.api.limits import SECOND, Limits


@pytest.fixture(scope="module")
def document(shown) -> dict[str, Any]:
    return shown.visitor().get("/api/v1/openapi.json").json()


def test_every_example_is_of_its_own_form(document):
    shared = {"components": document["components"]}
    told = 0
    for name, schema in document["components"]["schemas"].items():
        for example in schema.get("examples", []):
            told += 1
            faults = [str(each) for each in jsonschema_rs.iter_errors({**schema, **shared}, example)]
            assert not faults, (name, faults)
    assert told > 40


def test_every_operation_has_its_name_and_tells_its_errors_in_one_form(document):
    names = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            names.append(operation["operationId"])
            assert "_" in operation["operationId"] or operation["operationId"].isalpha(), (path, method)
            for status, answer in operation["responses"].items():
                if status.startswith(("4", "5")):
                    assert list(answer["content"]) == ["application/problem+json"], (path, method, status)
    assert len(set(names)) == len(names)


def test_what_is_brought_in_may_go_on_in_the_next_second():
    limits, key, now = Limits(SECOND), uuid4(), datetime(2026, 3, 2, tzinfo=UTC)
    turns = [limits.take(key, 2, now + timedelta(milliseconds=ms)) for ms in (0, 500, 900, 1_000)]
    assert [each.allowed for each in turns] == [True, True, False, True]
    assert turns[2].headers["retry-after"] == "1"
