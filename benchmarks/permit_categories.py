"""How often the permits playbook sorts a permit as readers did who had not seen its rules, in JSON.

The labels (permit number, category, discard) lie in tests/payloads/permit_labels; the permits themselves are read from
the public data sets (GALENA_SHARED_DATA, or ../shared/data beside the checkout). A hash of the permit number divides
them: rules may be improved by the development part; the test part is for measuring alone.

    .venv/bin/python benchmarks/permit_categories.py [--part development|test] [--errors]
"""

import argparse
import csv
import gzip
import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from galena.domain.playbook import Playbook
from galena.engines.features import FeatureSet
from galena.engines.ingestion.reader import Reader
from galena.engines.ingestion.rows import MappedRow
from galena.engines.scoring import Scorer
from galena.playbooks import load

ROOT = Path(__file__).parents[1]
LABELS = ROOT / "tests" / "payloads" / "permit_labels"
FILES = ("austin_permits_2014H1.csv.gz", "austin_permits_2015H2.csv.gz")
DEVELOPMENT_SHARE = 0.375
AS_OF = datetime(2016, 1, 1, tzinfo=UTC)
DISCARD_LABELS = {None: "none", "expired": "expired_or_voided", "voided": "expired_or_voided"}
"""The readers had one reason for expired and voided permits; the playbook has two."""

Label = tuple[str, str]
"""Category and discard."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--part", choices=("development", "test"), default="test")
    parser.add_argument(
        "--errors", action="store_true", help="List the permits sorted otherwise by both readers."
    )
    asked = parser.parse_args()
    readers = [read_labels(LABELS / f"reader_{name}.csv") for name in "ab"]
    numbers = {number for number in readers[0] if part_of(number) == asked.part}
    permits = read_permits(numbers)
    sorted_ = sort_permits(load("permits"), permits)
    found = {"part": asked.part, "permits": len(numbers), **report(sorted_, readers)}
    found["readers_all"] = {"permits": len(readers[0]), **agreement(*readers)}
    if asked.errors:
        if asked.part == "test":
            parser.error("the errors of the test part are not for reading: the rules would learn them")
        found["errors"] = errors(sorted_, readers, permits)
    print(json.dumps(found, indent=1))


def part_of(permit_number: str) -> str:
    """`development` or `test`: by a hash of the number, so that it never changes."""
    place = int(hashlib.sha256(permit_number.encode()).hexdigest()[:8], 16) / 2**32
    return "development" if place < DEVELOPMENT_SHARE else "test"


def read_labels(path: Path) -> dict[str, Label]:
    """Permit number -> what a reader said of it."""
    with path.open(encoding="utf-8", newline="") as stream:
        return {row["permit_number"]: (row["category"], row["discard"]) for row in csv.DictReader(stream)}


def read_permits(numbers: Iterable[str]) -> dict[str, dict[str, str]]:
    """The rows of the city's files with these permit numbers."""
    named = os.environ.get("GALENA_SHARED_DATA")
    folder = (Path(named) if named else ROOT.parent / "shared" / "data") / "permits_austin"
    wanted = set(numbers)
    found: dict[str, dict[str, str]] = {}
    for name in FILES:
        with gzip.open(folder / name, "rt", encoding="utf-8", errors="replace", newline="") as stream:
            found |= {
                row["permit_number"]: row for row in csv.DictReader(stream) if row["permit_number"] in wanted
            }
    missing = wanted - found.keys()
    if missing:
        raise SystemExit(f"{len(missing)} labelled permits are not in {folder}, such as {min(missing)}.")
    return found


def sort_permits(playbook: Playbook, rows: Mapping[str, Mapping[str, str]]) -> dict[str, Label]:
    """Permit number -> category and discard by the playbook's rules."""
    features = FeatureSet.of(playbook)
    program = Scorer.build(
        playbook, features.definitions, features.schema, features.hash
    ).programs.points.one()
    mapping = next(each for each in playbook.mappings if each.source == "austin_permits")
    reader = Reader(mapping, playbook, AS_OF)
    found: dict[str, Label] = {}
    for number, row in rows.items():
        mapped = reader.read(row, 1)
        if not isinstance(mapped, MappedRow):
            found[number] = ("unreadable", "unreadable")
            continue
        told = program(dict(mapped.fields), AS_OF)
        discard = told["_discard"]
        found[number] = (told["category"] or "unknown", DISCARD_LABELS.get(discard) or str(discard))
    return found


