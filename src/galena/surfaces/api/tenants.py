"""Tenants: who receives leads, which, how many, at what pace and price; every change dated, with who and why."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from galena.domain.gate_json import gates_of_json
from galena.domain.gates import LABELS
from galena.domain.tenant_parameters import TenantWants
from galena.stores import tenants
from galena.surfaces.api.caller import PROBLEMS, Caller
from galena.surfaces.api.paging import Cursor, Page, PageSize, cut
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.values import Name, Short, Why, Words
from galena.surfaces.api.versions import CHANGED, IfMatch, ensure_unchanged, tag_of
from galena.surfaces.api.workplace import CLASH, GONE, Configurer, Looker, context_of
from galena.workflows.gate_preview import preview_gates
from galena.workflows.tenants import add_tenant, change_tenant, tenant_card, top_up

router = APIRouter(prefix="/tenants", tags=["tenants"], responses=PROBLEMS, route_class=RepeatableRoute)

Count = Annotated[int, Field(ge=0, le=1_000_000)]
Gates = Annotated[
    list[dict[str, Any]],
    Field(
        max_length=50,
        description="What the tenant asks of a lead: {gate, unknown (accept or refuse), and values, or minimum and"
        f" maximum, or included and excluded, or circles, or a GeoJSON shape}}. Gates: {', '.join(LABELS)}.",
        examples=[[{"gate": "state", "values": ["TX"], "unknown": "refuse"}]],
    ),
]
_TEXAS: dict[str, JsonValue] = {"gate": "state", "values": ["TX"], "unknown": "refuse"}


class Parameters(BaseModel):
    """What holds for a tenant."""

    standing: Literal["active", "paused", "cancelled"] = Field(
        description="Paused and cancelled tenants get no leads; what they have stays theirs."
    )
    time_zone: str = Field(description="Such as America/Chicago; drops show at the playbook's hour of it.")
    gates: Gates
    quotas: dict[str, int] | None = Field(description="Tier to leads in one drop; null: the playbook's.")
    caps: dict[Literal["hour", "day", "week"], int] = Field(description="The most leads in that time.")
    weight: float = Field(description="Its share beside others' weights.")
    bids_minor: dict[str, int] = Field(
        description="Tier to what it pays where the highest bid wins, in hundredths of the currency."
    )
    pays: bool = Field(description="Whether leads that have a price are charged to its balance.")
    capacity: dict[Literal["hour", "day", "week"], int] = Field(
        description="The most leads in that time that it says it can work; a smaller cap holds."
    )
    concierge: bool | None = Field(
        description="Whether Galena is to call its leads for it; null: it has not chosen."
    )


class TenantItem(BaseModel):
    """A tenant with what holds for it."""

    id: UUID
    name: str
    created_at: datetime
    set_at: datetime | None = Field(description="When its parameters were set last; null: never.")
    parameters: Parameters


class Tenants(Page):
    """A page of tenants, by name."""

    items: list[TenantItem]


class TenantMember(BaseModel):
    """A person of a tenant."""

    id: UUID
    email: str
    name: str


class TenantDetail(TenantItem):
    """A tenant with its people and its money."""

    owed: float = Field(description="Leads owed from shortfalls of drops.")
    balance: Decimal | None = Field(description="In the playbook's currency; null: nothing was ever paid.")
    members: list[TenantMember]


class ParametersPatch(BaseModel):
    """Parameters to set; those left out stay as they are."""

    standing: Literal["active", "paused", "cancelled"] | None = None
    time_zone: Short | None = None
    gates: Gates | None = None
    quotas: dict[str, Count] | None = Field(default=None, description="null: the playbook's.")
    caps: dict[Literal["hour", "day", "week"], Count] | None = None
    weight: float | None = Field(default=None, gt=0, le=1_000, allow_inf_nan=False)
    bids_minor: dict[str, Count] | None = None
    pays: bool | None = None
    capacity: dict[Literal["hour", "day", "week"], Count] | None = None
    concierge: bool | None = None

    def changes(self) -> dict[str, Any]:
        """Those that were given; null means something for quotas alone."""
        given = self.model_dump(exclude_unset=True)
        return {name: value for name, value in given.items() if value is not None or name == "quotas"}


class NewTenant(BaseModel):
    """A tenant to make."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "North Texas Team", "parameters": {"weight": 2, "gates": [_TEXAS]}}]
        }
    )

    name: Name
    parameters: ParametersPatch = ParametersPatch()
    why: Words | None = Field(None, description="For the history.")


