"""A match model as settings of Splink, for DuckDB and for Spark."""

from typing import Any

from galena.engines.identity.ladders import Ladder
from galena.engines.identity.model import MatchModel

SHARED_MASS = (
    "CREATE OR REPLACE TEMP MACRO shared_mass(words, weights, others) AS"
    " coalesce(list_sum(list_transform(list_intersect(words, others),"
    " lambda word: weights[list_position(words, word)])), 0.0)"
)
"""In DuckDB: the weight of the words two records share."""

SPARK_SHARED_MASS = (
    "CREATE OR REPLACE TEMPORARY FUNCTION"
    " shared_mass(words ARRAY<STRING>, weights ARRAY<DOUBLE>, others ARRAY<STRING>) RETURNS DOUBLE RETURN"
    " aggregate(transform(array_intersect(words, others),"
    " word -> element_at(weights, CAST(array_position(words, word) AS INT))), 0.0D, (sum, each) -> sum + each)"
)
"""The same in Spark."""

_SPARK_NAMES = {
    "jaro_winkler_similarity(": "jaro_winkler(",
    "damerau_levenshtein(": "damerau_levenshtein(",
    "list_intersect(": "array_intersect(",
    "len(": "size(",
}


def settings_of(
    model: MatchModel, *, dialect: str = "duckdb", trained: bool = True, gammas: bool = False
) -> dict[str, Any]:
    """The settings dictionary of `splink.Linker`.

    Args:
        trained: with the model's chances; else they are left open for Splink to learn.
        gammas: predictions show every field's level.
    """
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "row",
        "comparisons": [_comparison(ladder, model, dialect, trained) for ladder in model.ladders],
        "blocking_rules_to_generate_predictions": [{"blocking_rule": "1=1", "sql_dialect": dialect}],
        "probability_two_random_records_match": model.priors.within / (1 + model.priors.within),
        "retain_matching_columns": gammas,
        "retain_intermediate_calculation_columns": gammas,
    }


def _comparison(ladder: Ladder, model: MatchModel, dialect: str, trained: bool) -> dict[str, Any]:
    levels: list[dict[str, Any]] = [
        {
            "sql_condition": _written(ladder.missing, dialect),
            "label_for_charts": "not known",
            "is_null_level": True,
        }
    ]
    for level, (m, u) in zip(ladder.levels, model.chances[ladder.name], strict=True):
        rung: dict[str, Any] = {
            "sql_condition": _written(level.sql, dialect),
            "label_for_charts": level.says,
        }
        if trained:
            rung |= {"m_probability": m, "u_probability": u}
            if level.frequency_of:
                rung |= {
                    "tf_adjustment_column": level.frequency_of,
                    "tf_adjustment_weight": 1.0,
                    "disable_tf_exact_match_detection": True,
                }
        levels.append(rung)
    return {
        "output_column_name": ladder.name,
        "comparison_description": ladder.label,
        "comparison_levels": levels,
    }


def _written(sql: str, dialect: str) -> str:
    if dialect == "spark":
        for name, other in _SPARK_NAMES.items():
            sql = sql.replace(name, other)
    return sql
