"""Sample data for every shipped playbook: invented leads, taken in like anybody's files, and taken out again whole.

Who brought them in is written on their imports, so that what is a sample is known from the imports alone.
"""

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from galena.simulator import sample_b2b, sample_permits, sample_realestate
from galena.simulator.files import write_market
from galena.simulator.sample_people import Row
from galena.workflows.context import Context
from galena.workflows.first_look import SAMPLE
from galena.workflows.intake import IntakeOptions
from galena.workflows.intake_files import ingest_files
from galena.workflows.rescore import Advance, RescoreReport, rescore

LEADS = 400
"""Enough for a ranking that says something, few enough to be there within seconds."""

SEED = 7


def has_sample(playbook_name: str) -> bool:
    """Whether there is sample data for a playbook: for those that ship."""
    return playbook_name in _WRITERS


def fill_sample(
    context: Context, folder: Path, *, count: int = LEADS, seed: int = SEED, advance: Advance | None = None
) -> RescoreReport:
    """Write sample data into `folder`, take it in and score the workspace.

    Raises:
        KeyError: there is no sample for the workspace's playbook.
    """
    tell = advance or (lambda *_: None)
    tell(0, None, "Inventing")
    files = write_sample(
        context.playbook.playbook, folder, count=count, seed=seed, as_of=context.clock().date()
    )
    options = IntakeOptions(accept_proposal=True, progress=lambda step: tell(step.rows, None, "Taking it in"))
    ingest_files(replace(context, actor=SAMPLE), [str(file) for file in files], options)
    return rescore(context, trigger="import", advance=advance)


def write_sample(
    playbook_name: str, folder: Path, *, count: int = LEADS, seed: int = SEED, as_of: date
) -> tuple[Path, ...]:
    """The files of the sample data for a playbook; the same ones for the same day, seed and count."""
    folder.mkdir(parents=True, exist_ok=True)
    return _WRITERS[playbook_name](folder, seed, count, as_of)


def _brokerage(folder: Path, seed: int, count: int, as_of: date) -> tuple[Path, ...]:
    files = write_market(folder, seed=seed, count=count, as_of=as_of)
    return (
        files.businesses.rename(folder / "sample businesses.csv"),
        files.signals.rename(folder / "sample signals.csv"),
    )


def _b2b(folder: Path, seed: int, count: int, as_of: date) -> tuple[Path, ...]:
    return _contacts_and_acts(folder, sample_b2b.contacts(seed, count, as_of))


def _realestate(folder: Path, seed: int, count: int, as_of: date) -> tuple[Path, ...]:
    return _contacts_and_acts(folder, sample_realestate.contacts(seed, count, as_of))


def _permits(folder: Path, seed: int, count: int, as_of: date) -> tuple[Path, ...]:
    return (_write(folder / "sample permits.csv", sample_permits.permits(seed, count, as_of)),)


def _contacts_and_acts(folder: Path, found: Iterable[tuple[Row, list[Row]]]) -> tuple[Path, ...]:
    contacts, acts = [], []
    for contact, its in found:
        contacts.append(contact)
        acts += its
    return _write(folder / "sample contacts.csv", contacts), _write(folder / "sample activity.csv", acts)


def _write(file: Path, rows: Iterable[Row]) -> Path:
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = None
        for row in rows:
            if writer is None:
                writer = csv.DictWriter(stream, list(row))
                writer.writeheader()
            writer.writerow(row)
    return file


_WRITERS: Mapping[str, Callable[[Path, int, int, date], tuple[Path, ...]]] = {
    "b2b": _b2b,
    "brokerage": _brokerage,
    "permits": _permits,
    "realestate": _realestate,
}
