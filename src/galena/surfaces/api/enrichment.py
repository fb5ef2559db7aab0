"""Enrichment: facts looked up for one lead or many, what a value says by itself, and what only people can decide."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from galena.domain.enrichment import MICROS, FieldStatus, Finding, LeadEnrichment, LeadState
from galena.engines.enrichment.reading import TYPES, say
from galena.stores import leads
from galena.surfaces.api.bringing import Spender
from galena.surfaces.api.caller import PROBLEMS
from galena.surfaces.api.jobs import ACCEPTED, Counts, JobItem, begin, told
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.values import Name
from galena.surfaces.api.workplace import CLASH, GONE, Desk, Looker, context_of
from galena.surfaces.web.jobs import Job
from galena.workflows.enrich import EnrichOptions, enrich_many, enrich_one, lead_state, overview
from galena.workflows.enrich_choice import choose_record, list_open_choices
from galena.workflows.gateway import gateway_of, mail_servers_of
from galena.workflows.sanctions_review import list_hits, settle_hit

router = APIRouter(tags=["enrichment"], responses=PROBLEMS, route_class=RepeatableRoute)

Kind = Literal["email", "phone", "name", "title", "company", "domain", "address", "reviews"]
Value = Annotated[
    str, StringConstraints(min_length=1, max_length=5_000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")
]


class FindingItem(BaseModel):
    """What a value says by itself."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "phone",
                    "is_valid": True,
                    "confidence": 0.95,
                    "reason": "A valid number.",
                    "values": {"type": "mobile"},
                }
            ]
        }
    )

    kind: str
    is_valid: bool | None = Field(description="Whether it can be used; null: that is not the question.")
    confidence: float = Field(description="0 to 1")
    reason: str
    values: dict[str, Any]


class FieldItem(BaseModel):
    """How one wanted fact of a lead stands, and why."""

    field: str
    status: FieldStatus
    provider: str = Field(description="Who was asked last; empty: nobody yet.")
    because: str


class LeadEnrichmentItem(BaseModel):
    """How the enrichment of a lead stands."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "lead_id": "0195a3c0-0000-7000-8000-000000000000",
                    "status": "partial",
                    "fields": [
                        {
                            "field": "annual_revenue",
                            "status": "found",
                            "provider": "registry",
                            "because": "found by name and city",
                        }
                    ],
                    "findings": [],
                    "enriched_at": "2026-03-02T09:00:00Z",
                    "cost": 0.02,
                }
            ]
        }
    )

    lead_id: UUID
    status: LeadEnrichment
    fields: list[FieldItem]
    findings: list[FindingItem] = Field(description="What its own values say.")
    enriched_at: datetime | None
    cost: float = Field(description="Of its look-ups, in the playbook's currency.")


class Enriched(BaseModel):
    """What looking up did."""

    lead: LeadEnrichmentItem
    changed: bool = Field(description="Whether any fact is new.")
    rescored: int
    cost: float


class BulkEnrichment(BaseModel):
    """How many leads to look at."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"limit": 100}]})

    limit: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="At most so many; null: all that lack anything."
    )


class ValueToCheck(BaseModel):
    """A value to be read by itself; nobody is asked but, where the operator wants it, mail servers."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "phone", "value": "512 555 0100"}]})

    kind: Kind
    value: Value


class KnownType(BaseModel):
    """What can be found out."""

    name: str
    description: str
    local: bool = Field(description="Read off the lead's own values, always, at no cost; else looked up.")
    providers: list[str] = Field(description="Who is asked, in this order; empty: whoever gives it.")
    days: float | None = Field(description="How long an answer holds.")


class CoverageItem(BaseModel):
    """How far a fact is known over all leads."""

    field: str
    leads: int
    known: int
    looked_up: int
    absent: int = Field(description="Nobody knows it.")
    failed: int


class ProviderItem(BaseModel):
    """What a provider was asked, gave and cost."""

    provider: str
    calls: int
    found: int
    absent: int
    unsure: int
    failed: int
    cost: float
    cost_today: float
    last_at: datetime | None


class EnrichmentStatus(BaseModel):
    """How the enrichment of the workspace stands; money in the playbook's currency."""

    coverage: list[CoverageItem]
    providers: list[ProviderItem]
    statuses: dict[str, int] = Field(description="Of the leads that were enriched.")
    waiting: int = Field(description="Leads that wait for facts before they are scored.")
    daily_budget: float | None
    spent_today: float


