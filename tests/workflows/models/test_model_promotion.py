"""Who scores: on evidence, one at a time, with a way back."""

import threading
from pathlib import Path

import pytest

from galena.kit.errors import ConflictError, InputError, NotFoundError
from galena.kit.ids import new_id
from galena.kit.object_store import DamagedObjectError
from galena.stores import audit, models, outbox
from galena.workflows.model_artefacts import forget_models
from galena.workflows.model_promotion import Verdict, archive, promote, roll_back
from galena.workflows.model_registry import challenge, live_at


def champion_of(context, purpose="booked"):
    with context.session() as session:
        found = models.find_champion(session, purpose)
    return found and found.name


def better(model, against=None, *, certainty=0.97):
    return Verdict(model.id, against and against.id, True, certainty, {"rows": 500})


def test_a_model_that_is_shown_to_be_better_takes_over(context, store, register):
    one, two = register(), register()
    first = promote(context, store, one.id, verdict=better(one))
    assert (first.champion.name, first.former) == ("booked:1", None)
    second = promote(context, store, two.id, verdict=better(two, one))
    assert (second.champion.name, second.champion.status) == ("booked:2", "champion")
    assert second.former is not None
    assert (second.former.name, second.former.status) == ("booked:1", "archived")
    with context.session() as session:
        change = models.history(session, model_id=two.id)[-1]
        entry = audit.list_(session, subject=f"model:{two.id}")[0]
        event = [each for each in outbox.read(session) if each.kind == "model_promoted"][-1]
    assert change.why == "better on later data, 97.0% sure"
    verdict = {
        "model_id": str(two.id),
        "against": str(one.id),
        "better": True,
        "certainty": 0.97,
        "detail": {"rows": 500},
    }
    assert change.evidence == {"verdict": verdict}
    assert (entry.action, entry.detail["former"], entry.detail["verdict"]) == (
        "promote_model",
        "booked:1",
        verdict,
    )
    assert (event.payload["model"], event.payload["former"]) == ("booked:2", "booked:1")


@pytest.mark.parametrize(
    ("verdict", "fault", "words"),
    [
        (lambda one, two: None, ConflictError, "nothing shows yet"),
        (lambda one, two: Verdict(two.id, one.id, False, 0.6), ConflictError, "does not show"),
        (lambda one, two: better(one, one), InputError, "another model"),
        (lambda one, two: better(two, None), ConflictError, "not tried against the champion"),
    ],
    ids=["none", "not better", "about another", "against another"],
)
def test_without_a_verdict_that_fits_nobody_takes_over(context, store, register, verdict, fault, words):
    one, two = register(), register()
    promote(context, store, one.id, anyway="the first")
    with pytest.raises(fault, match=words):
        promote(context, store, two.id, verdict=verdict(one, two))
    assert champion_of(context) == "booked:1"


def test_a_reason_stands_in_for_a_verdict(context, store, register):
    one = register()
    for nothing in ("", "  "):
        with pytest.raises(ConflictError, match="nothing shows yet"):
            promote(context, store, one.id, anyway=nothing)
    promote(context, store, one.id, verdict=Verdict(one.id, None, False, 0.4), anyway="the old one leaks")
    with context.session() as session:
        change = models.history(session)[-1]
    assert change.why == "the old one leaks"
    assert change.evidence["anyway"] == "the old one leaks"
    assert change.evidence["verdict"]["better"] is False


def test_the_former_champion_can_stay_on_trial(context, store, register):
    one, two = register(), register(status="challenger")
    promote(context, store, one.id, anyway="first")
    done = promote(context, store, two.id, verdict=better(two, one), former_becomes="challenger")
    assert done.former is not None
    assert (done.champion.name, done.former.name, done.former.status) == (
        "booked:2",
        "booked:1",
        "challenger",
    )


def test_beside_another_challenger_it_cannot(context, store, register):
    one, two, _ = register(), register(), register(status="challenger")
    promote(context, store, one.id, anyway="first")
    with pytest.raises(ConflictError, match="another model is the challenger"):
        promote(context, store, two.id, anyway="x", former_becomes="challenger")
    assert champion_of(context) == "booked:1"


def test_a_champion_that_cannot_be_read_is_not_made(context, store, register):
    one = register(0.25)
    path = Path(store.address) / one.object_name
    path.write_bytes(path.read_bytes().replace(b"0.25", b"0.99"))
    with pytest.raises(DamagedObjectError):
        promote(context, store, one.id, anyway="first")
    assert champion_of(context) is None


def test_what_is_not_there_cannot_be_promoted(context, store, register):
    with pytest.raises(NotFoundError):
        promote(context, store, new_id(), anyway="x")
    one = register()
    promote(context, store, one.id, anyway="x")
    with pytest.raises(ConflictError, match="champion already"):
        promote(context, store, one.id, anyway="x")


