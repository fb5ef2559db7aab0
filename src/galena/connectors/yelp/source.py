"""The latest reviews of the businesses one follows.

The state says which reviews of each business were the latest when it was asked:

    {"known": {"<business>": ["<review>", ...]}, "position": 4}

With `position` in it, four businesses were asked and the pull is not complete. Yelp shows the newest few reviews of a
business alone, so that a pull a day misses nothing but what comes in a rush.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from galena.connectors.rest.asking import AbsentError, Asking, records_in
from galena.connectors.rest.beside import description_beside
from galena.connectors.rest.description import Request
from galena.domain.connector import Access, Page, Trial
from galena.kit.errors import NotFoundError
from galena.kit.web import WebClient

REVIEWS = "reviews"
_KEPT = ("id", "rating", "text", "time_created", "url")


def open_source(access: Access, web: WebClient) -> "YelpReviews":
    """The source of a connection."""
    return YelpReviews(access, Asking(description_beside(__file__), access, web))


class YelpReviews:
    """Pulls reviews, one business after the other."""

    def __init__(self, access: Access, asking: Asking) -> None:
        named = str(access.settings.get("businesses") or "").split(",")
        self._businesses = tuple(dict.fromkeys(each.strip() for each in named if each.strip()))
        self._asking = asking

    def streams(self) -> tuple[str, ...]:
        """Reviews, when businesses are followed."""
        return (REVIEWS,) * bool(self._businesses)

    def mapping_name(self, stream: str) -> str:  # noqa: ARG002 - there is one stream
        """The mapping of a review."""
        return "yelp_reviews"

    def try_out(self, stream: str) -> Trial:  # noqa: ARG002
        """Asks for the reviews of the first business.

        Raises:
            GalenaError: the connection does not work, and why.
        """
        if not self._businesses:
            raise NotFoundError(
                "No businesses are followed.", remedy="Name some in the setting `businesses`."
            )
        records, _ = self._reviews(self._businesses[0])
        return Trial(
            tuple(records), _KEPT, "" if records else "It answers; the first business has no reviews."
        )

    def pages(self, stream: str, state: Mapping[str, Any]) -> Iterator[Page]:  # noqa: ARG002
        """What is new since a state, a page for each business.

        Raises:
            WebError: Yelp gave no usable answer; pages that came before stand.
        """
        known: dict[str, list[str]] = dict(state.get("known", {}))
        first = int(state.get("position", 0))
        for number, business in enumerate(self._businesses[first:], first + 1):
            try:
                records, calls = self._reviews(business)
            except AbsentError:
                records, calls = [], 1
            fresh = tuple(each for each in records if each["id"] not in known.get(business, ()))
            known = known | {business: [each["id"] for each in records]}
            is_last = number >= len(self._businesses)
            kept = {"known": known} | ({} if is_last else {"position": number})
            yield Page(fresh, kept, is_last=is_last, calls=calls)
        if first >= len(self._businesses):
            yield Page((), {"known": known}, is_last=True, calls=0)

    def _reviews(self, business: str) -> tuple[list[dict[str, Any]], int]:
        request = Request(
            path="/v3/businesses/{lead.id}/reviews",
            params={"limit": "{settings.reviews}", "sort_by": "newest"},
        )
        body, answer = self._asking.ask(
            self._asking.call(request, {"lead": {"id": business}}, label="reviews")
        )
        found = records_in(body, "reviews", label=REVIEWS)
        named = [each for each in found if isinstance(each, Mapping) and each.get("id")]
        return [
            {"business_id": business} | {name: each.get(name) for name in _KEPT} for each in named
        ], answer.attempts
