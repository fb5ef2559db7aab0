"""Which records are one, on public tables with known truth: precision, recall and F1 by pairs, and B-cubed, of
`galena match` (columns recognised, nothing labelled, its own thresholds) beside plain peers in the same run. JSON.

Peers: the exact rule (same e-mail or phone), Splink with the comparisons its library gives for the columns as they
stand and a threshold of one half, and rapidfuzz within blocks of the same first letters at 85 of 100. The figures of
others are those published. With --million a simulated table of 1,000,000 people is matched, and nothing else; time,
processor time and memory of each stage are told as it goes.

    .venv/bin/python benchmarks/linkage.py
    .venv/bin/python benchmarks/linkage.py --million
    .venv/bin/python benchmarks/linkage.py --million --rows 100000
"""

import argparse
import csv
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from linkage_peers import PEERS, Task, groups_of, pair_of, pairs_of

from galena.connectors.files.tables import TableFile, read_table
from galena.workflows.match_table import MatchOrder, match_tables

PUBLISHED: dict[str, dict[str, float]] = {
    "fodors_zagat": {"odoo_similar_leads": 0.95, "magellan_with_labels": 1.0, "deepmatcher_with_labels": 1.0},
    "febrl1": {"odoo_similar_leads": 0.0},
    "abt_buy": {
        "koepcke_2010": 0.71,
        "magellan_with_labels": 0.436,
        "deepmatcher_with_labels": 0.628,
        "ditto_with_labels": 0.893,
    },
}


def data_folder() -> Path:
    """The folder of public data sets."""
    named = os.environ.get("GALENA_SHARED_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        sys.exit(f"public data sets not found at {folder}: set GALENA_SHARED_DATA to their folder")
    return folder / "entity_resolution"


def tasks(folder: Path) -> Iterator[Task]:
    """The public tables."""
    for number in (1, 2, 3):
        yield febrl(folder / "febrl", number)
    source = folder / "lsblock"
    yield linked(
        "fodors_zagat",
        source / "fodors.csv",
        source / "zagats.csv",
        source / "truth_fodors_zagats.csv",
        ("name",),
        ("phone",),
    )
    yield linked(
        "abt_buy", source / "Abt.csv.gz", source / "Buy.csv", source / "truth_abt_buy.csv", ("name",)
    )
    yield patstat(folder / "patstat")


def febrl(folder: Path, number: int) -> Task:
    """People of the Febrl generator."""
    file = next(
        folder / name for name in (f"febrl{number}.csv", f"febrl{number}.csv.gz") if (folder / name).exists()
    )
    rows, _, _ = read_table(file)
    place = {name: at for at, name in enumerate(rows["rec_id"].to_list())}
    with (folder / f"febrl{number}_links.csv").open() as links:
        truth = {pair_of(place[line["id1"]], place[line["id2"]]) for line in csv.DictReader(links)}
    return Task(f"febrl{number}", (file,), truth, False, ("given_name", "surname"))


def linked(
    name: str, left: Path, right: Path, truth: Path, names: tuple[str, ...], contacts: tuple[str, ...] = ()
) -> Task:
    """Two files and the pairs between them."""
    first, second = (read_table(TableFile(str(file)))[0]["id"].to_list() for file in (left, right))
    places = (
        {key: at for at, key in enumerate(first)},
        {key: at + len(first) for at, key in enumerate(second)},
    )
    with truth.open() as lines:
        reader = csv.reader(lines)
        next(reader)
        pairs = {pair_of(places[0][one], places[1][other]) for one, other in reader}
    return Task(name, (left, right), pairs, True, names, contacts)


def patstat(folder: Path) -> Task:
    """Names of patent applicants; the firms of the reference are the truth."""
    file = folder / "patstat_input.csv.gz"
    with (folder / "patstat_reference.csv").open(encoding="latin-1") as lines:
        firm = {line["person_id"]: line["leuven_id"] for line in csv.DictReader(lines)}
    rows, _, _ = read_table(file)
    whose = [firm[key] for key in rows["person_id"].to_list()]
    return Task("patstat", (file,), pairs_of(whose), False, ("Name",))


def scores(found: Sequence[Any], task: Task, first_rows: int) -> dict[str, float]:
    """Precision, recall and F1 by pairs, and B-cubed F1, of a grouping of the rows."""
    pairs = pairs_of(found)
    if task.across:
        pairs = {pair for pair in pairs if pair[0] < first_rows <= pair[1]}
    right = len(pairs & task.truth)
    precision, recall = right / max(1, len(pairs)), right / max(1, len(task.truth))
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / max(1e-9, precision + recall), 4),
        "b_cubed_f1": round(b_cubed(found, groups_of(task.truth, len(found))), 4),
    }


