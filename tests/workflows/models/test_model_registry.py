"""Registering a model whole or not at all; finding it again; refusing one that was changed."""

import tarfile
from datetime import timedelta
from io import BytesIO
from uuid import UUID

import pytest

from galena.kit.errors import ConflictError, InputError, NotFoundError, UnavailableError
from galena.kit.object_store import DamagedObjectError, content_name
from galena.stores import audit, models, outbox
from galena.stores.holds import hold
from galena.workflows.model_artefacts import ALERT_AGAIN_AFTER, fetch, forget_models, load_model, pack, unpack
from galena.workflows.model_registry import (
    ModelFacts,
    challenge,
    find_model,
    live_at,
    register_model,
    sweep_uploads,
)


def events(context):
    with context.session() as session:
        return [event for event in outbox.read(session) if event.kind.startswith(("model", "alert"))]


def entries(context, action):
    with context.session() as session:
        return [entry for entry in audit.list_(session) if entry.action == action]


def path_of(store, model):
    from pathlib import Path

    return Path(store.address) / model.object_name


def test_a_registered_model_is_stored_under_its_hash(context, store, write_model, clock):
    facts = ModelFacts(
        "booked",
        why="first",
        data_from=clock.now - timedelta(days=90),
        data_to=clock.now,
        row_count=100,
        positive_count=12,
        metrics={"auc": {"value": 0.8, "low": 0.7, "high": 0.9}},
        card={"seed": 7, "members": ["net", "forest"]},
    )
    folder = write_model(0.25)
    model = register_model(context, store, folder, facts)
    assert (model.name, model.status, model.playbook, model.type) == (
        "booked:1",
        "candidate",
        "b2b",
        "ensemble",
    )
    assert (model.row_count, model.positive_count, model.card["seed"]) == (100, 12, 7)
    content = pack(folder)
    assert store.list_() == (model.object_name,)
    assert model.object_name == content_name(f"models/{context.workspace_id}/{model.id}", content, ".tar")
    assert (model.artefact_bytes, store.get(model.object_name)) == (len(content), content)
    assert load_model(context, store, model).share == 0.25
    assert [(event.kind, event.payload["model"]) for event in events(context)] == [
        ("model_registered", "booked:1")
    ]
    (entry,) = entries(context, "register_model")
    assert (entry.subject, entry.detail) == (f"model:{model.id}", {"model": "booked:1", "why": "first"})


def test_the_same_files_make_the_same_archive(write_model, tmp_path):
    one, two = write_model(0.25), write_model(0.25)
    assert one != two
    assert pack(one) == pack(two)
    unpack(pack(one), tmp_path / "copy")
    assert pack(tmp_path / "copy") == pack(one)
    assert pack(write_model(0.26)) != pack(one)


def test_a_folder_without_a_model_is_not_registered(context, store, tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError):
            register_model(context, store, folder, ModelFacts("booked"))
    assert store.list_() == ()
    assert events(context) == []


@pytest.mark.parametrize("purpose", ["", "won given", "a:b", "../x", "ü", "1st", "x" * 61])
def test_a_purpose_is_a_name(register, purpose):
    with pytest.raises(InputError, match="purpose"):
        register(purpose=purpose)


def test_links_in_the_folder_are_refused(context, store, write_model, tmp_path):
    folder = write_model()
    (folder / "passwd").symlink_to("/etc/passwd")
    with pytest.raises(InputError, match="plain files"):
        register_model(context, store, folder, ModelFacts("booked"))


def test_an_archive_writes_nowhere_else(tmp_path):
    for name, kind in (("../evil", tarfile.REGTYPE), ("/evil", tarfile.REGTYPE), ("link", tarfile.SYMTYPE)):
        buffer = BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            entry = tarfile.TarInfo(name)
            entry.type = kind
            entry.linkname = "/etc/passwd"
            archive.addfile(entry)
        with pytest.raises(InputError):
            unpack(buffer.getvalue(), tmp_path / "in")
    assert not (tmp_path / "evil").exists()


def test_an_object_store_that_fails_leaves_nothing_registered(context, store, register, monkeypatch):
    def full(*_):
        raise UnavailableError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(type(store), "put", full)
        with pytest.raises(UnavailableError):
            register()
    with context.session() as session:
        assert models.list_(session) == ()
        assert len(models.list_uploads(session)) == 1
    assert register().name == "booked:1"
    with context.session() as session:
        assert models.list_uploads(session) == ()


def test_what_a_killed_registration_left_is_swept(context, store, register):
    kept = register()
    lost = UUID(int=kept.id.int + 1)
    name = content_name(f"models/{context.workspace_id}/{lost}", b"half", ".tar")
    with context.session() as session:
        models.begin_upload(session, lost, name)
    store.put(name, b"half")
    path_of(store, kept).parent.joinpath("other.part").write_bytes(b"")  # of a registration that is going on
    (path_of(store, kept).parents[1] / str(lost) / "x.123.part").write_bytes(b"")
    with hold(context.door, lost, doing="registering"):
        assert sweep_uploads(context, store) == 0
        assert store.exists(name)
    assert sweep_uploads(context, store) == 1
    assert store.list_() == (kept.object_name,)
    assert [left.rpartition("/")[2] for left in store.list_(unfinished=True)] == ["other.part"]
    assert sweep_uploads(context, store) == 0


