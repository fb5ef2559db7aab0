"""The API asked in this process, operation by operation as its document lists them, with ids that exist."""

import asyncio
import re
import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import requests

from galena.domain.access import Scope

from .conftest import ADDRESS, Site

ROOT = "/api/v1"
METHODS = ("get", "post", "put", "patch", "delete")


class Asker:
    """Sends requests to the app on an event loop of its own."""

    def __init__(self, site: Site) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        # A fault that reaches the server is an answer with status 500 here, as it is on the wire.
        transport = httpx.ASGITransport(site.app, raise_app_exceptions=False, client=("127.0.0.1", 50_000))
        self._client = httpx.AsyncClient(transport=transport, base_url=ADDRESS, timeout=120)

    def ask(self, method: str, path: str, secret: str | None = None, **more: Any) -> httpx.Response:
        """The answer to a request to the API with this key."""
        headers = {**more.pop("headers", {}), **({"authorization": f"Bearer {secret}"} if secret else {})}
        return self._sent(self._client.build_request(method, ROOT + path, headers=headers, **more))

    def send(self, wanted: requests.Request, secret: str) -> httpx.Response:
        """The answer to a request as schemathesis makes it."""
        ready = wanted.prepare()
        headers = httpx.Headers(dict(ready.headers))
        headers["authorization"] = f"Bearer {secret}"  # In place of what schemathesis made up.
        headers.pop("content-length", None)
        body = ready.body.encode() if isinstance(ready.body, str) else ready.body
        return self._sent(httpx.Request(ready.method, ready.url, headers=headers, content=body))

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._client.aclose(), self._loop).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        self._loop.close()

    def _sent(self, request: httpx.Request) -> httpx.Response:
        answer = asyncio.run_coroutine_threadsafe(self._client.send(request), self._loop).result(300)
        answer.elapsed = timedelta()  # asked in this process, where no time is measured
        return answer


class Operations:
    """What the document lists, and ids for its paths that exist in a workspace."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.all = [
            (method, path, operation)
            for path, methods in sorted(document["paths"].items())
            for method, operation in methods.items()
            if method in METHODS
        ]

    def known_ids(self, asker: Asker, site: Site, secret: str) -> dict[tuple[str, str], str]:
        """(path up to a parameter, its name) -> an id that is there; of lists, their first."""
        found: dict[tuple[str, str], str] = {}
        for _, path, _ in self.all:
            for hit in re.finditer(r"{(\w+)}", path):
                before, name = path[: hit.start()].rstrip("/"), hit[1]
                if (before, name) in found or "{" in before:
                    continue
                if name == "lead_id":
                    found[before, name] = str(site.lead_ids()[0])
                elif before in self.document["paths"] and "get" in self.document["paths"][before]:
                    listed = asker.ask("GET", before, secret)
                    if listed.status_code == 200 and (first := _first(listed.json(), name)):
                        found[before, name] = first
        return found

    def sent_with(self, operation: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
        """A small body that the document allows, with these ids by the names of their fields, as a client of httpx
        takes it; nothing where there is none."""
        contents = operation.get("requestBody", {}).get("content", {})
        if schema := contents.get("application/json", {}).get("schema"):
            return {"json": self._small(schema, "", ids)}
        if schema := contents.get("multipart/form-data", {}).get("schema"):
            parts = self._small(schema, "", ids)
            files = {
                name: (f"{name}.csv", value) for name, value in parts.items() if isinstance(value, bytes)
            }
            return {
                "files": files,
                "data": {name: value for name, value in parts.items() if name not in files},
            }
        return {}

    def _small(self, schema: Mapping[str, Any], name: str, ids: Mapping[str, str]) -> Any:
        if "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        if name in ids:
            return ids[name]
        if name.removesuffix("s") in ids and schema.get("type") == "array":
            return [ids[name.removesuffix("s")]]
        if "const" in schema or "enum" in schema:
            return schema["const"] if "const" in schema else schema["enum"][0]
        if choice := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
            return self._small(choice[0], name, ids)
        if schema.get("examples"):
            return self._with_ids(schema["examples"][0], ids)
        return self._of_type(schema, name, ids)

    def _of_type(self, schema: Mapping[str, Any], name: str, ids: Mapping[str, str]) -> Any:
        kind = schema.get("type")
        if kind == "object":
            wanted = schema.get("properties", {})
            named = {each for each in wanted if each in ids or each.removesuffix("s") in ids}
            return {
                each: self._small(wanted[each], each, ids) for each in {*schema.get("required", ()), *named}
            }
        if kind == "array":
            return [self._small(schema.get("items", {}), name, ids)] * max(1, schema.get("minItems", 0))
        if kind in ("integer", "number"):
            return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
        texts = {
            "uuid": next(iter(ids.values()), ""),
            "date": "2026-11-20",
            "date-time": "2026-11-20T09:00:00Z",
            "email": "somebody@example.org",
            "uri": "https://example.org/x",
        }
        if "contentMediaType" in schema or schema.get("format") == "binary":
            return b"Name,E-mail\nSome words,somebody@example.org\n"
        plain = texts.get(schema.get("format", ""), "some words".ljust(schema.get("minLength", 0), "."))
        return {"string": plain, "boolean": True}.get(kind or "string")

    def _with_ids(self, told: Any, ids: Mapping[str, str]) -> Any:
        if not isinstance(told, dict):
            return told
        return {name: ids.get(name, value) for name, value in told.items()}

    @staticmethod
    def filled(path: str, known: Mapping[tuple[str, str], str], otherwise: str) -> str:
        """The path with ids in place of its parameters."""
        while hit := re.search(r"{(\w+)}", path):
            before = path[: hit.start()].rstrip("/")
            plain = {"file_format": "csv", "purpose": "conversion"}.get(hit[1], otherwise)
            path = path[: hit.start()] + known.get((before, hit[1]), plain) + path[hit.end() :]
        return path


def key_of(site: Site, workspace_id: UUID, user: Any, scopes: tuple[Scope, ...] = tuple(Scope)) -> str:
    """A key of somebody that may ask as often as it likes."""
    from galena.stores.door import OPERATOR
    from galena.workflows.api_access import make_key

    with site.galena.door.enter(workspace_id, tenant_id=OPERATOR, actor="a test") as session:
        now = site.galena.clock()
        return make_key(session, user, "a program", scopes, now, calls_per_minute=10_000_000).secret


def _first(told: Any, name: str) -> str | None:
    items = told if isinstance(told, list) else next((v for v in told.values() if isinstance(v, list)), [])
    for item in items[:1]:
        if isinstance(item, dict):
            return next((str(item[key]) for key in ("id", name, "name") if item.get(key)), None)
    return None
