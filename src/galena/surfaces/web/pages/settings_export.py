"""Export all: everything that the workspace or the tenant may take along, as one file."""

from collections.abc import Iterator

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, StreamingResponse

from galena.domain.documents import Document
from galena.stores import tenants
from galena.surfaces.web.rendering import page
from galena.surfaces.web.vaults import vault_of
from galena.surfaces.web.visitors import Manager, SignedIn, entered, galena_of
from galena.workflows.export_all import export_everything, note_export

router = APIRouter(prefix="/settings/export")


@router.get("", response_class=HTMLResponse)
def show(request: Request, visitor: SignedIn) -> HTMLResponse:
    """What the file holds."""
    return page(
        request,
        "settings_export.html",
        visitor,
        here="export",
        is_operator=visitor.user.tenant_id is None,
        can_manage=visitor.can_manage,
    )


@router.post("")
def fetch(request: Request, visitor: Manager) -> StreamingResponse:
    """The file, made while it is fetched."""
    galena, vault = galena_of(request), vault_of(request)
    now = galena.clock()
    with entered(galena, visitor) as session:
        note_export(session)
        own = [each.tenant.name for each in tenants.list_wants(session, now)]
    place = visitor.workspace.name if visitor.user.tenant_id is None else own[0]

    def content(document: Document) -> bytes:
        return vault.get(visitor.workspace.id, document.sha256)

    def pieces() -> Iterator[bytes]:
        with entered(galena, visitor) as session:
            yield from export_everything(session, content, place, now)

    headers = {
        "content-disposition": f'attachment; filename="galena-{now:%Y-%m-%d}.zip"',
        "x-content-type-options": "nosniff",
        "cache-control": "private, no-store",
    }
    return StreamingResponse(pieces(), media_type="application/zip", headers=headers)
