"""`galena signals`: what waits and why, given to a lead by hand, which is scored at once, taken back, let go."""

from pathlib import Path
from typing import Any

CONTACTS = (
    "email,name,company,title,city,state\nann@orbital.com,Ann Archer,Orbital Steel,VP Sales,Austin,TX\n"
)
ACTIVITY = """email,kind,date,event_id
ann@privat.net,form_submitted,2026-02-20,e1
ann@privat.net,email_opened,2026-02-21,e2
"""


def test_what_waits_is_given_to_its_lead_and_scored(fresh: Any, tmp_path: Path) -> None:
    galena = fresh
    (tmp_path / "people.csv").write_text(CONTACTS)
    (tmp_path / "activity.csv").write_text(ACTIVITY)
    galena("ingest", tmp_path / "people.csv", "-p", "b2b", "--yes")
    galena("score", "-p", "b2b")
    taken = galena("ingest", tmp_path / "activity.csv", "-p", "b2b", "--yes", "--json").json
    assert (taken["signals"], taken["rescored"]) == (2, 0)
    told = galena("signals", "-p", "b2b")
    assert "no lead has the" in told.out
    assert "ann@privat.net" in told.out
    listed = galena("signals", "-p", "b2b", "--kind", "email_opened", "--json").json
    assert [each["waiting"] for each in listed["counts"]] == [1, 1]
    (waiting,) = listed["signals"]
    given = galena("signals", "attach", waiting["id"][-8:], "Ann Archer", "-p", "b2b", "--json").json
    assert (given["signals"], given["rescored"], given["score_changed"]) == (2, 1, 1)
    mine = galena("signals", "-p", "b2b", "--lead", "Ann Archer", "--json").json["signals"]
    assert [each["kind"] for each in mine] == ["email_opened", "form_submitted"]
    back = galena("signals", "detach", mine[0]["id"], "-p", "b2b", "--json").json
    assert (back["signals"], back["rescored"]) == (2, 1)
    assert galena("signals", "let-go", waiting["id"], "-p", "b2b").status == 0
    left = galena("signals", "-p", "b2b", "--json").json
    assert [each["kind"] for each in left["signals"]] == ["form_submitted"]
    unknown = galena("signals", "attach", "abc123", "Ann", "-p", "b2b")
    assert (unknown.status != 0, "No signal has this id" in unknown.err) == (True, True)
