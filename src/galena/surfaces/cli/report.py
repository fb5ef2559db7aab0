"""`galena report`: what became of leads, in figures; on the screen, as CSV, as PDF."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from galena.surfaces.cli.options import place_of, place_options
from galena.surfaces.cli.output import emit_json, say, show, table

ROWS_SHOWN = 40
_DAY = click.DateTime(["%Y-%m-%d"])
_GROUPS = ("month", "tier", "source", "industry", "segment", "broker", "week", "booked_by")


@click.group("report")
@place_options
@click.pass_context
def command(ctx: click.Context, /, **place: Any) -> None:
    """What became of the leads that were given: figures that add up, each lead counted once."""
    ctx.obj = place_of(ctx, **place)


def _making(name: str, line: str, *more: Any, grouped: bool = True) -> None:
    """Adds the command of a report."""

    @place_options
    @click.pass_context
    def run(
        ctx: click.Context,
        /,
        since: datetime | None,
        until: datetime | None,
        tenant: str | None,
        csv: Path | None,
        pdf: Path | None,
        by: str | None = None,
        outcome: str = "booked",
        **place: Any,
    ) -> None:
        days = (since.date() if since else None, until.date() if until else None)
        _run(ctx, name, by, days, outcome, tenant, csv, pdf, place)

    run.__doc__ = line
    options = [
        *([click.option("--by", type=click.Choice(_GROUPS), help="Group by this.")] if grouped else []),
        *more,
        click.option("--since", type=_DAY, help="Leads given from this day on (UTC)."),
        click.option("--until", type=_DAY, help="Leads given up to this day."),
        click.option("--tenant", help="What this tenant sees: its own leads alone."),
        click.option("--csv", type=click.Path(path_type=Path), help="Write the tables here as CSV."),
        click.option("--pdf", type=click.Path(path_type=Path), help="Write the report here as PDF."),
    ]
    for option in reversed(options):
        run = option(run)
    command.command(name)(run)


_making("funnel", "Leads, contacted, booked, met, won, with times.")
_making("commissions", "Commissions of the year, and what its rest may bring.")
_making("reasons", "Why leads were lost.")
_making("actioned", "The share of leads on which brokers recorded anything.")
_making("fairness", "What each broker was given, and how even it is.", grouped=False)
_making(
    "conversion",
    "Conversion by score, tier, source and segment.",
    click.option(
        "--outcome", type=click.Choice(("booked", "won")), default="booked", help="What counts as one."
    ),
)
_making("model-value", "What choosing leads by their score is worth in money.", grouped=False)


def _run(
    ctx: click.Context,
    name: str,
    by: str | None,
    days: tuple[Any, Any],
    outcome: str,
    tenant: str | None,
    csv: Path | None,
    pdf: Path | None,
    place: dict[str, Any],
) -> None:
    from galena.surfaces.cli.tenants_named import tenant_named
    from galena.surfaces.cli.work import working
    from galena.workflows.reports import Wanted, make_report

    at = place_of(ctx, **place)
    with working("galena report", at.home, at.workspace, at.playbook, reads_only=True) as work:
        playbook, now = work.context.playbook, work.galena.clock()
        with work.session() as session:
            tenant_id = tenant_named(session, tenant)
        wanted = Wanted(by, days[0], days[1], outcome)
        with work.galena.door.enter(
            work.workspace.id, tenant_id=tenant_id or "*", actor=work.actor
        ) as session:
            report = make_report(session, playbook, name, wanted, now)
    _write(report, csv, pdf, now)
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, **report.as_dict()})
    elif csv is None and pdf is None:
        _show(report)


def _write(report: Any, csv: Path | None, pdf: Path | None, now: datetime) -> None:
    if csv is None and pdf is None:
        return
    from galena.surfaces.reports.report_files import write_csv, write_pdf

    for path in write_csv(report, csv) if csv is not None else ():
        say(f"wrote {path}")
    if pdf is not None:
        write_pdf(report, pdf, now.date())
        say(f"wrote {pdf}")


def _show(report: Any) -> None:
    from galena.surfaces.reports.cells import cell_text

    for each in report.tables:
        rows = [*each.rows[:ROWS_SHOWN], *([each.total] if each.total else [])]
        shown = []
        for place, column in enumerate(each.columns):
            texts = [column.label, *(cell_text(row[place], column, report.currency) for row in rows)]
            width = max(map(len, texts)) if column.kind != "text" else 0
            shown.append([text.rjust(width) for text in texts])
        head, *lines = zip(*shown, strict=True)
        show(each.title)
        show(table(lines, head) if each.rows else "Nothing yet.")
        if len(each.rows) > ROWS_SHOWN:
            show(f"and {len(each.rows) - ROWS_SHOWN:,} more rows; --csv FILE has them all.")
        show("")
    for sentence in report.said:
        show(sentence)
    for sentence in report.method:
        say(f"  {sentence}")
