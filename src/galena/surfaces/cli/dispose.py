"""`galena dispose`: what became of leads, one by one or by a table; mistakes taken back."""

from pathlib import Path
from typing import Any
from uuid import UUID

import click

from galena.domain.dispositions import BOOKED_BY, OUTCOMES, STEP_WORDS, NextStep
from galena.kit.errors import InputError
from galena.surfaces.cli.options import Place, place_of, place_options
from galena.surfaces.cli.output import emit_json, say, show, table

_ENTRY = (
    click.option("--note", default="", help="In a few words."),
    click.option("--reason", default="", help="Why not, as they said it."),
    click.option("--reason-code", help="The code of the reason; without it one is suggested."),
    click.option(
        "--callback", default="", help="A day, or a time frame such as `in 3 months` or `spring 2027`."
    ),
    click.option("--booked-for", default="", help="When the meeting is: 2026-03-13 14:30 (UTC)."),
    click.option("--booked-by", type=click.Choice(BOOKED_BY), default="manual", help="Who got the meeting."),
    click.option("--signed-on", default="", help="The day it was signed."),
    click.option("--closing-on", default="", help="The day of closing, expected or passed."),
    click.option("--value", "deal_value", default="", help="What the deal is worth."),
    click.option("--commission", default="", help="Your commission; from the day of closing on."),
    click.option("--attempts", default="", help="How often you tried, if not recorded call by call."),
    click.option("--happened-on", default="", help="When it happened. Default: now."),
)


def _entry_options(command: Any) -> Any:
    for option in reversed(_ENTRY):
        command = option(command)
    return command


@click.command("dispose")
@click.argument("lead", required=False)
@click.argument("outcome", required=False)
@_entry_options
@click.option("--tenant", help="Speak for this tenant: of its own leads alone.")
@click.option("--file", "path", type=click.Path(path_type=Path), help="A table of outcomes instead.")
@click.option("--yes", is_flag=True, help="Take the suggested code of a reason.")
@click.option("--dry-run", is_flag=True, help="With --file: check every row, keep nothing.")
@click.option("--undo", "undone", type=click.UUID, help="Take this outcome back; needs --reason.")
@place_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    lead: str | None,
    outcome: str | None,
    tenant: str | None,
    path: Path | None,
    yes: bool,
    dry_run: bool,
    undone: UUID | None,
    **given: Any,
) -> None:
    """Say what became of a lead; with LEAD alone: how it stands, and what can be said. Without: every lead given.

    \b
    galena dispose 4711 voicemail
    galena dispose 4711 booked --booked-for "2026-03-13 14:30"
    galena dispose 4711 not_interested --reason "our son takes over"
    galena dispose 4711 future_interest --callback "in 3 months" --note "after tax season"
    galena dispose 4711 closed_won --signed-on 2026-04-02 --closing-on 2026-05-15
    galena dispose --file outcomes.csv
    """
    at = place_of(ctx, **{name: given.pop(name) for name in ("workspace", "playbook", "home", "as_json")})
    if sum(each is not None for each in (lead, path, undone)) > 1:
        raise click.UsageError("Give a lead and its outcome, or --file, or --undo.")
    if undone is not None:
        _undo(at, undone, given["reason"], tenant)
    elif path is not None:
        _file(at, path, tenant, yes, dry_run)
    elif outcome is None and lead is not None:
        _show(at, lead, tenant)
    elif lead is not None and outcome is not None:
        _one(at, lead, outcome, tenant, yes, given)
    else:
        _list(at, tenant)


def _one(at: Place, lead: str, outcome: str, tenant: str | None, yes: bool, given: dict[str, Any]) -> None:
    from galena.domain.dispositions import rule_of
    from galena.domain.outcome_entry import read_entry, read_happened
    from galena.surfaces.cli.tenants_named import tenant_named
    from galena.surfaces.cli.work import working
    from galena.workflows.dispose import dispose
    from galena.workflows.dispose_desk import Saying
    from galena.workflows.lead_view import find_lead

    texts = {name: value or "" for name, value in given.items()}
    if rule_of(outcome).outcome != "booked":
        texts["booked_by"] = ""
    with working("galena dispose", at.home, at.workspace, at.playbook) as work:
        now = work.galena.clock()
        happened = read_happened(texts, now)
        entry = read_entry({**texts, "outcome": outcome}, (happened or now).date())
        with work.session() as session:
            lead_id = find_lead(session, lead)
            tenant_id = tenant_named(session, tenant)
        done = dispose(work.context, Saying(lead_id, entry, happened, yes), tenant_id=tenant_id)
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, **_told(done)})
        return
    _say(done)


def _file(at: Place, path: Path, tenant: str | None, yes: bool, dry_run: bool) -> None:
    from galena.surfaces.cli.tenants_named import tenant_named
    from galena.surfaces.cli.work import working
    from galena.workflows.dispose_file import dispose_file

    with working("galena dispose", at.home, at.workspace, at.playbook) as work:
        with work.session() as session:
            tenant_id = tenant_named(session, tenant)
        done = dispose_file(work.context, path, tenant_id=tenant_id, accept_suggested=yes, dry_run=dry_run)
    counts: dict[str, int] = {}
    for each in done:
        counts[each.disposition.outcome] = counts.get(each.disposition.outcome, 0) + 1
    if at.as_json:
        emit_json(
            {"workspace": work.workspace.slug, "recorded": 0 if dry_run else len(done), "outcomes": counts}
        )
        return
    told = ", ".join(f"{name.replace('_', ' ')} {counts[name]:,}" for name in OUTCOMES if name in counts)
    say(f"{len(done):,} outcomes {'are fine; nothing was kept' if dry_run else 'recorded'}: {told}")


