"""Known sources are recognised by their headings, however these are written."""

from galena.domain.playbook import Mapping
from galena.engines.ingestion import recognise, unmapped_columns

CRM = Mapping.model_validate(
    {
        "source": "crm",
        "recognise": ("lead_id", "account"),
        "key": ("lead_id",),
        "fields": {"company": {"column": "account"}, "email": {"column": "contact.email"}},
        "columns_ignored": ("note",),
    }
)
LARGER = Mapping.model_validate(
    {"source": "larger", "recognise": ("lead_id", "account", "note"), "key": ("lead_id",)}
)


def test_headings_in_any_case_and_punctuation():
    found = recognise(["Lead ID", "Account", "contact"], [], [CRM, LARGER])
    assert found is not None
    assert (found.source, found.key, found.fields["company"].column) == ("crm", ("Lead ID",), "Account")
    assert found.fields["email"].column == "contact.email"


def test_the_mapping_that_asks_for_most_wins():
    assert recognise(["lead_id", "account", "note"], [], [CRM, LARGER]).source == "larger"


def test_nothing_fits():
    assert recognise(["lead_id"], [], [CRM, LARGER]) is None
    assert recognise([], [], [Mapping(source="empty")]) is None


def test_columns_only_in_the_rows_count():
    assert recognise([], [{"lead_id": 1, "account": "x"}], [CRM]) == CRM


def test_unmapped_columns():
    assert unmapped_columns(CRM, ["lead_id", "account", "contact", "note", "extra", " "]) == ("extra",)
