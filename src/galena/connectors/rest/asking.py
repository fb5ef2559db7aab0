"""From a described request to a call, and from an answer to the JSON it promised."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from galena.connectors.rest.description import Auth, Description, ErrorShape, Request
from galena.connectors.rest.places import ABSENT, at, is_said
from galena.connectors.rest.templates import filled
from galena.domain.connector import Access
from galena.kit.errors import ConfigurationError
from galena.kit.web import (
    Answer,
    BrokenAnswerError,
    BusyError,
    Call,
    KeyRefusedError,
    RefusedError,
    UnreadableAnswerError,
    WebClient,
    WebError,
)

_MESSAGE_CHARS = 200


class AbsentError(RefusedError):
    """The provider says that there is no such thing."""


class Asking:
    """Asks one provider with one key."""

    def __init__(self, description: Description, access: Access, web: WebClient) -> None:
        self._description = description
        self._known: dict[str, Any] = {"settings": access.settings, "secret": access.secrets}
        self._web = web

    @property
    def known(self) -> Mapping[str, Any]:
        """What fills gaps in every request."""
        return self._known

    @property
    def query_key(self) -> str:
        """The parameter that carries the key; empty when it goes elsewhere."""
        auth = self._description.auth
        return auth.name if auth.kind == "query" else ""

    def call(self, request: Request, more: Mapping[str, Any], *, label: str, cache_s: float = 0.0) -> Call:
        """The call for a request.

        Raises:
            ConfigurationError: the address has a gap that no setting fills.
        """
        known = self._known | dict(more)
        base = filled(self._description.base_url, known)
        path = filled(request.path, known, quoted=True)
        if base is None or path is None:
            raise ConfigurationError(
                "The address of the request has a gap that no setting fills.",
                facts={"address": f"{self._description.base_url}{request.path}"},
                remedy="Give the setting it names.",
            )
        params = [
            (name, text) for name, form in request.params.items() if (text := filled(form, known)) is not None
        ]
        headers = {
            name: text
            for name, form in (self._description.headers | request.headers).items()
            if (text := filled(form, known)) is not None
        }
        body = None
        if request.json_body is not None:
            body = orjson.dumps(_filled_json(request.json_body, known))
            headers.setdefault("content-type", "application/json")
        call = Call(
            base.rstrip("/") + path if path else base,
            request.method,
            tuple(params),
            headers,
            body,
            label=label,
            cache_s=cache_s,
            repeatable=True,
        )
        return self.authorised(call)

    def authorised(self, call: Call) -> Call:
        """The call with the key where it belongs."""
        auth, known = self._description.auth, self._known
        value = _credentials(auth, known)
        if value is None:
            return call
        if auth.kind == "query":
            return replace(call, params=(*call.params, (auth.name, value)))
        name = auth.name if auth.kind == "header" else "Authorization"
        return replace(call, headers={**call.headers, name: value})

    def ask(self, call: Call) -> tuple[Any, Answer]:
        """The JSON answered, after looking whether it tells of a fault.

        Raises:
            WebError: no usable answer came.
        """
        try:
            answer = self._web.send(call)
        except RefusedError as fault:
            self._explain(fault)
            raise
        body = answer.json()
        for shape in self._description.errors:
            if _is_fault(shape, body):
                raise self._discreet(_fault(shape, body, answer.status))
        return body, answer

    def _discreet(self, fault: WebError) -> WebError:
        """The fault without keys that the provider may quote in its words."""
        for name, words in fault.facts.items():
            for secret in self._known["secret"].values():
                if len(secret) > 3 and secret in str(words):
                    fault.facts[name] = str(words).replace(secret, "***")
        return fault

    def _explain(self, fault: RefusedError) -> None:
        """Reads the provider's own words about a refusal."""
        try:
            body = orjson.loads(fault.body)
        except orjson.JSONDecodeError:
            return
        for shape in self._description.errors:
            if _is_fault(shape, body):
                told = self._discreet(_fault(shape, body, fault.status))
                if isinstance(fault, KeyRefusedError) and not isinstance(told, KeyRefusedError):
                    fault.facts.update(told.facts)
                    return
                raise told from fault


def _credentials(auth: Auth, known: Mapping[str, Any]) -> str | None:
    if auth.kind == "none":
        return None
    if auth.kind == "basic":
        user, password = filled(auth.user, known), filled(auth.password, known)
        if user is None and password is None:
            return None
        return "Basic " + base64.b64encode(f"{user or ''}:{password or ''}".encode()).decode()
    value = filled(auth.value, known)
    return f"Bearer {value}" if value and auth.kind == "bearer" else value


def _filled_json(value: Any, known: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return filled(value, known)
    if isinstance(value, Mapping):
        made = {name: _filled_json(inner, known) for name, inner in value.items()}
        return {name: inner for name, inner in made.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_filled_json(inner, known) for inner in value]
    return value


def _is_fault(shape: ErrorShape, body: Any) -> bool:
    told = at(body, shape.at)
    return is_said(told) and (not shape.equals or str(told) in shape.equals)


def _fault(shape: ErrorShape, body: Any, status: int | None) -> WebError:
    code = at(body, shape.code_at) if shape.code_at else at(body, shape.at)
    code_text = "" if code is ABSENT or isinstance(code, dict | list) else str(code)
    told = at(body, shape.message_at) if shape.message_at else ABSENT
    words = (
        " ".join(str(told).split())[:_MESSAGE_CHARS] if is_said(told) and not isinstance(told, dict) else ""
    )
    facts = {name: text for name, text in (("code", code_text), ("the_provider_says", words)) if text}
    if code_text in shape.key_codes:
        return KeyRefusedError(
            "The provider does not accept the key.",
            facts=facts,
            remedy="Check that the key is whole, still valid, and allowed to read this.",
            status=status,
        )
    if code_text in shape.busy_codes:
        return BusyError(
            "The provider asks to come later.",
            facts=facts,
            remedy="It goes on from where it stopped.",
            status=status,
        )
    if code_text in shape.absent_codes:
        return AbsentError("The provider knows of no such thing.", facts=facts, status=status)
    if code_text.isdigit() and 500 <= int(code_text) < 600:
        return BrokenAnswerError(
            "The provider failed to answer.", facts=facts, remedy="Try again later.", status=status
        )
    return RefusedError(
        "The provider refused the request.",
        facts=facts,
        remedy="Check the connection's settings: address, data set, filter.",
        status=status,
    )


def records_in(body: Any, place: str, *, label: str) -> list[Any]:
    """The list of records of an answer.

    Raises:
        UnreadableAnswerError: there is no list at that place.
    """
    found = at(body, place)
    if isinstance(found, list):
        return found
    keys = ", ".join(list(body)[:10]) if isinstance(body, Mapping) else type(body).__name__
    raise UnreadableAnswerError(
        "The provider's answer does not have its records where they are documented.",
        facts={"expected_at": place or "(the answer itself)", "found": keys or "nothing", "stream": label},
        remedy="The provider may have changed its answers, or the address is wrong.",
    )
