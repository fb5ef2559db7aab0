"""axe on every page, dark and light, found by following links as a person would."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from galena.surfaces.web import pages

from .conftest import AXE, DESK, PHONE, Seen
from .unwalked import leave

FILES = re.compile(r"\.(csv|pdf|ics|png)$|/(export\.|pictures/|file$|report$)")
PARTS = (
    *("/home/leads", "/home/figures", "/home/forecast", "/home/points", "/palette", "/pipeline/move"),
    *("/imports/drafts/{draft_id}/outcome", "/jobs/{job_id}/progress", "/tenants/{tenant_id}/preview"),
)
"""Pieces of pages, which stand in them when they are looked at."""
ELSEWHERE = (
    *("/health", "/health/ready", "/metrics", "/events"),  # for programs
    *(
        "/sign-in/{token}",
        "/invited/{token}",
        "/sign-in/code",
        "/sign-in/provider",
        "/sign-in/provider/back",
        "/sign-in",
    ),
    *("/shared/{word}", "/shared/{word}/{place}", "/account/code", "/welcome/start/{word}"),
    *(
        "/models/{model_id}",
        "/models/compare",
        "/jobs/{job_id}",
    ),  # looked at with models, by the journeys of models
    *(
        "/clawback/{lead_id}",
        "/clients/import/{draft_id}",
        "/clients/imports/{client_import_id}",
        "/sources/connection",
    ),
)
"""Pages that no link leads to in this market, or that have a journey of their own."""
ON_A_PHONE = ("/", "/leads", "/leads/{lead_id}", "/rules", "/drops/{drop_id}", "/tenants/{tenant_id}")


@pytest.fixture(autouse=True)
def _axe() -> None:
    if not AXE.exists():
        leave("NO AXE: accessibility was not looked at. Run `make setup`.")


def test_no_page_has_a_serious_fault(seen: Seen, tmp_path: Path) -> None:
    found = {}
    seen.open("/sign-in")
    found["sign-in"] = seen.violations()
    seen.sign_in()
    _fill(seen)
    known = sorted(_patterns(), key=lambda pattern: pattern.count("{"))
    waiting, visited = ["/", "/leads?tier=yellow", "/help/home-page", "/components", "/models/labels"], set()
    while waiting:
        address = waiting.pop(0)
        pattern = _pattern_of(address, known)
        if pattern is None or pattern in {*visited, *PARTS} or FILES.search(address.partition("?")[0]):
            continue
        visited.add(pattern)
        seen.open(address)
        waiting += seen.page.eval_on_selector_all(
            'a[href^="/"]', "links => links.map(each => each.getAttribute('href'))"
        )
        if pattern == "/leads/{lead_id}":
            waiting.append(f"{address}/outcome?outcome=not_interested")
        name = pattern.strip("/").replace("/", "-").replace("{", "").replace("}", "") or "home"
        found[f"{name}, dark"] = seen.violations()
        seen.picture(f"{name}-dark")
        seen.page.evaluate("() => { document.documentElement.dataset.theme = 'light' }")
        found[f"{name}, light"] = seen.violations("color-contrast")
        seen.picture(f"{name}-light")
        seen.page.set_viewport_size(PHONE)
        assert seen.overflow() <= 0, f"{address} moves sideways on a phone"
        if pattern in ON_A_PHONE:
            found[f"{name}, phone"] = seen.violations()
        seen.page.set_viewport_size(DESK)
    found["import-check"] = _check_page(seen, tmp_path)
    seen.picture("import-check-dark")
    assert {name: faults for name, faults in found.items() if faults} == {}
    assert {each for each in known if not FILES.search(each)} - visited - {*PARTS, *ELSEWHERE} == {
        "/imports/drafts/{draft_id}"  # the page just checked
    }


def _patterns() -> Iterator[str]:
    """The address of every page."""
    for part in pkgutil.iter_modules(pages.__path__):
        module = importlib.import_module(f"{pages.__name__}.{part.name}")
        for route in getattr(getattr(module, "router", None), "routes", ()):
            if isinstance(route, APIRoute) and "GET" in route.methods:
                yield route.path


def _pattern_of(address: str, known: list[str]) -> str | None:
    path = re.split(r"[?#]", address)[0]
    return next((each for each in known if re.fullmatch(re.sub(r"{\w+}", "[^/]+", each), path)), None)


def _fill(seen: Seen) -> None:
    """One of each thing that the market lacks, so that lists have a row and rows a page."""
    seen.open("/tenants")
    seen.page.get_by_label("Name of a new tenant").fill("Harbor Partners")
    seen.page.get_by_role("button", name="Add").click()
    seen.open("/drops")
    seen.page.get_by_role("button", name="Plan").click()
    seen.page.get_by_text("By tenant").wait_for()
    token = seen.page.locator('input[name="csrf_token"]').first.input_value()
    for address, form in (
        ("/clients", {"name": "Iris Lee", "email": "iris@example.com"}),
        ("/appointments", {"title": "A first call", "starts": "2026-11-17T10:00", "ends": ""}),
        ("/webhooks", {"name": "CRM", "url": "https://example.com/hook", "kind": "lead.scored"}),
    ):
        answer = seen.page.request.post(address, form={"csrf_token": token, **form}, max_redirects=0)
        assert answer.status in (200, 303), answer.status
    paper = {"name": "offer.txt", "mimeType": "text/plain", "buffer": b"An offer."}
    answer = seen.page.request.post(
        "/documents", multipart={"csrf_token": token, "file": paper}, max_redirects=0
    )
    assert answer.status == 303, answer.status


def _check_page(seen: Seen, folder: Path) -> list[str]:
    file = folder / "firms.csv"
    file.write_text(
        "Business name,Town,Lease ends,Ref No\nAlpha,Waco,03/04/2027,1\nBeta,Dallas,05/06/2027,2\n"
    )
    seen.open("/imports")
    seen.page.get_by_label("Choose a file or drop it here").set_input_files(file)
    seen.page.get_by_role("button", name="Check the file").click()
    seen.page.get_by_role("button", name="Import 2 rows").wait_for()
    return seen.violations()
