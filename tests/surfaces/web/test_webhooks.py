"""Webhooks over the API and on their page: made, shown their secret once, tried, replayed, changed."""

import re
from collections.abc import Callable

from httpx import Client, Response

from galena.domain.access import Scope
from galena.domain.events import NewEvent
from galena.kit.ids import new_id
from galena.kit.secrets import open_secret_box
from galena.kit.web.posting import Posted
from galena.kit.web.signatures import check_standard_webhook
from galena.stores import outbox
from galena.workflows.api_access import make_key
from galena.workflows.people import ensure_operator
from galena.workflows.webhook_sending import Posting, send_waiting

from .conftest import Site, form_token

Send = Callable[..., Response]
URL = "https://192.0.43.8/galena"
"""An address of the public internet, to which no test sends anything."""


class Wire:
    """Stands in for the network; keeps what was posted."""

    def __init__(self, status: int = 204) -> None:
        self.status, self.sent = status, []

    def post(self, url: str, body: bytes, headers: dict, now: object) -> Posted:
        self.sent.append((url, body, headers))
        fine = 200 <= self.status < 300
        return Posted(self.status, None if fine else f"It answered {self.status}.", None, 1)


def _program(site: Site, *scopes: Scope) -> Client:
    with site.enter() as session:
        user = ensure_operator(session, site.workspace)
        made = make_key(session, user, "p", scopes, site.galena.clock(), calls_per_minute=100_000)
    browser = site.visitor()
    browser.headers["authorization"] = f"Bearer {made.secret}"
    browser.base_url = browser.base_url.join("/api/v1/")
    return browser


def _send(site: Site, webhook: str, wire: Wire) -> int:
    from uuid import UUID

    posting = Posting(open_secret_box(site.galena.settings.home), wire, wire)
    galena = site.galena
    return send_waiting(galena.door, posting, galena.clock, site.workspace.id, UUID(webhook))


def _happens(site: Site, *kinds: str) -> None:
    with site.enter() as session:
        outbox.append(session, [NewEvent(kind, new_id(), {"tier": "green"}) for kind in kinds])


def test_a_program_makes_follows_and_changes_a_webhook(site: Site) -> None:
    browser = _program(site, *Scope)
    made = browser.post("webhooks", json={"name": "CRM", "url": URL, "kinds": ["lead.assigned"]})
    assert made.status_code == 201, made.text
    webhook, secret = made.json()["webhook"]["id"], made.json()["secret"]
    assert secret not in browser.get("webhooks").text + browser.get(f"webhooks/{webhook}").text
    assert {each["name"] for each in browser.get("webhooks/kinds").json()["items"]} > {"lead.assigned"}
    _happens(site, "assigned", "lead_created", "assigned", "assigned")
    wire = Wire()
    assert _send(site, webhook, wire) == 3
    url, body, headers = wire.sent[0]
    assert url == URL
    number = check_standard_webhook(headers, body, secret, site.galena.clock())
    first = browser.get(f"webhooks/{webhook}/deliveries", params={"limit": 2}).json()
    rest = browser.get(f"webhooks/{webhook}/deliveries", params={"limit": 2, "cursor": first["next"]}).json()
    log = first["items"] + rest["items"]
    assert {each["message_id"] for each in log} == {headers["webhook-id"] for _, _, headers in wire.sent}
    assert rest["next"] is None
    one = next(each for each in log if each["message_id"] == number)
    detail = browser.get(f"webhooks/deliveries/{one['id']}").json()
    assert (detail["message"]["type"], detail["tries"][0]["status"]) == ("lead.assigned", 204)
    assert browser.post(f"webhooks/deliveries/{one['id']}/replay").json()["state"] == "waiting"
    assert _send(site, webhook, wire) == 1
    assert wire.sent[-1][2]["webhook-id"] == number
    replayed = browser.post(f"webhooks/{webhook}/replay", json={"since": "2026-01-01T00:00:00Z"})
    assert replayed.status_code == 201
    seen = browser.get(f"webhooks/{webhook}").headers["etag"]
    changed = browser.patch(f"webhooks/{webhook}", json={"kinds": []}, headers={"if-match": seen})
    assert changed.json()["kinds"] == []
    late = browser.patch(f"webhooks/{webhook}", json={"name": "X"}, headers={"if-match": seen})
    assert late.status_code == 412
    other = browser.post(f"webhooks/{webhook}/rotate", json={"overlap_hours": 1}).json()
    assert other["secret"] != secret
    assert other["before_until"] == "2026-03-02T10:00:00Z"
    assert browser.post(f"webhooks/{webhook}/pause").json()["state"] == "paused"
    assert browser.post(f"webhooks/{webhook}/test").status_code == 409
    assert browser.post(f"webhooks/{webhook}/resume", json={"from_now": True}).json()["state"] == "active"
    assert browser.delete(f"webhooks/{webhook}").status_code == 204
    assert browser.get(f"webhooks/{webhook}").status_code == 404


