"""The pages of connections: added after a trial, changed, tried, removed; and what vendors send by themselves."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from itertools import count
from typing import Any

import pytest
from httpx import Response

from galena.simulator.providers.server import Asked, Fault, ProviderServer, Reply
from galena.stores import connections
from galena.surfaces.web.pages.connections import DOES

from .conftest import Site

Send = Callable[..., Response]
SECRET = "whsec_" + base64.b64encode(bytes(range(24))).decode()


@pytest.fixture
def site(site: Site) -> Site:
    """The market with a clock that goes on by a second whenever it is looked at, so that no rate is waited for."""
    seconds = count()
    start = site.galena.clock()
    site.galena = replace(site.galena, clock=lambda: start + timedelta(seconds=next(seconds)))
    site.app.state.galena = site.galena
    return site


@pytest.fixture
def provider() -> Iterator[ProviderServer]:
    def answer(asked: Asked) -> Reply:
        if asked.headers.get("authorization") != "Bearer good-key":
            return Reply({"error": {"code": "bad_key", "message": "no"}}, 401)
        return Reply({"data": [{"id": "c", "domain": asked.query["domain"], "industry": "Bakeries"}]})

    server = ProviderServer(answer)
    with server.running():
        yield server


def _text(page: Response) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text)))


def _form(provider: ProviderServer, key: str = "good-key", **more: str) -> dict[str, str]:
    return {
        "kind": "firmographics",
        "name": "companies",
        "set.address": provider.url,
        "secret.key": key,
        "private": "yes",
        **more,
    }


def test_a_connection_is_tried_kept_changed_and_removed(
    site: Site, send: Send, provider: ProviderServer
) -> None:
    browser = site.admin()
    kinds = _text(browser.get("/sources/connection"))
    assert "Firmographics Industry, size, revenue" in kinds
    assert "Tarrant County" not in kinds, "it is of no use to businesses"

    refused = send(browser, "/sources/connection", **_form(provider, "wrong-key", action="save"))
    assert refused.status_code == 422
    assert "It does not work: The provider does not accept the key." in _text(refused)
    assert "wrong-key" not in refused.text
    assert provider.url in refused.text, "what was typed is still there"

    tried = _text(send(browser, "/sources/connection", **_form(provider, action="try")))
    assert "It works. What is looked up: 1 of 1 sample records are understood." in tried
    assert "It fills: Industry, Employees" in tried
    assert "Nothing is connected yet" in browser.get("/sources").text

    kept = send(browser, "/sources/connection", **_form(provider, action="save"))
    assert "companies works and is connected." in _text(kept)
    page = browser.get("/sources/connection?name=companies")
    assert "good-key" not in page.text
    assert "kept; leave empty to keep it" in page.text

    change = {
        "old_name": "companies",
        "set.address": provider.url,
        "set.price": "0.2",
        "set.daily_budget": "5",
    }
    assert "is changed" in _text(send(browser, "/sources/connection", **change))
    with site.enter() as session:
        found = connections.load(session, "companies")
    assert (found.settings["price"], found.settings["daily_budget"]) == ("0.2", "5")
    assert found.sealed is not None
    wrong = send(browser, "/sources/connection", **{**change, "set.price": "cheap"})
    assert "The setting price (Price of a call) cannot be 'cheap'." in _text(wrong)

    assert "It works." in _text(send(browser, "/sources/companies/check"))
    provider.go_wrong(always=Fault("error", status=404))
    assert "It does not work: There is nothing at this address." in _text(
        send(browser, "/sources/companies/check")
    )
    assert "companies is removed" in _text(send(browser, "/sources/companies/remove"))


def test_a_vendor_is_told_where_to_send_and_its_messages_come_in(site: Site, send: Send) -> None:
    browser = site.admin()
    made = send(
        browser,
        "/sources/connection",
        kind="standard_webhooks",
        name="forms",
        **{"secret.signing_secret": SECRET},
    )
    address = re.search(r'id="address" value="([^"]+)"', made.text)
    assert address is not None, made.text[:2000]
    assert address[1] == "http://testserver/inbound/demo/forms"
    assert "In the sender's settings, make a webhook" in _text(made)

    told = {
        "type": "contact.created",
        "timestamp": "2026-03-02T08:59:00Z",
        "data": {"id": "c7", "name": "Sample Deli"},
    }
    assert _sent(site, told).json() == {"outcome": "taken"}
    assert _sent(site, told).json() == {"outcome": "known"}
    assert _sent(site, told, secret=bytes(24)).status_code == 401
    assert _sent(site, told, name="nobody").status_code == 404
    assert _sent(site, told, workspace="nowhere").status_code == 404
    assert "it tells by itself" in browser.get("/sources").text


def _sent(
    site: Site, told: Any, secret: bytes = bytes(range(24)), name: str = "forms", workspace: str = "demo"
) -> Response:
    body, time = json.dumps(told).encode(), str(int(site.galena.clock().timestamp()))
    mac = base64.b64encode(hmac.new(secret, f"m-1.{time}.".encode() + body, hashlib.sha256).digest())
    headers = {"webhook-id": "m-1", "webhook-timestamp": time, "webhook-signature": f"v1,{mac.decode()}"}
    return site.visitor().post(f"/inbound/{workspace}/{name}", content=body, headers=headers)


def test_every_capability_has_its_words() -> None:
    from galena.domain.connector import Capability

    assert {each.value for each in Capability} == DOES.keys()
