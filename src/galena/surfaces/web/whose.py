"""Whose work a page shows: a tenant's people see their own; the operator's see their own, or step into a tenant's."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request

from galena.domain.tenancy import Tenant
from galena.kit.errors import NotFoundError
from galena.stores import tenants, workspaces
from galena.stores.door import OPERATOR, Session
from galena.surfaces.web.visitors import Visitor, galena_of


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose work is looked at, as the address says.

    Attributes:
        tenant: the tenant that somebody of the operator's chose; None: none, or the visitor is a tenant's anyway.
    """

    tenant: UUID | None

    @property
    def query(self) -> str:
        """What addresses of the page carry on."""
        return f"tenant={self.tenant}" if self.tenant else ""

    def to(self, address: str) -> str:
        """An address of the same person's work."""
        if not self.query:
            return address
        path, sign, place = address.partition("#")
        return f"{path}{'&' if '?' in path else '?'}{self.query}{sign}{place}"

    @contextmanager
    def entered(self, request: Request, visitor: Visitor) -> Iterator[Session]:
        """One transaction inside the work that is looked at.

        Raises:
            NotFoundError: there is no such tenant.
        """
        galena, own = galena_of(request), visitor.user.tenant_id
        place, actor = visitor.workspace.id, str(visitor.user.id)
        chosen = own or self.tenant
        with galena.door.enter(place, tenant_id=chosen or OPERATOR, actor=actor) as session:
            if own is None and self.tenant is not None:
                _ensure(session, self.tenant)
            yield session

    def choices(self, request: Request, visitor: Visitor) -> dict[str, Any]:
        """What the switch between tenants shows: nothing for a tenant's own people."""
        if visitor.user.tenant_id is not None:
            return {"tenant": None, "tenants": [], "name": ""}
        galena = galena_of(request)
        with galena.door.enter(
            visitor.workspace.id, tenant_id=OPERATOR, actor=str(visitor.user.id)
        ) as session:
            found: tuple[Tenant, ...] = workspaces.list_tenants(session)
        listed = [{"id": each.id, "name": each.name} for each in found]
        name = next((each.name for each in found if each.id == self.tenant), "")
        return {"tenant": self.tenant, "tenants": listed, "name": name}


def time_zone_of(session: Session, now: Any) -> str:
    """The time zone in which a tenant's times are shown and typed; UTC for the operator."""
    if session.tenant_or_none is None:
        return "UTC"
    return tenants.load_wants(session, session.tenant_or_none, now).parameters.time_zone


def _ensure(session: Session, tenant_id: UUID) -> None:
    try:
        workspaces.load_tenant(session, tenant_id)
    except NotFoundError:
        raise NotFoundError("There is no such tenant.", remedy="Choose one from the list.") from None


def whose_of(tenant: Annotated[UUID | None, Query()] = None) -> Whose:
    """Whose work the address speaks of."""
    return Whose(tenant)


ForWhom = Annotated[Whose, Depends(whose_of)]
