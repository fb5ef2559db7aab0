"""Leads brought in by programs, one or many; facts corrected; where each fact comes from; what happened to a lead."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from galena.kit.errors import InputError
from galena.stores import leads, signals
from galena.stores.door import Session
from galena.surfaces.api.bringing import Bringer
from galena.surfaces.api.caller import PROBLEMS, Reader
from galena.surfaces.api.facts import Facts, FaultItem, Label, faults_of
from galena.surfaces.api.lead_items import LeadItem, load_item
from galena.surfaces.api.paging import Cursor, PageSize, read_cursor, with_next
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.signals import SignalItem, SignalItems, signal_item
from galena.surfaces.api.values import Instant, Short
from galena.surfaces.api.versions import CHANGED, IfMatch, ensure_unchanged, tag_of
from galena.surfaces.api.workplace import GONE, Desk, context_of
from galena.workflows.sent_leads import LeadFate, SentLead, correct_lead, send_leads

router = APIRouter(prefix="/leads", tags=["leads"], responses=PROBLEMS, route_class=RepeatableRoute)

MOST_AT_ONCE = 1_000
EXAMPLE: dict[str, Any] = {"external_id": "crm-4711", "fields": {}}
OwnId = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")
]


class NewLead(BaseModel):
    """A lead as you know it."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    external_id: OwnId = Field(
        description="Your own number of it; the same number again is the same lead.", examples=["crm-4711"]
    )
    fields: Facts
    source: Label = Field("api", description="Under what name your leads are known here.")
    observed_at: Instant | None = Field(None, description="When the facts were true; null: now.")


class NewLeads(BaseModel):
    """Many leads of one source."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"source": "api", "leads": [EXAMPLE]}]})

    class Row(BaseModel):
        """A lead of many."""

        external_id: OwnId
        fields: Facts
        observed_at: Instant | None = None

    source: Label = "api"
    leads: list[Row] = Field(min_length=1, max_length=MOST_AT_ONCE)


class Fate(BaseModel):
    """What became of a lead that was sent."""

    external_id: str
    outcome: Literal["created", "updated", "unchanged", "quarantined"]
    lead_id: UUID | None = Field(description="Null where it lies in quarantine.")
    faults: list[FaultItem] = Field(
        description="Why it lies in quarantine; of a lead that was taken, the values that became unknown."
    )


class TakenLead(Fate):
    """What became of the lead, and the import that shows it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "external_id": "crm-4711",
                    "outcome": "created",
                    "lead_id": "0195a3c0-0000-7000-8000-000000000000",
                    "faults": [],
                    "import_id": "0195a3c0-0000-7000-8000-000000000000",
                }
            ]
        }
    )

    import_id: UUID


class TakenLeads(BaseModel):
    """What became of each lead, in the order they were sent; the numbers add up to all of them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "import_id": "0195a3c0-0000-7000-8000-000000000000",
                    "created": 1,
                    "updated": 0,
                    "unchanged": 0,
                    "quarantined": 0,
                    "leads": [
                        {
                            "external_id": "crm-4711",
                            "outcome": "created",
                            "lead_id": "0195a3c0-0000-7000-8000-000000000000",
                            "faults": [],
                        }
                    ],
                }
            ]
        }
    )

    import_id: UUID = Field(
        description="The import that shows them; what cannot be used waits in its quarantine."
    )
    created: int
    updated: int
    unchanged: int
    quarantined: int
    leads: list[Fate]


class Correction(BaseModel):
    """Facts that are otherwise than they stand."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"fields": {}, "why": "They told us by phone."}]}
    )

    fields: Facts
    why: Short = Field("", description="For the audit trail.")


