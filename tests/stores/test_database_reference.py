"""The reference names every table, and who reaches it."""

import re
from pathlib import Path

from galena.stores.tables import Reach, metadata

_PAGE = Path(__file__).parents[2] / "docs" / "reference" / "database.md"
_WORDS = {
    Reach.WORKSPACE: "all",
    Reach.OPERATOR: "nothing",
    Reach.TENANT: "its own",
    Reach.LEAD: "its leads'",
}


def test_every_table_is_described_with_its_reach() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| .+ \| (.+) \| (.+) \|$", _PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    described = {name: (reads, writes) for name, reads, writes in rows}
    expected = {
        table.name: (_WORDS[table.info["reads"]], _WORDS[table.info["writes"]])
        for table in metadata.sorted_tables
        if table.info
    }
    assert described == {**expected, "workspaces": ("the entered one", "nothing")}
