"""A look at a file writes nothing and shows what would come of it."""

from galena.domain.playbook import Mapping
from galena.engines.ingestion import MappedRow, Rejection
from galena.workflows.intake import IntakeOptions, ingest_file
from galena.workflows.intake_preview import preview_file
from galena.workflows.relinking import keep_mapping


def test_preview_of_a_known_file(context, write, state):
    path = write("d.csv", "deal,account,amount,email,opened,extra", "D1,Acme,10,,,x", "D2,Acme,many,,,y")
    seen = preview_file(context, path)
    assert (seen.choice.origin, seen.unmapped_columns) == ("shipped", ("extra",))
    assert [type(row) for row in seen.mapped] == [MappedRow, Rejection]
    assert "account" in {each.field for each in seen.proposal.fields}
    assert not any(state(context).values())


def test_preview_of_an_uncertain_file_shows_the_proposal(context, write):
    seen = preview_file(context, write("firms.csv", "Deal title,Account name", "T1,A1", "T2,A2"))
    assert seen.choice.origin == "proposed"
    assert seen.choice.mapping.fields["account"].column == "Account name"


def test_an_edited_proposal_is_used_from_then_on(context, write, fields_of):
    path = write("firms.csv", "Deal title,Account name,worth", "T1,A1,5", "T2,A2,6")
    proposal = preview_file(context, path).proposal.with_column("amount", "worth")
    with context.session() as session:
        keep_mapping(session, context.playbook, proposal.mapping(), context.clock())
    assert ingest_file(context, path).origin == "saved"
    assert {fields["amount"] for fields in fields_of().values()} == {5.0, 6.0}


def test_preview_with_a_given_mapping(context, write):
    given = Mapping.model_validate({"source": "x", "key": ("n",), "fields": {"account": {"column": "who"}}})
    seen = preview_file(context, write("x.csv", "n,who", "1,Acme"), IntakeOptions(mapping=given))
    assert seen.mapped[0].fields == {"account": "Acme"}
