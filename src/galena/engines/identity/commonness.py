"""What is common among the leads of a workspace, counted before anything was learned.

Until weights are learned, those that are usual everywhere stand. What agrees by chance differs from place to place,
though: where all have one e-mail domain and live in five postal codes, to share both says nothing; where telephones are
numbered one after the other, one digit apart is no slip. So values and words are counted, and over the pairs of a
sample how often strangers stand on each rung.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from galena.engines.identity.ladders import Ladder
from galena.engines.identity.model import Counts, MatchModel, usual_priors
from galena.engines.identity.pairs import Floats, held
from galena.engines.identity.records import Record
from galena.engines.identity.weighing import chance_of

SAMPLE_RECORDS = 5_000
"""Of so many records values are counted: what is common is among them."""

PAIRED_RECORDS = 150
"""Of so many records all pairs tell how often strangers agree."""

_PRIOR_PAIRS = 300.0
_LEAST_VALUES, _LEAST_WORDS = 3, 2
_MOST_KEPT = 500
"""So many common values and words of a field are kept: this is read for each new lead, and the rest is rare enough."""


@dataclass(frozen=True, slots=True)
class Common:
    """What is common.

    Attributes:
        values: normal value's name -> how often its values occur; `words`: field -> how often its words do.
        chances: ladder -> how often strangers stand on each level.
    """

    values: Mapping[str, Counts]
    words: Mapping[str, Counts]
    chances: Mapping[str, tuple[float, ...]]

    def as_dict(self) -> dict[str, Any]:
        """As JSON; `common_from` reads it."""
        return {
            "values": {name: [each.rows, dict(each.of)] for name, each in self.values.items()},
            "words": {name: [each.rows, dict(each.of)] for name, each in self.words.items()},
            "chances": {name: list(each) for name, each in self.chances.items()},
        }


def common_from(written: Mapping[str, Any]) -> Common:
    """What `Common.as_dict` wrote."""
    values, words = (
        {name: Counts(rows, of) for name, (rows, of) in written[part].items()} for part in ("values", "words")
    )
    return Common(values, words, {name: tuple(each) for name, each in written["chances"].items()})


def count_common(records: Sequence[Record], model: MatchModel, rows: int) -> Common:
    """What is common among records, drawn at random from all.

    Args:
        records: normal records without weights.
        model: what is usual everywhere.
        rows: how many records there are in all.
    """
    values, words = _counted(records, model)
    counted = replace(model, frequencies=values, words=words)
    paired = [counted.weighted(dict(record)) for record in records[:PAIRED_RECORDS]]
    within = usual_priors(model.layout, max(rows, 2)).within
    return Common(values, words, _chances(paired, counted, within))


def with_common(model: MatchModel, common: Common) -> MatchModel:
    """The model of what is usual, where this is common."""
    chances = {
        name: tuple((m, u) for (m, _), u in zip(levels, common.chances[name], strict=True))
        for name, levels in model.chances.items()
    }
    return replace(model, chances=chances, frequencies=common.values, words=common.words)


def _counted(records: Sequence[Record], model: MatchModel) -> tuple[dict[str, Counts], dict[str, Counts]]:
    """As `galena.engines.identity.record_table.counted` does for whole tables."""
    values = {
        name: _counts([record[name] for record in records if name in record], _LEAST_VALUES)
        for name in sorted(model.expected)
    }
    words = {}
    for field in model.word_fields:
        # A name that many records bear counts once.
        texts = {tuple(record[f"{field}_tokens"]) for record in records if f"{field}_tokens" in record}
        counts = _counts([word for text in texts for word in text], _LEAST_WORDS)
        words[field] = replace(counts, rows=len(texts))
    return values, words


def _counts(values: Sequence[str], least: int) -> Counts:
    found = sorted(Counter(values).items(), key=lambda each: (-each[1], each[0]))[:_MOST_KEPT]
    return Counts(len(values), {value: count for value, count in found if count >= least})


def _chances(records: Sequence[Record], model: MatchModel, within: float) -> dict[str, tuple[float, ...]]:
    """How often strangers stand on each level; pairs that may be one count for less."""
    found = {ladder.name: [0.0] * len(ladder.levels) for ladder in model.ladders}
    for one, other in combinations(records, 2):
        strangers: float | None = None
        for ladder in model.ladders:
            level = ladder.grade(one, other)
            if level is None:
                continue
            if strangers is None:
                strangers = 1.0 - chance_of(one, other, model)
            found[ladder.name][level] += strangers
    contacts = any(ladder.has_slips for ladder in model.ladders)
    return {
        ladder.name: _strangers(np.array(found[ladder.name]), ladder, within, contacts=contacts)
        for ladder in model.ladders
    }


def _strangers(found: Floats, ladder: Ladder, within: float, *, contacts: bool) -> tuple[float, ...]:
    """Pairs on each level as chances, beside what is usual, and without the duplicates that a table may be full of
    (twice as many as are usual): in a small one they would pass for strangers."""
    m = np.array([level.m for level in ladder.levels])
    usual = np.array([level.u for level in ladder.levels])
    pairs = float(found.sum())
    left = np.maximum(found - 2.0 * within * pairs * m, 0.0)
    u = left + usual / usual.sum() * _PRIOR_PAIRS
    return tuple(held(u / u.sum(), ladder, contacts=contacts).tolist())