def report(sorted_: Mapping[str, Label], readers: Sequence[Mapping[str, Label]]) -> dict[str, Any]:
    """Accuracy against each reader and where they agree; precision, recall and confusions where they agree."""
    first, second = ({number: each[number] for number in sorted_} for each in readers)
    agreed = {number: label for number, label in first.items() if second[number] == label}
    by_category = {n: label for n, label in first.items() if second[n][0] == label[0]}
    return {
        "readers_in_this_part": agreement(first, second),
        "right": {
            "by_reader_a": shares(sorted_, first),
            "by_reader_b": shares(sorted_, second),
            "where_they_agree": {"permits": len(agreed), **shares(sorted_, agreed)},
        },
        "categories": per_name(sorted_, by_category, 0),
        "discards": per_name(sorted_, agreed, 1),
        "confusions": confusions(sorted_, by_category, 0),
        "discard_confusions": confusions(sorted_, agreed, 1),
    }


def shares(sorted_: Mapping[str, Label], truth: Mapping[str, Label]) -> dict[str, Any]:
    """The share of permits sorted as the truth says, with how many that are."""
    found: dict[str, Any] = {}
    for place, name in enumerate(("category", "discard")):
        right = sum(sorted_[number][place] == label[place] for number, label in truth.items())
        found |= {name: round(right / len(truth), 4), f"{name}_right": right}
    fate = sum(_fate(sorted_[number]) == _fate(label) for number, label in truth.items())
    return found | {"shelf": round(fate / len(truth), 4), "shelf_right": fate}


def _fate(label: Label) -> str:
    """Where a permit ends up: a discard comes before the category."""
    return label[1] if label[1] != "none" else label[0]


def agreement(first: Mapping[str, Label], second: Mapping[str, Label]) -> dict[str, float]:
    """How often two readers said the same, as a share and as Cohen's kappa (0 chance, 1 always)."""
    found: dict[str, float] = {}
    for place, name in enumerate(("category", "discard")):
        ours = [(label[place], second[number][place]) for number, label in first.items()]
        same = sum(a == b for a, b in ours) / len(ours)
        left, right = Counter(a for a, _ in ours), Counter(b for _, b in ours)
        chance = sum(left[each] * right[each] for each in left) / len(ours) ** 2
        found |= {name: round(same, 4), f"{name}_kappa": round((same - chance) / (1 - chance), 4)}
    return found


def per_name(
    sorted_: Mapping[str, Label], truth: Mapping[str, Label], place: int
) -> dict[str, dict[str, Any]]:
    """Name -> labelled so, sorted so, both; precision (of those sorted so, how many are) and recall (of those that
    are, how many were sorted so)."""
    said = Counter(sorted_[number][place] for number in truth)
    told = Counter(label[place] for label in truth.values())
    both = Counter(label[place] for number, label in truth.items() if sorted_[number][place] == label[place])
    return {
        name: {
            "labelled": told[name],
            "sorted": said[name],
            "right": both[name],
            "precision": round(both[name] / said[name], 3) if said[name] else None,
            "recall": round(both[name] / told[name], 3) if told[name] else None,
        }
        for name in sorted(said | told, key=lambda name: (-told[name], name))
    }


def confusions(sorted_: Mapping[str, Label], truth: Mapping[str, Label], place: int) -> list[dict[str, Any]]:
    """What was taken for what, the most frequent first."""
    found = Counter((label[place], sorted_[number][place]) for number, label in truth.items())
    return [
        {"labelled": told, "sorted": said, "permits": count}
        for (told, said), count in found.most_common()
        if told != said
    ]


def errors(
    sorted_: Mapping[str, Label],
    readers: Sequence[Mapping[str, Label]],
    rows: Mapping[str, Mapping[str, str]],
) -> list[str]:
    """The permits that the rules sort otherwise than each reader."""
    shown = ("sub_type", "work_type", "work_description", "status", "folder_owner")
    return [
        f"{number}: {' '.join(sorted_[number])} | "
        + " / ".join(" ".join(each[number]) for each in readers)
        + " | "
        + " | ".join(rows[number][name] for name in shown)
        for number in sorted(sorted_)
        if all(sorted_[number] != each[number] for each in readers)
    ]


if __name__ == "__main__":
    main()
