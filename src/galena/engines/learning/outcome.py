"""What an outcome column says: which rows are positive, which negative, which are still open."""

from difflib import get_close_matches
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from galena.kit.errors import InputError
from galena.kit.tabular.values import MISSING, SPACE, text_of

# Pairs everybody knows, the positive first. Compared in lower case, without spaces around.
POSITIVES: Final = (
    *(
        "1",
        "1.0",
        "yes",
        "y",
        "true",
        "t",
        "on",
        "won",
        "win",
        "converted",
        "convert",
        "closed won",
        "closed-won",
    ),
    *("closedwon", "booked", "success", "successful", "sold", "bought", "purchased", "accepted", "approved"),
    *(
        "subscribed",
        "responded",
        "response",
        "qualified",
        "positive",
        "pos",
        "signed",
        "customer",
        "good",
        "hot",
    ),
    *(
        "churned",
        "churn",
        "clicked",
        "click",
        "paid",
        "active",
        "renewed",
        "interested",
        "replied",
        "enrolled",
    ),
)
NEGATIVES: Final = (
    *("0", "0.0", "-1", "no", "n", "false", "f", "off", "lost", "loss", "not converted", "unconverted"),
    *(
        "closed lost",
        "closed-lost",
        "closedlost",
        "not booked",
        "failure",
        "failed",
        "fail",
        "unsold",
        "not sold",
    ),
    *(
        "rejected",
        "declined",
        "denied",
        "not subscribed",
        "no response",
        "unqualified",
        "disqualified",
        "negative",
    ),
    *("neg", "bad", "cold", "retained", "stayed", "not clicked", "unpaid", "inactive", "not interested"),
    *("not responded", "not purchased", "prospect", "not won", "nonconverted", "non-converted", "dead"),
)
_MOST_SHOWN: Final = 10


class OutcomeError(InputError):
    """The outcome column does not say two things."""


class Outcome(BaseModel):
    """What was found in the outcome column.

    Attributes:
        column: its name.
        positive, negative: the two values, as written most often.
        guessed: whether the positive value was guessed from a well-known pair.
        positives, negatives: rows of each.
        unlabelled: rows without an outcome; they are left out.
    """

    model_config = ConfigDict(frozen=True)

    column: str
    positive: str
    negative: str
    guessed: bool
    positives: int
    negatives: int
    unlabelled: int

    def sentence(self) -> str:
        """The reading in one sentence, for people."""
        how = "taken as" if self.guessed else "is"
        open_rows = f"; {self.unlabelled} rows without an outcome are left out" if self.unlabelled else ""
        return (
            f"“{self.positive}” in column “{self.column}” {how} the success ({self.positives} rows), "
            f"“{self.negative}” the other outcome ({self.negatives} rows){open_rows}."
        )


def outcome_of(series: pl.Series, positive: str | None = None) -> tuple[Outcome, NDArray[np.float64]]:
    """The outcome of every row: 1.0, 0.0, or NaN where there is none.

    Raises:
        OutcomeError: one value, more than two, `positive` not among them, or two values nobody can tell apart.
    """
    texts = _texts(series)
    spellings = (
        texts.drop_nulls().alias("value").value_counts().sort("count", "value", descending=[True, False])
    )
    counts: dict[str, int] = {}
    shown: dict[str, str] = {}
    for value, count in spellings.iter_rows():
        key = value_key(value)
        shown.setdefault(key, value)
        counts[key] = counts.get(key, 0) + count
    if len(counts) != 2 or _misspelt(counts):
        raise _wrong_number(series.name, counts, shown, texts.null_count())
    positive_key, guessed = _positive(series.name, counts, shown, positive)
    negative_key = next(key for key in counts if key != positive_key)
    values = texts.replace_strict(
        {value: float(value_key(value) == positive_key) for value in spellings.get_column("value").to_list()},
        default=None,
        return_dtype=pl.Float64,
    )
    outcome = Outcome(
        column=series.name,
        positive=shown[positive_key],
        negative=shown[negative_key],
        guessed=guessed,
        positives=counts[positive_key],
        negatives=counts[negative_key],
        unlabelled=texts.null_count(),
    )
    return outcome, values.to_numpy().copy()


def _texts(series: pl.Series) -> pl.Series:
    if series.dtype == pl.String:
        texts = series.str.strip_chars(SPACE)
    else:
        given = series.fill_nan(None) if series.dtype.is_float() else series
        texts = pl.Series(
            series.name,
            [None if value is None else text_of(value) for value in given.to_list()],
            dtype=pl.String,
        )
    return texts.set(texts.is_in(MISSING), None)