class ChoiceItem(BaseModel):
    """A lead of which a provider could not tell the record."""

    lead_id: UUID
    title: str
    provider: str
    because: str
    records: list[dict[str, Any]] = Field(description="What each says; they are numbered from 1.")


class Choice(BaseModel):
    """Which record is the lead's."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"record": 1}]})

    record: Annotated[int, Field(ge=1, le=1_000)] | None = Field(description="Null: none of them.")
    provider: Name | None = Field(None, description="Where several are unsure.")


class HitItem(BaseModel):
    """A lead whose names come near the sanctions list."""

    lead_id: UUID
    title: str
    names: str


class Listed(BaseModel):
    """Whether a lead is on the sanctions list."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"is_listed": False}]})

    is_listed: bool


class Decided(BaseModel):
    """What a person's word did."""

    sentence: str
    rescored: int


@router.get("/enrichment", operation_id="get_enrichment")
def get_enrichment(caller: Looker) -> EnrichmentStatus:
    """How far each wanted fact is known, and what providers were asked and cost."""
    context = context_of(caller)
    with caller.entered() as session:
        found = overview(session, context)
    return EnrichmentStatus(
        coverage=[
            CoverageItem(
                field=each.field,
                leads=each.leads,
                known=each.known,
                looked_up=each.looked_up,
                absent=each.absent,
                failed=each.failed,
            )
            for each in found.coverage
        ],
        providers=[
            ProviderItem(
                provider=each.provider,
                calls=each.calls,
                found=each.found,
                absent=each.absent,
                unsure=each.unsure,
                failed=each.failed,
                cost=each.cost_micros / MICROS,
                cost_today=each.today_micros / MICROS,
                last_at=each.last_at,
            )
            for each in found.providers
        ],
        statuses=found.statuses,
        waiting=found.waiting,
        daily_budget=found.daily_budget,
        spent_today=found.today_micros / MICROS,
    )


@router.get("/enrichment/types", operation_id="list_enrichment_types")
def list_types(caller: Looker) -> list[KnownType]:
    """What can be found out: from a lead's own values, and by asking providers."""
    playbook = context_of(caller).playbook
    wants = playbook.enrichment.wants if playbook.enrichment else {}
    local = [
        KnownType(name=name, description=words, local=True, providers=[], days=None)
        for name, words in TYPES.items()
    ]
    return local + [
        KnownType(
            name=name,
            description=playbook.fields[name].label,
            local=False,
            providers=list(each.providers),
            days=each.days,
        )
        for name, each in wants.items()
    ]


@router.post("/enrichment/validate", operation_id="validate_value")
def validate(caller: Looker, given: ValueToCheck) -> FindingItem:
    """What a value says by itself: whether an address takes mail, of which kind a number is, parts of a name ..."""
    return _finding(say(given.kind, given.value, mail_servers=mail_servers_of(caller.galena.settings)))


@router.post("/enrichment/bulk", operation_id="enrich_leads", status_code=202, responses=ACCEPTED)
def enrich_bulk(request: Request, response: Response, caller: Spender, order: BulkEnrichment) -> JobItem:
    """Look up what leads lack, as a job; one that was cut off is gone on with, and nothing is bought twice."""
    context, gateway = context_of(caller), gateway_of(caller.galena.settings)

    def work(job: Job) -> None:
        job.advance(0, None, "Enriching")
        options = EnrichOptions(order.limit, lambda done, total: job.advance(done, total, "Enriching"))
        report = enrich_many(context, gateway, options)
        failed = report.statuses.get("failed", 0)
        counts = Counts(
            updated=report.changed, skipped=max(0, report.leads - report.changed - failed), errors=failed
        )
        job.notice = f"{report.leads:,} leads looked at, {report.changed:,} have new facts."
        told(job, counts, **report.as_dict())

    return begin(request, response, caller, "Enriching the leads", "enrich", work, page="/enrichment")