class TenantPatch(BaseModel):
    """What to change of a tenant, from now on."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"parameters": {"weight": 1.5}, "why": "Took on a second agent."}]}
    )

    name: Name | None = None
    parameters: ParametersPatch = ParametersPatch()
    why: Words | None = Field(None, description="For the history.")


class StandingChange(BaseModel):
    """Why a tenant pauses, resumes or leaves."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"why": "On holiday until May."}]})

    why: Words | None = None


class BalanceChange(BaseModel):
    """Money to add to a balance."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"amount": "500.00", "why": "Bank transfer"}]})

    amount: Annotated[
        Decimal, Field(ge=-999_999_999, le=999_999_999, decimal_places=2, allow_inf_nan=False)
    ] = Field(description="In the playbook's currency; below 0 corrects.")
    why: Why


class Balance(BaseModel):
    """A tenant's money."""

    balance: Decimal
    currency: str


class ParametersChange(BaseModel):
    """What somebody set, whole; it held until the next change."""

    id: UUID
    set_at: datetime
    author: str
    why: str | None
    parameters: Parameters


class ParametersChanges(Page):
    """A page of changes, the newest first."""

    items: list[ParametersChange]


class GatesToTry(BaseModel):
    """Gates to look at; nothing is set."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"gates": [_TEXAS]}]})

    gates: Gates


class GateCount(BaseModel):
    """What one gate does."""

    gate: str
    label: str
    alone: int = Field(description="Leads that it would remove if it were the only gate.")
    only: int = Field(description="Leads that no other gate removes.")
    unknown: int = Field(description="Leads of which the fact it reads is not known.")


class GatePreview(BaseModel):
    """What gates leave of the leads that could be given now."""

    sentence: str
    leads: int
    passing: int
    passing_by_tier: dict[str, int]
    gates: list[GateCount]


@router.get("", operation_id="list_tenants")
def list_tenants(caller: Looker, limit: PageSize = 50, cursor: Cursor = None) -> Tenants:
    """All tenants with what holds for each, by name."""
    with caller.entered() as session:
        wants = tenants.list_wants(session, caller.galena.clock())
    found, after = cut(wants, limit, cursor, lambda each: each.tenant.id)
    return Tenants(items=[_item(each) for each in found], next=after)


@router.post("", operation_id="add_tenant", status_code=201, responses=CLASH)
def add_new_tenant(caller: Configurer, response: Response, new: NewTenant) -> TenantDetail:
    """Make a tenant; what is not given is the playbook's."""
    made = add_tenant(context_of(caller), new.name, new.parameters.changes(), why=new.why)
    return _answer(caller, response, made.tenant.id)


@router.post("/gate-preview", operation_id="preview_gates", responses=CLASH)
def preview_any_gates(caller: Looker, trial: GatesToTry) -> GatePreview:
    """What gates would leave of the leads that can be given now, and which of them remove most."""
    return _preview(caller, gates_of_json(trial.gates))


@router.get("/{tenant_id}", operation_id="get_tenant", responses=GONE)
def get_tenant(caller: Looker, response: Response, tenant_id: UUID) -> TenantDetail:
    """A tenant: what it wants, its people, its money. The ETag guards changes."""
    return _answer(caller, response, tenant_id)


@router.patch("/{tenant_id}", operation_id="change_tenant", responses=GONE | CLASH | CHANGED)
def change_one(
    caller: Configurer, response: Response, tenant_id: UUID, patch: TenantPatch, if_match: IfMatch = None
) -> TenantDetail:
    """Change what a tenant wants from now on, or its name; what is left out stays."""
    if if_match is not None:
        ensure_unchanged(if_match, tag_of(_detail(caller, tenant_id)))
    changes = patch.parameters.changes()
    change_tenant(context_of(caller), str(tenant_id), changes, why=patch.why, name=patch.name)
    return _answer(caller, response, tenant_id)


