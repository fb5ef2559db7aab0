"""Whatever a file holds: rows that add up, or one clear error and no trace of it."""

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from galena.domain.playbook import Mapping
from galena.kit.errors import GalenaError
from galena.workflows.intake import IntakeOptions, ingest_file
from galena.workflows.undo import undo_import

_path = Path(__file__).parents[2] / "connectors" / "files" / "hostile.py"
_spec = importlib.util.spec_from_file_location("hostile_for_intake", _path)
assert _spec
assert _spec.loader
hostile = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = hostile
_spec.loader.exec_module(hostile)

MAPPING = Mapping.model_validate(
    {
        "source": "permits",
        "key": ("permit_number",),
        "fields": {
            "title": {"column": "address"},
            "account": {"column": "owner"},
            "amount": {"column": "value"},
            "email": {"column": "notes"},
        },
        "signals": ({"kind": "opened", "at": "issued_on", "when_column": "issued_on"},),
    }
)


def take_in(context, path, state, mapping) -> bool:
    """Takes a file in and back; whether any of it could be used."""
    before = state(context)
    options = IntakeOptions(mapping=mapping, accept_proposal=True, batch_rows=7)
    fault: GalenaError | None = None
    try:
        report = ingest_file(context, path, options)
    except GalenaError as error:
        fault = error
    if fault:
        assert fault.what
        assert fault.remedy
        assert state(context) == before
        return False
    assert report.rows == report.created + report.updated + report.unchanged + report.quarantined
    again = ingest_file(context, path, replace(options, dry_run=True))
    assert (again.rows, again.quarantined, again.created) == (report.rows, report.quarantined, 0)
    undo_import(context, report.import_id)
    assert state(context) == before
    return True


@pytest.mark.slow
def test_hostile_files(context, tmp_path, state):
    paths = hostile.hostile_files(tmp_path, len(hostile.kinds()), seed=3)
    usable = [take_in(context, path, state, (MAPPING, None)[place % 2]) for place, path in enumerate(paths)]
    assert any(usable)
    assert not all(usable)


@pytest.mark.soak
def test_a_thousand_hostile_files(context, tmp_path, state, soak_seconds):
    """All of them in a whole soak of half an hour; a shorter one takes a smaller portion."""
    count = min(1_000, max(40, int(soak_seconds * 10)))
    for place, path in enumerate(hostile.hostile_files(tmp_path, count, seed=11)):
        take_in(context, path, state, (MAPPING, None)[place // 2 % 2])
