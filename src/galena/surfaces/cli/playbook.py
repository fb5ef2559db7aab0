"""`galena playbook`: list, show, check and compare playbooks."""

from pathlib import Path

import click

from galena.playbooks import check, diff, load, shipped
from galena.surfaces.cli.options import json_option
from galena.surfaces.cli.output import emit_json, table


@click.group("playbook")
def command() -> None:
    """List, show, check and compare playbooks."""


@command.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """The playbooks that come with Galena."""
    playbooks = [load(name) for name in shipped()]
    if as_json:
        emit_json(
            {"playbooks": [{"name": p.playbook, "version": p.version, "label": p.label} for p in playbooks]}
        )
        return
    rows = [
        (p.playbook, p.label, len(p.fields), len(p.features), len(p.rules.factors), len(p.mappings))
        for p in playbooks
    ]
    click.echo(table(rows, ("playbook", "for", "fields", "features", "factors", "sources")))


@command.command("show")
@click.argument("name")
@json_option
def show_command(name: str, as_json: bool) -> None:
    """What a playbook holds: NAME is a shipped one or a folder."""
    playbook = load(name)
    if as_json:
        emit_json(playbook.model_dump(mode="json"))
        return
    click.echo(f"{playbook.label} ({playbook.playbook}, version {playbook.version})")
    if playbook.description:
        click.echo(playbook.description)
    rules = playbook.rules
    click.echo("\nFactors")
    rows = [(f.name, f.category, f.points, "" if f.on else "off", f.label) for f in rules.factors]
    click.echo(table(rows, ("factor", "category", "points", "", "reason")))
    click.echo("\nTiers, the first that fits")
    click.echo(table([(tier.name, tier.when) for tier in rules.tiers], ("tier", "when")))
    click.echo("\nTemperature, the first that fits")
    click.echo(table([(level.name, level.when) for level in rules.temperature], ("level", "when")))
    click.echo("\nSources that are recognised")
    click.echo(
        table([(m.source, m.role, m.label) for m in playbook.mappings], ("source", "rows are", "what"))
    )


@command.command("check")
@click.argument("name")
@json_option
def check_command(name: str, as_json: bool) -> int:
    """Find every mistake in a playbook: file, line, what is wrong and how to mend it."""
    problems = check(name)
    if as_json:
        emit_json({"problems": [problem.as_dict() for problem in problems]})
    elif not problems:
        click.echo("No mistakes found.")
    else:
        for problem in problems:
            click.echo(str(problem))
        click.echo(f"\n{len(problems)} to mend.")
    return 2 if problems else 0


@command.command("diff")
@click.argument("before")
@click.argument("after")
@json_option
def diff_command(before: str, after: str, as_json: bool) -> None:
    """What changed from playbook BEFORE to playbook AFTER, in words."""
    changes = diff(load(Path(before) if Path(before).is_dir() else before), load(after))
    if as_json:
        emit_json({"changes": [str(change) for change in changes]})
        return
    for change in changes:
        click.echo(str(change))
    if not changes:
        click.echo("They are the same.")
