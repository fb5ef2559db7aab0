"""Training whole: small tables whose right answer is known."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from galena.engines.learning.blend import FLOOR
from galena.engines.learning.dataset import Dataset, dataset_of
from galena.engines.learning.train import Options, Trained, train
from galena.engines.learning.train_plan import plan_of
from galena.kit.clock import fixed_clock

STILL = fixed_clock(datetime(2026, 11, 20, 12, tzinfo=UTC))  # no time passes: no fold is left out
QUICK = Options(budget_s=4, seed=3, threads=2)


def table(
    rows: int, *, seed: int = 0, columns: int = 3, effect: float = 1.5, shift: float = 0.0
) -> pl.DataFrame:
    """Numbers of which the first two matter, a category, an id-like category, an outcome."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(rows, columns))
    place = draw.integers(0, 4, rows)
    z = effect * (x[:, 0] - x[:, 1] / 2 + (place == 1)) - 0.3 * effect + shift
    return pl.DataFrame(
        {f"number {at}": x[:, at] for at in range(columns)}
        | {
            "place": [f"place {at}" for at in place],
            "won": (draw.random(rows) < 1 / (1 + np.exp(-z))).astype(int),
        }
    )


def trained_on(frame: pl.DataFrame, options: Options = QUICK, **how: object) -> tuple[Dataset, Trained]:
    dataset = dataset_of(frame, target="won", **how)  # type: ignore[arg-type]
    return dataset, train(dataset, options, lambda _doing, _share: None, STILL)


@pytest.fixture(scope="module")
def small() -> tuple[Dataset, Trained]:
    """A table of 300 rows, trained once."""
    return trained_on(table(300))


@pytest.mark.slow
def test_all_members_are_active_above_the_floor(small):
    _, trained = small
    assert {member.kind for member in trained.model.members} == {"boosting", "forest", "net", "additive"}
    assert trained.model.weights.sum() == pytest.approx(1)
    assert (trained.model.weights >= FLOOR - 1e-9).all()


@pytest.mark.slow
def test_each_row_is_judged_once_by_models_that_had_not_seen_it(small):
    dataset, trained = small
    judged = trained.out_of_fold
    assert judged.rows.tolist() == list(range(dataset.rows))
    assert np.array_equal(judged.target, dataset.target[judged.rows])
    assert judged.members.shape == (300, len(trained.model.members))
    assert (judged.low <= judged.probability).all()
    assert (judged.probability <= judged.high).all()


@pytest.mark.slow
def test_there_is_signal_and_it_is_explained(small):
    dataset, trained = small
    assert trained.signal.usable
    explained = trained.model.explain(dataset.frame.head(20))
    total = explained.base_points + explained.points.sum(axis=1)
    assert total == pytest.approx(100 * explained.predictions.probability, abs=1e-6)
    importance = dict(zip(trained.model.columns, trained.model.importance.tolist(), strict=True))
    assert max(importance, key=lambda name: importance[name]) == "number 0"
    assert sum(importance.values()) == pytest.approx(1)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_model_on_any_number_of_threads(small):
    dataset, trained = small
    again = train(dataset, Options(budget_s=4, seed=3, threads=2), lambda _doing, _share: None, STILL)
    assert np.array_equal(again.out_of_fold.probability, trained.out_of_fold.probability)
    first, second = (each.model.predict(dataset.frame).probability for each in (trained, again))
    assert np.array_equal(first, second)


def test_a_plan_depends_on_size_and_budget_alone():
    assert plan_of(50_000, 40, 120, 2) == plan_of(50_000, 40, 120, 2)
    small, large = plan_of(50_000, 40, 30, 2), plan_of(50_000, 40, 600, 2)
    assert small.folds <= large.folds
    assert small.fold_rows <= large.fold_rows == 50_000
    assert plan_of(200, 10, 120, 2).repeats > plan_of(30_000, 10, 120, 2).repeats == 1


