"""Leads that are one, from the command line: compared, asked about, answered, explained."""

HEAD = "external_id,name,address,city,state,zip,phone,email,owner_name"
ONE = "z1,Zephyr Orchids LLC,12 Quill Road,Waco,TX,76701,254-555-0142,kim@zephyr-orchids.com,Kim Vale"
LIKE = "z2,Zephyr Orchid Care,,Waco,TX,,903-555-0188,,Kim Vale"


def test_a_pair_is_asked_about_answered_and_explained(fresh, write):
    for name, line in (("a.csv", ONE), ("b.csv", LIKE)):
        assert fresh("ingest", write(name, HEAD, line), "-p", "brokerage", "--yes").status == 0
    counted = fresh("resolve", "--dry-run", "--json").json
    assert counted["workspace"] == "brokerage"
    assert "compar" in fresh("resolve").err.casefold()

    (pair,) = fresh("review", "list", "--json").json["pairs"]
    assert "Zephyr" in fresh("review", "list").out
    wrong = fresh("review", "decide", "00000000-0000-0000-0000-000000000000", "same")
    assert wrong.status == 3
    assert fresh("review", "decide", "here", "same").status == 2

    said = fresh("review", "decide", pair["id"], "same")
    assert "They are one lead now." in said.err
    assert "Nothing waits for an answer." in fresh("review", "list").err
    told = fresh("resolve", "explain", "z1")
    assert told.status == 0
    assert "Zephyr Orchid" in told.out
