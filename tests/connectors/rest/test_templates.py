"""Gaps and their filters; descriptions that cannot be right are told with their line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galena.connectors.catalogue import broken_connectors, find_connector, list_connectors, read_part
from galena.connectors.rest.description import Description
from galena.connectors.rest.places import ABSENT, at
from galena.connectors.rest.templates import filled
from galena.kit.errors import NotFoundError
from galena.playbooks.problem import PlaybookError

KNOWN = {
    "settings": {"a": "x", "n": 5.0, "empty": ""},
    "lead": {"site_address": "1200 N O'Brien St, Apt 4", "half": "3813 1/2 Some Rd"},
    "cursor": 1,
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{settings.a}/{cursor}", "x/1"),
        ("{settings.n}", "5"),
        ("{settings.missing}", None),
        ("{settings.empty}", None),
        (["{settings.missing} and", "{settings.a}"], "x"),
        (["{settings.missing}"], None),
        (True, "true"),
        (7, "7"),
        ("plain {not a gap}", "plain {not a gap}"),
        ("{lead.site_address|house_number}", "1200"),
        ("{lead.half|street_start}", "SOME"),
        ("{lead.site_address|street_line|upper}", "1200 N O'BRIEN ST"),
        ("{lead.site_address|street_word|sql}", "BRIEN"),
        ("'{lead.site_address|street_line|sql}'", "'1200 N O''Brien St'"),
        ("{settings.a|digits}", None),
    ],
)
def test_gaps(template: object, text: str | None) -> None:
    assert filled(template, KNOWN) == text  # type: ignore[arg-type]


def test_what_fills_a_path_is_quoted() -> None:
    assert (
        filled("/x/{settings.a}", {"settings": {"a": "../../etc?x=1#"}}, quoted=True)
        == "/x/..%2F..%2Fetc%3Fx%3D1%23"
    )


@given(st.text())
def test_no_text_leaves_the_quotes_of_sql(text: str) -> None:
    written = filled("'{lead.a|sql}'", {"lead": {"a": text}})
    assert written is None or written[1:-1].replace("''", "").count("'") == 0
    like = filled("'{lead.a|like}'", {"lead": {"a": text}})
    assert like is None or not set(like[1:-1]) & {"%", "_", "\\"}


def test_places() -> None:
    body = {"a": [{"b": {"c": 1}}, {"b": {}}, {"b": {"c": 2}}], "x.y": 3}
    assert at(body, "a.*.b.c") == [1, 2]
    assert at(body, "a.-1.b.c") == 2
    assert at(body, "x.y") == 3
    assert at(body, "") is body
    assert at(body, "a.9") is ABSENT
    assert at("text", "a") is ABSENT


def write(folder: Path, text: str) -> Path:
    file = folder / "source.yaml"
    file.write_text(text, "utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("base_url: x\n", 1, "give streams"),
        ("base_url: x\nstreams:\n  a:\n    request: {path: /x}\n    pagging: {}\n", 5, "Extra inputs"),
        (
            "base_url: x\nstreams:\n  a:\n    request: {path: '/{secret.key}'}\n",
            4,
            "must not stand in the path",
        ),
        ("base_url: '{lead.a|shout}'\nstreams:\n  a:\n    request: {}\n", 1, "unknown filter: shout"),
        ("base_url: '{person.a}'\nstreams:\n  a:\n    request: {}\n", 1, "unknown gap: person.a"),
        (
            "base_url: x\nstreams:\n  a:\n    request: {}\n    paging: {kind: offset}\n",
            5,
            "needs position_param",
        ),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(PlaybookError) as told:
        read_part(write(tmp_path, text), Description)
    assert told.value.problems[0].line == line
    assert words in str(told.value)


def test_a_connector_of_ones_own_needs_yaml_alone(tmp_path: Path) -> None:
    folder = tmp_path / "connectors" / "my_town"
    folder.mkdir(parents=True)
    (folder / "manifest.yaml").write_text(
        "name: my_town\ntitle: My town\ngives: Permits.\ncapabilities: [source]\nrate: {calls: 2}\nterms: Public.\n"
    )
    (folder / "source.py").write_text("raise SystemExit('code of the data folder must not run')")
    write(folder, "base_url: https://permits.example.gov\nstreams:\n  a:\n    request: {path: /x}\n")
    assert "my_town" in {each.manifest.name for each in list_connectors(tmp_path)}
    found = find_connector("my_town", tmp_path)
    assert found.is_pulled
    assert not found.is_shipped
    broken = tmp_path / "connectors" / "broken"
    broken.mkdir()
    (broken / "manifest.yaml").write_text("name: other\n")
    assert find_connector("my_town", tmp_path) == found, "mistakes in another one do not matter"
    assert "broken" not in {each.manifest.name for each in list_connectors(tmp_path)}
    assert set(broken_connectors(tmp_path)) == {"broken"}
    with pytest.raises(PlaybookError):
        find_connector("broken", tmp_path)
    with pytest.raises(NotFoundError) as told:
        find_connector("my_twon", tmp_path)
    assert told.value.facts["nearest"] == "my_town"