@router.post("/{tenant_id}/pause", operation_id="pause_tenant", status_code=201, responses=GONE)
def pause_tenant(
    caller: Configurer, response: Response, tenant_id: UUID, change: StandingChange
) -> TenantDetail:
    """Give a tenant no leads until it resumes; what it has stays its own."""
    return _stand(caller, response, tenant_id, "paused", change.why)


@router.post("/{tenant_id}/resume", operation_id="resume_tenant", status_code=201, responses=GONE)
def resume_tenant(
    caller: Configurer, response: Response, tenant_id: UUID, change: StandingChange
) -> TenantDetail:
    """Give a paused or cancelled tenant leads again."""
    return _stand(caller, response, tenant_id, "active", change.why)


@router.post("/{tenant_id}/cancel", operation_id="cancel_tenant", status_code=201, responses=GONE)
def cancel_tenant(
    caller: Configurer, response: Response, tenant_id: UUID, change: StandingChange
) -> TenantDetail:
    """Give a tenant no leads any more."""
    return _stand(caller, response, tenant_id, "cancelled", change.why)


@router.get("/{tenant_id}/gate-preview", operation_id="preview_tenant_gates", responses=GONE)
def preview_own_gates(caller: Looker, tenant_id: UUID) -> GatePreview:
    """What the tenant's own gates leave of the leads that can be given now."""
    with caller.entered() as session:
        wants = tenants.load_wants(session, tenant_id, caller.galena.clock())
    return _preview(caller, wants.parameters.gates)


@router.get("/{tenant_id}/changes", operation_id="list_tenant_changes", responses=GONE)
def list_changes(
    caller: Looker,
    tenant_id: UUID,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Cursor = None,
) -> ParametersChanges:
    """Everything that was ever set for a tenant, the newest first."""
    with caller.entered() as session:
        tenants.load_wants(session, tenant_id, caller.galena.clock())
        rows = tenants.list_changes(session, tenant_id)
    found, after = cut(rows, limit, cursor, lambda each: each.id)
    items = [
        ParametersChange(
            id=each.id,
            set_at=each.set_at,
            author=each.author,
            why=each.why,
            parameters=Parameters.model_validate(each.parameters.as_dict()),
        )
        for each in found
    ]
    return ParametersChanges(items=items, next=after)


@router.post("/{tenant_id}/balance", operation_id="change_balance", status_code=201, responses=GONE)
def change_balance(caller: Configurer, tenant_id: UUID, change: BalanceChange) -> Balance:
    """Add money to a tenant's balance, for leads that have a price; below 0 corrects."""
    context = context_of(caller)
    balance = top_up(context, str(tenant_id), change.amount, change.why)
    return Balance(balance=balance, currency=context.playbook.currency)


def _stand(
    caller: Caller, response: Response, tenant_id: UUID, standing: str, why: str | None
) -> TenantDetail:
    change_tenant(context_of(caller), str(tenant_id), {"standing": standing}, why=why)
    return _answer(caller, response, tenant_id)


def _answer(caller: Caller, response: Response, tenant_id: UUID) -> TenantDetail:
    found = _detail(caller, tenant_id)
    response.headers["etag"] = tag_of(found)
    return found


def _detail(caller: Caller, tenant_id: UUID) -> TenantDetail:
    with caller.entered() as session:
        card = tenant_card(session, tenant_id, caller.galena.clock())
    return TenantDetail(
        **_item(card.wants).model_dump(),
        owed=card.owed,
        balance=card.balance,
        members=[TenantMember(id=each.id, email=each.email, name=each.name) for each in card.members],
    )


def _item(each: TenantWants) -> TenantItem:
    return TenantItem(
        id=each.tenant.id,
        name=each.tenant.name,
        created_at=each.tenant.created_at,
        set_at=each.set_at,
        parameters=Parameters.model_validate(each.parameters.as_dict()),
    )


def _preview(caller: Caller, gates: Any) -> GatePreview:
    context = context_of(caller)
    with caller.entered() as session:
        found = preview_gates(session, context.playbook, gates, context.clock())
    tally = found.tally
    return GatePreview(
        sentence=found.sentence,
        leads=tally.pool,
        passing=tally.passing,
        passing_by_tier=dict(tally.passing_by_tier),
        gates=[
            GateCount(
                gate=each.name,
                label=LABELS[each.name],
                alone=each.alone,
                only=each.only,
                unknown=each.unknown,
            )
            for each in tally.gates
        ],
    )
