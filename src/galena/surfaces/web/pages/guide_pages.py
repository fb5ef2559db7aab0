"""Help: the guides of the documentation, searchable, as pages of the app."""

import re
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, HTMLResponse
from markdown_it import MarkdownIt
from markupsafe import Markup

from galena.kit.errors import NotFoundError
from galena.surfaces.web.guides import (
    FOLDER_WORDS,
    FOLDERS,
    Guide,
    find_guide,
    guides_folder,
    read_guides,
    search_guides,
)
from galena.surfaces.web.rendering import page
from galena.surfaces.web.visitors import SignedIn

router = APIRouter()


@router.get("/help", response_class=HTMLResponse)
def show(request: Request, visitor: SignedIn, q: Annotated[str, Query(max_length=200)] = "") -> HTMLResponse:
    """All guides, or those with these words."""
    found = read_guides(guides_folder())
    return page(
        request,
        "help.html",
        visitor,
        here="help",
        q=q.replace("\0", ""),
        hits=search_guides(q),
        parts=[
            {"words": FOLDER_WORDS[part], "guides": [each for each in found if each.folder == part]}
            for part in FOLDERS
            if any(each.folder == part for each in found)
        ],
    )


@router.get("/help/pictures/{picture_name}")
def picture(visitor: SignedIn, picture_name: str) -> FileResponse:  # noqa: ARG001 - for who is signed in
    """A picture of a guide."""
    file = guides_folder() / "pictures" / picture_name
    if not re.fullmatch(r"[\w-]+\.png", picture_name) or not file.is_file():
        raise NotFoundError("There is no such picture.")
    return FileResponse(file, media_type="image/png")


@router.get("/help/{guide_name}", response_class=HTMLResponse)
def show_one(request: Request, visitor: SignedIn, guide_name: str) -> HTMLResponse:
    """One guide."""
    guide = find_guide(guide_name)
    return page(
        request,
        "help_guide.html",
        visitor,
        here="help",
        guide=guide,
        part=FOLDER_WORDS[guide.folder],
        text=Markup(_as_html(guide)),  # noqa: S704 - made from our own documentation, raw HTML in it left as text
        others=[each for each in read_guides(guides_folder()) if each.folder == guide.folder],
    )


@lru_cache(maxsize=128)
def _as_html(guide: Guide) -> str:
    """The guide as HTML: links to other guides lead into the app, all others are shown as words."""
    made: str = MarkdownIt("commonmark", {"html": False}).enable("table").render(guide.text)
    made = re.sub(
        r'<img src="([^"]*)"', lambda found: f'<img loading="lazy" src="{_picture(found[1])}"', made
    )
    made = re.sub(r'<a href="([^"]*)">(.*?)</a>', _link, made, flags=re.DOTALL)
    made = made.replace("<table>", '<div class="scroll" tabindex="0"><table>')
    made = re.sub(r' style="text-align:(\w+)"', r' class="\1"', made)
    return made.replace("</table>", "</table></div>").replace("<pre>", '<pre tabindex="0">')


def _picture(address: str) -> str:
    return f"/help/pictures/{PurePosixPath(address).name}"


def _link(found: re.Match[str]) -> str:
    address, words = urlsplit(found[1]), found[2]
    if not address.scheme and not address.path and address.fragment:
        return words
    name = PurePosixPath(address.path).stem.replace("_", "-").lower()
    known = {each.name for each in read_guides(guides_folder())}
    is_guide = address.path.endswith(".md") and not address.scheme and name in known
    return f'<a href="/help/{name}">{words}</a>' if is_guide else words
