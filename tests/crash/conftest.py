"""The small playbook, the database and the comparisons of the tests of intake, for tests that kill."""

import importlib.util
from pathlib import Path

_spec = importlib.util.spec_from_file_location(
    "intake_setting", Path(__file__).parents[1] / "workflows" / "intake" / "conftest.py"
)
assert _spec
assert _spec.loader
_setting = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_setting)

engine = _setting.engine
new_context = _setting.new_context
meaning = _setting.meaning
state = _setting.state
make_playbook = _setting.make_playbook
