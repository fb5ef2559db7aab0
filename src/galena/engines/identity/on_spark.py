"""The same model on Spark, for tables too large for one machine: same levels, same bits, by Splink's Spark backend."""

# ruff: noqa: S608  Only names that this package makes, and numbers, are put into SQL.

from typing import Any

from galena.engines.identity.model import Counts, MatchModel
from galena.engines.identity.splink_settings import SPARK_SHARED_MASS, settings_of


def session_jar() -> str:
    """The file to name as `spark.jars` when the session is made: Splink's functions for comparing texts."""
    from splink.backends.spark import similarity_jar_location

    return str(similarity_jar_location())


def predict_on_spark(
    spark: Any, records: Any, keys: Any, model: MatchModel, *, largest_block: int, least_bits: float
) -> Any:
    """The pairs that share a block key, weighed: a Spark frame with row_l, row_r and match_weight (prior counted in).

    Args:
        spark: a session with `session_jar` among its jars.
        records: a Spark frame as `galena.engines.identity.record_table.load` makes the table `records`.
        keys: a Spark frame of row and key.
        largest_block: keys that more records share are left out.
        least_bits: pairs below are left out.
    """
    from splink import Linker, SparkAPI

    spark.sql(SPARK_SHARED_MASS)
    made: Any = SparkAPI
    api = made(spark_session=spark, break_lineage_method="persist")
    records.createOrReplaceTempView("match_records")
    keys.createOrReplaceTempView("match_keys")
    linker = Linker(api.register("match_records"), settings_of(model, dialect="spark"), None)
    for name in model.expected:
        _register_frequencies(spark, api, linker, model, name)
    spark.sql(
        "SELECT '0' AS match_key, a.row AS join_key_l, b.row AS join_key_r FROM match_keys a"
        " JOIN match_keys b ON a.key = b.key AND a.row < b.row"
        f" JOIN (SELECT key FROM match_keys GROUP BY key HAVING count(*) <= {int(largest_block)}) small"
        " ON small.key = a.key GROUP BY a.row, b.row"
    ).createOrReplaceTempView("match_pairs")
    linker.table_management.register_blocked_pairs_for_predict(api.register("match_pairs"))
    found = linker.inference.predict(threshold_match_weight=least_bits)
    return spark.table(found.physical_name)


def _register_frequencies(spark: Any, api: Any, linker: Any, model: MatchModel, name: str) -> None:
    counts = model.frequencies.get(name, Counts())
    rare = counts.frequency("", model.expected[name])
    common = [(value, model.frequency(name, value)) for value in counts.of]
    spark.createDataFrame(common, "value STRING, share DOUBLE").createOrReplaceTempView(f"common_{name}")
    spark.sql(
        f"SELECT v.{name}, coalesce(c.share, CAST({rare!r} AS DOUBLE)) AS tf_{name}"
        f" FROM (SELECT DISTINCT {name} FROM match_records WHERE {name} IS NOT NULL) v"
        f" LEFT JOIN common_{name} c ON c.value = v.{name}"
    ).createOrReplaceTempView(f"frequency_{name}")
    linker.table_management.register_term_frequency_lookup(api.register(f"frequency_{name}"), name)
