"""Signals: what happened to leads, told by programs, each kept once; and those that wait for their lead."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from galena.domain.imports import StoredSignal
from galena.stores import signals
from galena.surfaces.api.bringing import Bringer
from galena.surfaces.api.caller import PROBLEMS, Caller
from galena.surfaces.api.facts import Attributes, FaultItem, Label, faults_of
from galena.surfaces.api.paging import Cursor, Page, PageSize, read_cursor, with_next
from galena.surfaces.api.repeats import RepeatableRoute
from galena.surfaces.api.values import Instant
from galena.surfaces.api.workplace import CLASH, GONE, Desk, Looker, context_of
from galena.workflows.plans import active_plan
from galena.workflows.sent_signals import SentSignal, SignalFate, send_signals
from galena.workflows.signal_desk import Given, give_to_lead, let_go, take_back
from galena.workflows.touched import score_touched

router = APIRouter(prefix="/signals", tags=["signals"], responses=PROBLEMS, route_class=RepeatableRoute)

MOST_AT_ONCE = 500
Text = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]
EXAMPLE: dict[str, Any] = {
    "kind": "review",
    "at": "2026-03-02T09:00:00Z",
    "lead": {"key": "api:crm-4711"},
    "attributes": {"rating": 2},
    "external_id": "review-99",
}


class ById(BaseModel):
    """A lead by its id."""

    model_config = ConfigDict(extra="forbid")

    id: UUID


class ByKey(BaseModel):
    """A lead by its key, which may come later."""

    model_config = ConfigDict(extra="forbid")

    key: Annotated[
        str, StringConstraints(max_length=300, pattern=r"^[^\x00:]+:[^\x00]*[^\s\x00][^\x00]*$")
    ] = Field(description="`source:number`, as lists of leads show it.", examples=["api:crm-4711"])


class ByFact(BaseModel):
    """A lead by a fact that it has."""

    model_config = ConfigDict(extra="forbid")

    field: Label = Field(description="Of the playbook: `email`, for instance.")
    value: Text


class NewSignal(BaseModel):
    """Something that happened to a lead."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    kind: Label = Field(description="One of the playbook's kinds; GET /signals/types lists them.")
    at: Instant
    lead: ById | ByKey | ByFact = Field(description="Whose it is.")
    attributes: Attributes = {}
    external_id: Text | None = Field(
        default=None, description="Your own number of it; without one the same content is the same signal."
    )


class NewSignals(BaseModel):
    """Many signals of one source."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"source": "api", "signals": [EXAMPLE]}]})

    source: Label = Field("api", max_length=40, description="Under what name your signals are known here.")
    signals: list[NewSignal] = Field(min_length=1, max_length=MOST_AT_ONCE)


class SignalTold(BaseModel):
    """What became of a signal: given to its lead, waiting for it, known before, or in quarantine."""

    outcome: Literal["added", "waiting", "known", "quarantined"]
    signal_id: UUID | None
    lead_id: UUID | None
    faults: list[FaultItem]


class SignalsTold(BaseModel):
    """What became of each signal, in the order they were sent; the numbers add up to all of them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "added": 1,
                    "waiting": 0,
                    "known": 0,
                    "quarantined": 0,
                    "signals": [
                        {
                            "outcome": "added",
                            "signal_id": "0195a3c0-0000-7000-8000-000000000000",
                            "lead_id": "0195a3c0-0000-7000-8000-000000000000",
                            "faults": [],
                        }
                    ],
                }
            ]
        }
    )

    added: int
    waiting: int
    known: int
    quarantined: int
    signals: list[SignalTold]


class SignalItem(BaseModel):
    """A signal as kept."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0195a3c0-0000-7000-8000-000000000000",
                    "kind": "review",
                    "at": "2026-03-02T09:00:00Z",
                    "source": "api",
                    "attributes": {"rating": 2},
                    "external_id": "review-99",
                    "lead_id": "0195a3c0-0000-7000-8000-000000000000",
                    "link": "key:api:crm-4711",
                }
            ]
        }
    )

    id: UUID
    kind: str
    at: datetime
    source: str
    attributes: dict[str, Any]
    external_id: str | None
    lead_id: UUID | None = Field(description="Null while it waits for its lead.")
    link: str | None = Field(description="By what it finds its lead.")


class SignalItems(Page):
    """A page of signals, the newest first."""

    items: list[SignalItem]


class SignalKindItem(BaseModel):
    """A kind of signal that the playbook knows."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "review",
                    "label": "Review",
                    "channel": None,
                    "attached": 12,
                    "waiting": 1,
                    "let_go": 0,
                }
            ]
        }
    )

    kind: str
    label: str
    channel: str | None
    attached: int = Field(description="How many belong to a lead.")
    waiting: int = Field(description="How many wait for theirs.")
    let_go: int = Field(description="For how many nobody waits any more.")


