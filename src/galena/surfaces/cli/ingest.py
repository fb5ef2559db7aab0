"""`galena ingest`: bring records in from files."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from galena.surfaces.cli.options import home_option, json_option, playbook_option, workspace_option
from galena.surfaces.cli.output import Advance, emit_json, progress, say

if TYPE_CHECKING:
    from galena.workflows.context import Context
    from galena.workflows.intake import IntakeOptions
    from galena.workflows.intake_files import IntakeReport


def file_options(command: Any) -> Any:
    """Options that say how files are read."""
    for option in (
        click.option(
            "--mapping",
            "mapping_file",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="A YAML file that says which column is which field.",
        ),
        click.option("--yes", "-y", is_flag=True, help="Accept a proposed mapping without asking."),
        click.option("--records-at", help="Where the records lie in a JSON file, for example `permits`."),
        click.option("--sheet", help="The sheet of an Excel file. Default: the first."),
        click.option("--encoding", help="The text encoding, for example latin-1. Default: found."),
        click.option("--delimiter", help="The character between cells. Default: found."),
    ):
        command = option(command)
    return command


@click.command("ingest")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@playbook_option
@workspace_option
@file_options
@click.option("--dry-run", is_flag=True, help="Show what would happen, and write nothing.")
@click.option(
    "--write-mapping",
    "mapping_out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the mapping that would be used to this file and stop; edit it, then give it with --mapping.",
)
@home_option
@json_option
def command(
    files: tuple[str, ...],
    playbook: str | None,
    workspace: str | None,
    dry_run: bool,
    mapping_out: Path | None,
    home: Path | None,
    as_json: bool,
    **reading: Any,
) -> None:
    """Bring records in: files, folders, patterns, or - for standard input.

    CSV, TSV, Excel, JSON, JSON Lines and Parquet, also packed (.gz, .zip). The same file twice changes nothing; an
    interrupted import goes on where it stopped. Rows that cannot be used go to the quarantine with their reason. Where
    leads are scored already, those that the files touch are scored again.
    """
    from galena.surfaces.cli.reports import say_intake
    from galena.surfaces.cli.work import working
    from galena.workflows.touched import Touched

    check_files(files)
    with working("galena ingest", home, workspace, playbook, make=True) as work:
        if mapping_out is not None:
            written = _write_mapping(work.context, files, mapping_out, **reading)
            say(f"The mapping of {written} is in {mapping_out}: edit it, then give it with --mapping.")
            if as_json:
                emit_json({"source": written, "mapping": str(mapping_out)})
            return
        report = take_in(work.context, files, quiet=as_json, dry_run=dry_run, **reading)
        say_intake(report)
        touched = Touched() if dry_run else work.score_touched()
    if as_json:
        emit_json({"workspace": work.workspace.slug, **report.as_dict(), **touched.as_dict()})


def _write_mapping(context: "Context", files: Sequence[str], out: Path, *, yes: bool, **reading: Any) -> str:
    """Write the mapping of the one file as YAML, whatever its confidence; returns its source's name."""
    from galena.playbooks import write_mapping
    from galena.workflows.intake_preview import preview_file

    del yes
    if len(files) != 1:
        raise click.UsageError("--write-mapping is for one file at a time.")
    options = intake_options(lambda *_: None, accept_proposal=True, **reading)
    mapping = preview_file(context, Path(files[0]), options).choice.mapping
    write_mapping(mapping, out)
    return mapping.source


def check_files(names: Sequence[str]) -> None:
    """Whether the named files are there, asked before the database starts and a workspace is made.

    Raises:
        InputError: a name or pattern matches nothing; the facts hold the nearest name there is.
    """
    from galena.connectors.files import expand

    expand(names)


def take_in(
    context: "Context", files: Sequence[str], *, quiet: bool, yes: bool, **reading: Any
) -> "IntakeReport":
    """Take files in with a progress bar; a doubtful mapping is shown and asked about where somebody can answer."""
    from galena.workflows.intake_files import ingest_files
    from galena.workflows.mapping_choice import UncertainMappingError

    def attempt(accept: bool) -> "IntakeReport":
        with progress("Reading", quiet=quiet) as advance:
            options = intake_options(advance, accept_proposal=accept, **reading)
            return ingest_files(context, files, options, begin=lambda path: advance(0, None, path.name))

    try:
        return attempt(yes)
    except UncertainMappingError as doubt:
        if quiet or not sys.stdin.isatty():
            raise
        say(doubt.what)
        for line in doubt.facts["proposal"]:
            say(f"  {line}")
        if not click.confirm("Use this mapping?", err=True):
            raise
    return attempt(True)


def intake_options(
    advance: Advance,
    *,
    mapping_file: Path | None,
    accept_proposal: bool,
    records_at: str | None,
    sheet: str | None,
    encoding: str | None,
    delimiter: str | None,
    dry_run: bool = False,
) -> "IntakeOptions":
    """The options of an import from those of the command line."""
    from galena.playbooks import read_mapping
    from galena.workflows.intake import IntakeOptions, ReadOptions

    return IntakeOptions(
        mapping=read_mapping(mapping_file) if mapping_file else None,
        accept_proposal=accept_proposal,
        dry_run=dry_run,
        read=ReadOptions(records_at=records_at, sheet=sheet, encoding=encoding, delimiter=delimiter),
        progress=lambda step: advance(step.rows, None, step.file_name),
    )
