"""A file that a program sends under the name of its source: read as that source is, and scored behind it."""

from collections.abc import Callable
from pathlib import Path

from galena.domain.playbook import Mapping as SourceMapping
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.import_report import ImportReport
from galena.workflows.intake import IntakeOptions, Progress, find_mapping, ingest_file, open_file
from galena.workflows.lead_assembly import saved_mappings
from galena.workflows.touched import Touched, score_news


def take_upload(
    context: Context,
    path: Path,
    source: str,
    *,
    accept_proposal: bool = False,
    dry_run: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
) -> tuple[ImportReport, Touched]:
    """Takes the file in by the mapping of its source; of a source that is new, by the one that is proposed.

    Args:
        accept_proposal: take a proposed mapping even when it is not certain.
        dry_run: count what would happen, and write nothing.
        progress: called at every stage.

    Raises:
        UncertainMappingError: the source is new, and what is proposed for it is not certain.
        InputError: the file cannot be read; nothing of it was kept.
    """
    with context.session() as session:
        known = known_sources(session, context).get(source)
    options = IntakeOptions(known, accept_proposal=accept_proposal, dry_run=dry_run, progress=progress)
    if known is None:
        options = IntakeOptions(
            _new_source(context, path, source, options), dry_run=dry_run, progress=progress
        )
    report = ingest_file(context, path, options)
    return report, Touched() if dry_run else score_news(context)


def known_sources(session: Session, context: Context) -> dict[str, SourceMapping]:
    """The sources whose files can be read: the playbook's own, and those of earlier imports; by name."""
    return {each.source: each for each in (*context.playbook.mappings, *saved_mappings(session))}


def _new_source(context: Context, path: Path, source: str, options: IntakeOptions) -> SourceMapping:
    with open_file(path, options) as file:
        found = find_mapping(context, file, options).mapping
    if found.role != "leads":
        return found  # By its name other rows of the same source are matched.
    return found.model_copy(update={"source": source, "recognise": (), "label": source.replace("_", " ")})
