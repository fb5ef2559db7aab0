"""How large a request may be: counted as it comes, and refused as soon as it is too large."""

from collections.abc import Callable, Collection, Mapping

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 5_000_000
MEGABYTE = 1_000_000
REFUSED = "This request is larger than 5 MB: send less at once, or the whole as a file to /ingest."
REFUSED_FILE = "This file is larger than the {limit} MB that are taken here."
SLACK_BYTES = 10_000
"""What a form needs around its file."""


class BodyLimit:
    """Refuses bodies above MOST_BYTES; what lies below the exempt places has limits of its own.

    Args:
        files: the places that take a file in a form, and how many megabytes of it.
    """

    def __init__(
        self, app: ASGIApp, exempt: Collection[str] = (), files: Callable[[], Mapping[str, int]] = dict
    ) -> None:
        self._app = app
        self._exempt = tuple(exempt)
        self._files = files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting what comes."""
        path = str(scope.get("path", "")).removeprefix(str(scope.get("root_path", "")))
        if scope["type"] != "http" or path.startswith(self._exempt):
            await self._app(scope, receive, send)
            return
        taken, file_mb = 0, self._files().get(path)
        most = MOST_BYTES if file_mb is None else file_mb * MEGABYTE + SLACK_BYTES

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise HTTPException(413, REFUSED if file_mb is None else REFUSED_FILE.format(limit=file_mb))
            return message

        await self._app(scope, counted, send)
