"""Saved views: the filters and the order of a list under a name, for oneself or shared with colleagues."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import parse_qs, urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse

from galena.domain.tenancy import SavedView
from galena.kit.errors import InputError
from galena.stores import views
from galena.stores.door import Session
from galena.surfaces.web.answers import onward
from galena.surfaces.web.lead_query import query_from
from galena.surfaces.web.visitors import Sender, Visitor, entered, galena_of
from galena.surfaces.web.words import plain

router = APIRouter()

LISTS: Mapping[str, tuple[str, ...]] = {
    "leads": (),
    "prospects": ("stand", "tenant", "q", "tier"),
    "clients": ("q", "tenant"),
    "documents": ("q", "only", "tenant"),
    "notes": ("q", "mine", "tenant"),
    "appointments": ("view", "q", "only", "tenant"),
    "pipeline": ("q", "tier", "tenant"),
}
"""A list that views can be kept of, by the name of its page -> what its address says of a view; leads say it whole."""
LONGEST = 200


def views_of(session: Session, visitor: Visitor, of: str, query: str) -> list[dict[str, Any]]:
    """The views of a list as its page shows them.

    Args:
        query: the page's own, as its address writes it: the view that it is stands out.
    """
    now = _parts(of, query)
    kept = [
        (view, _parts(of, _address(view.query))) for view in views.list_for(session, visitor.user.id, of=of)
    ]
    return [
        {
            "id": view.id,
            "name": view.name,
            "href": f"/{of}?{_address(parts)}",
            "on": parts == now,
            "is_own": view.user_id == visitor.user.id,
            "is_shared": view.shared,
        }
        for view, parts in kept
    ]


def saved_on(request: Request, visitor: Visitor, of: str) -> dict[str, Any]:
    """The views of a list, and what of the present address a view of it would keep."""
    query = _address(_parts(of, request.url.query))
    with entered(galena_of(request), visitor) as session:
        return {"rows": views_of(session, visitor, of, query), "of": of, "query": query}


@router.post("/views")
def save(
    request: Request,
    visitor: Sender,
    name: Annotated[str, Form(max_length=60)] = "",
    query: Annotated[str, Form(max_length=2000)] = "",
    of: Annotated[str, Form(max_length=20)] = "leads",
    shared: Annotated[str, Form(max_length=5)] = "",
) -> RedirectResponse:
    """Keep the filters and the order under a name."""
    kept = _keep(request, visitor, name, query, of, bool(shared))
    told = "The view is saved, for your colleagues too." if kept.shared else "The view is saved."
    return onward(f"/{of}?{_address(kept.query)}", told)


@router.post("/views/restore")
def restore(
    request: Request,
    visitor: Sender,
    name: Annotated[str, Query(max_length=60)] = "",
    query: Annotated[str, Query(max_length=2000)] = "",
    of: Annotated[str, Query(max_length=20)] = "leads",
    shared: Annotated[str, Query(max_length=5)] = "",
) -> RedirectResponse:
    """Bring back a view that was deleted."""
    kept = _keep(request, visitor, name, query, of, bool(shared))
    return onward(f"/{of}?{_address(kept.query)}", "The view is back.")


@router.post("/views/{view_id}/delete")
def delete(request: Request, visitor: Sender, view_id: UUID) -> RedirectResponse:
    """Delete a view of one's own; it can be brought back."""
    with entered(galena_of(request), visitor) as session:
        gone = views.delete_(session, visitor.user.id, view_id)
    if gone is None:
        return onward("/leads", "Only its owner can delete a view.")
    texts = {"name": gone.name, "query": _address(gone.query), "of": gone.list}
    undo = f"/views/restore?{urlencode({**texts, **({'shared': 'yes'} if gone.shared else {})})}"
    return onward(f"/{gone.list}", "The view is deleted.", undo=undo)


def _keep(request: Request, visitor: Visitor, name: str, query: str, of: str, shared: bool) -> SavedView:
    if of not in LISTS:
        raise InputError(f"There is no list {of[:20]!r}.", remedy="Save the view from the list itself.")
    with entered(galena_of(request), visitor) as session:
        return views.save(
            session,
            visitor.user.id,
            plain(name).strip() or "My view",
            _parts(of, plain(query)),
            shared=shared,
            of=of,
        )


def _parts(of: str, query: str) -> dict[str, str]:
    """What of an address a list knows; empty parts are left out, but for leads, whose views are whole."""
    if of == "leads":
        return query_from(query).parts()
    texts = parse_qs(query)
    return {name: texts[name][0][:LONGEST] for name in LISTS[of] if texts.get(name)}


def _address(query: Mapping[str, object]) -> str:
    return urlencode({name: str(value) for name, value in query.items() if value})
