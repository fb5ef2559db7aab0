"""The key behind a request, as it sees itself."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from galena.surfaces.api.caller import PROBLEMS, Reader

router = APIRouter(tags=["key"], responses=PROBLEMS)


class Me(BaseModel):
    """A key, without its secret."""

    key_id: UUID
    name: str
    may: list[str] = Field(description="What the key may do now.")
    tenant_id: UUID | None = Field(description="Whose leads it sees; null: all of the workspace.")
    calls_per_minute: int
    expires_at: datetime | None


@router.get("/me", operation_id="get_me")
def get_me(caller: Reader) -> Me:
    """What this key is and may do."""
    key = caller.key
    return Me(
        key_id=key.id,
        name=key.name,
        may=sorted(caller.scopes),
        tenant_id=caller.user.tenant_id,
        calls_per_minute=key.calls_per_minute,
        expires_at=key.expires_at,
    )
