"""The file of quarantined rows, whatever the columns of the delivered file are called."""

import csv
from collections.abc import Callable
from pathlib import Path

from galena.workflows.context import Context
from galena.workflows.intake import IntakeOptions, ingest_file
from galena.workflows.quarantine_file import export_rejected, read_mended
from galena.workflows.replay_quarantine import correct_and_replay

ROWS = ("1,Ovens,Beam,many,a,b,c,d", "2,Mills,Corn,4,e,f,g,h")
HEADINGS = ["row", "cell_row", "=1+1", "'=1+1"]


def test_every_column_has_a_heading_of_its_own_and_none_runs_as_a_formula(
    context: Context, write: Callable[..., Path], tmp_path: Path
) -> None:
    given = write("deals.csv", ",".join(["Id", "Deal", "Account", "Amount", *HEADINGS]), *ROWS)
    ingest_file(context, given, IntakeOptions(accept_proposal=True))
    rejected = tmp_path / "rejected.csv"
    with context.session() as session:
        assert export_rejected(session, rejected) == 1
    with rejected.open(newline="", encoding="utf-8") as stream:
        (row,) = csv.DictReader(stream)
    assert row["row"] == "1"
    assert [row[name] for name in ("cell_row", "cell_cell_row", "'=1+1", "''=1+1")] == ["a", "b", "c", "d"]
    assert not any(name.startswith(("=", "+", "-", "@")) for name in row)

    rejected.write_text(rejected.read_text().replace("many", "7"))
    with context.session() as session:
        mended = read_mended(session, rejected)
    ((row_id, changes),) = mended.corrections.items()
    assert changes == {"Amount": "7"}
    assert correct_and_replay(context, [row_id], mended.corrections).replayed == (row_id,)
