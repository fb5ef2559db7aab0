# ruff: noqa: E501 - a table reads best with one case per line
"""Each kind of mistake is reported with file, line, column, what, value and remedy."""

from collections.abc import Callable
from pathlib import Path

import pytest

from galena.playbooks import PlaybookError, check, load

WritePlaybook = Callable[..., Path]

# name: file, old text, new text, and the one problem: where, part of what, value, part of the remedy
ONE_MISTAKE: dict[str, tuple[str, str, str, str, str, str, str]] = {
    "yaml syntax": (
        "rules.yaml", "points: 10", "points: 10: 11",
        "rules.yaml:6:15", "mapping values are not allowed here", "", "quotes",
    ),
    "tab": ("fields.yaml", "  size:", "\tsize:", "fields.yaml:3:1", "'\\t'", "", "spaces"),
    "duplicate key": (
        "rules.yaml", "    points: 10\n", "    points: 10\n    points: 12\n",
        "rules.yaml:7:5", "'points' is given twice, first on line 6", "points", "Remove one",
    ),
    "anchor": ("rules.yaml", "when: very_big > 3", "when: &x very_big > 3", "rules.yaml:7:11", "anchors", "", "Write"),
    "unknown key": (
        "rules.yaml", "    points: 10", "    pionts: 10\n    points: 1",
        "rules.yaml:6:5", "unknown key 'pionts' in a factor", "pionts", "Did you mean points?",
    ),
    "missing key": (
        "rules.yaml", "    label: Size {size}\n", "",
        "rules.yaml:4:5", "a factor needs the key 'label'", "", "Add a line `label: ...`",
    ),
    "wrong type": ("rules.yaml", "points: 10", "points: ten", "rules.yaml:6:13", "points must be a number", "ten", "digits"),
    "text wanted": ("rules.yaml", "label: A,", "label: 2024,", "rules.yaml:11:22", "label must be a text", "2024", "quotes"),
    "out of bounds": ("rules.yaml", "points: 10", "points: 1000", "rules.yaml:6:13", "at most 100", "1000", "limit"),
    "choice": (
        "fields.yaml", "type: number", "type: numbr",
        "fields.yaml:3:16", "type must be one of text, number", "numbr", "Did you mean number?",
    ),
    "bad name": (
        "rules.yaml", "name: is_big", "name: Is Big",
        "rules.yaml:4:11", "names are lower-case letters", "Is Big", "Write is_big",
    ),
    "bad field name": ("fields.yaml", "  size:", "  Size:", "fields.yaml:3:3", "names are lower-case", "Size", "Write size"),
    "list wanted": (
        "features.yaml", "signals: [opened]}\naggregates", "signals: opened}\naggregates",
        "features.yaml:2:46", "signals must be a list", "opened", "[a, b]",
    ),
    "rule of a part": (
        "sources/csv.yaml", "{column: Name}", "{column: Name, constant: x}",
        "sources/csv.yaml:5:9", "exactly one of column, join and constant", "", "Correct",
    ),
    "same name twice": (
        "features.yaml", "  - name: very_big", "  - {name: big, group: g, label: L, sql: size}\n  - name: very_big",
        "features.yaml:10:12", "this feature exists already, in features.yaml line 6", "big", "another name",
    ),
    "category of a factor": (
        "rules.yaml", "category: fit", "category: fitt",
        "rules.yaml:5:15", "no such category of factors", "fitt", "Did you mean fit?",
    ),
    "mapped field": (
        "sources/csv.yaml", "  name: {column", "  nam: {column",
        "sources/csv.yaml:5:3", "not a field of the playbook", "nam", "Did you mean name?",
    ),
    "signal kind": (
        "features.yaml", "count, signals: [opened]", "count, signals: [opend]",
        "features.yaml:4:50", "signal kind is not declared", "opend", "Did you mean opened?",
    ),
    "aggregate hides a field": (
        "features.yaml", "name: opened_7", "name: size",
        "features.yaml:4:12", "already a field", "size", "another name",
    ),
    "behaviour hides a field": (
        "fields.yaml", "  won:", "  opening_intensity: {type: number, label: X}\n  won:",
        "features.yaml:2:12", "already a field", "opening_intensity", "another name",
    ),
    "feature hides a field": (
        "features.yaml", "  - name: very_big", "  - {name: size, group: g, label: L, sql: size + 1}\n  - name: very_big",
        "features.yaml:10:12", "already a field", "size", "sql: size",
    ),
    "name of the engine": ("fields.yaml", "  won:", "  score: {type: number, label: X}\n  won:",
        "fields.yaml:5:3", "already a name of the engine", "score", "another name"),
    "unknown name": (
        "rules.yaml", "when: very_big > 3", "when: very_bg > 3",
        "rules.yaml:7:11", "no field or definition named very_bg", "very_bg", "Did you mean very_big?",
    ),
    "unknown function": (
        "features.yaml", "sql: big * 2", "sql: claamp(big)",
        "features.yaml:13:10", "no function named claamp", "claamp", "Did you mean clamp?",
    ),
    "sql syntax in a block": (
        "features.yaml", "sql: big * 2", "sql: >-\n      big *\n      (2 +",
        "features.yaml:15:10", "not one SQL scalar expression", "", "Check the words",
    ),
    "unknown name in a block": (
        "features.yaml", "sql: big * 2", "sql: |\n      big +\n        bigg",
        "features.yaml:15:9", "no field or definition named bigg", "bigg", "Did you mean big?",
    ),
    "unknown name in quotes": (
        "rules.yaml", "when: very_big > 3", "when: 'very_big > 3 and name = ''a'' and siez > 1'",
        "rules.yaml:7:46", "named siez", "siez", "Did you mean size?",
    ),
    "condition wanted": (
        "rules.yaml", "when: very_big > 3", "when: very_big", "rules.yaml:7:11", "must give a condition", "very_big", "Compare",
    ),
    "number wanted": (
        "features.yaml", "sql: big * 2", "sql: seen_on", "features.yaml:13:10", "must give a number", "seen_on", "days_since",
    ),
    "zero divisor": (
        "features.yaml", "sql: big * 2", "sql: 1 / big", "features.yaml:13:14", "divisor can be zero", "1 / big", "nullif",
    ),
    "circle": (
        "features.yaml", "sql: size / 10", "sql: very_big + size",
        "features.yaml:9:10", "read each other in a circle", "big → very_big → big", "fields only",
    ),
    "outcome read": (
        "features.yaml", "sql: big * 2", "sql: bool_number(won)",
        "features.yaml:13:22", "only after the lead was worked", "won", "Read something",
    ),
    "fit outside of levels": (
        "rules.yaml", "when: very_big > 3", "when: fit > 3", "rules.yaml:7:11", "named fit", "fit", "",
    ),
    "last tier": ("rules.yaml", "label: B, when: TRUE", "label: B, when: size > 1",
        "rules.yaml:12:31", "last tier must take every lead", "size > 1", "when: TRUE"),
    "placeholder": (
        "rules.yaml", "Size {size}", "Size {siz}", "rules.yaml:8:17", "label names a value", "siz", "Did you mean size?",
    ),
    "outcome in a label": ("rules.yaml", "Size {size}", "Won {won}", "rules.yaml:8:16", "label names a value", "won", ""),
    "match without source": (
        "sources/csv.yaml", "key: [name]", "role: details\nmatch: {key: name}",
        "sources/csv.yaml:4:8", "which source's key", "", "match_source",
    ),
    "unknown match source": (
        "sources/csv.yaml", "key: [name]", "role: details\nmatch: {key: name}\nmatch_source: csvv",
        "sources/csv.yaml:5:15", "no such source", "csvv", "Did you mean csv?",
    ),
    "list column": (
        "playbook.yaml", "title: name}", "title: name, columns: [nme]}",
        "playbook.yaml:4:55", "no such field", "nme", "Did you mean name?",
    ),
    "export path": (
        "playbook.yaml", "label: Tiny", "label: Tiny\nexport_path: out/{teir}.csv",
        "playbook.yaml:4:14", "cannot be replaced", "teir", "Did you mean tier?",
    ),
    "export path with half a placeholder": (
        "playbook.yaml", "label: Tiny", "label: Tiny\nexport_path: out/{tier}/{tier.csv",
        "playbook.yaml:4:14", "no partner", "out/{tier}/{tier.csv", "{tier}",
    ),
    "export path that climbs out": (
        "playbook.yaml", "label: Tiny", "label: Tiny\nexport_path: ../{tier}.csv",
        "playbook.yaml:4:14", "must stay below", "../{tier}.csv", "exports/",
    ),
    "export path from the root": (
        "playbook.yaml", "label: Tiny", "label: Tiny\nexport_path: /out/{tier}.csv",
        "playbook.yaml:4:14", "must stay below", "/out/{tier}.csv", "exports/",
    ),
    "folder's name": ("playbook.yaml", "playbook: tiny", "playbook: small",
        "playbook.yaml:1:11", "folder's name", "small", "playbook: tiny"),
    "strange file": ("field.yaml", "", "fields: {}", "field.yaml:1:1", "no file of this name", "", "fields.yaml"),
    "given twice": ("playbook.yaml", "label: Tiny", "label: Tiny\nfields: {}",
        "fields.yaml:1:1", "fields is given here and in playbook.yaml", "", "Keep one"),
    "empty file": ("sources/other.yaml", "", "# nothing\n", "sources/other.yaml:1:1", "file is empty", "", "key: value"),
    "what-if of an unknown field": (
        "rules.yaml", "temperature: []", "temperature: []\nwhat_ifs:\n  - {label: L, change: {siez: 3}}",
        "rules.yaml:11:25", "no such field", "siez", "Did you mean size?",
    ),
    "what-if of a wrong type": (
        "rules.yaml", "temperature: []", "temperature: []\nwhat_ifs:\n  - {label: L, change: {size: TRUE}}",
        "rules.yaml:11:31", "must give a number, not a condition", "TRUE", "bool_number",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ONE_MISTAKE)
def test_one_mistake(case: str, write_playbook: WritePlaybook) -> None:
    file, old, new, where, what, value, remedy = ONE_MISTAKE[case]
    problems = check(write_playbook((file, old, new)))
    assert len(problems) == 1, problems
    (problem,) = problems
    assert f"{problem.file}:{problem.line}:{problem.column}".startswith(where)
    assert what in problem.what
    assert problem.value == value or not value
    assert remedy in problem.remedy


def test_a_sound_playbook_loads(write_playbook: WritePlaybook) -> None:
    playbook = load(write_playbook())
    assert playbook.playbook == "tiny"
    assert playbook.rules.tiers[-1].when == "TRUE"
    assert playbook.mappings[0].source == "csv"


def test_all_mistakes_are_reported_at_once(write_playbook: WritePlaybook) -> None:
    folder = write_playbook(
        ("rules.yaml", "points: 10", "points: ten"),
        ("rules.yaml", "category: fit", "category: fat"),
        ("fields.yaml", "type: date", "typ: date"),
        ("sources/csv.yaml", "  name: {column", "  nam: {column"),
        ("features.yaml", "sql: big * 2", "sql: bigg * 2"),
    )
    with pytest.raises(PlaybookError) as caught:
        load(folder)
    found = [(problem.file, problem.line) for problem in caught.value.problems]
    assert found == [
        ("features.yaml", 13),
        ("fields.yaml", 4),
        ("fields.yaml", 4),
        ("rules.yaml", 6),
        ("sources/csv.yaml", 5),
    ]
    assert caught.value.facts["mistakes"] == 5
    assert "rules.yaml:6:13: points must be a number: ten." in str(caught.value)
    assert len(caught.value.as_dict()["problems"]) == 5


def test_what_reads_a_broken_part_is_not_complained_about(write_playbook: WritePlaybook) -> None:
    problems = check(write_playbook(("fields.yaml", "type: number", "type: nothing at all")))
    assert [(problem.file, problem.line) for problem in problems] == [("fields.yaml", 3)]


def test_a_file_that_cannot_be_read_hides_only_itself(write_playbook: WritePlaybook) -> None:
    folder = write_playbook()
    (folder / "fields.yaml").write_bytes(b"fields: \xff\xfe")
    assert [(found.file, found.what) for found in check(folder)] == [
        ("fields.yaml", "the file is not UTF-8 text")
    ]


def test_a_folder_without_a_playbook(tmp_path: Path) -> None:
    (problem,) = check(tmp_path)
    assert problem.file == "playbook.yaml"
    assert problem.what == "there is no playbook.yaml"


def test_a_mended_file_is_read_again(write_playbook: WritePlaybook) -> None:
    assert check(write_playbook(("rules.yaml", "points: 10", "points: ten")))
    assert check(write_playbook()) == ()
