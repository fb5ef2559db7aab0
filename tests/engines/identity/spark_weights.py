"""Weighs small tables on a local Spark and one by one; ends with 0 where all weights are the same, 77 without Spark."""

import os
import runpy
import shutil
import sys
from dataclasses import replace
from math import isclose, log2
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from galena.engines.identity import columns, record_table
from galena.engines.identity.model import untrained_model
from galena.engines.identity.on_spark import predict_on_spark, session_jar
from galena.engines.identity.records import normal_record
from galena.engines.identity.splink_settings import SHARED_MASS
from galena.engines.identity.weighing import weigh

tables = runpy.run_path(str(Path(__file__).parent / "tables.py"))


def session() -> Any:
    """A local Spark."""
    try:
        from pyspark.sql import SparkSession

        if "JAVA_HOME" not in os.environ and shutil.which("java") is None:
            raise OSError("no Java on the PATH; Spark needs version 17 or newer")
        settings = {
            "spark.jars": session_jar(),
            "spark.ui.enabled": "false",
            "spark.driver.memory": "1g",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.sql.shuffle.partitions": "1",
        }
        builder = SparkSession.builder.master("local[1]")
        for name, value in settings.items():
            builder = builder.config(name, value)
        return builder.getOrCreate()
    except Exception as fault:
        print(
            f"Spark does not start here ({type(fault).__name__}): it needs pyspark and a Java of 17 or later"
        )
        sys.exit(77)


def compare(spark: Any) -> None:
    """Weigh a table of people with their employers both ways."""
    people, firms = (tables["table"](tables[make], 40, 0.5)[0] for make in ("person", "firm"))
    # Few columns, each with a function of its own on Spark: planning is what takes time there.
    rows = [
        {
            **{name: person[name] for name in ("first_name", "last_name", "dob")},
            **{name: firm[name] for name in ("company", "class")},
        }
        for person, firm in zip(people, firms, strict=True)
    ]
    (layout,) = columns.layouts_of([{name: [row[name] for row in rows] for name in rows[0]}])
    frames = [record_table.frame_of([normal_record(row, layout) for row in rows], layout, 0)]
    values, words = record_table.counted(frames, layout)
    model = replace(untrained_model(layout, rows=len(rows)), frequencies=values, words=words)
    with duckdb.connect() as database:
        database.execute(SHARED_MASS).fetchall()
        record_table.load(database, frames, np.zeros(len(rows), dtype=np.int32), model)
        records, keys = (
            database.sql(query).to_arrow_table()
            for query in ("SELECT * FROM records", "SELECT row, key::VARCHAR AS key FROM keys")
        )
    found = predict_on_spark(
        spark,
        spark.createDataFrame(records),
        spark.createDataFrame(keys),
        model,
        largest_block=100,
        least_bits=-1e4,
    ).collect()
    assert len(found) > 20, len(found)
    prior = log2(model.priors.within)
    normal = [model.record(row) for row in rows]
    for pair in found:
        bits = weigh(normal[pair["row_l"]], normal[pair["row_r"]], model).weight_bits
        assert isclose(pair["match_weight"], bits + prior, abs_tol=1e-6), (pair, bits)


def main() -> None:
    """Compare, and say so."""
    spark = session()
    compare(spark)
    spark.stop()
    print("the same")


main()
