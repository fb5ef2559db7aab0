"""How large a request may be: counted as it comes, and refused as soon as it is too large."""

from collections.abc import Collection

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 5_000_000
REFUSED = "This request is larger than 5 MB: send less at once, or the whole as a file to /ingest."


class BodyLimit:
    """Refuses bodies above MOST_BYTES; what lies below the exempt places has limits of its own."""

    def __init__(self, app: ASGIApp, exempt: Collection[str] = ()) -> None:
        self._app = app
        self._exempt = tuple(exempt)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting what comes."""
        path = str(scope.get("path", "")).removeprefix(str(scope.get("root_path", "")))
        if scope["type"] != "http" or path.startswith(self._exempt):
            await self._app(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MOST_BYTES:
                raise HTTPException(413, REFUSED)
            return message

        await self._app(scope, counted, send)
