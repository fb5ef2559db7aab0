"""axe on every page, dark and light."""

from pathlib import Path

import pytest

from .conftest import AXE, PHONE, Seen


@pytest.fixture(autouse=True)
def _axe() -> None:
    if not AXE.exists():
        pytest.skip("NO AXE: accessibility was not looked at. Run `make setup`.")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_no_page_has_a_serious_fault(seen: Seen, theme: str, tmp_path: Path) -> None:
    seen.open("/sign-in")
    seen.set_theme(theme)
    found = {"sign-in": seen.violations()}
    seen.picture(f"sign-in-{theme}")
    seen.sign_in()
    lead = seen.page.locator("tbody a.first").nth(1).get_attribute("href")
    seen.open("/imports")
    one_import = seen.page.locator("tbody a.first").first.get_attribute("href")
    pages = {
        "home": "/",
        "help": "/help/home-page",
        "components": "/components",
        "leads": "/leads",
        "leads-filtered": "/leads?tier=yellow",
        "lead": lead,
        "imports": "/imports",
        "import": one_import,
        "quarantine": "/quarantine",
        "sources": "/sources",
        "signals": "/signals",
        "rules": "/rules",
        "account": "/account",
    }
    pages |= _routing_pages(seen, theme, lead)
    for name, path in pages.items():
        seen.open(path)
        seen.page.wait_for_timeout(400)
        found[name] = seen.violations()
        seen.picture(f"{name}-{theme}")
    found["import-check"] = _check_page(seen, tmp_path)
    seen.picture(f"import-check-{theme}")
    seen.page.set_viewport_size(PHONE)
    for name in ("home", "leads", "lead", "rules", "drop", "tenant"):
        seen.open(pages[name])
        seen.page.wait_for_timeout(400)
        found[f"{name} on a phone"] = seen.violations()
    assert {name: faults for name, faults in found.items() if faults} == {}


def _routing_pages(seen: Seen, theme: str, lead: str) -> dict[str, str]:
    """Pages of routing and learning: half of them in each theme, for all are made of the same pieces."""
    tenant, drop = _tenant_and_drop(seen)
    if theme == "dark":
        return {
            "drop": drop,
            "tenant": tenant,
            "prospects": "/prospects",
            "pipeline": "/pipeline",
            "appointments": "/appointments",
            "reports": "/reports",
            "drift": "/drift",
        }
    return {
        "drop": drop,
        "tenant": tenant,
        "drops": "/drops",
        "outcome": f"{lead}/outcome?outcome=not_interested",
        "claw-back": "/clawback",
        "clients": "/clients",
        "documents": "/documents",
        "notes": "/notes",
        "learning": "/learning",
        "experiments": "/experiments",
        "webhooks": "/webhooks",
        "notifications": "/notifications",
    }


def _tenant_and_drop(seen: Seen) -> tuple[str, str]:
    """The addresses of a new tenant, and of the plan of its drop."""
    seen.open("/tenants")
    seen.page.get_by_label("Name of a new tenant").fill(
        f"A tenant {len(seen.page.locator('tbody tr').all())}"
    )
    seen.page.get_by_role("button", name="Add").click()
    tenant = seen.page.url
    seen.open("/drops")
    seen.page.get_by_role("button", name="Plan").click()
    seen.page.get_by_text("By tenant").wait_for()
    return tenant.removeprefix(seen.address), seen.page.url.removeprefix(seen.address)


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
