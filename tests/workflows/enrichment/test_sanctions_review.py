"""A name near the sanctions list moves nothing until a person says whether it is the lead."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from galena.kit.errors import NotFoundError
from galena.playbooks import load
from galena.stores import audit, leads
from galena.stores.door import Door
from galena.workflows.context import Context
from galena.workflows.enrich_intake import open_import, take_in, turn
from galena.workflows.intake import IntakeOptions
from galena.workflows.intake_files import ingest_files
from galena.workflows.rescore import rescore
from galena.workflows.sanctions_review import list_hits, settle_hit
from galena.workflows.touched import score_touched
from galena.workflows.workspaces import ensure_workspace

NAMES = "SAMPLE BAKERY LLC (entry 17, program SDGT), 96% alike by name alone: to be reviewed"


class Business:
    def __init__(self, context: Context, folder: Path) -> None:
        self.context = context
        file = folder / "businesses.csv"
        file.write_text("external_id,name,city,state\nB-1,Sample Bakery,Austin,TX\n", encoding="utf-8")
        ingest_files(context, [str(file)], IntakeOptions(accept_proposal=True))
        rescore(context)

    @property
    def entry(self) -> Any:
        with self.context.session() as session:
            return leads.find(session, "businesses:B-1")

    def told_near(self, names: str) -> None:
        """What the look-up brings when listed names come near."""
        from galena.connectors.catalogue import find_connector

        mapping = find_connector("sec_edgar").mappings(self.context.playbook.playbook)["sec_edgar_company"]
        with self.context.session() as session:
            turn(session)
            kept = open_import(session, mapping, "sec_edgar", self.context.clock())
            payload = {"id": "sanctions-17", "asked_name": "Sample Bakery", "sanctions_review": names}
            take_in(session, self.context, self.entry, mapping, kept, payload)
        score_touched(self.context)

    def hits(self) -> list[str]:
        with self.context.session() as session:
            return [each.names for each in list_hits(session, self.context.playbook)]


@pytest.fixture
def business(engine: Engine, tmp_path: Path, timeline: Any) -> Business:
    door = Door(engine)
    workspace = ensure_workspace(door, "brokerage", slug=f"w-{uuid4()}", actor="a test")
    return Business(Context(door, workspace.id, load("brokerage"), "a test", clock=timeline), tmp_path)


def test_a_hit_waits_for_a_person_and_a_confirmed_one_discards_the_lead(business: Business) -> None:
    business.told_near(NAMES)
    assert (business.hits(), business.entry.lead.status) == ([NAMES], "active")
    lead_id = business.entry.lead.id

    settled = settle_hit(business.context, lead_id, is_listed=True)

    assert (settled.status, business.entry.lead.status_reason) == ("discarded", "sanctioned")
    assert business.entry.lead.provenance["sanctions_match"].source == "person"
    assert business.hits() == []
    with business.context.session() as session:
        (said,) = audit.list_(session, subject=f"lead:{lead_id}")
    assert (said.action, said.detail) == ("settle_sanctions_hit", {"is_listed": True})

    # Said otherwise, and once more: the last word stands.
    business.context.clock.sleep(1)
    settle_hit(business.context, lead_id, is_listed=False)
    assert (business.entry.lead.status, business.entry.lead.fields["sanctions_match"]) == ("active", False)
    business.context.clock.sleep(1)
    assert settle_hit(business.context, lead_id, is_listed=True).status == "discarded"


def test_other_names_are_looked_at_anew(business: Business) -> None:
    with pytest.raises(NotFoundError, match="No name of the sanctions list"):
        settle_hit(business.context, business.entry.lead.id, is_listed=False)
    business.told_near(NAMES)
    settle_hit(business.context, business.entry.lead.id, is_listed=False)
    assert business.hits() == []

    business.context.clock.sleep(60)
    business.told_near("ANOTHER NAME")

    assert (business.hits(), business.entry.lead.status) == (["ANOTHER NAME"], "active")
