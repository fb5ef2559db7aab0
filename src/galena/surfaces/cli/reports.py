"""What imports, scorings and exports did, in words."""

from galena.domain.imports import Fault
from galena.surfaces.cli.output import say
from galena.surfaces.cli.resolve_output import resolved_words
from galena.workflows.export import ExportReport
from galena.workflows.import_report import ImportReport, Reason
from galena.workflows.intake_files import IntakeReport
from galena.workflows.rescore import RescoreReport

REASONS_SHOWN = 5
FILES_SHOWN = 12
COLUMNS_SHOWN = 12


def say_intake(report: IntakeReport) -> None:
    """Every file with its counts, which add up to its rows, and the reasons of what was set aside."""
    for each in report.files:
        _say_file(each)
    for left in report.left_out:
        say(f"{left.file_name}: left out. {left.fault.what}")


def _say_file(report: ImportReport) -> None:
    verb = "would be: " if report.dry_run else ""
    say(
        f"{report.file_name}: {report.rows:,} rows = {verb}{report.created:,} created + {report.updated:,} updated"
        f" + {report.unchanged:,} unchanged + {report.quarantined:,} quarantined"
        f"  (as {report.source}, {report.origin} mapping)"
    )
    if report.resumed_at_row:
        say(f"  taken up again after row {report.resumed_at_row:,}")
    for reason in report.reasons[:REASONS_SHOWN]:
        say(f"  quarantined: {_worded(reason)}")
    for reason in report.warning_reasons[:REASONS_SHOWN]:
        say(f"  value left out: {_worded(reason)}")
    for note in report.notes[:REASONS_SHOWN]:
        say(f"  note: {note}")
    for line in resolved_words(report.resolved):
        say(f"  {line}")
    if report.unmapped_columns:
        shown = ", ".join(report.unmapped_columns[:COLUMNS_SHOWN])
        more = len(report.unmapped_columns) - COLUMNS_SHOWN
        say(f"  columns not used: {shown}" + (f" and {more:,} more" if more > 0 else ""))
    if report.quarantined and not report.dry_run:
        say("  `galena quarantine` shows these rows; they can be corrected and replayed.")


def fault_words(fault: Fault) -> str:
    """Why a row cannot be used, in one line."""
    said = f"{fault.reason} {fault.remedy}".strip()
    return f"{fault.field}: {said}" if fault.field else said


def _worded(reason: Reason) -> str:
    rows = ", ".join(str(row) for row in reason.examples)
    return f"{reason.rows:,} x {reason.field}: {reason.reason} (rows {rows})"


def say_scoring(report: RescoreReport) -> None:
    """How many of what."""
    tiers = ", ".join(f"{tier} {count:,}" for tier, count in sorted(report.tiers.items()))
    say(
        f"scored {report.scored:,} of {report.leads:,}: {report.changed:,} new or changed, {report.moved:,} in another"
        f" tier; discarded {report.discarded:,}, waiting for facts {report.needs_enrichment:,}"
    )
    say(f"tiers: {tiers or 'none'}")
    if report.waiting:
        say(f"the reasoner has not answered for {report.waiting:,} yet; they keep the score they have")
    if report.models:
        say(f"models: {', '.join(report.models)}")
    if report.fallback:
        say(f"scored {report.fallback}")
    for alarm in (*report.weights, *report.alarms):
        say(f"note: {alarm}")
    for reason, count in sorted(report.reasons.items(), key=lambda pair: -pair[1])[:REASONS_SHOWN]:
        say(f"  not scored: {count:,} x {reason}")


def say_export(report: ExportReport) -> None:
    """Which files, and how many leads in each."""
    files = list(report.files.items())
    for name, rows in files[:FILES_SHOWN]:
        say(f"wrote {rows:,} leads to {name}")
    if len(files) > FILES_SHOWN:
        say(f"and to {len(files) - FILES_SHOWN} more files: {report.rows:,} leads in all")
    if report.discards:
        told = ", ".join(
            f"{count:,} x {reason.replace('_', ' ')}" for reason, count in report.discards.items()
        )
        say(f"dropped, listed in discards.csv: {told}")
