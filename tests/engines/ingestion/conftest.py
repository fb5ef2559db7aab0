"""A small playbook that uses every field type."""

from datetime import UTC, datetime
from typing import Any

import pytest

from galena.domain.playbook import Field, LeadWords, Mapping, Playbook, SignalKind
from galena.engines.ingestion import Reader

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def make_playbook(**changes: Any) -> Playbook:
    fields = {
        "company": Field(type="text", label="Company", importance="required"),
        "account": Field(type="text", label="Account"),
        "email": Field(type="email", label="E-mail", importance="useful"),
        "phone": Field(type="phone", label="Phone", importance="useful"),
        "country": Field(type="text", label="Country"),
        "revenue": Field(type="number", label="Revenue", unit="USD", minimum=0),
        "share": Field(type="number", label="Share", maximum=1),
        "employees": Field(type="integer", label="Employees"),
        "exporting": Field(type="boolean", label="Exporting"),
        "founded_on": Field(type="date", label="Founded"),
        "seen_at": Field(type="instant", label="Seen"),
        "size": Field(type="text", label="Size", values=("Small", "Large")),
        "tags": Field(type="list", label="Tags"),
        "loans": Field(type="list", label="Loans", items={"amount": "number", "due_on": "date"}),
    }
    parts: dict[str, Any] = {
        "playbook": "t",
        "version": 1,
        "label": "Test",
        "lead": LeadWords(one="lead", many="leads", title="company"),
        "fields": fields,
        "mappings": (),
        "signal_kinds": {"visit": SignalKind(label="Visit"), "call": SignalKind(label="Call")},
        "currency": "USD",
    }
    return Playbook.model_construct(**(parts | changes))


@pytest.fixture(scope="session")
def playbook() -> Playbook:
    return make_playbook()


@pytest.fixture(scope="session")
def read_one(playbook: Playbook) -> Any:
    """read_one(payload, fields, **mapping): the row read by a mapping made from `fields`."""

    def read(payload: dict[str, Any], fields: dict[str, Any], **rest: Any) -> Any:
        columns = {name: {"column": each} if isinstance(each, str) else each for name, each in fields.items()}
        mapping = Mapping.model_validate({"source": "crm", "key": ("id",), "fields": columns} | rest)
        return Reader(mapping, playbook, NOW).read({"id": "1"} | payload, 1)

    return read
