"""The demo workspace: a simulated market taken in as files and scored, like anybody's."""

from pathlib import Path

from galena.simulator.files import write_market
from galena.workflows.context import Context
from galena.workflows.intake import IntakeOptions
from galena.workflows.intake_files import IntakeReport, ingest_files
from galena.workflows.rescore import Advance, RescoreReport, rescore


def fill_demo(
    context: Context, folder: Path, *, count: int, seed: int, advance: Advance | None = None
) -> tuple[IntakeReport, RescoreReport]:
    """Write a market of `count` businesses into `folder`, take it in and score it."""
    tell = advance or (lambda *_: None)
    files = write_market(
        folder,
        seed=seed,
        count=count,
        as_of=context.clock().date(),
        progress=lambda done: tell(done, count, "Inventing businesses"),
    )
    options = IntakeOptions(accept_proposal=True, progress=lambda step: tell(step.rows, None, step.file_name))
    taken = ingest_files(context, [str(files.businesses), str(files.signals)], options)
    return taken, rescore(context, trigger="import", advance=advance)
