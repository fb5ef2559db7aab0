"""Public data sets read to the row: as many rows and columns as their publishers say, and no faults."""

from pathlib import Path

import pytest

from galena.connectors.files import open_rows
from galena.domain.record import Row

pytestmark = pytest.mark.data

COUNTS = {
    "x_education/Leads.csv.gz": (9_240, 37),
    "olist_funnel/olist_marketing_qualified_leads_dataset.csv.gz": (8_000, 4),
    "olist_funnel/olist_closed_deals_dataset.csv": (842, 14),
    "maven_crm/sales_pipeline.csv.gz": (8_800, 8),
    "maven_crm/accounts.csv": (85, 7),
    "maven_crm/products.csv": (7, 3),
    "maven_crm/sales_teams.csv": (35, 3),
    "permits_austin/austin_permits_2014H1.csv.gz": (31_862, 43),
    "permits_austin/austin_permits_2015H2.csv.gz": (31_772, 43),
    "bank_marketing/bank-additional-first70pct.csv.gz": (28_831, 21),
    "tarrant_parcels/tad-parcels-fort-worth-SAMPLE.json.gz": (2_839, 19),
    "hillstrom/hillstrom_quintanilla.csv.gz": (64_000, 12),
    "kc_house/kc_house_data.csv.gz": (21_613, 21),
    "reviews_zomato/restaurant_reviews.csv.gz": (10_000, 7),
    "reviews_zomato/restaurant_metadata.csv": (105, 6),
    "entity_resolution/lsblock/fodors.csv": (533, 6),
    "entity_resolution/lsblock/zagats.csv": (331, 6),
    "entity_resolution/lsblock/truth_fodors_zagats.csv": (112, 2),
    "entity_resolution/lsblock/Abt.csv.gz": (1_081, 4),
    "entity_resolution/lsblock/Buy.csv": (1_092, 5),
    "entity_resolution/febrl/febrl1.csv": (1_000, 11),
    "entity_resolution/febrl/febrl2.csv.gz": (5_000, 11),
    "entity_resolution/febrl/febrl3_links.csv": (6_538, 2),
    "entity_resolution/patstat/patstat_input.csv.gz": (2_379, 6),
    "attribution/PathData.csv.gz": (10_000, 4),
    "phonenumbers/example_numbers.csv": (1_162, 8),
    "sec_edgar/company_tickers.json.gz": (9_610, 4),
}


@pytest.mark.parametrize("name", COUNTS)
def test_every_row_is_read(shared_data: Path, name: str) -> None:
    with open_rows(shared_data / name) as reader:
        items = list(reader)
        columns = len(reader.shape.columns)
    assert [item for item in items if not isinstance(item, Row)] == []
    assert (len(items), columns) == COUNTS[name]
    assert [item.number for item in items] == list(range(1, len(items) + 1))


def test_single_quotes_are_taken_off(shared_data: Path) -> None:
    with open_rows(shared_data / "entity_resolution/lsblock/fodors.csv") as reader:
        first = next(iter(reader)).payload
    assert first is not None
    assert first["name"] == "arnie morton's of chicago"


def test_web_pages_and_xml_are_refused(shared_data: Path) -> None:
    from galena.kit.errors import InputError

    for name in ("1800Flowers.8-K.html", "form4.snow.xml"):
        with pytest.raises(InputError, match="holds no rows"):
            open_rows(shared_data / "sec_edgar" / name)
