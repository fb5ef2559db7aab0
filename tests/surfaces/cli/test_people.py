"""`galena people` and `galena key`: who may what, from the command line."""


def test_people_are_listed_given_roles_and_reset(galena) -> None:
    assert galena("key", "make", "website", "-w", "demo").status == 0  # makes the operator
    (operator,) = galena("people", "-w", "demo", "--json").json["people"]
    assert (operator["role"], operator["codes"]) == ("admin", "no")
    refused = galena("people", "role", operator["email"], "viewer", "-w", "demo")
    assert refused.status == 5
    assert "only admin" in refused.err
    told = galena("people", "reset", operator["email"].upper(), "-w", "demo", "--json").json
    assert told == {"email": operator["email"], "reset": True}
    unknown = galena("people", "reset", "nobody@example.org", "-w", "demo")
    assert unknown.status == 3
    assert "Nobody here has this e-mail" in unknown.err
    assert galena("key", "rotate", "-w", "demo", "--json").json == {"rotated": True}


def test_a_person_is_removed_and_brought_back(galena) -> None:
    assert galena("tenant", "add", "Waco", "-w", "demo").status == 0
    assert galena("tenant", "member", "Waco", "bob@example.org", "-w", "demo").status == 0
    gone = galena("people", "remove", "Bob@example.org", "-w", "demo")
    assert "`galena people restore bob@example.org` brings them back" in gone.err
    assert "bob@example.org" not in galena("people", "-w", "demo").out
    assert galena("people", "remove", "bob@example.org", "-w", "demo").status == 3
    back = galena("people", "restore", "bob@example.org", "-w", "demo", "--json").json
    assert back == {"email": "bob@example.org", "role": "member", "removed": False}
    assert galena("people", "restore", "nobody@example.org", "-w", "demo").status == 3
