"""Short-lived tokens in place of a key, for programs that must not hold one."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from galena.domain.access import Scope
from galena.surfaces.api.caller import PROBLEMS, Caller, NotAllowedError, caller_of
from galena.workflows.sealing import box_of
from galena.workflows.tokens import DEFAULT_MINUTES, MOST_MINUTES, issue_token

router = APIRouter(tags=["key"], responses=PROBLEMS)


class TokenWish(BaseModel):
    """What the token should be."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"may": ["read"], "minutes": 15}]})

    may: list[Scope] | None = Field(None, description="What it may do; null: all that the key may.")
    minutes: int = Field(DEFAULT_MINUTES, ge=1, le=MOST_MINUTES, description="How long it opens anything.")


class Token(BaseModel):
    """A token, sent like a key: `Authorization: Bearer ...`."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="Seconds.")
    expires_at: datetime
    may: list[Scope]


@router.post("/tokens", operation_id="make_token", status_code=201)
def make_token(caller: Annotated[Caller, Depends(caller_of)], wish: TokenWish | None = None) -> Token:
    """A token that does what the key does, for a quarter of an hour. It ends at once when the key is revoked.

    A token gets no other token: whoever finds one cannot keep it going.
    """
    if caller.token_scopes is not None:
        raise NotAllowedError("A token gets no other token.", remedy="Send the key itself.")
    wish = wish or TokenWish(may=None, minutes=DEFAULT_MINUTES)
    wanted = caller.scopes if wish.may is None else frozenset(wish.may)
    if refused := wanted - caller.scopes:
        raise NotAllowedError(
            f"This key may not {', '.join(sorted(refused))}.",
            facts={"may": ", ".join(sorted(caller.scopes)) or "nothing"},
            remedy="Ask for what it may, or for all of it by leaving `may` out.",
        )
    now = caller.galena.clock()
    with caller.as_operator() as session:
        made = issue_token(
            session, box_of(caller.galena.settings), caller.key, wanted, now, minutes=wish.minutes
        )
    return Token(
        access_token=made.text,
        token_type="Bearer",  # noqa: S106 - a kind of token
        expires_in=int((made.expires_at - now).total_seconds()),
        expires_at=made.expires_at,
        may=sorted(made.scopes),
    )
