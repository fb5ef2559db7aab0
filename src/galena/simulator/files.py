"""The market as the files a person would be given, and the truth beside them."""

import csv
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from galena.simulator.market import Business, businesses
from galena.simulator.mess import Mess, as_text, records, signal_records
from galena.simulator.outcomes import NOT_WORKED, outcome


@dataclass(frozen=True, slots=True)
class MarketFiles:
    """Where the files are and how many rows each has."""

    businesses: Path
    signals: Path
    business_rows: int
    signal_rows: int


def write_market(
    folder: Path,
    *,
    seed: int,
    count: int,
    as_of: date,
    first: int = 1,
    mess: Mess | None = None,
    worked: float = 0.0,
    truth: Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> MarketFiles:
    """Write businesses.csv and signals.csv of a market into `folder`, and its truth into `truth` when given.

    The truth (external id, propensity) is kept out of the folder so that importing it cannot pick it up. With `worked`,
    that share of the businesses tells what became of it.

    Args:
        first: the number of the first business.
    """
    mess = mess or Mess()
    folder.mkdir(parents=True, exist_ok=True)
    files = (folder / "businesses.csv", folder / "signals.csv")
    business_rows = signal_rows = 0
    with (
        files[0].open("w", newline="") as business_file,
        files[1].open("w", newline="") as signal_file,
        (truth or Path(os.devnull)).open("w", newline="") as truth_file,
    ):
        business_csv, signal_csv, truth_csv = (
            csv.writer(f) for f in (business_file, signal_file, truth_file)
        )
        truth_csv.writerow(("external_id", "propensity"))
        for business in businesses(seed, count, as_of, first=first):
            known = _outcome_columns(business, seed, as_of, worked)
            for row in records(business, mess, seed):
                row |= known
                if business_rows == 0:
                    business_csv.writerow(row)
                business_csv.writerow([as_text(value) for value in row.values()])
                business_rows += 1
            for row in signal_records(business, mess, seed):
                if row["told_on"] > as_of:
                    continue
                if signal_rows == 0:
                    signal_csv.writerow(row)
                signal_csv.writerow([as_text(value) for value in row.values()])
                signal_rows += 1
            truth_csv.writerow((business.external_id, business.propensity))
            if progress:
                progress(business.number)
    return MarketFiles(*files, business_rows, signal_rows)


def _outcome_columns(business: Business, seed: int, as_of: date, worked: float) -> dict[str, Any]:
    if worked <= 0:
        return {}
    found = outcome(business, seed, as_of, worked)
    return found.columns if found else NOT_WORKED
