"""Forms whose fields depend on the data: read whole, as texts."""

from typing import Annotated

from fastapi import Depends, Request

from galena.surfaces.web.words import plain

LONGEST_TEXT = 20_000


async def texts_of(request: Request) -> dict[str, str]:
    """The texts of a form by name, without what belongs to the form itself; NUL characters are left out."""
    form = await request.form(max_fields=5_000)
    return {
        name: plain(value)[:LONGEST_TEXT]
        for name, value in form.items()
        if isinstance(value, str) and name != "csrf_token"
    }


Texts = Annotated[dict[str, str], Depends(texts_of)]
