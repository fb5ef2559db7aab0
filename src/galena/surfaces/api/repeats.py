"""Requests that may come twice: with an `Idempotency-Key`, the second is given the answer of the first."""

import hashlib
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

from galena.domain.access import KeptAnswer
from galena.kit.errors import ConflictError, InputError
from galena.stores import kept_answers
from galena.stores.door import OPERATOR, Session
from galena.surfaces.api.caller import Caller, known_caller
from galena.workflows.sealing import box_of

HEADER = "idempotency-key"
LONGEST = 200
AT_WORK_FOR = timedelta(minutes=1)
"""A request without an answer for so long was cut off, and may be done again."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class RepeatableRoute(APIRoute):
    """A route whose posts are done once for each idempotency key of a caller."""

    def get_route_handler(self) -> Handler:
        """The handler, with a look at what was answered before."""
        plain = super().get_route_handler()

        async def once(request: Request) -> Response:
            key = request.headers.get(HEADER)
            if request.method != "POST" or key is None:
                return await plain(request)
            check_key(key)
            secret = request.headers.get("authorization", "").removeprefix("Bearer ")
            caller = await run_in_threadpool(known_caller, request.app.state.galena, secret)
            body = await request.body()
            fingerprint = hashlib.sha256(f"{request.url.path}\n".encode() + body).hexdigest()
            before = await run_in_threadpool(begin_once, caller, key, fingerprint)
            if before is not None:
                return before
            try:
                answer = await plain(request)
            except BaseException:
                await run_in_threadpool(forget, caller, key)
                raise
            told = bytes(answer.body), answer.headers.get("content-type", "")
            await run_in_threadpool(keep, caller, key, answer.status_code, *told)
            return answer

        return once


def check_key(key: str) -> None:
    """Nothing, where it can be an idempotency key.

    Raises:
        InputError: it cannot.
    """
    if not 0 < len(key) <= LONGEST or not key.isprintable():
        raise InputError(f"An idempotency key has 1 to {LONGEST} printable characters.")


def forget(caller: Caller, key: str) -> None:
    """Let the request be done again: it came to nothing."""
    _in(caller, lambda session: kept_answers.forget(session, caller.key.id, key))


def keep(caller: Caller, key: str, status: int, body: bytes, content_type: str) -> None:
    """Keep the answer for the next time; sealed, for it may hold what is shown once or what is personal."""
    sealed = box_of(caller.galena.settings).seal(body.decode("latin-1"), place=_place(caller, key))
    _in(
        caller,
        lambda session: kept_answers.finish(session, caller.key.id, key, status, sealed, content_type),
    )


def begin_once(caller: Caller, key: str, fingerprint: str) -> Response | None:
    """The answer given before; None where this request is the first.

    Raises:
        InputError: the key was used for another request.
        ConflictError: the request is being worked on.
    """
    now = caller.galena.clock()

    def begin(session: Session) -> KeptAnswer | None:
        kept = kept_answers.begin(session, caller.key.id, key, fingerprint, now)
        if kept is None or kept.status is not None or now - kept.begun_at < AT_WORK_FOR:
            return kept
        kept_answers.forget(session, caller.key.id, key)
        return kept_answers.begin(session, caller.key.id, key, fingerprint, now)

    kept = _in(caller, begin)
    if kept is None:
        return None
    if kept.fingerprint != fingerprint:
        raise InputError(
            "This idempotency key was used for another request.",
            remedy="Send a new key with each new request.",
        )
    if kept.status is None:
        raise ConflictError("This request is being worked on.", remedy="Ask again in a moment.")
    told = box_of(caller.galena.settings).open(kept.body or b"", place=_place(caller, key))
    return Response(
        told.encode("latin-1"),
        kept.status,
        {"idempotent-replayed": "true"},
        media_type=kept.content_type or None,
    )


def _place(caller: Caller, key: str) -> str:
    return f"answer:{caller.key.id}:{key}"


def _in(caller: Caller, do: Callable[[Session], Any]) -> Any:
    with caller.galena.door.enter(
        caller.workspace_id, tenant_id=OPERATOR, actor=f"api_key:{caller.key.id}"
    ) as session:
        return do(session)
