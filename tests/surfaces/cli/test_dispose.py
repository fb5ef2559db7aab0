"""What became of leads, from the command line: one by one, by a table, taken back; bans and tasks."""

BUSINESSES = """business_id,business_name,industry,city,state,phone,email,annual_revenue
1,Oak Bakery,Food,Austin,TX,512-555-0101,ann@oakbakery.com,900000
2,Pine Garage,Repair,Dallas,TX,512-555-0102,bo@pinegarage.com,400000
"""


def test_the_life_of_an_outcome(fresh, tmp_path):
    file = tmp_path / "businesses.csv"
    file.write_text(BUSINESSES)
    assert fresh("ingest", file, "-p", "brokerage").status == 0
    told = fresh("dispose", "1", "voicemail", "--json").json
    assert (told["stand"], told["next_step"], told["attempts"]) == ("working", "attempt", 1)
    asked = fresh("dispose", "1", "not_interested", "--reason", "our son takes over")
    assert asked.status != 0
    assert "`family`" in asked.err
    refused = fresh(
        "dispose", "1", "not_interested", "--reason", "our son takes over", "--yes", "--json"
    ).json
    assert (refused["reason_code"], refused["stand"]) == ("family", "refused")
    back = fresh("dispose", "--undo", refused["id"], "--reason", "wrong lead", "--json").json
    assert back["stand"] == "working"
    assert "being tried" in fresh("dispose", "1").out
    assert fresh("tasks", "--json").json["tasks"][0]["what"] == "Try again"

    table = tmp_path / "outcomes.csv"
    table.write_text("Lead,Disposition,Notes,Callback\n1,future interest,later,spring\n2,booked,,\n9,dnc,,\n")
    wrong = fresh("dispose", "--file", table)
    assert wrong.status != 0
    assert "row 2 (2): Meeting booked needs when the meeting is" in wrong.err
    assert "row 3 (9): There is no lead '9'" in wrong.err
    assert "2 of 3 rows" in wrong.err
    table.write_text("Lead,Disposition,Notes,Callback\n1,future interest,later,spring\n2,dnc,,\n")
    assert fresh("dispose", "--file", table, "--dry-run", "--json").json["recorded"] == 0
    assert fresh("dispose", "--file", table, "--json").json["outcomes"] == {
        "future_interest": 1, "do_not_contact": 1
    }  # fmt: skip

    assert fresh("suppress", "check", "(512) 555 0102").status == 1
    assert fresh("suppress", "check", "ann@oakbakery.com").status == 0
    bans = fresh("suppress", "list", "--json").json["bans"]
    assert [ban["what"] for ban in bans] == ["+15125550102", "bo@pinegarage.com", "lead"]
    assert fresh("suppress", "lift", bans[0]["id"], "--reason", "asked us to call").status == 0
    assert fresh("suppress", "check", "512-555-0102", "--json").status == 0
    assert fresh("suppress", "add", "x@y.com", "--reason", "asked", "--json").json["added"] == 1
    assert fresh("tasks", "chase", "--json").json["resumed"] == 0
    told = fresh("report", "funnel", "--by", "industry", "--csv", tmp_path / "f.csv", "--json").json
    rows = {row["industry"]: (row["leads"], row["contacted"]) for row in told["tables"][0]["rows"]}
    assert rows == {"Food": (1, 1), "Repair": (1, 1)}
    assert (tmp_path / "f.csv").read_text().startswith("industry,leads,contacted")
    assert "cannot be grouped" in fresh("report", "actioned", "--by", "month").err
    shown = fresh("report", "reasons", "--pdf", tmp_path / "r.pdf")
    assert (shown.status, (tmp_path / "r.pdf").read_bytes()[:4]) == (0, b"%PDF")
