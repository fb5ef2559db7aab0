"""The loop, drift, experiments and notifications from the command line."""

import pytest


@pytest.fixture
def demo(galena):
    """galena(*arguments) in the workspace `demo`."""
    return lambda *arguments: galena(*arguments, "-w", "demo")


def test_what_the_loop_says_of_a_young_workspace(demo):
    due = demo("learn")
    assert "It has not learned here before." in due.out
    assert "galena learn run" in due.err
    ran = demo("learn", "run", "--budget", "1", "--json").json
    assert (ran["ran"], ran["trigger"]) == (True, "hand")
    assert {step["step"] for step in ran["heads"]} == {"few_labels"}
    waits = demo("learn", "run", "--when-due")
    assert "of the 100 outcomes that a model needs are known" in waits.out
    assert demo("learn", "--json").json["due"] is None
    (run,) = demo("learn", "history", "--json").json["runs"]
    assert (run["trigger"], run["state"]) == ("hand", "done")
    assert "Somebody asked for it." in demo("learn", "history").out


def test_drift_and_notifications(demo):
    reports = demo("drift", "--json").json["reports"]
    assert [each["outcome"] for each in reports] == ["booked", "won"]
    assert reports[0]["error_rate"] == 0.05
    told = demo("drift", "--last").out
    assert told.startswith("booked")
    assert "Nothing new." in demo("notifications").err
    assert demo("notifications", "--seen-all", "--json").json == {
        "workspace": "demo",
        "marked": 0,
        "notifications": [],
    }


def test_experiments_say_what_they_lack(demo):
    assert "There are no experiments." in demo("experiment").err
    for words, said in (
        (("start", "a", "--why", "b"), "No model scores yet"),
        (("start", "a", "--why", "b", "--model", "booked:9"), "There is no model booked:9"),
        (("start", "a", "--why", "b", "--weights", "net"), "These are no weights."),
        (("report", "a"), "There is no experiment a."),
        (("stop", "a", "--why", "b"), "There is no experiment a."),
        (("value",), "No model scores yet."),
        (("thresholds", "state", "--from", "75"), "No model scores yet."),
    ):
        refused = demo("experiment", *words)
        assert refused.status != 0
        assert said in refused.err
    assert demo("experiment", "list", "--json").json["experiments"] == []
