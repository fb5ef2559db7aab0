"""The vault of the installation behind a request, and files as downloads."""

from collections.abc import Iterator
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import StreamingResponse

from galena.bootstrap import Galena, open_objects
from galena.surfaces.web.visitors import galena_of
from galena.workflows.sealing import box_of
from galena.workflows.vault import Vault

_PIECE = 1 << 16


def vault_in(galena: Galena) -> Vault:
    """The vault of an installation."""
    return Vault(galena.door.objects or open_objects(galena.settings), box_of(galena.settings))


def vault_of(request: Request) -> Vault:
    """The vault of the installation behind a request."""
    return vault_in(galena_of(request))


def site_of(request: Request) -> str:
    """The address people outside open Galena by, without a slash at its end."""
    return (galena_of(request).settings.public_url or str(request.base_url)).rstrip("/")


def download(name: str, media_type: str, content: bytes) -> StreamingResponse:
    """A file that a browser keeps and never shows as a page of ours."""
    plain = "".join(each if 32 <= ord(each) < 127 and each not in '"\\' else "_" for each in name)
    headers = {
        "content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}",
        "content-length": str(len(content)),
        "x-content-type-options": "nosniff",
        "cache-control": "private, no-store",
    }
    return StreamingResponse(_pieces(content), media_type=media_type, headers=headers)


def _pieces(content: bytes) -> Iterator[bytes]:
    for begin in range(0, len(content), _PIECE):
        yield content[begin : begin + _PIECE]
