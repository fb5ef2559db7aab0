"""The pipeline: stages by what was recorded, moves as outcomes with what these need, and taken back."""

import re
from collections.abc import Callable
from uuid import UUID

import pytest
from httpx import Client, Response

from galena.domain.dispositions import RULES, Stand
from galena.domain.pipeline import STAGES, stage_of
from galena.domain.tenancy import Role
from galena.stores import users
from galena.workflows.claw_back import give
from galena.workflows.context import Context
from galena.workflows.plans import active_plan
from galena.workflows.tenants import add_tenant

from .conftest import Site

Send = Callable[..., Response]


def _lanes(page: str) -> dict[str, list[str]]:
    """Stage -> the leads in it."""
    parts = re.split(r'aria-labelledby="lane-(\w+)"', page)
    return {
        name: re.findall(r'data-card="([0-9a-f-]{36})"', text)
        for name, text in zip(parts[1::2], parts[2::2], strict=True)
    }


@pytest.fixture
def given(site: Site) -> tuple[Client, Client, list[UUID]]:
    """Browsers of two tenants' members, and three leads: two of the first, one of the second."""
    with site.enter() as session:
        playbook = active_plan(session).playbook
    context = Context(site.galena.door, site.workspace.id, playbook, "a test", site.galena.clock)
    ids = site.lead_ids(tiers=("green", "yellow"))[:3]
    browsers = []
    for name, leads in (("Mine", ids[:2]), ("Other", ids[2:])):
        tenant = add_tenant(context, name).tenant
        give(context, leads, name, "A test")
        with site.enter() as session:
            email = f"{name.lower()}@example.org"
            user = users.add(session, email=email, name=name, role=Role.MEMBER, tenant_id=tenant.id)
        browsers.append(site.browser_of(user.id))
    return browsers[0], browsers[1], ids


def test_every_stand_has_its_stage_and_every_outcome_leads_into_one() -> None:
    assert {stage_of(stand).name for stand in Stand} == set(STAGES)
    for stage in STAGES.values():
        for outcome in stage.outcomes:
            assert stage_of(RULES[outcome].stand).name in (stage.name, "closing")
    assert {outcome for stage in STAGES.values() for outcome in stage.outcomes} == set(RULES)


def test_a_move_asks_for_what_its_stage_needs_and_is_taken_back(
    given: tuple[Client, Client, list[UUID]], send: Send
) -> None:
    member, _, (lead, other, foreign) = given
    assert {str(lead), str(other)} == set(_lanes(member.get("/pipeline").text)["new"])
    asked = member.get(f"/pipeline/move?lead={lead}&to=booked").text
    assert 'name="booked_for"' in asked
    assert 'name="back" value="pipeline"' in asked
    missing = send(member, f"/leads/{lead}/outcome", outcome="booked", back="pipeline")
    assert missing.status_code == 422
    assert 'name="back" value="pipeline"' in missing.text
    booked = {"outcome": "booked", "booked_for": "2026-03-10T10:00", "back": "pipeline"}
    moved = send(member, f"/leads/{lead}/outcome", **booked)
    assert _lanes(moved.text)["booked"] == [str(lead)]
    row = re.search(r'name="row" value="([0-9a-f-]+)"', moved.text)[1]
    back = send(member, "/pipeline/undo", row=row)
    assert "Taken back. Now: nothing recorded yet." in back.text
    assert str(lead) in _lanes(back.text)["new"]
    several = member.get(f"/pipeline/move?lead={lead}&to=out").text
    assert "Not interested" in several
    assert "no meeting was booked" in several
    assert member.get(f"/pipeline/move?lead={foreign}&to=booked").status_code == 404
    assert member.get(f"/pipeline/move?lead={lead}&to=new").status_code == 404


def test_a_tenant_sees_its_own_pipeline_alone(
    site: Site, given: tuple[Client, Client, list[UUID]], send: Send
) -> None:
    member, other, ids = given
    moved = send(other, f"/leads/{ids[2]}/outcome", outcome="voicemail", back="pipeline")
    assert _lanes(moved.text)["working"] == [str(ids[2])]
    row = re.search(r'name="row" value="([0-9a-f-]+)"', moved.text)[1]
    assert str(ids[2]) not in member.get("/pipeline").text
    assert send(member, "/pipeline/undo", row=row).status_code == 404
    everything = _lanes(site.admin().get("/pipeline").text)
    assert sum(map(len, everything.values())) == 3
