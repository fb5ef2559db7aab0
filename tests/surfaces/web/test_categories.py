"""The page of categories: the table, what was dropped, and the map."""

from typing import Any


def test_the_page_counts_what_there_is(shown: Any) -> None:
    page = shown.admin().get("/categories")
    assert page.status_code == 200
    assert "Kept, by tier" in page.text
    assert "Dropped, and why" in page.text
    assert "data-atlas" in page.text
