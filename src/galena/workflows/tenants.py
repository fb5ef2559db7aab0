"""Tenants: made, renamed, told what they want, paused and cancelled; every change dated, with who and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from galena.domain.events import NewEvent
from galena.domain.tenancy import Role, Tenant, User
from galena.domain.tenant_parameters import (
    ParametersChange,
    TenantParameters,
    TenantWants,
    with_changes,
)
from galena.kit.errors import InputError
from galena.kit.yaml_positions import read_yaml
from galena.stores import audit, outbox, tenant_accounts, tenants, users, workspaces
from galena.stores.door import Session
from galena.stores.tenant_accounts import BalanceEntry
from galena.workflows.context import Context
from galena.workflows.people import add_person
from galena.workflows.route import listen_from_now
from galena.workflows.routing_pool import routing_of

MOST_BYTES = 5_000_000
LONGEST_NAME = 200


def add_tenant(
    context: Context,
    name: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    why: str | None = None,
    id_: UUID | None = None,
) -> TenantWants:
    """A new tenant with its parameters; what is not given is the playbook's.

    Args:
        id_: its id, on which its draws of leads to explore depend; None: a new one.

    Raises:
        ConflictError: the name is taken.
        InputError: a parameter cannot be set.
    """
    wanted = with_changes(TenantParameters(), parameters or {}, routing_of(context.playbook).tiers)
    name = _name(name)
    with context.session() as session:
        tenants.ensure_name_is_free(session, name)
        tenant, at = workspaces.add_tenant(session, name, id_), context.clock()
        tenants.set_parameters(session, tenant.id, wanted, at, why=why)
        listen_from_now(session)
        _tell(session, "add_tenant", tenant, {"name": name})
        return TenantWants(tenant, wanted, at)


def rename_tenant(context: Context, reference: str, name: str) -> Tenant:
    """Gives a tenant another name.

    Raises:
        NotFoundError: there is no such tenant.
        ConflictError: the name is taken.
    """
    with context.session() as session:
        return _rename(session, tenants.find(session, reference), name)


def change_tenant(
    context: Context,
    reference: str,
    changes: Mapping[str, Any],
    *,
    why: str | None = None,
    name: str | None = None,
) -> TenantWants:
    """Sets parameters from this moment on; those that are not named stay.

    Args:
        name: another name, in the same step; None: it stays.

    Raises:
        NotFoundError: there is no such tenant.
        InputError: a parameter cannot be set.
        ConflictError: the name is taken.
    """
    with context.session() as session:
        tenant, at = tenants.find(session, reference), context.clock()
        tenants.keep_still(session, (tenant.id,))
        if name is not None:
            tenant = _rename(session, tenant, name)
        held = tenants.load_wants(session, tenant.id, at)
        if changes == {}:
            return held
        wanted = with_changes(held.parameters, changes, routing_of(context.playbook).tiers)
        if wanted == held.parameters and held.set_at is not None:
            return held
        tenants.set_parameters(session, tenant.id, wanted, at, why=why)
        _tell(session, "change_tenant", tenant, {**_difference(held.parameters, wanted), "why": why})
        return TenantWants(tenant, wanted, at)


def read_parameters(path: Path) -> dict[str, Any]:
    """Parameters of a tenant from a YAML or JSON file; a list is its gates.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path.name} is larger than 5 MB.", remedy="Leave out what is no parameter.")
        document = read_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read.", facts={"complaint": str(error)}) from error
    if document.mistakes:
        first = document.mistakes[0]
        where = {"file": path.name, "line": first.position.line, "value": first.value}
        raise InputError(f"{first.what[0].upper()}{first.what[1:]}.", facts=where, remedy=first.remedy)
    content: Any = document.data
    if isinstance(content, list):
        return {"gates": content}
    if not isinstance(content, Mapping):
        raise InputError(f"{path.name} holds no parameters.", remedy="Write `gates:` and what belongs to it.")
    return dict(content)


def add_member(context: Context, reference: str, email: str, name: str, role: Role = Role.MEMBER) -> User:
    """A person of a tenant, who sees its leads once signed in.

    Raises:
        NotFoundError: there is no such tenant.
        InputError: this is no e-mail address.
        ConflictError: the e-mail is taken, or the role is none of a tenant.
    """
    with context.session() as session:
        tenant = tenants.find(session, reference)
        return add_person(session, email=email, name=name, role=role, tenant_id=tenant.id)


def top_up(context: Context, reference: str, amount: Decimal, why: str) -> Decimal:
    """Adds money to a tenant's balance (a negative amount corrects it), and gives the balance.

    Raises:
        NotFoundError: there is no such tenant.
        InputError: the amount is 0.
    """
    if not amount:
        raise InputError("The amount is 0.", remedy="Write an amount such as 500, or -20 to correct.")
    with context.session() as session:
        tenant = tenants.find(session, reference)
        entry = BalanceEntry(
            tenant.id, "top_up" if amount > 0 else "correction", amount, why, context.clock()
        )
        tenant_accounts.add_entries(session, [entry])
        _tell(session, "change_balance", tenant, {"amount": str(amount)})
        return tenant_accounts.list_balances(session)[tenant.id]


@dataclass(frozen=True, slots=True)
class TenantCard:
    """Everything of a tenant that its page shows.

    Attributes:
        owed: leads owed from shortfalls of drops.
        balance: None where leads have no price.
    """

    wants: TenantWants
    changes: tuple[ParametersChange, ...]
    members: tuple[User, ...]
    owed: float
    balance: Decimal | None
    entries: tuple[BalanceEntry, ...]


def tenant_card(session: Session, tenant_id: UUID, at: datetime) -> TenantCard:
    """A tenant as it stood at an instant, with its history.

    Raises:
        NotFoundError: there is none that this session may see.
    """
    entries = tenant_accounts.list_entries(session, tenant_id)
    return TenantCard(
        wants=tenants.load_wants(session, tenant_id, at),
        changes=tenants.list_changes(session, tenant_id),
        members=tuple(each for each in users.list_present(session) if each.tenant_id == tenant_id),
        owed=tenant_accounts.list_credits(session).get(tenant_id, 0.0),
        balance=tenant_accounts.list_balances(session).get(tenant_id),
        entries=entries,
    )


def _difference(before: TenantParameters, after: TenantParameters) -> dict[str, dict[str, Any]]:
    """What a change changed, for the audit trail: of gates their names, for a drawn area may be long."""

    def told(parameters: TenantParameters) -> dict[str, Any]:
        return {**parameters.as_dict(), "gates": [gate.name for gate in parameters.gates]}

    old, new = told(before), told(after)
    moved = [name for name in new if getattr(before, name) != getattr(after, name)]
    return {"before": {name: old[name] for name in moved}, "after": {name: new[name] for name in moved}}


def _rename(session: Session, tenant: Tenant, name: str) -> Tenant:
    name = _name(name)
    if name.lower() != tenant.name.lower():
        tenants.ensure_name_is_free(session, name)
    tenants.rename(session, tenant.id, name)
    _tell(session, "rename_tenant", tenant, {"from": tenant.name, "to": name})
    return Tenant(tenant.id, name, tenant.created_at)


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise InputError("A tenant needs a name of 1 to 200 characters.", facts={"name": name[:50]})
    return name


def _tell(session: Session, action: str, tenant: Tenant, detail: Mapping[str, Any]) -> None:
    audit.record(session, action, f"tenant:{tenant.id}", detail)
    outbox.append(
        session, [NewEvent("tenant_changed", None, {"tenant_id": str(tenant.id), "action": action})]
    )
