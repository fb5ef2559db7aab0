"""`galena export`: write the ranked leads to a file, or into folders for sale."""

from pathlib import Path
from typing import Any

import click

from galena.kit.errors import ConfigurationError, InputError
from galena.surfaces.cli.options import home_option, json_option, playbook_option, workspace_option
from galena.surfaces.cli.output import emit_json

FORMATS = ("csv", "parquet", "json")


@click.command("export")
@click.option(
    "--out", "-o", type=click.Path(path_type=Path), help="The file to write, or the folder with --buckets."
)
@click.option(
    "--format", "file_format", type=click.Choice(FORMATS), help="Default: as the file's name says, else csv."
)
@click.option(
    "--buckets", is_flag=True, help="One file per shelf: exports/{trade_group}/{category}/tier_{x}.csv."
)
@click.option("--tier", "tiers", multiple=True, help="Only this tier; may be given more than once.")
@click.option(
    "--category", "categories", multiple=True, help="Only this category; may be given more than once."
)
@click.option("--min-score", type=click.FloatRange(0, 100), help="Only scores from here up.")
@click.option("--all", "everything", is_flag=True, help="Also leads that were discarded or wait for facts.")
@workspace_option
@playbook_option
@home_option
@json_option
def command(
    out: Path | None,
    file_format: Any,
    buckets: bool,
    tiers: tuple[str, ...],
    categories: tuple[str, ...],
    min_score: float | None,
    everything: bool,
    workspace: str | None,
    playbook: str | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Write the leads, best first, with score, tier, reasons and every known fact.

    Cells that a spreadsheet would run as a formula are made harmless. The file appears only when it is complete.
    """
    from galena.domain.listing import LeadQuery
    from galena.surfaces.cli.reports import say_export
    from galena.surfaces.cli.work import working
    from galena.workflows.export import export_buckets, export_list

    if out is None and not buckets:
        raise ConfigurationError("Where to?", remedy="Give --out FILE, or --buckets for a folder of files.")
    if not buckets:
        check_out(out)
    query = LeadQuery(
        tiers=tiers, categories=categories, min_points=min_score, statuses=() if everything else ("active",)
    )
    with (
        working("galena export", home, workspace, playbook, reads_only=True) as work,
        work.session() as session,
    ):
        if buckets:
            report = export_buckets(session, out or Path(), query)
        else:
            assert out is not None
            report = export_list(session, out, file_format or format_of(out), query)
        say_export(report)
    if as_json:
        emit_json({"workspace": work.workspace.slug, **report.as_dict()})


def check_out(out: Path | None) -> None:
    """Whether a file can be written there, asked before the long work rather than after it.

    Raises:
        InputError: the folder does not exist, or the name is that of a folder.
    """
    if out is None:
        return
    if out.is_dir():
        raise InputError(f"{out} is a folder.", remedy="Name a file in it, such as ranked.csv.")
    if not out.parent.is_dir():
        raise InputError(
            f"There is no folder {out.parent}.",
            facts={"file": str(out)},
            remedy="Make it, or name another file.",
        )


def format_of(path: Path) -> Any:
    """The format that a file's name speaks of; csv when it speaks of none."""
    ending = path.suffix.lower().removeprefix(".")
    return {"pq": "parquet"}.get(ending, ending if ending in FORMATS else "csv")
