"""A tenant's leads: only theirs, with what to do next; outcomes said, refused, suggested and taken back."""

import re
from collections.abc import Callable
from html import unescape
from uuid import UUID

from httpx import Client, Response

from .conftest import Site

Send = Callable[..., Response]


def test_a_member_sees_and_answers_for_its_own_leads_alone(
    site: Site, given: tuple[Client, list[UUID]], send: Send
) -> None:
    member, ids = given
    page = member.get("/prospects").text
    assert len(set(re.findall(r"/leads/([0-9a-f-]{36})#outcome", page))) == 3
    assert str(ids[3]) not in page
    assert member.get(f"/leads/{ids[3]}/outcome?outcome=booked").status_code == 404
    assert send(member, f"/leads/{ids[3]}/outcome", outcome="voicemail").status_code == 404
    everything = site.admin().get("/prospects").text
    assert len(set(re.findall(r"/leads/([0-9a-f-]{36})#outcome", everything))) == 4


def test_an_outcome_is_recorded_and_taken_back(given: tuple[Client, list[UUID]], send: Send) -> None:
    member, (lead, *_) = given
    assert 'type="datetime-local"' in member.get(f"/leads/{lead}/outcome?outcome=booked").text
    missing = send(member, f"/leads/{lead}/outcome", outcome="booked")
    assert missing.status_code == 422
    assert "when the meeting is" in missing.text
    done = send(member, f"/leads/{lead}/outcome", outcome="booked", booked_for="2026-03-10T10:00")
    assert "Recorded: meeting booked." in done.text
    assert "meeting 10 Mar 2026, 14:00 (UTC)" in done.text  # Typed in the tenant's zone, New York.
    row = re.search(r'name="row" value="([0-9a-f-]+)"', done.text)[1]
    back = send(member, f"/leads/{lead}/outcome/undo", row=row, because="The wrong lead")
    assert "Taken back. Now: nothing recorded yet." in back.text


def test_the_reason_is_suggested_and_confirmed(given: tuple[Client, list[UUID]], send: Send) -> None:
    member, (lead, *_) = given
    said = {"outcome": "not_interested", "reason": "my son takes over"}
    asked = send(member, f"/leads/{lead}/outcome", **said)
    assert asked.status_code == 422
    assert "This is what the words say" in asked.text
    assert '<option value="family" selected>' in asked.text
    assert '<option value="family" selected>' in send(member, "/outcomes/reason", **said).text
    done = send(member, f"/leads/{lead}/outcome", **said, reason_code="family")
    assert "Recorded: not interested." in done.text
    assert "It stays in the family" in done.text


def test_a_form_without_its_token_records_nothing(given: tuple[Client, list[UUID]]) -> None:
    member, (lead, *_) = given
    assert member.post(f"/leads/{lead}/outcome", data={"outcome": "voicemail"}).status_code == 403
    assert "nothing recorded yet" in member.get(f"/leads/{lead}").text


def test_several_are_said_at_once_all_or_none_and_taken_back(
    given: tuple[Client, list[UUID]], send: Send
) -> None:
    member, (one, other, _, foreign) = given
    ticked = [f"lead:{one}", f"lead:{other}"]
    done = send(member, "/prospects/outcome", to=ticked, outcome="voicemail")
    assert "Recorded for 2: left a voicemail." in done.text
    assert "being tried" in member.get(f"/leads/{other}").text
    undo = unescape(re.search(r'action="(/prospects/undo\?rows=[^"]+)"', done.text)[1])
    assert send(member, f"{undo},{foreign.hex}").status_code == 404
    assert "being tried" in member.get(f"/leads/{other}").text  # All of them, or none.
    assert "Taken back." in send(member, undo).text
    assert "nothing recorded yet" in member.get(f"/leads/{other}").text
    refused = send(member, "/prospects/outcome", to=[*ticked, f"lead:{foreign}"], outcome="voicemail")
    assert "nothing was" in refused.text
    assert "nothing recorded yet" in member.get(f"/leads/{one}").text


def test_the_list_is_searched_and_exported(given: tuple[Client, list[UUID]]) -> None:
    member, _ = given
    title = unescape(re.search(r'class="first"[^>]*>([^<]+)', member.get("/prospects").text)[1])
    found = member.get("/prospects.csv", params={"q": title}).text.splitlines()
    assert found[0].endswith(
        "key,name,score,tier,machine's score,machine's tier,whose word,why,stands,to do next,due,tenant,given"
    )
    assert all(title in line for line in found[1:])
    assert "Nothing fits" in member.get("/prospects?q=no+such+name").text
