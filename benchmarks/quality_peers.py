"""What others do with the same table: CRM-style naive Bayes, plain logistic regression, boosting as installed."""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Peer = Callable[[pl.DataFrame, Floats, pl.DataFrame], Floats]
BINS = 5


def naive_bayes(train: pl.DataFrame, outcome: Floats, test: pl.DataFrame) -> Floats:
    """As sales software does it: for each answer the share of won and lost leads that gave it, multiplied.

    Numbers are cut at quintiles; an answer never seen, or missing, says nothing.
    """
    won = outcome > 0.5
    z = np.full(test.height, np.log(won.mean() / (1 - won.mean())))
    for name in train.columns:
        seen, asked = train[name], test[name]
        if seen.dtype.is_numeric():
            known = seen.drop_nulls().to_numpy()
            edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1])) if len(known) else []
            seen, asked = (
                pl.Series(
                    np.where(s.is_null(), None, np.searchsorted(edges, s.fill_null(0).to_numpy())).tolist()
                )
                for s in (seen, asked)
            )
        answers = seen.cast(pl.String).to_list()
        table: dict[str, list[float]] = {}
        for answer, positive in zip(answers, won.tolist(), strict=True):
            if answer is not None:
                table.setdefault(answer, [0.1, 0.1])[0 if positive else 1] += 1
        given = [sum(each[k] for each in table.values()) or 1.0 for k in (0, 1)]
        if len(table) < 2:
            continue
        says = {key: np.log(a / given[0]) - np.log(b / given[1]) for key, (a, b) in table.items()}
        z += np.array([says.get(answer, 0.0) for answer in asked.cast(pl.String).to_list()])
    return 1 / (1 + np.exp(-z))


def logistic_regression(train: pl.DataFrame, outcome: Floats, test: pl.DataFrame) -> Floats:
    """Flags per category, standardised numbers, scikit-learn's default penalty."""
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = [name for name in train.columns if train[name].dtype.is_numeric()]
    words = [name for name in train.columns if name not in numbers]
    prepared = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
        (OneHotEncoder(handle_unknown="ignore"), words),
    )
    model = make_pipeline(prepared, LogisticRegression(max_iter=2_000))
    return _fit_predict(model, _pandas(train), outcome, _pandas(test))


def xgboost(train: pl.DataFrame, outcome: Floats, test: pl.DataFrame) -> Floats:
    """XGBoost as installed, categories by its own handling."""
    from xgboost import XGBClassifier

    first, second = _categories(train, test)
    return _fit_predict(XGBClassifier(enable_categorical=True, n_jobs=2), first, outcome, second)


def lightgbm(train: pl.DataFrame, outcome: Floats, test: pl.DataFrame) -> Floats:
    """LightGBM as installed, categories by its own handling."""
    from lightgbm import LGBMClassifier

    first, second = _categories(train, test)
    first.columns = second.columns = [f"c{place}" for place in range(first.shape[1])]
    return _fit_predict(LGBMClassifier(verbose=-1, n_jobs=2), first, outcome, second)


def catboost(train: pl.DataFrame, outcome: Floats, test: pl.DataFrame) -> Floats:
    """CatBoost as installed, categories by its own ordered statistics."""
    from catboost import CatBoostClassifier

    words = [name for name in train.columns if not train[name].dtype.is_numeric()]
    model = CatBoostClassifier(
        verbose=0, thread_count=2, allow_writing_files=False, cat_features=words, random_seed=0
    )
    return _fit_predict(model, _pandas(train), outcome, _pandas(test))


PEERS: dict[str, Peer] = {
    "naive_bayes": naive_bayes,
    "logistic_regression": logistic_regression,
    "xgboost": xgboost,
    "lightgbm": lightgbm,
    "catboost": catboost,
}


def _fit_predict(model: Any, train: Any, outcome: Floats, test: Any) -> Floats:
    found: Floats = model.fit(train, outcome.astype(int)).predict_proba(test)[:, 1].astype(float)
    return found


def _pandas(frame: pl.DataFrame) -> Any:
    """Missing words are a word of their own."""
    import pandas

    return pandas.DataFrame(
        {
            name: frame[name].cast(pl.Float64).to_numpy()
            if frame[name].dtype.is_numeric()
            else np.array(frame[name].cast(pl.String).fill_null("missing").to_list(), dtype=object)
            for name in frame.columns
        }
    )


def _categories(train: pl.DataFrame, test: pl.DataFrame) -> tuple[Any, Any]:
    import pandas

    first, second = _pandas(train), _pandas(test)
    for name in train.columns:
        if not train[name].dtype.is_numeric():
            kind = pandas.CategoricalDtype(sorted(set(first[name])))
            first[name], second[name] = first[name].astype(kind), second[name].astype(kind)
    return first, second