class Origin(BaseModel):
    """A fact with where it comes from."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "field": "owner_age",
                    "value": 66,
                    "source": "api",
                    "trust": 0.5,
                    "observed_at": "2026-03-02T09:00:00Z",
                    "record_id": "0195a3c0-0000-7000-8000-000000000000",
                }
            ]
        }
    )

    field: str
    value: Any = Field(description="As it stands.")
    source: str
    trust: float = Field(
        description="0 to 1; of two sources the more trusted one is believed, then the newer."
    )
    observed_at: datetime = Field(description="When it was true.")
    record_id: UUID = Field(description="The record that told it.")


@router.post(
    "",
    operation_id="send_lead",
    response_model=TakenLead,
    responses={201: {"model": TakenLead, "description": "It is new."}},
)
def send_lead(caller: Bringer, response: Response, lead: NewLead) -> TakenLead:
    """Bring a lead in, or change the one of the same number; it is checked like every import and scored.

    A lead that cannot be used lies in quarantine, and the answer (422) says why.
    """
    sent = SentLead(lead.external_id, lead.fields, lead.observed_at)
    taken = send_leads(context_of(caller), lead.source, [sent])
    (fate,) = taken.fates
    if fate.outcome == "quarantined":
        raise InputError(
            "This lead cannot be used; it lies in quarantine.",
            facts={each.field or "row": f"{each.reason} {each.remedy}".strip() for each in fate.faults}
            | {"import_id": str(taken.import_id)},
            remedy="Correct what is named and send it again, or correct it in quarantine.",
        )
    response.status_code = 201 if fate.outcome == "created" else 200
    return TakenLead(import_id=taken.import_id, **_fate(lead.external_id, fate))


@router.post("/bulk", operation_id="send_leads")
def send_many(caller: Bringer, order: NewLeads) -> TakenLeads:
    """Bring up to 1,000 leads in, all in one transaction; each is told what became of it."""
    sent = [SentLead(each.external_id, each.fields, each.observed_at) for each in order.leads]
    taken = send_leads(context_of(caller), order.source, sent)
    return TakenLeads(
        import_id=taken.import_id,
        created=taken.count("created"),
        updated=taken.count("updated"),
        unchanged=taken.count("unchanged"),
        quarantined=taken.count("quarantined"),
        leads=[
            Fate(**_fate(each.external_id, fate)) for each, fate in zip(order.leads, taken.fates, strict=True)
        ],
    )


@router.patch("/{lead_id}", operation_id="correct_lead", responses={**GONE, **CHANGED})
def correct(
    caller: Desk, response: Response, lead_id: UUID, correction: Correction, if_match: IfMatch = None
) -> LeadItem:
    """Correct facts of a lead; what is said here stands above what sources tell. It is scored again."""

    def check(session: Session) -> None:
        ensure_unchanged(if_match, tag_of(load_item(session, lead_id)))

    correct_lead(context_of(caller), lead_id, correction.fields, why=correction.why, check=check)
    with caller.entered() as session:
        item = load_item(session, lead_id)
    response.headers["etag"] = tag_of(item)
    return item


@router.get("/{lead_id}/provenance", operation_id="get_provenance", responses=GONE)
def get_provenance(caller: Reader, lead_id: UUID) -> list[Origin]:
    """Every fact of a lead with the source that told it, when it was true, and how far it is trusted."""
    with caller.entered() as session:
        lead = leads.load(session, lead_id).lead
    return [
        Origin(
            field=name,
            value=lead.fields.get(name),
            source=told.source,
            trust=told.trust,
            observed_at=told.observed_at,
            record_id=told.record_id,
        )
        for name, told in sorted(lead.provenance.items())
    ]


@router.get("/{lead_id}/signals", operation_id="list_lead_signals", responses=GONE)
def list_lead_signals(
    caller: Reader,
    lead_id: UUID,
    kind: Annotated[Label | None, Query(description="Only of this kind.")] = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> SignalItems:
    """What happened to a lead, the newest first."""
    after = read_cursor(cursor, datetime.fromisoformat, UUID) if cursor else None
    with caller.entered() as session:
        leads.load(session, lead_id)
        found = signals.list_newest(session, kind=kind, lead_id=lead_id, after=after, limit=limit + 1)
    page, following = with_next(found, limit, lambda each: (each.at.isoformat(), each.id))
    items: list[SignalItem] = [signal_item(each) for each in page]
    return SignalItems(items=items, next=following)


def _fate(external_id: str, fate: LeadFate) -> dict[str, Any]:
    return {
        "external_id": external_id,
        "outcome": fate.outcome,
        "lead_id": fate.lead_id,
        "faults": faults_of(fate.faults),
    }
