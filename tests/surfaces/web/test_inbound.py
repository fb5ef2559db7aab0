"""Messages over HTTP, at the address vendors are given and at the API's: forms, signed JSON, how many a second."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta

from httpx import Client, Response

from galena.settings import Settings

from .conftest import Site

Send = Callable[..., Response]
TOKEN = "0123456789abcdef0123"
FIELDS = {"token": TOKEN, "name": "Ann Oak", "email": "ann@oakbakery.example", "company": "Oak Bakery"}


def _connect(site: Site, send: Send, kind: str, name: str, **more: str) -> Client:
    browser = site.admin()
    made = send(browser, "/sources/connection", kind=kind, name=name, **more)
    assert made.status_code == 200, made.text[:500]
    return browser


def test_a_form_of_a_website_makes_a_lead_and_leads_its_sender_on(site: Site, send: Send) -> None:
    browser = _connect(
        site,
        send,
        "web_form",
        "site",
        **{"secret.form_token": TOKEN, "set.next_url": "https://oakbakery.example/thanks"},
    )
    visitor = site.visitor()
    answer = visitor.post("/inbound/demo/site", data=FIELDS)
    assert (answer.status_code, answer.headers["location"]) == (303, "https://oakbakery.example/thanks")
    assert int(answer.headers["ratelimit-limit"]) == 200
    assert "Oak Bakery" in browser.get("/leads", params={"q": "Oak Bakery"}).text
    wrong = visitor.post("/inbound/demo/site", data={**FIELDS, "token": TOKEN[:-1]})
    assert (wrong.status_code, wrong.json()) == (401, {"error": "The token is not the form's."})
    again = visitor.post("/api/v1/inbound/demo/site", json=FIELDS)
    assert (again.status_code, again.json()) == (200, {"outcome": "known"})
    trapped = visitor.post("/api/v1/inbound/demo/site", data={**FIELDS, "_gotcha": "x"})
    assert trapped.json() == {"outcome": "kept"}


def test_signed_messages_come_in_at_the_api_and_faults_are_told_as_problems(site: Site, send: Send) -> None:
    secret = bytes(range(24))
    whsec = "whsec_" + base64.b64encode(secret).decode()
    _connect(site, send, "standard_webhooks", "app", **{"secret.signing_secret": whsec})
    told = {"type": "contact.created", "data": {"id": "c7", "name": "Sample Deli"}}
    body, time = json.dumps(told).encode(), str(int(site.galena.clock().timestamp()))
    mac = base64.b64encode(hmac.new(secret, f"m-1.{time}.".encode() + body, hashlib.sha256).digest())
    headers = {"webhook-id": "m-1", "webhook-timestamp": time, "webhook-signature": f"v1,{mac.decode()}"}
    visitor = site.visitor()
    taken = visitor.post("/api/v1/inbound/demo/app", content=body, headers=headers)
    assert (taken.status_code, taken.json()) == (200, {"outcome": "taken"})
    refused = visitor.post("/api/v1/inbound/demo/app", content=body + b" ", headers=headers)
    assert (refused.status_code, refused.headers["content-type"]) == (401, "application/problem+json")
    for address in ("demo/nobody", "nowhere/app", "demo/a%2500b"):
        assert visitor.post(f"/api/v1/inbound/{address}", json={}).status_code == 404, address
        assert visitor.post(f"/inbound/{address}", json={}).status_code == 404, address
    assert visitor.post("/api/v1/inbound/demo/a%00b", json={}).status_code in (404, 422)
    document = visitor.get("/api/v1/openapi.json").json()
    told_of = document["paths"]["/inbound/{workspace}/{name}"]["post"]
    assert "security" not in told_of
    assert set(told_of["requestBody"]["content"]) == {
        "application/json",
        "application/x-www-form-urlencoded",
    }


def test_a_connection_may_send_so_many_messages_a_second(site: Site, send: Send) -> None:
    _connect(site, send, "web_form", "site", **{"secret.form_token": TOKEN})
    settings: Settings = site.galena.settings.model_copy(update={"ingest_per_second": 3})
    object.__setattr__(site.galena, "settings", settings)
    now = site.galena.clock()
    object.__setattr__(site.galena, "clock", lambda: now)
    visitor = site.visitor()
    answers = [visitor.post("/inbound/demo/site", data={**FIELDS, "message": str(n)}) for n in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 200]
    late = visitor.post("/inbound/demo/site", data=FIELDS)
    assert (late.status_code, late.headers["retry-after"]) == (429, "1")
    assert visitor.post("/api/v1/inbound/demo/site", data=FIELDS).status_code == 429
    object.__setattr__(site.galena, "clock", lambda: now + timedelta(seconds=1))
    assert visitor.post("/inbound/demo/site", data=FIELDS).status_code == 200
