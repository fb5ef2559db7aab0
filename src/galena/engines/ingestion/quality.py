"""Data quality of a lead, 0-100, as the weighted mean of four parts of 0-100 each.

| part         | weight | meaning                                                                         |
| ---          | ---    | ---                                                                             |
| completeness | 50     | known fields among the playbook's required (counted twice) and useful ones      |
| validity     | 20     | values that could be used among all that were given                             |
| freshness    | 20     | mean over the known fields; a fact loses half of its freshness in 365 days       |
| agreement    | 10     | fields on which the sources agree among those that several sources give         |
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from galena.domain.lead import Provenance
from galena.domain.playbook import Playbook

WEIGHTS = {"completeness": 50.0, "validity": 20.0, "freshness": 20.0, "agreement": 10.0}
FRESHNESS_HALF_LIFE_DAYS = 365.0
_DAY_S = 86_400.0


class QualityScale:
    """Measures leads of one playbook."""

    def __init__(self, playbook: Playbook) -> None:
        counted = {"required": 2.0, "useful": 1.0}
        self._counted = {
            name: counted[field.importance]
            for name, field in playbook.fields.items()
            if field.importance in counted
        }
        self._whole = sum(self._counted.values())

    def measure(
        self,
        fields: Mapping[str, Any],
        provenance: Mapping[str, Provenance],
        as_of: datetime,
        *,
        invalid: Collection[str] = (),
        compared: int = 0,
        agreed: int = 0,
    ) -> tuple[float, dict[str, float]]:
        """The data quality and its parts, each 0-100 with one decimal.

        Args:
            as_of: the moment at which freshness is judged.
            invalid: fields of which a value was given that could not be used.
            compared, agreed: how many fields several sources give, and on how many of them they agree.
        """
        known = len(fields)
        wrong = sum(1 for name in invalid if name not in fields)
        complete = sum(weight for name, weight in self._counted.items() if name in fields)
        parts = {
            "completeness": round(100 * complete / self._whole, 1) if self._whole else 100.0,
            "validity": round(100 * known / (known + wrong), 1) if known + wrong else 0.0,
            "freshness": round(100 * _freshness(provenance, as_of), 1),
            "agreement": round(100 * agreed / compared, 1) if compared else 100.0,
        }
        total = sum(WEIGHTS[name] * part for name, part in parts.items()) / sum(WEIGHTS.values())
        return round(total, 1), parts


def data_quality(
    fields: Mapping[str, Any],
    provenance: Mapping[str, Provenance],
    playbook: Playbook,
    as_of: datetime,
    *,
    invalid: Collection[str] = (),
    compared: int = 0,
    agreed: int = 0,
) -> tuple[float, dict[str, float]]:
    """The data quality of one lead and its parts; see `QualityScale.measure`."""
    return QualityScale(playbook).measure(
        fields, provenance, as_of, invalid=invalid, compared=compared, agreed=agreed
    )


def _freshness(provenance: Mapping[str, Provenance], as_of: datetime) -> float:
    """Mean over fields of 2^(-age / half-life), 0-1; facts dated after `as_of` are fresh; none: 0."""
    if not provenance:
        return 0.0
    origins = list(provenance.values())
    first = origins[0]
    if all(origin is first for origin in origins):  # the usual case: one record tells all
        return _left(first.observed_at, as_of)
    counts: dict[datetime, int] = {}
    for origin in origins:
        counts[origin.observed_at] = counts.get(origin.observed_at, 0) + 1
    return sum(count * _left(observed_at, as_of) for observed_at, count in counts.items()) / len(origins)


def _left(observed_at: datetime, as_of: datetime) -> float:
    age_days = (as_of - observed_at).total_seconds() / _DAY_S
    return float(2.0 ** (-age_days / FRESHNESS_HALF_LIFE_DAYS)) if age_days > 0 else 1.0