def b_cubed(found: Sequence[Any], true: Sequence[Any]) -> float:
    """B-cubed F1: precision and recall of each row's group, averaged over the rows."""
    mine: dict[Any, set[int]] = defaultdict(set)
    theirs: dict[Any, set[int]] = defaultdict(set)
    for at, (one, other) in enumerate(zip(found, true, strict=True)):
        mine[one].add(at)
        theirs[other].add(at)
    common = [len(mine[a] & theirs[b]) for a, b in zip(found, true, strict=True)]
    precision = sum(n / len(mine[a]) for n, a in zip(common, found, strict=True)) / len(common)
    recall = sum(n / len(theirs[b]) for n, b in zip(common, true, strict=True)) / len(common)
    return 2 * precision * recall / (precision + recall)


def by_galena(task: Task) -> tuple[list[str], dict[str, Any]]:
    """The leads that `galena match` gives, and what it says of itself."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "matched.csv"
        done = match_tables(MatchOrder(tuple(TableFile(str(file)) for file in task.files), out))
        with out.open(newline="", encoding="utf-8-sig", errors="replace") as lines:
            leads = [row["lead_id"] for row in csv.DictReader(lines, **_dialect(out))]
    told = {
        "expected_precision": done.expected_precision,
        "merge_from": done.merge_from,
        "unsure": done.unsure,
    }
    return leads, told


def _dialect(file: Path) -> dict[str, Any]:
    with file.open(encoding="utf-8-sig", errors="replace") as lines:
        head = lines.readline()
    return {"delimiter": max(",;\t|", key=head.count)}


def rows_of(task: Task) -> tuple[list[dict[str, str]], int]:
    """All rows, and how many the first file has."""
    frames = [read_table(TableFile(str(file)))[0] for file in task.files]
    rows = [{k: v or "" for k, v in row.items()} for frame in frames for row in frame.iter_rows(named=True)]
    return rows, frames[0].height


def measured(task: Task) -> dict[str, Any]:
    """Galena and the peers on one task."""
    rows, first = rows_of(task)
    began = time.perf_counter()
    leads, told = by_galena(task)
    seconds = time.perf_counter() - began
    result: dict[str, Any] = {
        "rows": len(rows),
        "true_pairs": len(task.truth),
        "galena": {**scores(leads, task, first), **told, "seconds": round(seconds, 1)},
    }
    for name, peer in PEERS.items():
        if name == "exact_email_or_phone" and not task.contact_columns:
            result[name] = "no e-mail or phone in this table"
            continue
        began = time.perf_counter()
        try:
            found = peer(rows, task, first)
        except Exception as fault:
            result[name] = f"ended with {type(fault).__name__}"
            continue
        result[name] = {**scores(found, task, first), "seconds": round(time.perf_counter() - began, 1)}
    if task.name in PUBLISHED:
        result["published_f1"] = PUBLISHED[task.name]
    print(f"{task.name}: galena F1 {result['galena']['f1']}", file=sys.stderr)
    return result


def million(rows: int) -> dict[str, Any]:
    """Time and memory of a simulated table of people, a fifth of them more than once."""
    with tempfile.TemporaryDirectory() as folder:
        file, out = Path(folder) / "people.csv", Path(folder) / "matched.csv"
        true = simulate(file, rows)
        stages = Stages()
        done = match_tables(MatchOrder((TableFile(str(file)),), out), watch=stages)
        stages.end()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
        with out.open(newline="", encoding="utf-8") as lines:
            found = [row["lead_id"] for row in csv.DictReader(lines)]
        pairs, truth = pairs_of(found), pairs_of(true)
    right = len(pairs & truth)
    return {
        "rows": rows,
        "leads": done.leads,
        "precision": round(right / max(1, len(pairs)), 4),
        "recall": round(right / max(1, len(truth)), 4),
        "seconds": round(sum(each["seconds"] for each in stages.took.values()), 1),
        "processor_seconds": round(sum(each["processor_seconds"] for each in stages.took.values()), 1),
        "peak_memory_gb": round(peak, 2),
        "stages": stages.took,
        "load_average": [round(each, 1) for each in os.getloadavg()],
    }


class Stages:
    """How long each stage of matching takes, told on standard error as each ends."""

    def __init__(self) -> None:
        self.took: dict[str, dict[str, float]] = {}
        self._doing: str | None = None
        self._began = (time.perf_counter(), time.process_time())

    def __call__(self, _done: int, _total: int | None = None, doing: str | None = None) -> None:
        """As matching tells its progress."""
        if doing and doing != self._doing:
            self.end()
            self._doing = doing

    def end(self) -> None:
        """The stage that ran is over."""
        now = (time.perf_counter(), time.process_time())
        if self._doing:
            seconds, worked = (
                round(after - before, 1) for after, before in zip(now, self._began, strict=True)
            )
            self.took[self._doing] = {"seconds": seconds, "processor_seconds": worked}
            print(f"{self._doing}: {seconds} s, {worked} s of processor time", file=sys.stderr, flush=True)
        self._began = now


SYLLABLES = (
    "ba", "ben", "bor", "cal", "cor", "dan", "del", "far", "fen", "gar", "gil", "hal", "har", "jar",
    "kel", "lan", "lor", "mar", "mil", "nor", "ol", "pen", "quin", "ros", "sel", "tor", "ver", "wal",
)  # fmt: skip
ENDINGS = (
    "berg", "bridge", "by", "dale", "den", "field", "ford", "gate", "ham", "hurst", "ing", "ley",
    "low", "man", "more", "ridge", "shaw", "son", "stead", "ton", "well", "wick", "worth",
)  # fmt: skip
FIRST = (
    "anna", "ben", "carl", "dora", "emil", "fay", "gus", "hana", "ida", "jan", "kim", "lea", "max",
    "nora", "otto", "pia", "quinn", "rolf", "sara", "tom", "uma", "vera", "will", "xena", "yuri",
    "zoe",
)  # fmt: skip


def simulate(file: Path, rows: int) -> list[int]:
    """Writes the table; returns whose each row is."""
    draw = random.Random(1)
    people: list[tuple[int, dict[str, str]]] = []
    with file.open("w", newline="", encoding="utf-8") as lines:
        writer = None
        whose = []
        for number in range(rows):
            if people and draw.random() < 0.2:
                owner, person = people[draw.randrange(max(0, len(people) - 200_000), len(people))]
                row = {
                    k: "" if draw.random() < 0.1 else _slip(v, draw) if draw.random() < 0.08 else v
                    for k, v in person.items()
                }
            else:
                owner, row = number, _person(draw)
                people.append((owner, row))
            whose.append(owner)
            if writer is None:
                writer = csv.DictWriter(lines, list(row))
                writer.writeheader()
            writer.writerow(row)
    return whose


def _person(draw: random.Random) -> dict[str, str]:
    given = draw.choice(FIRST) + draw.choice(("", "", "ta", "lin", "ka", "rio"))
    last = draw.choice(SYLLABLES) + draw.choice((*SYLLABLES, "")) + draw.choice(ENDINGS)
    return {
        "first_name": given.title(),
        "last_name": last.title(),
        "email": f"{given}.{last}{draw.randrange(1000)}@example.com",
        "phone": f"({draw.randrange(201, 989)}) {draw.randrange(200, 999)}-{draw.randrange(10000):04d}",
        "address": f"{draw.randrange(1, 9999)} {draw.choice(SYLLABLES).title()}{draw.choice(ENDINGS)} Street",
        "zip": f"{draw.randrange(10000, 99999)}",
        "dob": f"{draw.randrange(1940, 2005)}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}",
    }


def _slip(text: str, draw: random.Random) -> str:
    at = draw.randrange(len(text)) if text else 0
    return text[:at] + draw.choice("aeinrst159") + text[at + 1 :]


def main() -> None:
    """Measure, and print JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--million", action="store_true", help="match 1,000,000 simulated people instead")
    parser.add_argument("--rows", type=int, default=1_000_000, help="so many of them")
    parser.add_argument(
        "names", nargs="*", help="only these: febrl1, febrl2, febrl3, fodors_zagat, abt_buy, patstat"
    )
    given = parser.parse_args()
    if given.million:
        found = {"simulated_people": million(given.rows)}
    else:
        found = {
            task.name: measured(task)
            for task in tasks(data_folder())
            if not given.names or task.name in given.names
        }
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
