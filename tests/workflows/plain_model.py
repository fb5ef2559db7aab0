"""A model one can redo by hand: 2 points for each visit, 10 for a referral, around 30."""

from types import SimpleNamespace

import numpy as np
import polars as pl

from galena.kit.tabular.infer import infer_reading

BASE = 30.0
COLUMNS = ("visits", "source", "phone_ok")
PAST = pl.DataFrame(
    {
        "visits": [str(number % 17) for number in range(60)],
        "source": ["referral" if number % 4 == 0 else "web" for number in range(60)],
        "phone_ok": ["yes" if number % 3 else "no" for number in range(60)],
    }
)


class PlainModel:
    """Behaves as `TabularModel` does, by arithmetic: score = 30 + 2 x visits + 10 if referral - 5 if no phone."""

    def __init__(self, usable_signal=True):
        self.reading = infer_reading(PAST)
        self.encoding = SimpleNamespace(columns=COLUMNS, unseen=self._unseen)
        self.usable_signal = usable_signal
        self.base_rate = BASE / 100
        self.meta = {}

    def predict(self, frame, **_):
        return self.explain(frame).predictions

    def explain(self, frame, **_):
        table = self.reading.read(frame)
        read = table.frame
        points = np.zeros((frame.height, len(COLUMNS)))
        if self.usable_signal and frame.height:
            points[:, 0] = 2 * read["visits"].fill_null(0).to_numpy()
            points[:, 1] = 10 * (read["source"] == "referral").fill_null(False).to_numpy()
            points[:, 2] = -5 * (read["phone_ok"].eq_missing(False)).to_numpy()
        probability = (BASE + points.sum(axis=1)) / 100
        predictions = SimpleNamespace(
            probability=probability,
            low=probability * 0.9,
            high=np.minimum(probability * 1.1, 1),
            confidence=np.full(frame.height, 0.8),
            table=table,
        )
        return SimpleNamespace(predictions=predictions, columns=COLUMNS, base_points=BASE, points=points)

    @staticmethod
    def _unseen(read):
        strange = read["source"].is_not_null() & ~read["source"].is_in(["web", "referral"])
        return {"source": int(strange.sum())} if strange.any() else {}
