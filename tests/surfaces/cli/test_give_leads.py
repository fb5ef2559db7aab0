"""Leads given from the command line: tenants, the drop, the desk, routing."""

import re

from galena.kit.clock import system_clock

WHERE = ("-w", "demo")


def test_a_drop_from_the_first_tenant_to_its_undoing(galena, write, tmp_path):
    wishes = write(
        "wishes.yaml",
        "quotas: {green: 1, yellow: 2, red: 2}",
        "gates: [{gate: city, values: [Nowhere], unknown: refuse}]",
    )
    made = galena(
        "tenant", "add", "Lone Star", "--file", wishes, "--time-zone", "America/Chicago", *WHERE, "--json"
    )
    assert (made.json["quotas"], made.json["time_zone"]) == (
        {"green": 1, "yellow": 2, "red": 2},
        "America/Chicago",
    )
    looked = galena("tenant", "gates", "lone star", *WHERE)
    assert "this gate removes most: City" in looked.err
    open_ = write("gates.json", "[]")
    preview = galena("tenant", "gates", "Lone Star", "--file", open_, "--save", *WHERE, "--json").json
    assert preview["passing"] == preview["of"] > 0
    assert "Lone Star" in galena("tenant", *WHERE).out

    plan = galena("drop", "plan", *WHERE, "--json").json
    assert (plan["state"], plan["places"]) == ("planned", 5)
    done = galena("drop", "commit", *WHERE, "--json").json
    assert (done["drop"], done["state"], done["leads"]) == (plan["drop"], "committed", plan["leads"])
    assert "nothing changed" in galena("drop", "commit", plan["drop"], *WHERE).err
    assert "Its number" in galena("drop", "show", "--tenant", "Lone Star", *WHERE).err
    assert "committed" in galena("drop", *WHERE).out

    desk = galena("clawback", *WHERE, "--json").json
    assert desk["count"] == plan["leads"]
    key = desk["assignments"][0]["lead_key"]
    assert "1 lead taken back" in galena("clawback", "take", key, "--why", "a mistake", *WHERE).err
    assert "1 lead held" in galena("clawback", "hold", key, "--why", "a quarrel", *WHERE).err
    assert "It is held" in galena("clawback", "give", key, "--to", "Lone Star", "--why", "asked", *WHERE).err
    assert galena("clawback", "unhold", key, "--why", "over", *WHERE).status == 0
    assert (
        galena("clawback", "give", key, "--to", "Lone Star", "--why", "asked", *WHERE, "--json").json["done"]
        == 1
    )
    history = galena("clawback", "history", key, *WHERE).out
    assert all(step in history for step in ("assigned", "clawed back", "held", "hold ended", "a mistake"))
    assert "gives exactly what stands" in galena("clawback", "check", *WHERE).err
    undone = galena("drop", "undo", plan["drop"], "--why", "tried out", *WHERE, "--json").json
    assert undone["back"] == plan["leads"] - 1  # The one that was given by hand is no part of the drop.
    assert galena("drop", "due", "--json").status == 0


def test_mistakes_are_told_in_words(galena, write):
    assert galena("tenant", "add", "One", *WHERE).status == 0
    for arguments, complaint in (
        (("tenant", "add", "one"), "already"),
        (("tenant", "set", "Two", "--weight", "2"), "no tenant 'Two'"),
        (("tenant", "set", "One", "--quota", "green=ten"), "green=10"),
        (("tenant", "set", "One", "--quota", "blue=1"), "green, yellow, red"),
        (("tenant", "set", "One", "--file", write("bad.yaml", "gates: [")), "bad.yaml"),
        (("tenant", "set", "One", "--file", write("text.yaml", "hello")), "parameters"),
        (("drop", "plan", "--on", "soon"), "not a day"),
        (("drop", "show"), "no drop yet"),
        (("clawback", "take", "--why", "x"), "Which leads"),
        (("clawback", "take", "nobody", "--why", "x"), "no lead 'nobody'"),
        (("route",), "weekly drops"),
    ):
        refused = galena(*arguments, *WHERE)
        assert refused.status != 0
        assert complaint in refused.err
    assert galena("tenant", "pause", "One", "--why", "on holiday", *WHERE).status == 0
    assert "paused" in galena("tenant", "show", "One", *WHERE).out
    assert "One takes no part. It is paused." in galena("drop", "plan", *WHERE).err
    assert "no leads any more" in galena("tenant", "cancel", "One", *WHERE).err
    assert "gets leads again" in galena("tenant", "resume", "One", *WHERE).err
    assert "ann@example.org belongs" in galena("tenant", "member", "One", "ann@example.org", *WHERE).err
    assert "12.50 USD" in galena("tenant", "balance", "One", "12.50", "--why", "paid", *WHERE).err


def test_permits_are_routed_to_who_bids_most(fresh, permits):
    # Leads of which nothing new was told for 120 days are too old to give.
    today = system_clock().date().isoformat()
    rows = re.sub(r"2026-\d\d-\d\d", today, permits.read_text(encoding="utf-8"))
    permits.write_text(rows, encoding="utf-8")
    assert fresh("ingest", permits, "-p", "permits").status == 0
    assert fresh("score", "-p", "permits").status == 0
    bids = [part for tier in "abc" for part in ("--bid", f"{tier}=20")]
    assert fresh("tenant", "add", "Roofers", *bids).status == 0
    assert fresh("route", "--json").json == {"routed": 0, "given": {}, "nobody": 3}
    assert fresh("tenant", "balance", "Roofers", "45", "--why", "paid").status == 0
    assert fresh("route", "--json").json == {"routed": 2, "given": {"Roofers": 2}, "nobody": 1}
    first, second = (each["lead_key"] for each in fresh("clawback", "--json").json["assignments"])
    assert fresh("route", "accept", first, "--tenant", "Roofers").status == 0
    assert (
        "20.00 are refunded"
        in fresh("route", "return", first, "--tenant", "Roofers", "--reason", "out_of_area").err
    )
    assert fresh("route", "decline", second, "--tenant", "Roofers", "--json").json["routed"] == 0
    assert "0 offers lapsed" in fresh("route", "keep").err
    assert "Roofers" in fresh("route", "speed").out
    assert "gives exactly what stands" in fresh("clawback", "check").err