def test_what_is_wrong_with_a_webhook_is_told_and_reading_makes_none(site: Site) -> None:
    browser = _program(site, *Scope)
    for body, status in (
        ({"name": "x", "url": "https://127.0.0.1/x"}, 422),
        ({"name": "x", "url": "http://192.0.43.8/x"}, 422),
        ({"name": "x", "url": URL, "kinds": ["lead.lost"]}, 422),
        ({"name": " ", "url": URL}, 422),
    ):
        assert browser.post("webhooks", json=body).status_code == status, body
    assert browser.get("webhooks").json()["items"] == []
    reader = _program(site, Scope.READ)
    assert reader.post("webhooks", json={"name": "x", "url": URL}).status_code == 403


def test_the_page_shows_the_secret_once_and_what_was_sent(site: Site, send: Send) -> None:
    browser = site.admin()
    assert "Nobody is told yet" in browser.get("/webhooks").text
    token = form_token(browser.get("/webhooks"))
    form = {"csrf_token": token, "name": "CRM", "url": URL, "kind": ["lead.assigned", "drop.committed"]}
    made = browser.post("/webhooks", data=form)
    assert made.headers["cache-control"] == "no-store"
    secret = re.search(r'value="(whsec_[^"]+)"', made.text)[1]
    webhook = re.search(r'action="/webhooks/([0-9a-f-]{36})"', made.text)[1]
    assert secret not in browser.get(f"/webhooks/{webhook}").text
    assert "is on its way" in send(browser, f"/webhooks/{webhook}/test").text
    _happens(site, "assigned")
    wire = Wire(503)
    _send(site, webhook, wire)
    failing = browser.get(f"/webhooks/{webhook}").text
    assert "1 tries in a row failed" in failing or "tries in a row failed" in failing
    assert "It answered 503." in failing
    assert "are sent once more" in send(browser, f"/webhooks/{webhook}/replay", hours="24").text
    assert "works" in browser.get("/webhooks").text or "fails" in browser.get("/webhooks").text
    paused = send(browser, f"/webhooks/{webhook}/pause")
    assert "Go on" in paused.text
    send(browser, f"/webhooks/{webhook}/resume")
    renewed = send(browser, f"/webhooks/{webhook}/rotate")
    assert "secret of before proves messages, too" in renewed.text
    changed = send(browser, f"/webhooks/{webhook}", name="The CRM", url=URL, kind="alert")
    assert "this holds from now on" in changed.text
    refused = browser.post("/webhooks", data={**form, "url": "https://10.0.0.1/x", "name": "Other"})
    assert (refused.status_code, "private network" in refused.text) == (422, True)
    assert "It is gone" in send(browser, f"/webhooks/{webhook}/remove").text


def test_who_may_only_look_sees_no_form(site: Site, send: Send) -> None:
    send(site.admin(), "/webhooks", name="CRM", url=URL)
    viewer = site.viewer()
    page = viewer.get("/webhooks")
    assert "CRM" in page.text
    assert 'action="/webhooks"' not in page.text
    webhook = re.search(r'href="(/webhooks/[0-9a-f-]{36})"', page.text)[1]
    assert "Make another secret" not in viewer.get(webhook).text
    assert site.member([]).get("/webhooks").status_code == 403
