"""The API's own document, true in what is the same for all operations: errors, their headers, the sizes taken."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from galena.surfaces.api.problems import MEDIA, Problem
from galena.surfaces.api.sizes import MOST_BYTES

LIMITED = {
    "ratelimit-limit": "How often the key may ask in a minute; where it brings something in, in a second.",
    "ratelimit-remaining": "How often still in this minute or second.",
    "ratelimit-reset": "In how many seconds this minute or second ends.",
}
COMMON = {
    "400": "The body cannot be read at all.",
    "409": "What is asked does not fit how things stand; the facts say why.",
    "413": f"The body is larger than {MOST_BYTES // 1_000_000} MB, or the file than the server takes.",
    "503": "Something this needs (the database, a model, another service) is not there right now; try again later.",
}
METHODS = frozenset({"get", "post", "put", "patch", "delete"})


def describe(api: FastAPI) -> None:
    """Let the app write its document with errors as they are sent: `application/problem+json`, all of one form."""

    def written() -> dict[str, Any]:
        if api.openapi_schema is None:
            found = get_openapi(
                title=api.title,
                version=api.version,
                summary=api.summary,
                routes=api.routes,
                openapi_version=api.openapi_version,
                servers=[{"url": "/api/v1"}],
            )
            _correct(found)
            api.openapi_schema = found
        return api.openapi_schema

    api.openapi = written  # type: ignore[method-assign]


def _correct(document: dict[str, Any]) -> None:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = Problem.model_json_schema()
    for schema in schemas.values():
        for example in schema.get("examples", ()):
            _say_nulls(example, schema, schemas)
    for path in document["paths"].values():
        for method, operation in path.items():
            if method in METHODS:
                _correct_answers(operation, takes_body=method != "get")


def _say_nulls(example: Any, schema: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Put back into an example the nulls that writing the document has left out."""
    named = schema.get("$ref", "").rpartition("/")[2]
    form = schemas.get(named, schema)
    if isinstance(example, list):
        for item in example:
            _say_nulls(item, form.get("items", {}), schemas)
    elif isinstance(example, dict) and "properties" in form:
        for name, part in form["properties"].items():
            ways = part.get("anyOf", [part])
            if name in form.get("required", ()) and {"type": "null"} in ways:
                example.setdefault(name, None)
            for way in ways:
                _say_nulls(example.get(name), way, schemas)


def _correct_answers(operation: dict[str, Any], *, takes_body: bool) -> None:
    answers = operation["responses"]
    for status, description in COMMON.items():
        if takes_body or status == "503":
            answers.setdefault(status, {"description": description})
    for status, answer in answers.items():
        if status.startswith(("4", "5")):
            answer["content"] = {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        else:
            answer.setdefault("headers", {}).update(
                {
                    name: {"description": words, "schema": {"type": "integer"}}
                    for name, words in LIMITED.items()
                }
            )