def _undo(at: Place, undone: UUID, because: str, tenant: str | None) -> None:
    from galena.surfaces.cli.tenants_named import tenant_named
    from galena.surfaces.cli.work import working
    from galena.workflows.dispose import undo

    if not because.strip():
        raise InputError(
            "Taking an outcome back needs a reason.", remedy="Add --reason 'why it was a mistake'."
        )
    with working("galena dispose --undo", at.home, at.workspace, at.playbook) as work:
        with work.session() as session:
            tenant_id = tenant_named(session, tenant)
        done = undo(work.context, undone, because=because, tenant_id=tenant_id)
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, **_told(done)})
        return
    from galena.domain.dispositions import STAND_WORDS

    say(f"Taken back. {done.entry.title}: {STAND_WORDS[done.standing.stand]}.")
    say("A ban, if it was one, stays: `galena suppress list` shows it, `galena suppress lift` ends it.")


def _show(at: Place, lead: str, tenant: str | None) -> None:
    from galena.domain.dispositions import STAND_WORDS
    from galena.surfaces.cli.tenants_named import tenant_named
    from galena.surfaces.cli.work import working
    from galena.workflows.dispose import prospect
    from galena.workflows.lead_view import find_lead

    with (
        working("galena dispose", at.home, at.workspace, at.playbook, reads_only=True) as work,
        work.session() as session,
    ):
        tenant_id = tenant_named(session, tenant)
        lead_id, now = find_lead(session, lead), work.galena.clock()
        found = prospect(session, work.context.playbook, lead_id, now, tenant_id=tenant_id)
    rows = [(row.at.strftime("%Y-%m-%d %H:%M"), row.outcome, row.reason_code or "", row.author, str(row.id))
            for row in found.rows]  # fmt: skip
    choices = [(each.rule.outcome, ", ".join(each.needs), each.refused or "") for each in found.choices]
    if at.as_json:
        emit_json(
            {
                "workspace": work.workspace.slug,
                "lead": found.entry.lead.key,
                "stand": found.standing.stand,
                "attempts": found.standing.attempts,
                "history": [dict(zip(_HISTORY, row, strict=True)) for row in rows],
                "outcomes": [dict(zip(_CHOICES, row, strict=True)) for row in choices],
            }
        )
        return
    show(f"{found.entry.title}: {STAND_WORDS[found.standing.stand]}")
    if rows:
        show(table(list(rows), _HISTORY))
    show("")
    show(table(list(choices), _CHOICES))


def _list(at: Place, tenant: str | None) -> None:
    from galena.domain.dispositions import STAND_WORDS
    from galena.stores.workspaces import list_tenants
    from galena.surfaces.cli.tenants_named import tenant_named
    from galena.surfaces.cli.work import working
    from galena.workflows.prospects import list_prospects

    with (
        working("galena dispose", at.home, at.workspace, at.playbook, reads_only=True) as work,
        work.session() as session,
    ):
        tenant_id = tenant_named(session, tenant)
        now = work.galena.clock()
        found = list_prospects(session, now, tenant_id=tenant_id)
        names = {each.id: each.name for each in list_tenants(session)}
    rows = [
        (
            each.entry.title,
            each.entry.lead.key,
            names.get(each.assignment.tenant_id, ""),
            each.assignment.tier,
            each.stand.value if at.as_json else STAND_WORDS[each.stand],
            STEP_WORDS[NextStep(each.task.step)] if each.task else "",
            each.task.due_on.isoformat() if each.task else "",
            "overdue" if each.is_overdue(now.date()) else "",
        )
        for each in found
    ]
    head = ("title", "lead", "broker", "tier", "stands", "next", "due", "overdue")
    if at.as_json:
        emit_json(
            {"workspace": work.workspace.slug, "leads": [dict(zip(head, row, strict=True)) for row in rows]}
        )
    else:
        show(table(list(rows), head) if rows else "No lead is with a broker.")


_HISTORY = ("when", "outcome", "reason", "who", "id")
_CHOICES = ("outcome", "needs", "cannot now, because")


def _told(done: Any) -> dict[str, Any]:
    row = done.disposition
    names = (
        "id",
        "outcome",
        "stage",
        "reason_code",
        "suggested_code",
        "attempts",
        "days_to_book",
        "days_to_close",
    )
    return {
        "lead": done.entry.lead.key,
        **{name: getattr(row, name) for name in names},
        "stand": done.standing.stand,
        "next_step": row.next_step,
        "next_on": row.next_on,
        "other_leads_stopped": len(done.others),
    }


def _say(done: Any) -> None:
    row = done.disposition
    say(f"{done.entry.title}: {row.rule.label.lower()}.")
    if row.next_step:
        say(f"  next: {STEP_WORDS[NextStep(row.next_step)].lower()}, on {row.next_on}")
    if row.rule.bans:
        say("  nobody in the workspace contacts this lead again, nor its address and number elsewhere.")
        if done.others:
            say(f"  {len(done.others):,} other leads with the same contact were stopped, too.")
    if row.reason_code and row.suggested_code and row.reason_code != row.suggested_code:
        say(f"  the words read like `{row.suggested_code}`; kept as `{row.reason_code}`, as you said.")
    say(f"  a mistake? galena dispose --undo {row.id} --reason WHY")
