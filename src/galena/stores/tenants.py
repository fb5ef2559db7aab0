"""Tenants and what they want: every change dated and kept, so that any moment can be read again."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, Text, cast, func, insert, select, text, update

from galena.domain.tenancy import Tenant
from galena.domain.tenant_parameters import (
    DEFAULT_ZONE,
    ParametersChange,
    TenantParameters,
    TenantWants,
    parameters_of,
)
from galena.kit.errors import ConflictError, NotFoundError
from galena.kit.ids import new_id
from galena.stores import tables
from galena.stores.door import Session
from galena.stores.rows import find_all, find_one

_TENANTS = tables.tenants
_PARAMETERS = tables.tenant_parameters


def find(session: Session, name: str) -> Tenant:
    """The tenant of this name, or with this id; upper and lower case alike.

    Raises:
        NotFoundError: there is none.
    """
    named = func.lower(_TENANTS.c.name) == name.strip().lower()
    query = select(_TENANTS).where(named | (cast(_TENANTS.c.id, Text) == name.strip()))
    found = find_one(session, query, _tenant)
    if found is None:
        raise NotFoundError(f"There is no tenant {name!r}.", remedy="`galena tenant list` shows all of them.")
    return found


def ensure_name_is_free(session: Session, name: str) -> None:
    """Nothing, or an error.

    Raises:
        ConflictError: a tenant has this name.
    """
    taken = select(_TENANTS.c.id).where(func.lower(_TENANTS.c.name) == name.strip().lower())
    if session.connection.execute(taken).first() is not None:
        raise ConflictError(f"There is a tenant {name!r} already.", remedy="Give it another name.")


def rename(session: Session, tenant_id: UUID, name: str) -> None:
    """Gives a tenant another name."""
    session.connection.execute(update(_TENANTS).where(_TENANTS.c.id == tenant_id).values(name=name))


def set_parameters(
    session: Session, tenant_id: UUID, parameters: TenantParameters, at: datetime, *, why: str | None = None
) -> ParametersChange:
    """What holds for a tenant from `at` on."""
    row = session.connection.execute(
        insert(_PARAMETERS)
        .values(
            id=new_id(),
            tenant_id=tenant_id,
            set_at=at,
            parameters=parameters.as_dict(),
            why=why,
            author=session.actor,
        )
        .returning(_PARAMETERS)
    )
    return _change(row.mappings().one())


def list_wants(session: Session, at: datetime) -> tuple[TenantWants, ...]:
    """Every tenant that existed at an instant, with what held for it then; by name."""
    return find_all(session, _WANTS.bindparams(at=at), _wants)


def list_zones(
    session: Session, at: datetime, tenant_ids: Collection[UUID] | None = None
) -> dict[UUID, ZoneInfo]:
    """Tenant -> its time zone at an instant; of these tenants, or (None) of all."""
    given = {"at": at, "usual": DEFAULT_ZONE, "tenants": None if tenant_ids is None else list(tenant_ids)}
    rows = session.connection.execute(_ZONES, given)
    return {row[0]: ZoneInfo(row[1]) for row in rows}


def load_wants(session: Session, tenant_id: UUID, at: datetime) -> TenantWants:
    """A tenant with what held for it at an instant.

    Raises:
        NotFoundError: there is none that this session may see.
    """
    for wants in list_wants(session, at):
        if wants.tenant.id == tenant_id:
            return wants
    raise NotFoundError("there is no such tenant", facts={"id": tenant_id})


def list_changes(session: Session, tenant_id: UUID) -> tuple[ParametersChange, ...]:
    """Everything that was ever set for a tenant, the newest first."""
    query = select(_PARAMETERS).where(_PARAMETERS.c.tenant_id == tenant_id)
    return find_all(session, query.order_by(_PARAMETERS.c.set_at.desc(), _PARAMETERS.c.id.desc()), _change)


def keep_still(session: Session, tenant_ids: tuple[UUID, ...]) -> None:
    """Keeps others from changing these tenants until this transaction ends."""
    query = select(_TENANTS.c.id).where(_TENANTS.c.id.in_(tenant_ids)).order_by(_TENANTS.c.id)
    session.connection.execute(query.with_for_update())


def _tenant(row: RowMapping) -> Tenant:
    return Tenant(id=row["id"], name=row["name"], created_at=row["created_at"])


def _change(row: RowMapping) -> ParametersChange:
    return ParametersChange(
        row["id"],
        row["tenant_id"],
        row["set_at"],
        parameters_of(row["parameters"]),
        row["author"],
        row["why"],
    )


def _wants(row: RowMapping) -> TenantWants:
    if row["set_at"] is None:
        return TenantWants(_tenant(row))
    return TenantWants(_tenant(row), parameters_of(row["parameters"]), row["set_at"])


_WITH_PARAMETERS = (
    "FROM tenants t LEFT JOIN LATERAL ("
    "SELECT parameters, set_at FROM tenant_parameters p WHERE p.workspace_id = t.workspace_id"
    " AND p.tenant_id = t.id AND p.set_at <= :at ORDER BY p.set_at DESC, p.id DESC LIMIT 1) p ON true"
)
_WANTS = text(
    f"SELECT t.id, t.name, t.created_at, p.parameters, p.set_at {_WITH_PARAMETERS} ORDER BY t.name, t.id"
)
_ZONES = text(
    f"SELECT t.id, coalesce(p.parameters ->> 'time_zone', :usual) {_WITH_PARAMETERS}"
    " WHERE CAST(:tenants AS uuid[]) IS NULL OR t.id = ANY(CAST(:tenants AS uuid[]))"
)
