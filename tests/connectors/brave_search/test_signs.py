"""Which sentences of the web speak of a sale."""

from galena.connectors.brave_search.signs import names_it, signs_in


def test_what_is_for_sale_and_what_is_sold_in_a_shop() -> None:
    texts = [
        "We sell fresh bread. The owner is <strong>selling</strong> the bakery.",
        "Owner retires in May.",
    ]
    assert signs_in(texts) == ["selling: The owner is selling the bakery.", "retiring: Owner retires in May."]


def test_a_page_names_the_business_by_its_whole_name() -> None:
    assert names_it("Sample Bakery", "News: SAMPLE BAKERY, Austin")
    assert not names_it("Sample Bakery", "A sample of our bakery")