def test_a_plan_says_when_the_budget_is_too_small_for_the_table():
    cramped = plan_of(4_000, 2_000, 8, 2)
    assert cramped.cramped
    assert cramped.enough_s > 8
    assert not plan_of(4_000, 2_000, cramped.enough_s, 2).cramped
    assert not plan_of(5_000, 30, 120, 2).cramped


@pytest.mark.slow
def test_noise_gets_the_base_rate():
    frame = table(400, effect=0.0, seed=5)
    _, trained = trained_on(frame)
    assert not trained.model.usable_signal
    predicted = trained.model.predict(frame)
    assert predicted.probability == pytest.approx(np.full(400, frame["won"].mean()))
    assert np.abs(trained.out_of_fold.probability - frame["won"].mean()).mean() < 0.1


@pytest.mark.slow
def test_a_column_of_ids_does_not_look_predictive():
    frame = table(600, effect=0.0, seed=6).with_columns(
        pl.Series("customer", [f"c{at % 200}" for at in np.random.default_rng(1).permutation(600)])
    )
    _, trained = trained_on(frame)
    assert trained.signal.auc.value < 0.58
    assert not trained.model.usable_signal


@pytest.mark.slow
def test_a_direction_given_holds_for_the_whole_model():
    frame = table(300, seed=7)
    # more of "number 1" lowers the outcome in truth; the person says that it may only raise it
    _, trained = trained_on(frame, Options(budget_s=4, monotone={"number 1": 1, "number 0": 1}))
    for name in ("number 0", "number 1"):
        rows = pl.concat([frame.head(15)] * 7).with_columns(
            pl.Series(name, np.repeat(np.linspace(-3, 3, 7), 15))
        )
        rising = np.diff(trained.model.predict(rows).probability.reshape(7, 15), axis=0)
        assert (rising >= -1e-9).all()
    net = next(member for member in trained.model.members if member.kind == "net")
    read = {trained.model.encoding.inputs[at].origin for at in net.inputs.tolist()}
    assert [trained.model.columns[at] for at in sorted(read)] == ["number 2", "place"]


@pytest.mark.slow
def test_thirty_rows_give_a_modest_model():
    frame = table(30, seed=8)
    _, trained = trained_on(frame)
    probability = trained.model.predict(frame).probability
    assert np.isfinite(probability).all()
    assert 0.02 < probability.min() <= probability.max() < 0.98


@pytest.mark.slow
def test_more_columns_than_rows_are_learned():
    frame = table(120, columns=400, effect=3.0, seed=9)
    _, trained = trained_on(frame)
    assert trained.signal.auc.value > 0.75
    read = [len(member.inputs) for member in trained.model.members]
    assert max(read) == 40  # of 400 and more, those that tell most


@pytest.mark.slow
def test_one_positive_in_a_hundred_stays_calibrated():
    frame = table(2_500, effect=1.2, shift=-4.5, seed=10)
    dataset, trained = trained_on(frame)
    assert dataset.target.mean() < 0.03
    assert trained.out_of_fold.probability.mean() == pytest.approx(dataset.target.mean(), rel=0.25)


@pytest.mark.slow
def test_later_rows_are_judged_by_models_of_earlier_ones():
    frame = table(300, seed=11)
    day = datetime(2026, 1, 1, tzinfo=UTC)
    days = [(day + timedelta(days=at)).date().isoformat() for at in range(300)]
    _, trained = trained_on(frame.with_columns(pl.Series("came", days)), time="came")
    assert trained.in_time
    judged = trained.out_of_fold
    assert judged.rows.min() >= 100
    assert (np.diff(judged.fold[np.argsort(judged.rows)]) >= 0).all()


@pytest.mark.slow
def test_an_interrupted_training_leaves_nothing_behind():
    dataset = dataset_of(table(300), target="won")

    def interrupt(_doing: str, share: float) -> None:
        if share > 0.3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(dataset, QUICK, interrupt, STILL)
