"""Errors as `application/problem+json` (RFC 9457): what is wrong, the facts, what to do next."""

from typing import Any

import orjson
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from galena.kit.errors import GalenaError

MEDIA = "application/problem+json"


class Problem(BaseModel):
    """What is wrong."""

    type: str = Field(description="A name of the kind of problem; always about:blank for now.")
    title: str = Field(description="One plain sentence about what is wrong.")
    status: int
    detail: str = Field(description="What to do next; may be empty.")
    instance: str = Field(description="The path that was asked.")
    facts: dict[str, Any] = Field(description="The values that show it.")


def problem(
    request: Request,
    status: int,
    title: str,
    detail: str = "",
    facts: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """An answer that tells a problem."""
    told = Problem(
        type="about:blank",
        title=title,
        status=status,
        detail=detail,
        instance=request.url.path,
        facts=facts or {},
    )
    body = orjson.dumps(told.model_dump(), default=str)
    return Response(body, status, headers, media_type=MEDIA)


def galena_problem(request: Request, fault: Exception) -> Response:
    """What the product itself refuses."""
    assert isinstance(fault, GalenaError)
    headers: dict[str, str] = getattr(fault, "headers", {})
    return problem(request, fault.http_status, fault.what, fault.remedy, fault.facts, headers)


def http_problem(request: Request, fault: Exception) -> Response:
    """What the framework refuses: unknown paths and methods."""
    assert isinstance(fault, HTTPException)
    title = "There is nothing here." if fault.status_code == 404 else str(fault.detail)
    return problem(request, fault.status_code, title, headers=dict(fault.headers or {}))


def invalid_problem(request: Request, fault: Exception) -> Response:
    """A request whose parts cannot be used, each named."""
    assert isinstance(fault, RequestValidationError)
    facts = {".".join(map(str, each["loc"])): each["msg"] for each in fault.errors()}
    return problem(request, 422, "Something in this request cannot be used.", "Correct what is named.", facts)


def unforeseen_problem(request: Request, _fault: Exception) -> Response:
    """What nobody foresaw; the log has the rest."""
    return problem(request, 500, "Something went wrong that nobody foresaw.", "Try again later.")