def value_key(value: str) -> str:
    """What is equal for all spellings of one outcome: `Won` and ` won `, `1` and `1.0`."""
    text = " ".join(value.casefold().split())
    return {"1.0": "1", "0.0": "0"}.get(text, text)


def _positive(
    column: str, counts: dict[str, int], shown: dict[str, str], positive: str | None
) -> tuple[str, bool]:
    if positive is not None:
        key = value_key(positive.strip(SPACE))
        if key in counts:
            return key, False
        raise OutcomeError(
            f"No row of column “{column}” says “{positive}”",
            facts=_counted(counts, shown),
            remedy="Name one of the values the column has as the positive one.",
        )
    known = [
        key for key in counts if key in POSITIVES and next(k for k in counts if k != key) not in POSITIVES
    ]
    if len(known) == 1:
        return known[0], True
    losers = [key for key in counts if key in NEGATIVES]
    if len(losers) == 1 and not known:
        return next(key for key in counts if key != losers[0]), True
    first, second = counts
    for one, other in ((first, second), (second, first)):
        if other in (f"not {one}", f"no {one}", f"non-{one}", f"un{one}", f"not_{one}", f"no_{one}"):
            return one, True
    raise OutcomeError(
        f"Which of the two values of column “{column}” is the success is not clear",
        facts=_counted(counts, shown),
        remedy=f"Say which one counts as success, for example: positive = {shown[first]}.",
    )


def _counted(counts: dict[str, int], shown: dict[str, str]) -> dict[str, int]:
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    facts = {f"“{shown[key][:40]}”": count for key, count in ordered[:_MOST_SHOWN]}
    if len(ordered) > _MOST_SHOWN:
        facts["further values"] = len(ordered) - _MOST_SHOWN
    return facts


def _misspelt(counts: dict[str, int]) -> bool:
    """Whether the rarer of two values is only a misspelling of the other (and not its negation)."""
    rare, frequent = sorted(counts, key=lambda key: counts[key])
    negation = rare.endswith(frequent) or frequent.endswith(rare)
    known = rare in (*POSITIVES, *NEGATIVES)
    return not negation and not known and len(rare) > 4 and bool(get_close_matches(rare, [frequent], 1, 0.85))


def _wrong_number(column: str, counts: dict[str, int], shown: dict[str, str], open_rows: int) -> OutcomeError:
    if not counts:
        return OutcomeError(
            f"The outcome column “{column}” is empty", remedy="Name the column that says how each lead ended."
        )
    if len(counts) == 1:
        remedy = "A model learns from the difference: give past leads of both outcomes."
        if open_rows:
            remedy += f" {open_rows} rows have no outcome; if empty means lost, write it there."
        return OutcomeError(
            f"Every row of column “{column}” has the same outcome",
            facts=_counted(counts, shown),
            remedy=remedy,
        )
    typos = _typos(counts, shown)
    if len(counts) == 2:
        return OutcomeError(
            f"The two outcomes of column “{column}” look like one, spelt in two ways",
            facts=_counted(counts, shown),
            remedy="Correct the spelling, and give past leads of both outcomes.",
        )
    remedy = "Keep two outcomes: correct or empty the others (an empty outcome is left out as still open)."
    if typos:
        remedy = " ".join(typos) + " " + remedy
    return OutcomeError(
        f"Column “{column}” has {len(counts)} different outcomes, a model needs two",
        facts=_counted(counts, shown),
        remedy=remedy,
    )


def _typos(counts: dict[str, int], shown: dict[str, str]) -> list[str]:
    """Rare values that are nearly spelt like a frequent one, or mean the same as one."""
    found: list[str] = []
    for key, count in sorted(counts.items(), key=lambda item: item[1]):
        larger = [other for other, rows in counts.items() if rows > 3 * count and other != key]
        near = get_close_matches(key, [other for other in larger if len(key) > 2], n=1, cutoff=0.8)
        twin = near or [other for other in larger if _same_side(key, other)]
        if twin and len(found) < 3:
            rows = "1 row" if count == 1 else f"{count} rows"
            verb = "looks like" if near else "may mean the same as"
            found.append(f"“{shown[key]}” ({rows}) {verb} “{shown[twin[0]]}”.")
    return found


def _same_side(one: str, other: str) -> bool:
    return (one in POSITIVES and other in POSITIVES) or (one in NEGATIVES and other in NEGATIVES)