def test_a_registration_that_was_swept_away_is_given_up(context, store, register, monkeypatch):
    put = type(store).put

    def put_and_lose(self, name, content):
        put(self, name, content)
        with context.session() as session:  # as if the hold was lost and another process swept
            models.end_upload(session, models.list_uploads(session)[0][0])

    monkeypatch.setattr(type(store), "put", put_and_lose)
    with pytest.raises(ConflictError, match="given up"):
        register()
    with context.session() as session:
        assert models.list_(session) == ()
    assert events(context) == []


def test_a_changed_artefact_is_refused_and_alerts_once(context, store, register, clock):
    model = register(0.25)
    path = path_of(store, model)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"0.25", b"0.99"))
    for _ in range(2):
        with pytest.raises(DamagedObjectError, match="not what was stored"):
            load_model(context, store, model)
    alerts = [event for event in events(context) if event.kind == "alert"]
    assert [(each.payload["alert"], each.payload["model"]) for each in alerts] == [
        ("model_refused", "booked:1")
    ]
    (entry,) = entries(context, "refuse_model")
    assert entry.detail["facts"]["stored_sha256"] == model.artefact_hash
    path.write_bytes(whole)
    assert load_model(context, store, model).share == 0.25


def test_an_artefact_that_stays_changed_alerts_again_after_a_while(context, store, register, clock):
    model = register()
    path_of(store, model).write_bytes(b"")
    with context.session() as session:
        clock.now = audit.list_(session)[0].at  # entries carry the database's time
    for _ in range(2):
        with pytest.raises(DamagedObjectError):
            load_model(context, store, model)
        clock.advance(seconds=ALERT_AGAIN_AFTER.total_seconds() + 60)
    assert len(entries(context, "refuse_model")) == 2


def test_a_missing_artefact_is_refused(context, store, register, tmp_path):
    model = register()
    path_of(store, model).unlink()
    with pytest.raises(NotFoundError, match="not there"):
        load_model(context, store, model)
    with pytest.raises(NotFoundError, match="not there"):
        fetch(context, store, model, tmp_path / "out")
    assert len(entries(context, "refuse_model")) == 1


def test_a_store_that_does_not_answer_is_no_alert(context, store, register, monkeypatch):
    model = register()

    def away(*_):
        raise UnavailableError("no route")

    monkeypatch.setattr(type(store), "get", away)
    with pytest.raises(UnavailableError):
        load_model(context, store, model)
    assert entries(context, "refuse_model") == []


def test_a_model_is_read_once(context, store, register, monkeypatch):
    model = register(0.25)
    first = load_model(context, store, model)
    monkeypatch.setattr(type(store), "get", lambda *_: pytest.fail("read again"))
    assert load_model(context, store, model) is first
    forget_models()
    monkeypatch.undo()


def test_the_files_come_back(context, store, register, write_model, tmp_path):
    model = register(0.25)
    fetch(context, store, model, tmp_path / "out")
    assert pack(tmp_path / "out") == pack(write_model(0.25))


def test_models_are_found_by_what_people_call_them(context, register):
    one, two = register(status="challenger"), register()
    with context.session() as session:
        for reference in ("booked:1", "booked:challenger", str(one.id), str(one.id)[:-1].upper()):
            assert find_model(session, reference).id == one.id
        assert find_model(session, "booked:2").id == two.id
        for reference in (
            "booked",
            "booked:3",
            "booked:champion",
            "won:1",
            "",
            "0" * 8,
            str(one.id)[:8],
            "booked:x",
        ):
            with pytest.raises(NotFoundError, match="There is no model") as caught:
                find_model(session, reference)
            assert caught.value.facts["models"] == ["booked:2 (candidate)", "booked:1 (challenger)"]


def test_one_challenger_gives_way_to_the_next(context, register):
    one, two = register(status="challenger"), register()
    assert one.status == "challenger"
    assert challenge(context, two.id, why="looks better").status == "challenger"
    assert challenge(context, two.id, why="again").status == "challenger"
    with context.session() as session:
        assert models.load(session, one.id).status == "candidate"
        steps = [(change.step, change.status) for change in models.history(session, model_id=one.id)]
    assert steps == [("register", "candidate"), ("challenge", "challenger"), ("give_way", "candidate")]
    assert [event.kind for event in events(context)][-1] == "model_challenges"


def test_nothing_was_live_before_anything_was_promoted(context, register, clock):
    register()
    assert live_at(context, clock.now) == {"booked": None}
    assert live_at(context, clock.now, purpose="booked") == {"booked": None}
    with pytest.raises(NotFoundError, match="never was a model"):
        live_at(context, clock.now, purpose="won")
