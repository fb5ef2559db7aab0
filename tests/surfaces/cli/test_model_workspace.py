"""`galena model train` without a file: a workspace's own leads."""

import pytest


def test_too_few_decided_leads_are_told(galena):
    found = galena("model", "train", "--workspace", "demo")
    assert found.status == 0
    assert "Books a meeting (booked)" in found.out
    assert "0 of the 100 decided leads that a model needs; rules score until then." in found.out
    plain = galena("model", "train", "--workspace", "demo", "--head", "won", "--json").json
    assert [head["step"] for head in plain["heads"]] == ["few_labels"]
    assert plain["heads"][0]["model"] is None


def test_a_head_that_is_not_there_is_named_with_those_that_are(galena):
    found = galena("model", "train", "--workspace", "demo", "--head", "sold")
    assert found.status != 0
    assert "no head sold" in found.err
    assert "booked" in found.err


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (("--target", "won"), "--target needs --csv"),
        (
            ("--csv", "past.csv", "--target", "won", "--out", "m", "--head", "won"),
            "--head goes without --csv",
        ),
        (("--csv", "past.csv", "--out", "m"), "Missing option '--target'"),
    ],
)
def test_options_that_do_not_go_together_are_refused(galena, given, complaint):
    found = galena("model", "train", *given)
    assert found.status == 2
    assert complaint in found.err
