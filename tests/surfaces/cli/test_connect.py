"""`galena connect` and `galena pull`, from what can be connected to records that came by themselves."""

import runpy
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from galena.simulator.providers.server import Fault, ProviderServer

PORTAL = Path(__file__).parents[2] / "payloads" / "socrata" / "provider.py"
OWN = {
    "manifest.yaml": """
name: my_town
title: My town
gives: Permits of my town, from its own small service.
capabilities: [source]
rate: {calls: 50}
terms: Public records.
auth: key
settings:
  address: {label: Address, type: address, required: true}
secrets:
  key: {label: Key}
""",
    "source.yaml": """
base_url: "{settings.address}"
auth: {kind: header, name: X-App-Token}
errors:
  - {at: error, message_at: message, code_at: code, key_codes: [permission_denied]}
streams:
  permits:
    request: {path: /resource/abcd-1234.json, params: {$order: ":id"}}
    paging: {kind: offset, size: 10, size_param: $limit, position_param: $offset}
    leave_out: [":id", ":version", ":created_at", ":updated_at"]
""",
}


@pytest.fixture
def portal() -> Iterator[ProviderServer]:
    vendor = SimpleNamespace(**runpy.run_path(str(PORTAL)))
    rows = vendor.records(23)
    with ProviderServer(lambda asked: vendor.answer(asked, rows)).running() as server:
        yield server


def settings(server: ProviderServer) -> list[str]:
    given = {
        "address": server.url,
        "dataset": "abcd-1234",
        "mapping": "austin_permits_portal",
        "page_size": "10",
    }
    return [part for name, value in given.items() for part in ("--set", f"{name}={value}")]


def test_what_can_be_connected_is_explained(reading: Any) -> None:
    assert "Socrata open data" in reading("connect", "kinds").out
    told = reading("connect", "kinds", "socrata").out
    assert "--preset austin_permits" in told
    assert "Rate: 4 calls in 1 s" in told
    assert "Did you" not in told
    wrong = reading("connect", "kinds", "socrates")
    assert wrong.status == 3
    assert "nearest: socrata" in wrong.err


def test_a_connection_from_its_trial_to_its_end(galena: Any, portal: ProviderServer) -> None:
    where = ("-w", "permits")
    refused = galena("connect", "add", "socrata", *where, *settings(portal))
    assert refused.status == 2
    assert "private network" in refused.err
    added = galena(
        "connect", "add", "socrata", *where, "--name", "city", "--private", *settings(portal), "--json"
    )
    assert added.json["streams"][0]["readable"] == 10
    pulled = galena("pull", "city", *where, "--json").json["pulls"][0]
    assert (pulled["fetched"], pulled["accepted"], pulled["created"]) == (23, 23, 23)
    assert galena("connect", "schedule", "city", "daily", *where).status == 0
    (listed,) = galena("connect", "list", *where, "--json").json["connections"]
    assert (listed["state"], listed["schedule"], listed["has_key"]) == ("healthy", "10 5 * * *", False)
    assert "Nothing is due." in galena("pull", "--due", *where).err
    portal.go_wrong(always=Fault("error", status=404))
    failed = galena("pull", "--all", *where)
    assert failed.status == 4
    assert "There is nothing at this address." in failed.err
    assert "failing" in galena("connect", *where).out
    portal.go_wrong()
    assert galena("connect", "pause", "city", *where).status == 0
    assert "Nothing is connected" in galena("pull", "--all", *where).err
    assert galena("connect", "resume", "city", *where).status == 0
    assert "works" in galena("connect", "test", "city", *where).err
    assert galena("connect", "remove", "city", *where).status == 0
    assert galena("pull", "city", *where).status == 3


def test_a_source_in_yaml_alone_with_a_key_that_is_typed(
    galena: Any, portal: ProviderServer, tmp_path: Path
) -> None:
    folder = tmp_path / "home" / "connectors" / "my_town"
    folder.mkdir(parents=True)
    for name, text in OWN.items():
        (folder / name).write_text(text)
    add = (
        "connect",
        "add",
        "my_town",
        "-w",
        "permits",
        "--set",
        f"address={portal.url}",
        "--private",
        "--yes",
    )
    missing = galena(*add)
    assert missing.status == 2
    assert "galena connect key my_town" in missing.err
    (tmp_path / "wrong").write_text("wrong-token")
    wrong = galena(*add, "--key-file", f"key={tmp_path / 'wrong'}")
    assert wrong.status == 4
    assert "does not accept the key" in wrong.err
    assert "wrong-token" not in wrong.err + wrong.out
    (tmp_path / "key").write_text("good-token\n")
    assert galena(*add, "--key-file", f"key={tmp_path / 'key'}").status == 0
    pulled = galena("pull", "my_town", "-w", "permits", "--json").json["pulls"][0]
    assert (pulled["accepted"], pulled["pages"]) == (23, 3)
    assert galena("pull", "my_town", "-w", "permits", "--json").json["pulls"][0]["duplicate"] == 23


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("pull", "-w", "permits"), "Name connections, or give one of --all and --due."),
        (("connect", "add", "socrata", "-w", "permits"), "The setting address"),
        (("connect", "add", "socrata", "-w", "permits", "--set", "colour=red"), "no setting colour"),
        (("connect", "add", "socrata", "-w", "permits", "--set", "address"), "NAME=VALUE"),
        (("connect", "add", "socrata", "-w", "permits", "--preset", "rome"), "no preset rome"),
        (
            ("connect", "add", "socrata", "-w", "permits", "--set", "address=ftp://x", "--set", "dataset=x"),
            "not a web address",
        ),
        (("connect", "schedule", "nobody", "sometimes", "-w", "permits"), "not a schedule"),
        (("connect", "add", "cad_tarrant", "-w", "demo"), "made for other playbooks"),
        (("connect", "add", "cad_tarrant", "-w", "permits", "--schedule", "daily"), "nothing to schedule"),
    ],
)
def test_mistakes_are_told(reading: Any, arguments: tuple[str, ...], words: str) -> None:
    outcome = reading(*arguments)
    assert outcome.status != 0
    assert words in outcome.err
