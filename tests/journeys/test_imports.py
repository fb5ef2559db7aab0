"""A file with odd headings: mapped, checked, imported, mended, and taken back."""

import re
from pathlib import Path

from playwright.sync_api import expect

from galena.stores import statistics
from galena.stores.door import OPERATOR

from .conftest import Seen, Served

ODD = (
    "Company Nm,Town,Sector,Yearly Revenue,Staff,Mail,Ref No\n"
    "Alpha Print Co,Dallas,Commercial printing,1200000,12,a@alpha.example,A-1\n"
    "Beta Pumps,Waco,Industrial supply,800000,8,b@beta.example,A-2\n"
    "Gamma Cafe,Austin,Restaurant,lots,5,c@gamma.example,A-3\n"
)


def _leads(server: Served) -> int:
    with server.galena.door.enter(server.workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        return statistics.overview(session).leads


def test_from_odd_headings_to_leads_and_back(seen: Seen, server: Served, tmp_path: Path) -> None:
    file = tmp_path / "Odd list.csv"
    file.write_text(ODD)
    before = _leads(server)
    seen.sign_in()
    page = seen.page
    page.get_by_role("link", name="Data", exact=True).click()
    seen.picture("imports")
    page.get_by_label("Choose a file or drop it here").set_input_files(file)
    expect(page.locator("[data-file-name]")).to_contain_text("Odd list.csv")
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("heading", name="Is this how to read it?")).to_be_visible()
    expect(page.get_by_label("Business name")).to_have_value("")
    page.get_by_label("Business name").select_option("Company Nm")
    page.get_by_role("button", name="Check again").click()
    expect(page.get_by_text("your choice")).to_have_count(1)
    counts = page.locator("#outcome .number")
    expect(counts).to_have_text(["2", "0", "0", "1"])
    seen.picture("import-check")
    assert _leads(server) == before

    page.get_by_role("button", name="Import 3 rows").click()
    expect(page.get_by_role("status")).to_contain_text("Odd list.csv is in: 2 created")
    assert _leads(server) == before + 2
    seen.picture("import-report")

    page.get_by_role("link", name="Mend 1").click()
    expect(page.get_by_text("This is not a number.", exact=False).first).to_be_visible()
    seen.picture("quarantine")
    page.get_by_label("Yearly Revenue").fill("450000")
    page.get_by_role("button", name="Correct and replay").click()
    expect(page.get_by_role("status")).to_contain_text("The row is in")
    assert _leads(server) == before + 3

    page.get_by_role("link", name="Data", exact=True).click()
    page.get_by_role("row", name=re.compile("Odd list.csv")).get_by_text("Undo").click()
    seen.picture("import-undo")
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("status")).to_contain_text("3 records and 3 leads are gone")
    expect(page.get_by_role("row", name=re.compile("Odd list.csv"))).to_contain_text("taken back")
    assert _leads(server) == before


def test_a_longer_import_shows_how_far_it_is(seen: Seen, server: Served, tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    rows = [f"Firm {n},Dallas,Restaurant,{n}000,5,F-{n}" for n in range(1, 4_001)]
    file.write_text("\n".join(["Business name,City,Industry,Annual revenue,Employees,Ref No", *rows]))
    seen.sign_in()
    page = seen.page
    seen.open("/imports")
    page.get_by_label("Choose a file or drop it here").set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
    button = page.get_by_role("button", name="Import 4,000 rows")
    expect(button).to_be_visible(timeout=120_000)
    button.click()
    expect(page).to_have_url(re.compile("/(jobs|imports)/"))
    seen.picture("import-at-work")
    expect(page.get_by_role("heading", level=1)).to_have_text("many.csv", timeout=120_000)
    expect(page.locator(".kpi .number").nth(1)).to_have_text("4,000")


def test_a_wrong_file_is_explained(seen: Seen, tmp_path: Path) -> None:
    file = tmp_path / "empty.csv"
    file.write_bytes(b"")
    seen.sign_in()
    seen.open("/imports")
    seen.page.get_by_label("Choose a file or drop it here").set_input_files(file)
    seen.page.get_by_role("button", name="Check the file").click()
    expect(seen.page.get_by_role("heading", name="The file is empty.")).to_be_visible()
    seen.picture("wrong-file")
    assert [trouble for trouble in seen.troubles if "422" not in trouble] == []
    seen.troubles.clear()
