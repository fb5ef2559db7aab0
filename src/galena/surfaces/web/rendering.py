"""Pages from templates."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from galena.kit.ids import content_hash
from galena.surfaces.web.navigation import places_for, tabs_for
from galena.surfaces.web.shortcuts import shortcuts_of
from galena.surfaces.web.visitors import Visitor

FOLDER = Path(__file__).parent
NOTICE_COOKIE = "galena_notice"


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence at the top of a page.

    Attributes:
        undo: where a form is sent to take back what it tells of; empty: it cannot be.
    """

    text: str
    kind: Literal["good", "bad", ""] = ""
    undo: str = ""


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["fact"] = _shown_fact
    return environment


def _shown_fact(value: object) -> object:
    """A fact of an error; of an uploaded file only the name that it was given, not where it lies on the server."""
    text = str(value)
    return Path(text).name if text.startswith("/") and "/uploads/" in text else value


@lru_cache(maxsize=1)
def asset_version() -> str:
    """Changes when a style or a script changes, so that browsers fetch the new one."""
    files = sorted((FOLDER / "static").glob("galena.*"))
    return content_hash(b"".join(file.read_bytes() for file in files))[:12]


def page(
    request: Request,
    template: str,
    visitor: Visitor | None = None,
    *,
    here: str = "",
    notices: tuple[Notice, ...] = (),
    status: int = 200,
    form: str = "",
    **content: Any,
) -> HTMLResponse:
    """A page of the app; a notice left by the action before is shown once.

    Args:
        form: the token of its forms, where nobody is signed in yet.
    """
    kept = request.cookies.get(NOTICE_COOKIE)
    if kept and visitor:
        notices = (*notices, _read_notice(kept))
    text = (
        _environment()
        .get_template(template)
        .render(
            asset_version=asset_version(),
            csrf_token=visitor.form_token if visitor else form,
            can_edit=visitor.can_edit if visitor else False,
            visitor=visitor,
            navigation=places_for(visitor),
            shortcuts=shortcuts_of(places_for(visitor)),
            tabs=tabs_for(visitor, here),
            news=visitor.news if visitor else 0,
            here=here,
            notices=notices,
            touring="tour" in request.query_params,
            **content,
        )
    )
    answer = HTMLResponse(text, status)
    if kept and visitor:
        answer.delete_cookie(NOTICE_COOKIE)
    return answer


def _read_notice(kept: str) -> Notice:
    from urllib.parse import unquote

    kind, _, told = unquote(kept).partition(":")
    text, _, undo = told.partition("\n")
    back = undo if undo.startswith("/") and not undo.startswith("//") else ""
    return Notice(text[:300], kind if kind in ("good", "bad") else "", back)  # type: ignore[arg-type]
