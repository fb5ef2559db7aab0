"""Pairs that may be one lead: shown side by side, answered, and taken apart again on the lead's page."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from httpx import Client, Response

from galena.stores import match_reviews
from galena.workflows.context import Context
from galena.workflows.intake import ingest_file
from galena.workflows.plans import active_plan

from .conftest import Site

Send = Callable[..., Response]
HEAD = "external_id,name,address,city,state,zip,phone,email,owner_name"
ONE = "b1,Zephyr Orchids LLC,12 Quill Road,Waco,TX,76701,254-555-0142,kim@zephyr-orchids.com,Kim Vale"
OTHER = "b2,Vantage Forge Inc,,,,,,kim@zephyr-orchids.com,"


@pytest.fixture
def browser(site: Site, tmp_path: Path) -> Client:
    """A browser, after two files whose businesses share an e-mail address and are named differently."""
    with site.enter() as session:
        playbook = active_plan(session).playbook
        match_reviews.settle(session, [each.id for each in match_reviews.list_open(session, limit=1_000)])
    context = Context(site.galena.door, site.workspace.id, playbook, "a test", site.galena.clock)
    for number, line in enumerate((ONE, OTHER)):
        path = tmp_path / f"{number}.csv"
        path.write_text(f"{HEAD}\n{line}\n")
        ingest_file(context, path)
    return site.admin()


def _question(site: Site) -> str:
    with site.enter() as session:
        (question,) = match_reviews.list_open(session, limit=5)
    return str(question.id)


def test_a_pair_is_shown_answered_and_taken_apart(site: Site, browser: Client, send: Send) -> None:
    page = browser.get("/review").text
    assert "Zephyr Orchids" in page
    assert "Vantage Forge" in page
    assert "same e-mail" in page
    assert 'data-key="y"' in page
    answered = send(browser, f"/review/{_question(site)}", answer="same")
    assert "They are one now." in answered.text
    (lead_id,) = site.lead_ids(search="Zephyr") or site.lead_ids(search="Vantage")
    shown = browser.get(f"/leads/{lead_id}").text
    assert "One from 2" in shown
    assert "by a person" in shown
    merge = re.search(r'name="merge" value="([0-9a-f-]+)"', shown)[1]
    apart = send(browser, f"/leads/{lead_id}/unmerge", merge=merge)
    assert "Taken apart" in apart.text
    assert len(site.lead_ids(search="Zephyr")) == len(site.lead_ids(search="Vantage")) == 1


def test_a_lead_that_is_part_of_another_leads_there(site: Site, browser: Client, send: Send) -> None:
    (part,) = site.lead_ids(search="Vantage")
    (whole,) = site.lead_ids(search="Zephyr")
    send(browser, f"/review/{_question(site)}", answer="same")
    assert browser.get(f"/leads/{part}").headers["location"] == f"/leads/{whole}"


def test_who_may_only_look_cannot_answer(site: Site, browser: Client) -> None:
    viewer = site.viewer()
    assert "data-key=" not in viewer.get("/review").text
    answer = viewer.post(f"/review/{_question(site)}", data={"answer": "same"})
    assert answer.status_code == 403