@router.get("/enrichment/unsure", operation_id="list_unsure")
def list_unsure(caller: Looker) -> list[ChoiceItem]:
    """Leads of which a provider has several records that match equally well: somebody has to say which."""
    context = context_of(caller)
    with caller.entered() as session:
        found = list_open_choices(session, context.playbook)
    return [
        ChoiceItem(
            lead_id=each.lead_id,
            title=each.title,
            provider=each.provider,
            because=each.because,
            records=list(each.choices),
        )
        for each in found
    ]


@router.get("/enrichment/sanctions", operation_id="list_sanctions_hits")
def list_sanctions_hits(caller: Looker) -> list[HitItem]:
    """Leads whose names come near the sanctions list, and of which nobody has said yet whether it is they."""
    context = context_of(caller)
    with caller.entered() as session:
        found = list_hits(session, context.playbook)
    return [HitItem(lead_id=each.lead_id, title=each.title, names=each.names) for each in found]


@router.get("/leads/{lead_id}/enrichment", operation_id="get_lead_enrichment", responses=GONE)
def get_lead_enrichment(caller: Looker, lead_id: UUID) -> LeadEnrichmentItem:
    """How the enrichment of a lead stands; nobody is asked."""
    return _state(lead_state(context_of(caller), gateway_of(caller.galena.settings), lead_id))


@router.post("/leads/{lead_id}/enrich", operation_id="enrich_lead", responses={**GONE, **CLASH})
def enrich_lead(caller: Spender, lead_id: UUID) -> Enriched:
    """Look up what a lead lacks, now; what holds is not bought again. It is scored where a fact is new."""
    context = context_of(caller)
    with caller.entered() as session:
        leads.load(session, lead_id)
    state, report = enrich_one(context, gateway_of(caller.galena.settings), lead_id)
    return Enriched(
        lead=_state(state),
        changed=report.changed > 0,
        rescored=report.rescored,
        cost=report.cost_micros / MICROS,
    )


@router.post("/leads/{lead_id}/enrichment/choice", operation_id="choose_record", responses={**GONE, **CLASH})
def choose(caller: Desk, lead_id: UUID, choice: Choice) -> Decided:
    """Say which of a provider's records is the lead's, or that none is; the lead is scored."""
    context, gateway = context_of(caller), gateway_of(caller.galena.settings)
    chosen = choose_record(context, gateway, lead_id, choice.record, provider=choice.provider)
    return Decided(sentence=chosen.sentence, rescored=chosen.rescored)


@router.post("/leads/{lead_id}/sanctions", operation_id="settle_sanctions_hit", responses={**GONE, **CLASH})
def settle(caller: Desk, lead_id: UUID, listed: Listed) -> Decided:
    """Say whether a lead is on the sanctions list; the lead is scored."""
    settled = settle_hit(context_of(caller), lead_id, is_listed=listed.is_listed)
    return Decided(sentence=settled.sentence, rescored=settled.rescored)


def _state(state: LeadState) -> LeadEnrichmentItem:
    return LeadEnrichmentItem(
        lead_id=state.lead_id,
        status=state.status,
        fields=[
            FieldItem(field=each.field, status=each.status, provider=each.provider, because=each.because)
            for each in state.fields
        ],
        findings=[_finding(each) for each in state.findings],
        enriched_at=state.enriched_at,
        cost=state.cost_micros / MICROS,
    )


def _finding(found: Finding) -> FindingItem:
    return FindingItem(
        kind=found.kind,
        is_valid=found.is_valid,
        confidence=found.confidence,
        reason=found.reason,
        values=dict(found.values),
    )
