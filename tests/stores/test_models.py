"""The registry: versions, statuses, the history, and what may not happen."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, inspect, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from galena.domain.registered_model import NewModel, RegisteredModel, ShadowHeader
from galena.domain.tenancy import Workspace
from galena.kit.database import make_engine
from galena.kit.errors import ConflictError, NotFoundError
from galena.kit.ids import new_id
from galena.stores import leads, member_weights, models, shadow_scores, tables
from galena.stores.door import OPERATOR, Door, Session
from galena.stores.migrations import migrate, newest_version, schema_version
from galena.stores.migrations.migrate import _config
from galena.stores.migrations.roles import ensure_roles

HOUR = timedelta(hours=1)


@pytest.fixture
def add(noon: datetime) -> Callable[..., RegisteredModel]:
    def make(session: Session, purpose: str = "booked", **given: Any) -> RegisteredModel:
        at = given.pop("at", noon)
        standard: dict[str, Any] = {
            "id": new_id(),
            "playbook": "b2b",
            "type": "ensemble",
            "artefact_hash": "a" * 64,
            "object_name": "models/x.tar",
            "artefact_bytes": 10,
            "metrics": {"auc": 0.8},
            "card": {"seed": 0},
            "why": "weekly",
        }
        return models.register(session, NewModel(purpose=purpose, **{**standard, **given}), at=at)

    return make


def test_versions_count_within_a_purpose(session, add, noon):
    assert [add(session).name, add(session, "won").name, add(session).name] == [
        "booked:1",
        "won:1",
        "booked:2",
    ]
    found = models.find_version(session, "booked", 2)
    assert found is not None
    assert (found.status, found.created_by, found.created_at) == ("candidate", "a test", noon)
    assert (found.metrics, found.card, found.why) == ({"auc": 0.8}, {"seed": 0}, "weekly")
    assert models.load(session, found.id) == found
    assert models.find_version(session, "booked", 3) is None
    assert models.list_purposes(session) == ("booked", "won")
    assert [each.name for each in models.list_(session)] == ["booked:2", "booked:1", "won:1"]
    assert [each.name for each in models.list_(session, purpose="won")] == ["won:1"]
    with pytest.raises(NotFoundError, match="no such model"):
        models.load(session, new_id())


def test_a_status_only_one_can_have_is_not_given_twice(session, add, noon):
    first, second = add(session), add(session)
    for status in ("champion", "challenger"):
        models.change_status(session, first.id, status, step="promote", at=noon)
        with pytest.raises(ConflictError, match="another model") as caught:
            models.change_status(session, second.id, status, step="promote", at=noon)
        assert caught.value.facts == {status: "booked:1", "asked for": "booked:2"}
    other = add(session, "won")
    assert models.change_status(session, other.id, "champion", step="promote", at=noon).status == "champion"


@pytest.mark.parametrize("status", ["champion", "challenger"])
def test_the_database_itself_refuses_two(session, add, status):
    both = [add(session).id, add(session).id]
    changed = update(tables.models).where(tables.models.c.id.in_(both)).values(status=status)
    with pytest.raises(IntegrityError, match=f"models_{status}_idx"):
        session.connection.execute(changed)


def test_the_same_status_again_is_nothing(session, add, noon):
    model = add(session)
    models.change_status(session, model.id, "candidate", step="challenge", at=noon)
    assert len(models.history(session, model_id=model.id)) == 1


def test_who_was_champion_when(session, add, noon):
    one, two = add(session), add(session)
    assert models.champion_at(session, "booked", noon) is None
    steps = [(one, "promote", HOUR), (two, "promote", 2 * HOUR), (one, "roll_back", 3 * HOUR)]
    for model, step, after in steps:
        models.crown(
            session, model.id, step=step, former_status="archived", at=noon + after, why="", evidence={}
        )
    models.change_status(session, one.id, "archived", step="archive", at=noon + 4 * HOUR)

    def live(hours: float) -> str | None:
        found = models.champion_at(session, "booked", noon + hours * HOUR)
        return found and found.name

    assert [live(hours) for hours in (0, 0.9, 1, 1.5, 2, 2.9, 3, 3.9, 4, 99)] == [
        None, None, "booked:1", "booked:1", "booked:2", "booked:2", "booked:1", "booked:1", None, None,
    ]  # fmt: skip
    assert models.champion_at(session, "won", noon + 9 * HOUR) is None


def test_crowning_tells_of_both(session, add, noon):
    one, two = add(session), add(session)
    models.crown(session, one.id, step="promote", former_status="archived", at=noon, why="first", evidence={})
    champion, former = models.crown(
        session,
        two.id,
        step="promote",
        former_status="challenger",
        at=noon,
        why="better",
        evidence={"p": 0.01},
    )
    assert (champion.status, former and former.status) == ("champion", "challenger")
    told = [(h.model_id, h.step, h.status_before, h.status, h.why) for h in models.history(session)[3:]]
    assert told == [
        (one.id, "give_way", "champion", "challenger", "better"),
        (two.id, "promote", "candidate", "champion", "better"),
    ]
    with pytest.raises(ConflictError, match="champion already"):
        models.crown(session, two.id, step="promote", former_status="archived", at=noon, why="", evidence={})


def test_challenger_and_champion_can_change_places(session, add, noon):
    one, two = add(session), add(session)
    models.crown(session, one.id, step="promote", former_status="archived", at=noon, why="", evidence={})
    models.change_status(session, two.id, "challenger", step="challenge", at=noon)
    champion, former = models.crown(
        session, two.id, step="promote", former_status="challenger", at=noon, why="", evidence={}
    )
    assert (champion.name, champion.status) == ("booked:2", "champion")
    assert former is not None
    assert (former.name, former.status) == ("booked:1", "challenger")


def test_a_clock_set_back_does_not_turn_the_history_round(session, add, noon):
    one, two = add(session, at=noon), add(session, at=noon)
    models.crown(
        session, one.id, step="promote", former_status="archived", at=noon + HOUR, why="", evidence={}
    )
    models.crown(session, two.id, step="promote", former_status="archived", at=noon, why="", evidence={})
    assert [change.at - noon for change in models.history(session)] == [0 * HOUR, 0 * HOUR, HOUR, HOUR, HOUR]
    found = models.champion_at(session, "booked", noon + HOUR)
    assert found is not None
    assert found.name == "booked:2"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE models SET metrics = '{}'",
        "DELETE FROM models",
        "UPDATE model_status_changes SET why = ''",
        "DELETE FROM model_status_changes",
        "UPDATE member_weights SET weights = '{}'",
        "DELETE FROM member_weights",
    ],
)
def test_what_was_written_stays(session, add, statement):
    add(session)
    with pytest.raises(DBAPIError, match="permission denied"), session.connection.begin_nested():
        session.connection.execute(text(statement))


def test_two_who_crown_at_once_leave_one_champion(door: Door, workspace: Workspace, add, noon):
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        candidates = [add(session) for _ in range(4)]
    faults: list[Exception] = []
    together = threading.Barrier(len(candidates))

    def crown(model: RegisteredModel) -> None:
        together.wait()
        try:
            with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
                models.crown(
                    session, model.id, step="promote", former_status="archived", at=noon, why="", evidence={}
                )
        except Exception as fault:
            faults.append(fault)

    racers = [threading.Thread(target=crown, args=(model,)) for model in candidates]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(timeout=30)
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        statuses = sorted(each.status for each in models.list_(session))
        champion = models.find_champion(session, "booked")
        last = models.history(session)[-1]
    assert faults == []
    assert statuses == ["archived", "archived", "archived", "champion"]
    assert champion is not None
    assert last.model_id == champion.id


def test_registering_at_once_numbers_each(door: Door, workspace: Workspace, add):
    def register() -> None:
        with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
            add(session)

    racers = [threading.Thread(target=register) for _ in range(4)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(timeout=30)
    with door.enter(workspace.id, tenant_id=OPERATOR, actor="a test") as session:
        assert [each.version for each in models.list_(session)] == [4, 3, 2, 1]


def test_shadow_scores_are_kept_per_instant(session, add, add_leads, noon):
    model = add(session)
    one, two = (entry.lead.id for entry in add_leads(session, "crm:1", "crm:2"))
    header = ShadowHeader(model.id, noon, noon)
    lines = f'{one},0.25,0.2,0.3,0.9,"{{0.2,0.3}}"\n{two},0.5,0.4,0.6,0.8,{{}}\n'
    assert shadow_scores.record_csv(session, header, [lines.encode()]) == 2
    again = f'{one},0.75,0.7,0.8,0.9,"{{0.7,0.8}}"\n{new_id()},0.1,0,1,1,{{}}\n'  # a lead that is gone
    assert shadow_scores.record_csv(session, header, [again.encode()]) == 1
    (score,) = shadow_scores.list_for_lead(session, one)
    assert (score.probability, score.members, score.as_of) == (0.75, (0.7, 0.8), noon)
    later = ShadowHeader(model.id, noon + HOUR, noon)
    shadow_scores.record_csv(session, later, [f"{one},0.1,0,1,1,{{}}\n".encode()])
    assert [each.probability for each in shadow_scores.list_for_lead(session, one)] == [0.1, 0.75]
    assert shadow_scores.last_as_of(session, model.id) == noon + HOUR
    assert shadow_scores.count(session, model.id) == 2
    leads.delete_many(session, [one])
    assert shadow_scores.list_for_lead(session, one) == ()


def test_two_models_side_by_side(session, add, add_leads, noon):
    first, second = add(session), add(session)
    (lead,) = (entry.lead.id for entry in add_leads(session, "crm:1"))
    for model, probability in ((first, 0.25), (second, 0.5)):
        line = f"{lead},{probability},0,1,1,{{}}\n".encode()
        shadow_scores.record_csv(session, ShadowHeader(model.id, noon, noon), [line])
    told = shadow_scores.read_pairs(session, first.id, second.id, noon).decode().split()
    assert told == ["lead_id,first,second", f"{lead},0.25,0.5"]
    assert shadow_scores.read_pairs(session, first.id, second.id, noon + HOUR).decode().split() == told[:1]


def test_weights_are_kept_with_their_errors(session, add, noon):
    model = add(session)
    assert member_weights.find_latest(session, model.id) is None
    for hours, share in ((1, 0.5), (2, 0.625)):
        member_weights.record(
            session,
            model.id,
            "booked",
            at=noon + hours * HOUR,
            weights={"net": share, "forest": 1 - share},
            errors={"net": 0.1, "forest": 0.25},
            why="weekly",
        )
    latest = member_weights.find_latest(session, model.id)
    assert latest is not None
    assert (latest.weights, latest.errors) == ({"net": 0.625, "forest": 0.375}, {"net": 0.1, "forest": 0.25})
    earlier = member_weights.find_latest(session, model.id, at=noon + HOUR)
    assert earlier is not None
    assert earlier.weights["net"] == 0.5
    assert member_weights.find_latest(session, model.id, at=noon) is None
    assert [each.author for each in member_weights.list_(session, model.id)] == ["a test", "a test"]


def test_a_database_of_the_first_schema_is_brought_on(fresh_database: str):
    engine: Engine = make_engine(fresh_database)
    try:
        with engine.begin() as connection:
            ensure_roles(connection)
            command.upgrade(_config(connection), "2026_11_21_first_schema")
            connection.execute(
                text("INSERT INTO workspaces (id, slug, name, playbook) VALUES (:id, 'w', 'W', 'b2b')"),
                {"id": new_id()},
            )
        assert schema_version(engine) == "2026_11_21_first_schema"
        assert "models" not in inspect(engine).get_table_names()
        assert migrate(engine) == newest_version()
        assert set(tables.metadata.tables) <= set(inspect(engine).get_table_names())
        with engine.connect() as connection:
            assert connection.execute(text("SELECT slug FROM workspaces")).scalar_one() == "w"
    finally:
        engine.dispose()
