"""`galena drift`: whether the world moved away from what the models learned."""

from typing import Any

import click

from galena.surfaces.cli.options import place_of, place_options
from galena.surfaces.cli.output import emit_json, say, show, table

FINDINGS_SHOWN = 8
_KINDS = {
    "feature": "values",
    "new_values": "new values",
    "missing": "not known",
    "predictions": "what the model says",
    "disagreement": "members apart",
    "promises": "promises kept",
    "order": "who comes first",
}


@click.command("drift")
@click.option("--last", is_flag=True, help="Show the last report instead of making one.")
@click.option("--all", "whole", is_flag=True, help="Show everything that was compared.")
@place_options
@click.pass_context
def command(ctx: click.Context, /, last: bool, whole: bool, **place: Any) -> None:
    """Whether leads, the model's word or outcomes moved: in words, with what is an alarm.

    Leads of the last four weeks are compared with those the model learned from. A month without any drift raises an
    alarm in 5 of 100 cases at most.
    """
    from galena.stores import learning
    from galena.surfaces.cli.work import working
    from galena.workflows.drift import watch_drift

    at = place_of(ctx, **place)
    with working("galena drift", at.home, at.workspace, at.playbook, reads_only=last) as work:
        if last:
            with work.session() as session:
                found = learning.list_drift(session)
            newest = {each.purpose: each for each in reversed(found)}
            kept = tuple(newest.values())
        else:
            kept = watch_drift(work.context)
    if at.as_json:
        reports = [{"outcome": each.purpose, "at": each.at, **each.report} for each in kept]
        emit_json({"workspace": work.workspace.slug, "reports": reports})
        return
    if not kept:
        say("There is no report yet." if last else "The playbook names nothing to predict.")
    for each in kept:
        show(click.style(each.purpose, bold=True) + f"  {each.at:%Y-%m-%d %H:%M} (UTC)")
        show(each.report["sentence"])
        _findings(each.report["findings"], whole)


def _findings(findings: list[dict[str, Any]], whole: bool) -> None:
    shown = findings if whole else findings[:FINDINGS_SHOWN]
    rows = [
        (
            "moved" if each["alarm"] else "",
            _KINDS[each["kind"]],
            round(each["size"] / each["limit"], 2),
            each["sentence"],
        )
        for each in shown
    ]
    if rows:
        show(table(rows, ("", "what", "of its limit", "in words")))
    if len(findings) > len(shown):
        say(f"{len(findings) - len(shown)} more were compared; --all shows them.")
