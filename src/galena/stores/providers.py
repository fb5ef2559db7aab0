"""What is known of providers between calls, shared by every process of a workspace: turns, pauses, kept answers.

Each change is a short transaction of its own, so that it holds whatever becomes of the work around it.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from galena.kit.clock import Clock
from galena.kit.web import Answer, ProviderState, Rate
from galena.kit.web.rates import Turn
from galena.stores import tables
from galena.stores.door import OPERATOR, Door, Session

_STATES = tables.provider_states
_ANSWERS = tables.cached_answers
_FIELDS = ("next_at", "day", "day_count", "failures", "paused_until")


class StoredBook:
    """The book of a workspace: of all its processes together no provider is called more often than it allows."""

    def __init__(self, door: Door, workspace_id: UUID) -> None:
        self._door = door
        self._workspace_id = workspace_id

    def take_turn(self, provider: str, clock: Clock, rate: Rate | None) -> Turn:
        """Takes the turn at this moment, if there is one; the clock is read once the provider's row is held."""
        turns: list[Turn] = []

        def take(state: ProviderState) -> ProviderState:
            after, turn = state.taken(clock(), rate)
            turns.append(turn)
            return after

        self._change(provider, take)
        return turns[0]

    def succeeded(self, provider: str) -> None:
        """A call was answered."""
        with self._door.enter(self._workspace_id, tenant_id=OPERATOR, actor="web") as session:
            if _state(session, provider).failures:
                self._change(provider, ProviderState.succeeded)

    def failed(self, provider: str, now: datetime) -> None:
        """A call brought nothing."""
        self._change(provider, lambda state: state.failed(now))

    def hold_back(self, provider: str, until: datetime) -> None:
        """The provider asked to come later."""
        self._change(provider, lambda state: state.held_back(until))

    def _change(self, provider: str, step: Callable[[ProviderState], ProviderState]) -> None:
        with self._door.enter(self._workspace_id, tenant_id=OPERATOR, actor="web") as session:
            # The row is made first, so that two who come first at the same time still queue up for it.
            session.connection.execute(insert(_STATES).values(provider=provider).on_conflict_do_nothing())
            before = _state(session, provider, lock=True)
            after = step(before)
            if after != before:
                values = {name: getattr(after, name) for name in _FIELDS}
                session.connection.execute(
                    _STATES.update().where(_STATES.c.provider == provider).values(**values)
                )


class StoredCache:
    """Answers kept in the workspace: what a killed run was told is not asked, or paid, again."""

    def __init__(self, door: Door, workspace_id: UUID) -> None:
        self._door = door
        self._workspace_id = workspace_id

    def find(self, provider: str, key: str, now: datetime) -> Answer | None:
        """The answer kept under this key, if it is still good."""
        query = select(_ANSWERS).where(
            _ANSWERS.c.provider == provider, _ANSWERS.c.key == key, _ANSWERS.c.until > now
        )
        with self._door.enter(self._workspace_id, tenant_id=OPERATOR, actor="web") as session:
            row = session.connection.execute(query).mappings().one_or_none()
        return None if row is None else Answer(row["http_status"], "", row["headers"], bytes(row["body"]))

    def keep(self, provider: str, key: str, answer: Answer, until: datetime) -> None:
        """Keeps an answer until an instant."""
        values = {
            "http_status": answer.status,
            "headers": dict(answer.headers),
            "body": answer.body,
            "until": until,
        }
        statement = insert(_ANSWERS).values(provider=provider, key=key, **values)
        with self._door.enter(self._workspace_id, tenant_id=OPERATOR, actor="web") as session:
            session.connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[_ANSWERS.c.workspace_id, _ANSWERS.c.provider, _ANSWERS.c.key], set_=values
                )
            )


def list_states(session: Session) -> dict[str, ProviderState]:
    """What is known of each provider."""
    rows = session.connection.execute(select(_STATES)).mappings()
    return {row["provider"]: ProviderState(**{name: row[name] for name in _FIELDS}) for row in rows}


def drop_old_answers(session: Session, now: datetime) -> int:
    """Deletes the kept answers whose time is over, and says how many."""
    return session.connection.execute(delete(_ANSWERS).where(_ANSWERS.c.until <= now)).rowcount


def _state(session: Session, provider: str, *, lock: bool = False) -> ProviderState:
    query = select(_STATES).where(_STATES.c.provider == provider)
    row = session.connection.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    return ProviderState() if row is None else ProviderState(**{name: row[name] for name in _FIELDS})
