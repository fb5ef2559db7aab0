"""How often what is asked most goes to the database: each step there costs more than all that is computed."""

import pytest
from sqlalchemy import event

from galena.domain.listing import LeadQuery
from galena.stores import lead_lists

MOST_API = {
    # transactions, statements: the key with its owner in the first, the work in the second
    "score/calculate": (2, 6),
    "score": (3, 22),
    "": (2, 3),
}
MOST_PAGES = {"/leads": (3, 14), "/": (3, 23), "/leads/{lead}": (4, 33)}


class Counted:
    """Transactions and statements of a database while it is looked at."""

    def __init__(self, engine):
        self._engine = engine
        self.seen = (0, 0)

    def __enter__(self):
        event.listen(self._engine, "checkout", self._entered)
        event.listen(self._engine, "before_cursor_execute", self._asked)
        return self

    def __exit__(self, *_):
        event.remove(self._engine, "checkout", self._entered)
        event.remove(self._engine, "before_cursor_execute", self._asked)

    def _entered(self, *_):
        self.seen = (self.seen[0] + 1, self.seen[1])

    def _asked(self, *_):
        self.seen = (self.seen[0], self.seen[1] + 1)


@pytest.fixture(scope="module")
def lead(workbench):
    with workbench.enter() as session:
        return lead_lists.page(session, LeadQuery(), limit=1).rows[0].id


def _steps(workbench, ask):
    """What the second of two equal requests costs: the first fills what is kept."""
    assert ask().status_code == 200
    with Counted(workbench.galena.engine) as counted:
        assert ask().status_code == 200
    return counted.seen


def _within(seen, most):
    return all(one <= other for one, other in zip(seen, most, strict=True))


@pytest.mark.parametrize("what", MOST_API)
def test_a_program_that_asks_about_one_lead(workbench, lead, what):
    program = workbench.program()
    address = f"leads/{lead}/{what}".rstrip("/")
    body = {"json": {}} if what == "score/calculate" else {}
    seen = _steps(workbench, lambda: program.post(address, **body) if what else program.get(address))
    assert _within(seen, MOST_API[what]), seen


def test_a_program_that_asks_for_the_list(workbench):
    program = workbench.program()
    assert _within(_steps(workbench, lambda: program.get("leads", params={"limit": 5})), (2, 3))


@pytest.mark.parametrize("address", MOST_PAGES)
def test_pages_of_leads(workbench, lead, address):
    browser = workbench.admin()
    seen = _steps(workbench, lambda: browser.get(address.format(lead=lead)))
    assert _within(seen, MOST_PAGES[address]), seen
