"""Several files taken in together: leads first, then what adds to them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from galena.connectors.files import expand
from galena.domain.imports import ImportCounts
from galena.kit.errors import GalenaError, InputError
from galena.workflows.context import Context
from galena.workflows.import_report import ImportReport
from galena.workflows.intake import IntakeOptions, find_mapping, ingest_file, open_file

_ORDER = {"leads": 0, "details": 1, "signals": 2}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file of a folder that could not be used, and why."""

    file_name: str
    fault: GalenaError


@dataclass(frozen=True, slots=True)
class IntakeReport:
    """What became of several files."""

    files: tuple[ImportReport, ...]
    left_out: tuple[LeftOut, ...] = ()

    @property
    def counts(self) -> ImportCounts:
        """Of all files together."""
        return sum((each.counts for each in self.files), ImportCounts())

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for scripts: rows = created + updated + unchanged + quarantined."""
        counts = self.counts
        return {
            "rows": counts.read,
            "created": counts.created,
            "updated": counts.updated,
            "unchanged": counts.unchanged,
            "quarantined": counts.quarantined,
            "signals": counts.signals,
            "warnings": sum(each.warnings for each in self.files),
            "files": [dict(each.as_dict()) for each in self.files],
            "left_out": [{"file": each.file_name, **each.fault.as_dict()} for each in self.left_out],
        }


def ingest_files(
    context: Context,
    names: Sequence[str],
    options: IntakeOptions | None = None,
    *,
    begin: Callable[[Path], None] = lambda _: None,
) -> IntakeReport:
    """Take in files, folders, patterns or "-" (standard input).

    A file that was named must be usable; one that only lies in a named folder is left out with its reason when it is
    not, as long as another one can be used.

    Raises:
        InputError: a named file cannot be used, or nothing in a folder can.
    """
    options = options or IntakeOptions()
    paths = expand(names)
    named = {
        str(Path(name).expanduser()) for name in names if name == "-" or Path(name).expanduser().is_file()
    }
    ready: list[tuple[int, Path]] = []
    left_out: list[LeftOut] = []
    for path in paths:
        if len(paths) == 1:
            ready.append((0, path))
            break
        try:
            ready.append((_role_order(context, path, options, is_named=str(path) in named), path))
        except GalenaError as fault:
            if str(path) in named:
                raise
            left_out.append(LeftOut(path.name, fault))
    if not ready:
        raise InputError(
            "None of these files could be used.",
            facts={each.file_name: each.fault.what for each in left_out},
            remedy="Give a file whose columns say something of the playbook's leads, or choose another playbook.",
        )
    reports = []
    for _, path in sorted(ready, key=lambda pair: pair[0]):
        begin(path)
        reports.append(ingest_file(context, path, options))
    return IntakeReport(tuple(reports), tuple(left_out))


def _role_order(context: Context, path: Path, options: IntakeOptions, *, is_named: bool) -> int:
    with open_file(path, options) as file:
        # Of a folder a doubtful file is left out: accepting a proposal is for files that somebody named.
        asked = options if options.mapping or is_named else replace(options, accept_proposal=False)
        return _ORDER[find_mapping(context, file, asked).mapping.role]
