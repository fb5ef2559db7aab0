"""The list's filters and order in an address, read and written."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qs, urlencode
from uuid import UUID

from fastapi import Depends, Query

from galena.domain.listing import LeadQuery
from galena.domain.sale import NEW, SALE_STATES
from galena.surfaces.web.words import plain

LONGEST = 200
Text = Annotated[str, Query(max_length=LONGEST)]


@dataclass(frozen=True, slots=True)
class ListQuery:
    """The filters and order as the address writes them; an empty text does not filter."""

    q: str = ""
    tier: str = ""
    temperature: str = ""
    category: str = ""
    status: str = ""
    min_score: str = ""
    import_id: str = ""
    sale: str = ""
    sort: str = "-score"

    @property
    def any(self) -> bool:
        """Whether anything filters."""
        return any(getattr(self, name) for name in self.__dataclass_fields__ if name != "sort")

    def lead_query(self) -> LeadQuery:
        """As the stores read it; what cannot be read does not filter."""
        statuses = (
            (self.status,) if self.status in ("active", "discarded", "needs_enrichment") else ("active",)
        )
        return LeadQuery(
            tiers=(self.tier,) if self.tier else (),
            temperatures=(self.temperature,) if self.temperature else (),
            categories=(self.category,) if self.category else (),
            statuses=statuses,  # type: ignore[arg-type]
            min_points=_number(self.min_score),
            search=self.q,
            import_id=_uuid(self.import_id),
            sale=self.sale if self.sale in (NEW, *SALE_STATES) else "",
            sort=self.sort.removeprefix("-") or "score",
            descending=self.sort.startswith("-"),
        )

    def address(self, **changes: str) -> str:
        """The query string with some parts changed; empty parts are left out."""
        return urlencode({name: value for name, value in (self.parts() | changes).items() if value})

    def parts(self) -> dict[str, str]:
        """Name -> text."""
        return {name: str(getattr(self, name)) for name in self.__dataclass_fields__}


def read_query(
    q: Text = "",
    tier: Text = "",
    temperature: Text = "",
    category: Text = "",
    status: Text = "",
    min_score: Text = "",
    import_id: Text = "",
    sale: Text = "",
    sort: Text = "-score",
) -> ListQuery:
    """The query of a request."""
    texts = (q.strip(), tier, temperature, category, status, min_score, import_id, sale, sort)
    return ListQuery(*map(plain, texts))


def query_from(address: str) -> ListQuery:
    """The query of an address as `ListQuery.address` writes it; what is not known of is left out."""
    texts = {name: values[0] for name, values in parse_qs(address).items()}
    known = ListQuery.__dataclass_fields__
    return ListQuery(**{name: plain(text)[:LONGEST] for name, text in texts.items() if name in known})


Asked = Annotated[ListQuery, Depends(read_query)]


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number <= 100 else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
