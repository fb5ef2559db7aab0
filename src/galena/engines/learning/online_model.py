"""What the online learner knows, as a model like any other: stored, explained, replayed and reported alike.

Its additive models share one encoding and one set of columns, so that their pooled log-odds are again one additive
model: biases and slopes averaged by their shares.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from galena.domain.blend import BLEND, Blend, Curve
from galena.engines.learning.dataset import Dataset
from galena.engines.learning.online import MEMORIES_WEEKS, PENALTIES, Course, Followed, Predictors, grown_on
from galena.engines.learning.ranks import Floats
from galena.engines.learning.rules_member import Judged
from galena.engines.learning.signal_test import SignalTest, signal_in
from galena.engines.learning.train_honest import OutOfFold
from galena.engines.learning.verdict import in_words
from galena.kit.clock import Clock
from galena.kit.tabular.calibration import Calibrator, fit_calibrator
from galena.kit.tabular.model import Member, TabularModel

NAME: Final = "online"
SPLIT: Final = "week by week: each week's leads by what became of those of the weeks before"


@dataclass(frozen=True, eq=False)
class OnlineTrained:
    """The model and how it was judged, in the shape of any training's result."""

    model: TabularModel
    out_of_fold: OutOfFold
    timings: dict[str, float]
    signal: SignalTest
    blend: Blend
    judged: Judged
    split: str = SPLIT
    in_time: bool = True


def model_of(
    dataset: Dataset,
    course: Course,
    followed: Followed,
    *,
    head: str,
    rules: str,
    meta: Mapping[str, Any],
    seed: int,
    clock: Clock,
) -> OnlineTrained | None:
    """The learner as it stands now; None while too little is known.

    Args:
        dataset: the rows of the course, in its order.
        rules: content hash of the rules.
    """
    began = clock()
    predictors = grown_on(course, int(course.weeks.max(initial=0)) + 1, seed)
    if predictors is None:
        return None
    member, x = _member(predictors, followed, course)
    share = followed.model_share
    z = followed.online
    calibrator = fit_calibrator(
        z, followed.target, seed=seed, member_z=np.column_stack([z, followed.standing])
    )
    judged = _out_of_fold(course, followed, calibrator)
    signal = signal_in(
        judged.target,
        judged.probability,
        fold=judged.fold,
        in_time=True,
        base=judged.base,
        good=in_words(dataset.outcome.column, dataset.outcome.positive),
    )
    lines = np.array(predictors.lines) * (followed.shares[: len(MEMORIES_WEEKS)] / (1 - share))[:, None]
    blend = Blend(
        head=head,
        slope=float(lines[:, 0].sum()),
        intercept=float(lines[:, 1].sum()),
        weight=share,
        # The curve would be fitted to few leads, and the shares calibrate by themselves: only the interval is taken.
        curve=Curve.of(calibrator).model_copy(
            update={"kind": "identity", "numbers": (), "knots": (), "levels": (), "slopes": ()}
        ),
        labels=len(course.target),
        rules=rules,
    )
    model = TabularModel(
        reading=course.reading,
        encoding=predictors.encoding,
        members=(member,),
        weights=np.ones(1),
        calibrator=replace(Calibrator.identity(), **_interval_of(calibrator)),
        base_rate=float(np.average(course.target, weights=course.weight)),
        usable_signal=signal.usable,
        importance=np.zeros(len(predictors.encoding.columns)),
        meta={
            **meta,
            BLEND: blend.model_dump(mode="json"),
            "seed": seed,
            "rows": len(course.target),
            "learner": NAME,
            "memory": memory_of(followed),
        },
    )
    sizes = np.abs(model.contributions(x)).mean(axis=0)
    model = replace(model, importance=sizes / sizes.sum() if sizes.sum() > 0 else sizes)
    took = {"online": round((clock() - began).total_seconds(), 3)}
    telling = followed.telling
    parts = (_probability(each[telling]) for each in (followed.by_rules, followed.by_model, z))
    return OnlineTrained(model, judged, took, signal, blend, Judged(followed.target[telling], *parts))


def memory_of(followed: Followed) -> str:
    """How long the learner remembers, in words; of the memory with the greatest say."""
    first = len(MEMORIES_WEEKS)
    by_memory = followed.shares[first:].reshape(len(MEMORIES_WEEKS), len(PENALTIES)).sum(axis=1)
    by_memory = by_memory + followed.shares[:first]
    weeks = MEMORIES_WEEKS[int(np.argmax(by_memory))]
    return (
        "all outcomes count alike" if np.isinf(weeks) else f"an outcome counts half after {weeks:.0f} weeks"
    )


def _member(
    predictors: Predictors, followed: Followed, course: Course
) -> tuple[Member, "np.ndarray[Any, Any]"]:
    """The additive models pooled by their shares, and the encoded rows."""
    shares = followed.shares[len(MEMORIES_WEEKS) :] / followed.model_share
    fits = [fit for each in predictors.grown for fit in each.fits]
    bias = float(sum(share * fit[0] for share, fit in zip(shares, fits, strict=True)))
    slopes = np.sum([share * fit[1] for share, fit in zip(shares, fits, strict=True)], axis=0)
    pooled = replace(predictors.grown[0], fits=((bias, slopes),))
    member = Member(NAME, "additive", pooled.model(), predictors.inputs, 1.0, 0.0)
    return member, predictors.encoding.transform(course.table)


def _out_of_fold(course: Course, followed: Followed, calibrator: Calibrator) -> OutOfFold:
    """Of the leads that tell, in the order of rows."""
    telling = np.flatnonzero(followed.telling)
    order = telling[np.argsort(followed.rows[telling], kind="stable")]
    rows, z = followed.rows[order], followed.online[order]
    low, high = calibrator.interval(z, np.zeros(len(z)))
    probability = _probability(z)
    in_turn = np.argsort(course.given_day, kind="stable")
    wins = np.concatenate([[0.0], np.cumsum(course.target[in_turn])])
    earlier = np.searchsorted(course.given_day[in_turn], course.given_day[rows])
    return OutOfFold(
        probability=probability,
        low=np.minimum(low, probability),
        high=np.maximum(high, probability),
        members=probability[:, None],
        target=followed.target[order],
        rows=rows,
        fold=np.unique(followed.week[order], return_inverse=True)[1].astype(np.int64),
        base=wins[earlier] / np.maximum(earlier, 1),
    )


def _interval_of(calibrator: Calibrator) -> dict[str, Any]:
    names = ("grid", "offset_low", "offset_high", "spread", "usual_disagreement", "own_share")
    return {name: getattr(calibrator, name) for name in names}


def _probability(z: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-z))
    return found
