"""The reasoner's run killed with SIGKILL, then run again: by the endpoint's own count nothing is paid twice but the
calls that were under way."""

import importlib.util
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from galena.domain.listing import LeadQuery
from galena.stores import lead_lists, reasoner_ledger, scores

PROGRAM = Path(__file__).with_name("reason_until_killed.py")
AT_ONCE = 4
PERMITS = 24

_spec = importlib.util.spec_from_file_location(
    "reasoner_setting", Path(__file__).parents[1] / "workflows" / "reasoner" / "conftest.py"
)
assert _spec
assert _spec.loader
_setting = importlib.util.module_from_spec(_spec)
sys.modules["reasoner_setting"] = _setting
_spec.loader.exec_module(_setting)

prepared = _setting.prepared
new_office = _setting.new_office


def killed(office: Any, kill_at: int) -> int:
    url = str(office.context.door.engine.url.render_as_string(hide_password=False))
    arguments = [url, str(office.context.workspace_id), str(kill_at)]
    done = subprocess.run([sys.executable, str(PROGRAM), *arguments], timeout=120, capture_output=True)
    return done.returncode


@pytest.mark.slow
def test_a_run_killed_again_and_again_pays_nothing_twice_but_what_was_under_way(new_office: Any) -> None:
    office = new_office(latency_s=(0.02, 0.1))
    office.set_up(concurrency=AT_ONCE)
    kills = 0
    for kill_at in (1, 5, 6):
        kills += killed(office, kill_at) == -signal.SIGKILL
    assert kills == 3
    with office.context.session() as session:
        answered = reasoner_ledger.spending(session).answered
    assert 12 <= answered < PERMITS
    report = office.run()
    assert report.ended_because is None
    assert report.lost <= AT_ONCE
    tally = office.server.tally.as_dict()
    assert tally["paid_twice"] <= kills * AT_ONCE
    assert tally["paid"] <= tally["records"] + kills * AT_ONCE
    with office.context.session() as session:
        standing = scores.load_current(session, lead_lists.ids(session, LeadQuery()))
        spent = reasoner_ledger.spending(session)
    assert {score.method for score in standing.values()} == {"ai-reasoner"}
    assert len(standing) == PERMITS
    # The ledger knows of every call that the endpoint does.
    assert spent.answered + spent.failed == spent.calls >= tally["paid"]
    # And a last run has nothing to do.
    assert office.run().calls == 0