class Whose(BaseModel):
    """The lead that a signal belongs to."""

    lead_id: UUID


class Moved(BaseModel):
    """What a word about a signal did: how many moved, with all that bear the same link."""

    signal_id: UUID
    lead_id: UUID | None
    signals: int
    rescored: int


@router.post("", operation_id="send_signals", responses=GONE)
def send(caller: Bringer, order: NewSignals) -> SignalsTold:
    """Tell up to 500 things that happened; each is kept once, however often it comes. Their leads are scored."""
    sent = [_sent(each) for each in order.signals]
    fates = send_signals(context_of(caller), order.source, sent)
    counts = {name: sum(fate.outcome == name for fate in fates) for name in _OUTCOMES}
    return SignalsTold(**counts, signals=[_told(fate) for fate in fates])


@router.get("", operation_id="list_signals")
def list_signals(
    caller: Looker,
    state: Annotated[
        Literal["attached", "waiting"],
        Query(description="attached: with their lead; waiting: whose lead is not here yet."),
    ] = "attached",
    kind: Label | None = None,
    source: Label | None = None,
    limit: PageSize = 50,
    cursor: Cursor = None,
) -> SignalItems:
    """What happened, the newest first."""
    after = read_cursor(cursor, datetime.fromisoformat, UUID) if cursor else None
    read = signals.list_waiting if state == "waiting" else signals.list_newest
    with caller.entered() as session:
        found = read(session, kind=kind, source=source, after=after, limit=limit + 1)
    page, following = with_next(found, limit, lambda each: (each.at.isoformat(), each.id))
    return SignalItems(items=[signal_item(each) for each in page], next=following)


@router.get("/types", operation_id="list_signal_types")
def list_types(caller: Looker) -> list[SignalKindItem]:
    """The kinds of signals that the playbook knows, and how many of each there are."""
    with caller.entered() as session:
        kinds = active_plan(session).playbook.signal_kinds
        counts = signals.count_all(session)
    return [
        SignalKindItem(
            kind=name,
            label=kind.label,
            channel=kind.channel,
            attached=sum(each.attached for each in counts if each.kind == name),
            waiting=sum(each.waiting for each in counts if each.kind == name),
            let_go=sum(each.let_go for each in counts if each.kind == name),
        )
        for name, kind in kinds.items()
    ]


@router.post("/{signal_id}/attach", operation_id="attach_signal", responses={**GONE, **CLASH})
def attach(caller: Desk, signal_id: UUID, whose: Whose) -> Moved:
    """Give a signal that waits to a lead; with it goes all that bears the same link, now and later."""
    return _moved(caller, lambda context: give_to_lead(context, str(signal_id), str(whose.lead_id)))


@router.post("/{signal_id}/detach", operation_id="detach_signal", responses={**GONE, **CLASH})
def detach(caller: Desk, signal_id: UUID) -> Moved:
    """Take back a signal that was given to its lead by hand; it waits again."""
    return _moved(caller, lambda context: take_back(context, str(signal_id)))


@router.post("/{signal_id}/let-go", operation_id="let_signal_go", responses={**GONE, **CLASH})
def let_signal_go(caller: Desk, signal_id: UUID) -> Moved:
    """List a signal that waits no more; should its lead come after all, it finds it."""
    return _moved(caller, lambda context: let_go(context, str(signal_id)))


_OUTCOMES = ("added", "waiting", "known", "quarantined")


def signal_item(signal: StoredSignal) -> SignalItem:
    """A signal as it is told."""
    return SignalItem(
        id=signal.id,
        kind=signal.kind,
        at=signal.at,
        source=signal.source,
        attributes=dict(signal.attributes),
        external_id=signal.external_id,
        lead_id=signal.lead_id,
        link=signal.link,
    )


def _sent(signal: NewSignal) -> SentSignal:
    lead = signal.lead
    return SentSignal(
        signal.kind,
        signal.at,
        signal.attributes,
        lead_id=lead.id if isinstance(lead, ById) else None,
        lead_key=lead.key if isinstance(lead, ByKey) else None,
        field=lead.field if isinstance(lead, ByFact) else None,
        value=lead.value if isinstance(lead, ByFact) else None,
        external_id=signal.external_id,
    )


def _told(fate: SignalFate) -> SignalTold:
    return SignalTold(
        outcome=fate.outcome,
        signal_id=fate.signal_id,
        lead_id=fate.lead_id,
        faults=faults_of(fate.faults),
    )


def _moved(caller: Caller, move: Callable[[Any], Given]) -> Moved:
    context = context_of(caller)
    given = move(context)
    touched = score_touched(context)
    return Moved(
        signal_id=given.signal.id, lead_id=given.lead_id, signals=given.count, rescored=touched.leads
    )
