"""The files of a product, those changed first before the others, a page for each.

The state names the last file taken, by its time of change and its name; with `position` in it, more follow:

    {"after": ["2026-03-01T00:00:00Z", "places-0003.parquet"], "position": true}
"""

from collections.abc import Iterator, Mapping
from typing import Any

from galena.connectors.dewey.tables import records_of
from galena.connectors.rest import RestSource
from galena.connectors.rest.beside import description_beside
from galena.domain.connector import Access, Page, Trial
from galena.kit.web import Call, UnreadableAnswerError, WebClient

FILES = "files"
SAMPLE_RECORDS = 50


def open_source(access: Access, web: WebClient) -> "DeweyFiles":
    """The source of a connection."""
    return DeweyFiles(access, RestSource(description_beside(__file__), access, web), web)


class DeweyFiles:
    """Pulls the rows of a product's files."""

    def __init__(self, access: Access, listing: RestSource, web: WebClient) -> None:
        self._since = str(access.settings.get("since") or "")
        self._listing = listing
        self._web = web

    def streams(self) -> tuple[str, ...]:
        """One: the rows of the files."""
        return (FILES,)

    def mapping_name(self, stream: str) -> str:
        """The mapping that the settings name."""
        return self._listing.mapping_name(stream)

    def try_out(self, stream: str) -> Trial:
        """Reads the list of files, and the first of them.

        Raises:
            GalenaError: the connection does not work, and why.
        """
        listed = self._listing.try_out(stream)
        if not listed.sample:
            return Trial((), note="It answers, but the product has no files at the moment.")
        records, _ = self._read(listed.sample[0])
        sample = tuple(records[:SAMPLE_RECORDS])
        return Trial(sample, tuple(dict.fromkeys(name for each in sample for name in each)))

    def pages(self, stream: str, state: Mapping[str, Any]) -> Iterator[Page]:
        """The files that are new or changed since a state.

        Raises:
            WebError: Dewey gave no usable answer; pages that came before stand.
        """
        after = tuple(state.get("after") or (self._since, ""))
        files, calls = self._changed(stream, after)
        if not files:
            yield Page((), {"after": list(after)}, is_last=True, calls=calls)
        for number, file in enumerate(files, 1):
            records, made = self._read(file)
            is_last = number == len(files)
            kept: dict[str, Any] = {"after": list(_order(file))} | ({} if is_last else {"position": True})
            yield Page(tuple(records), kept, is_last=is_last, calls=calls + made)
            calls = 0

    def _changed(self, stream: str, after: tuple[Any, ...]) -> tuple[list[Mapping[str, Any]], int]:
        listed = list(self._listing.pages(stream, {}))
        files = [each for page in listed for each in page.records if isinstance(each, Mapping)]
        fresh = [each for each in files if _order(each) > after]
        return sorted(fresh, key=_order), sum(page.calls for page in listed)

    def _read(self, file: Mapping[str, Any]) -> tuple[list[Any], int]:
        link = str(file.get("link") or "")
        if not link:
            raise UnreadableAnswerError(
                "A listed file has no link.",
                facts={"file": file.get("file_name")},
                remedy="Pull again; when it stays so, tell the provider.",
            )
        # The link itself is the permission; the key stays with the server that lists.
        answer = self._web.send(Call(link, label="file"))
        return records_of(str(file.get("file_name") or ""), answer.body), answer.attempts


def _order(file: Mapping[str, Any]) -> tuple[str, str]:
    return str(file.get("modified_at") or ""), str(file.get("file_name") or "")
