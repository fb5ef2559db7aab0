"""What a transaction says when the database goes away under it."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from galena.domain.tenancy import Workspace
from galena.kit.errors import UnavailableError
from galena.stores.bulk import copy_out
from galena.stores.door import OPERATOR, Door, Session
from galena.stores.holds import hold


def end_server_process(session: Session, engine: Engine) -> None:
    process = session.connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:process, 5000)"), {"process": process})


def select(session: Session) -> None:
    session.connection.execute(text("SELECT 1"))


def copy(session: Session) -> None:
    copy_out(session, "SELECT 1", {})


@pytest.mark.parametrize("ask", [select, copy])
def test_a_lost_connection_is_said_in_words_and_the_next_transaction_works(
    ask: Callable[[Session], None], door: Door, engine: Engine, new_workspace: Callable[[], Workspace]
) -> None:
    workspace = new_workspace()
    with (  # noqa: PT012 - what ends in the transaction is what is looked at
        pytest.raises(UnavailableError, match="connection to the database was lost"),
        door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session,
    ):
        end_server_process(session, engine)
        ask(session)
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        select(session)


def test_other_complaints_of_the_database_stay_what_they_are(
    door: Door, new_workspace: Callable[[], Workspace]
) -> None:
    with (  # noqa: PT012
        pytest.raises(OperationalError, match="statement timeout"),
        door.enter(new_workspace().id, tenant_id=OPERATOR, actor="a test") as session,
    ):
        session.connection.execute(text("SET LOCAL statement_timeout = 1"))
        session.connection.execute(text("SELECT pg_sleep(10)"))


def test_a_hold_whose_connection_is_lost_hides_no_other_error(
    door: Door, engine: Engine, new_workspace: Callable[[], Workspace]
) -> None:
    ended = text(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks"
        " WHERE locktype = 'advisory' AND objsubid = 2 AND classid = 7703"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with (  # noqa: PT012
        pytest.raises(UnavailableError, match="first"),
        hold(door, new_workspace().id, doing="a test"),
    ):
        with engine.connect() as other:
            other.execute(ended)
        raise UnavailableError("the first error")
