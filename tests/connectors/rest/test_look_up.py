"""Several leads asked about at once, and which of several equal parcels is taken."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from galena.connectors.catalogue import find_connector
from galena.domain.connector import Access, Enricher
from galena.kit.web import AddressGuard, MemoryCache, WebClient
from galena.simulator.providers.appraisal import Appraisal
from galena.simulator.providers.server import ProviderServer


def _parcel(account: str, address: str, **given: object) -> dict[str, Any]:
    known = {"owner_name": "SAMPLE, PAT", "city_name": "DALLAS", "total_value": 100_000}
    return {"account_num": account, "situs_address": address, **known, **given}


PARCELS = (
    *(_parcel(f"1{number}", f"{100 + number} MAGNOLIA AVE") for number in range(9)),
    _parcel("30", "300 TWIN OAKS DR", total_value=9_000),
    _parcel("31", "300 TWIN OAKS DR", total_value=250_000),
    _parcel("40", "400 TWIN OAKS DR"),
    _parcel("41", "400 TWIN OAKS DR", owner_name="OTHER, ALEX"),
)


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    server = ProviderServer(Appraisal(PARCELS).answer)
    with server.running():
        yield server


def _enricher(name: str, address: str, web: WebClient) -> Enricher:
    return find_connector(name).enricher(Access({"address": address}), web)


def _web() -> WebClient:
    return WebClient("county", guard=AddressGuard(private_ok=True), cache=MemoryCache())


def test_leads_that_wait_are_asked_about_in_one_request(server: ProviderServer) -> None:
    together = Barrier(9)

    def look_up(number: int) -> Any:
        together.wait(5)
        return enricher.look_up({"site_address": f"{100 + number} Magnolia Avenue"})

    with _web() as web, ThreadPoolExecutor(9) as threads:
        enricher = _enricher("cad_dallas", server.url + "/layer", web)
        found = list(threads.map(look_up, range(9)))
        calls = len(server.asked)
        again = [enricher.look_up({"site_address": f"{100 + number} Magnolia Ave"}) for number in range(9)]
    assert [each.record["PARCELID"] for each in found] == [f"1{number}" for number in range(9)]
    assert calls < 9
    assert sum(each.calls for each in found) == calls
    assert [each.status for each in again] == ["found"] * 9
    assert len(server.asked) == calls


def test_a_cut_answer_is_asked_for_again_lead_by_lead() -> None:
    server = ProviderServer(Appraisal(PARCELS, most=1).answer)
    with server.running(), _web() as web, ThreadPoolExecutor(9) as threads:
        enricher = _enricher("cad_dallas", server.url + "/layer", web)
        leads = [{"site_address": f"{100 + number} Magnolia Avenue"} for number in range(9)]
        found = list(threads.map(enricher.look_up, leads))
    assert [each.record["PARCELID"] for each in found] == [f"1{number}" for number in range(9)]


def test_of_two_lots_of_one_owner_the_one_with_the_house_is_taken(server: ProviderServer) -> None:
    with _web() as web:
        found = _enricher("cad_tarrant", server.url, web).look_up({"site_address": "300 Twin Oaks Dr"})
    assert (found.status, json.loads(json.dumps(found.record))["account_num"]) == ("found", "31")
    assert found.because == "same site address; of 2 records of one owner the one of the greatest value"


def test_of_two_owners_none_is_taken(server: ProviderServer) -> None:
    with _web() as web:
        found = _enricher("cad_tarrant", server.url, web).look_up({"site_address": "400 Twin Oaks Dr"})
    assert found.status == "unsure"
    assert found.because == (
        "2 records match equally well and differ in owner name: a person has to say which"
    )