def test_the_way_back_passes_each_champion_once(context, store, register, clock):
    one, two, three = register(), register(), register()
    for model in (one, two, three):
        clock.advance(hours=1)
        promote(context, store, model.id, anyway="next")
    begun = clock.now
    for expected in ("booked:2", "booked:1"):
        clock.advance(hours=1)
        back = roll_back(context, store, "booked", why="worse in the field")
        assert back.former is not None
        assert (back.champion.name, back.former.status, champion_of(context)) == (
            expected,
            "archived",
            expected,
        )
    with pytest.raises(ConflictError, match="no earlier champion") as caught:
        roll_back(context, store, "booked", why="again")
    assert caught.value.facts == {"champion": "booked:1"}
    names = []
    for hours in range(-3, 3):
        clock.now = begun
        live = live_at(context, clock.advance(hours=hours))["booked"]
        names.append(live and live.name)
    assert names == [None, "booked:1", "booked:2", "booked:3", "booked:2", "booked:1"]


def test_after_a_way_back_the_next_promotion_counts_from_there(context, store, register):
    one, two, three = register(), register(), register()
    promote(context, store, one.id, anyway="x")
    promote(context, store, two.id, anyway="x")
    roll_back(context, store, "booked", why="x")
    promote(context, store, three.id, anyway="x")
    assert roll_back(context, store, "booked", why="x").champion.name == "booked:1"


def test_there_is_no_way_back_to_what_cannot_be_read(context, store, register):
    one, two = register(0.25), register()
    promote(context, store, one.id, anyway="x")
    promote(context, store, two.id, anyway="x")
    forget_models()
    (Path(store.address) / one.object_name).unlink()
    with pytest.raises(NotFoundError):
        roll_back(context, store, "booked", why="x")
    assert champion_of(context) == "booked:2"


def test_without_a_champion_there_is_no_way_back(context, store, register):
    register()
    with pytest.raises(ConflictError) as caught:
        roll_back(context, store, "booked", why="x")
    assert caught.value.facts == {"champion": "none: rules score"}


def test_archiving(context, store, register, clock):
    one, two = register(), register()
    promote(context, store, one.id, anyway="x")
    with pytest.raises(ConflictError, match="is the champion"):
        archive(context, one.id, why="old")
    assert archive(context, two.id, why="old").status == "archived"
    assert archive(context, two.id, why="old").status == "archived"
    assert archive(context, one.id, why="rules do", even_champion=True).status == "archived"
    assert champion_of(context) is None
    with pytest.raises(ConflictError, match="no earlier champion"):
        roll_back(context, store, "booked", why="x")
    with context.session() as session:
        archived = [event.payload for event in outbox.read(session) if event.kind == "model_archived"]
    assert [(each["model"], each["was"]) for each in archived] == [
        ("booked:2", "candidate"),
        ("booked:1", "champion"),
    ]
    promote(context, store, one.id, anyway="rules did not")
    assert champion_of(context) == "booked:1"


def test_the_champion_needs_no_trial(context, store, register):
    one = register()
    promote(context, store, one.id, anyway="x")
    with pytest.raises(ConflictError, match="is the champion"):
        challenge(context, one.id, why="x")


def test_two_promotions_at_once_leave_one_champion(context, store, register):
    standing, *racers = (register() for _ in range(4))
    promote(context, store, standing.id, anyway="first")
    together, won, lost = threading.Barrier(len(racers)), [], []

    def race(model):
        together.wait()
        try:
            won.append(promote(context, store, model.id, verdict=better(model, standing)).champion.name)
        except ConflictError as fault:
            lost.append(fault.what)

    threads = [threading.Thread(target=race, args=(model,)) for model in racers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert won == [champion_of(context)]
    assert len(lost) == 2
    assert all("not tried against the champion that stands now" in what for what in lost)
    with context.session() as session:
        statuses = sorted(model.status for model in models.list_(session))
    assert statuses == ["archived", "candidate", "candidate", "champion"]


def test_a_model_of_another_table_cannot_score_an_outcome_of_the_playbook(context, store, register):
    foreign = register(purpose="won", model={"columns": ["spend", "city_code", "industry"]})
    with pytest.raises(ConflictError, match="trained on a table of its own") as caught:
        promote(context, store, foreign.id, anyway="it is good on its table")
    assert caught.value.facts == {
        "columns the leads do not have": "2 of 3",
        "such as": ["spend", "city_code"],
    }
    assert champion_of(context, "won") is None
    other = register(purpose="renewed", model={"columns": ["spend"]})
    assert promote(context, store, other.id, anyway="no outcome of the playbook").former is None
