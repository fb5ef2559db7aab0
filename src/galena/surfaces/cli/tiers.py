"""`galena tiers`: how many leads stand in each tier, and how many each may hold."""

from pathlib import Path
from typing import Any

import click

from galena.surfaces.cli.options import home_option, json_option, playbook_option, workspace_option
from galena.surfaces.cli.output import emit_json, table


@click.command("tiers")
@click.option(
    "--capacity",
    multiple=True,
    metavar="TIER=LEADS",
    help="As many leads as can be worked, for the best tier first; may be given more than once.",
)
@click.option("--by-conditions", is_flag=True, help="Let the playbook's conditions set every tier again.")
@click.option("--why", default="", help="Kept with the capacities.")
@workspace_option
@playbook_option
@home_option
@json_option
def command(
    capacity: tuple[str, ...],
    by_conditions: bool,
    why: str,
    workspace: str | None,
    playbook: str | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Show the tiers with their leads; let the best hold only as many leads as the team can work.

    The best leads by score take the places, at once and after every scoring. Who has a place keeps it a tenth of the
    places beyond the line, so that nobody flickers.
    """
    from galena.stores import capacities, statistics
    from galena.surfaces.cli.work import working
    from galena.workflows.plans import active_plan
    from galena.workflows.tier_capacity import set_capacities

    wanted = _wanted(capacity)
    if wanted and by_conditions:
        raise click.UsageError("--capacity and --by-conditions exclude each other.")
    changes = bool(wanted) or by_conditions
    with (
        working("galena tiers", home, workspace, playbook, reads_only=not changes) as work,
        work.session() as session,
    ):
        known = active_plan(session).playbook
        moved = set_capacities(session, known, wanted, why=why) if changes else None
        kept = capacities.find_latest(session)
        counts = statistics.count_by_tier(session)
        slug = work.workspace.slug
    tiers = [_tier(tier, counts, kept.leads if kept else {}) for tier in known.rules.tiers]
    if as_json:
        emit_json({"workspace": slug, "tiers": tiers, "moved": moved})
        return
    if moved is not None:
        click.echo(f"{moved:,} leads are in another tier now.")
    rows = [(each["tier"], f"{each['leads']:,}", each["set_by"]) for each in tiers]
    click.echo(table(rows, ("tier", "leads", "set by")))


def _wanted(given: tuple[str, ...]) -> dict[str, int]:
    found = {}
    for text in given:
        name, separator, count = text.partition("=")
        if not separator or not (count.isascii() and count.isdecimal()):
            raise click.UsageError(f"`{text}` is no capacity: write TIER=LEADS, such as green=50.")
        found[name.strip()] = int(count)
    return found


def _tier(tier: Any, counts: dict[str, int], limits: Any) -> dict[str, Any]:
    limit = limits.get(tier.name)
    by = f"capacity: at most {limit:,}" if limit is not None else f"condition: {tier.when}"
    return {"tier": tier.name, "leads": counts.get(tier.name, 0), "capacity": limit, "set_by": by}
