"""`galena status`: what is going on, on one screen or one line."""

from pathlib import Path
from typing import Any

import click

from galena.surfaces.cli.options import home_option, json_option
from galena.surfaces.cli.status_file import read_status_line, usual_home


@click.command("status")
@click.option(
    "--line", is_flag=True, help="One line for a prompt or a status bar, at once, starting nothing."
)
@home_option
@json_option
def command(line: bool, home: Path | None, as_json: bool) -> None:
    """What is going on: workspaces, leads by tier, imports, rows that wait."""
    if line:
        _say_line(home.expanduser().absolute() if home else usual_home(), as_json)
        return
    from galena.bootstrap import open_galena, settings_with
    from galena.surfaces.cli.status_line import refresh_status_line

    settings = settings_with(home)
    with open_galena(settings) as galena:
        found = [_one(galena, workspace) for workspace in _workspaces(galena)]
        refresh_status_line(galena)
    if as_json:
        from galena.surfaces.cli.output import emit_json

        emit_json({"home": str(settings.home), "workspaces": found})
        return
    click.echo(f"Data in {settings.home}")
    for each in found:
        _show(each)
    if not found:
        click.echo("Nothing here yet: `galena demo`, or `galena run FILE --playbook NAME --out ranked.csv`.")


def _say_line(home: Path, as_json: bool) -> None:
    text = read_status_line(home)
    if as_json:
        from galena.surfaces.cli.output import emit_json

        emit_json({"home": str(home), "line": text})
    else:
        click.echo(text)


def _workspaces(galena: Any) -> Any:
    from galena.stores import workspaces

    with galena.door.lobby() as lobby:
        return workspaces.list_all(lobby)


def _one(galena: Any, workspace: Any) -> dict[str, Any]:
    from galena.stores import connections, statistics
    from galena.stores.door import OPERATOR

    with galena.door.enter(workspace.id, tenant_id=OPERATOR, actor="galena status") as session:
        overview = statistics.overview(session)
        sources = connections.count_by_state(session)
    return {
        "workspace": workspace.slug,
        "playbook": workspace.playbook,
        "leads": overview.leads,
        "by_status": overview.leads_by_status,
        "by_tier": overview.leads_by_tier,
        "imports": overview.imports_by_status,
        "sources": sources,
        "quarantined": overview.quarantined,
        "signals_waiting": overview.signals_waiting,
        "last_import_at": overview.last_import_at and overview.last_import_at.isoformat(timespec="seconds"),
        "last_scored_at": overview.last_scored_at and overview.last_scored_at.isoformat(timespec="seconds"),
    }


def _show(each: dict[str, Any]) -> None:
    def listed(counts: dict[str, int]) -> str:
        return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items())) or "none"

    click.echo(f"\n{each['workspace']} ({each['playbook']}): {each['leads']:,} leads")
    click.echo(f"  tiers        {listed(each['by_tier'])}")
    click.echo(f"  statuses     {listed(each['by_status'])}")
    click.echo(f"  imports      {listed(each['imports'])}; last {each['last_import_at'] or 'never'}")
    click.echo(f"  sources      {listed(each['sources'])}")
    click.echo(
        f"  quarantine   {each['quarantined']:,} rows wait; {each['signals_waiting']:,} signals wait for a lead"
    )
    click.echo(f"  last scored  {each['last_scored_at'] or 'never'}")
