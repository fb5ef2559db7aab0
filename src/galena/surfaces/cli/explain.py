"""`galena explain`: why a lead has its score, what moved it, what would change it."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from galena.surfaces.cli.options import Moment, home_option, json_option, playbook_option, workspace_option
from galena.surfaces.cli.output import emit_json, harmless

WIDTH = 30
REASONS = 12
"""Reasons of a model shown one by one; it has as many as columns."""


@click.command("explain")
@click.argument("lead", nargs=-1, required=True, metavar="LEAD")
@click.option(
    "--since", type=Moment(), help="What moved the score since this date. Default: since the score before."
)
@click.option("--replay", is_flag=True, help="Compute every old score again and say whether it is the same.")
@workspace_option
@playbook_option
@home_option
@json_option
def command(
    lead: tuple[str, ...],
    since: datetime | None,
    replay: bool,
    workspace: str | None,
    playbook: str | None,
    home: Path | None,
    as_json: bool,
) -> int:
    """Explain the score of LEAD (its id, its key, or words of its title): the parts add up to it exactly."""
    from galena.surfaces.cli.work import working
    from galena.workflows.lead_view import find_lead, view_lead

    with (
        working("galena explain", home, workspace, playbook, reads_only=True) as work,
        work.session() as session,
    ):
        view = view_lead(session, find_lead(session, " ".join(lead)), since=since)
    differing = [past for past in view.past if past.replays is False]
    if as_json:
        emit_json(_as_json(view))
    else:
        _show(view, replay)
    return 1 if replay and differing else 0


_REPLAYED = {
    True: "the same to the last digit",
    False: "DIFFERS",
    None: "its model cannot be used any more, so nobody can tell",
}


def _show(view: Any, replay: bool) -> None:
    entry, told = view.entry, view.explanation
    click.echo(
        click.style(entry.title or entry.lead.key, bold=True)
        + f"  {entry.subtitle or ''}  ({entry.lead.key})"
    )
    if told is None:
        click.echo(f"Not scored: {entry.lead.status} {entry.lead.status_reason or ''}")
        return
    standing = view.standing
    made_by = f", {told.method}" if told.method else ""
    named = f" {standing.model}" if standing.model else ""
    click.echo(
        f"{told.shown}  {told.headline}, confidence {told.confidence:.0%}, as of {standing.score.as_of:%Y-%m-%d}"
        f"{made_by}{named}\n"
    )
    if view.tier_rule is not None:
        names = {tier.name: tier.label.lower() for tier in view.plan.playbook.rules.tiers}
        click.echo(f"Tier {view.tier_rule.sentence.format(**names)}\n")
    for part in told.bars(REASONS) if standing.model else told.parts:
        bar = "#" * max(1, round(abs(part.micropoints) / 1e6 * WIDTH / 100))
        click.echo(f"  {part.signed:>5}  {bar:<{WIDTH}}  {part.sentence}")
    click.echo(f"  {'-' * 5}\n  {told.shown:>5}  the score, {standing.score.points:.6f} exactly")
    if view.reasoning is not None and view.reasoning.answer is not None:
        click.echo(f"\n{harmless(view.reasoning.answer.reasoning)}")
    _show_heads(view)
    if told.unknowns:
        click.echo("\nNot known, and would count:")
        for unknown in told.unknowns[:5]:
            click.echo(f"  {unknown.sentence}")
    if view.diff is not None:
        click.echo(f"\nWhat moved it\n  {view.diff.line}")
    if view.what_ifs:
        click.echo("\nWhat would change it")
        for what_if in view.what_ifs:
            click.echo(f"  {what_if.sentence}")
    if replay:
        click.echo("\nReplay")
        for past in view.past:
            by = f"revision {past.revision}" + (f", {past.model}" if past.model else "")
            click.echo(
                f"  {past.scored_at:%Y-%m-%d %H:%M}  {past.score.points:.6f}  {by}: {_REPLAYED[past.replays]}"
            )


def _show_heads(view: Any) -> None:
    """What the models in use say, with intervals and versions."""
    if not view.heads:
        return
    labels = {head.name: head.label for head in view.plan.playbook.models.heads}
    click.echo("\nWhat the models say")
    for said in view.heads:
        worth = "" if said.expected_value is None else f", expected value {said.expected_value:,.0f}"
        click.echo(
            f"  {labels.get(said.head, said.head)}: {said.probability:.1%} ({said.low:.1%} to {said.high:.1%})"
            f"{worth}, as of {said.as_of:%Y-%m-%d}"
        )


def _as_json(view: Any) -> dict[str, Any]:
    entry, told = view.entry, view.explanation
    found: dict[str, Any] = {
        "lead_id": str(entry.lead.id),
        "lead_key": entry.lead.key,
        "title": entry.title,
        "status": entry.lead.status,
        "status_reason": entry.lead.status_reason,
        "score": None,
        "history": [
            {
                "scored_at": past.scored_at.isoformat(),
                "as_of": past.score.as_of.isoformat(),
                "score": past.score.points,
                "micropoints": past.score.micropoints,
                "tier": past.score.tier,
                "temperature": past.score.temperature,
                "revision": past.revision,
                "replays": past.replays,
                "method": past.score.method,
                "model": past.model,
            }
            for past in view.past
        ],
    }
    if told is None:
        return found
    score = view.standing.score
    return found | {
        "score": score.points,
        "micropoints": score.micropoints,
        "shown": told.shown,
        "tier": told.tier,
        "tier_by_conditions": score.tier,
        "place": view.tier_rule.place if view.tier_rule else None,
        "temperature": score.temperature,
        "confidence": score.confidence,
        "fit": score.fit,
        "engagement": score.engagement,
        "method": score.method,
        "model": view.standing.model,
        "fallback": score.fallback,
        "heads": [
            {
                "head": said.head,
                "probability": said.probability,
                "low": said.low,
                "high": said.high,
                "members": list(said.members),
                "expected_value": said.expected_value,
                "model_id": str(said.model_id),
                "as_of": said.as_of.isoformat(),
            }
            for said in view.heads
        ],
        "contributions": [
            {
                "name": part.name,
                "points": part.micropoints / 1e6,
                "micropoints": part.micropoints,
                "shown": part.shown,
                "sentence": part.sentence,
            }
            for part in told.parts
        ],
        "diff": view.diff.line if view.diff else None,
        "what_ifs": [{"label": each.label, "outcome": each.outcome} for each in view.what_ifs],
    }
