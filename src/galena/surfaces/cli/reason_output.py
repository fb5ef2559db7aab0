"""How `galena reason` speaks."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from galena.surfaces.cli.output import emit_json, say, show, table

if TYPE_CHECKING:
    from galena.domain.listing import LeadEntry
    from galena.domain.reasoner import LeadReasoning
    from galena.surfaces.cli.work import Work
    from galena.workflows.reason_options import ReasonReport

_WHY = {
    "too_busy": "the endpoint asked to come later",
    "down": "the endpoint was out of order or not to be reached",
    "slow": "no answer in time, or the connection broke",
    "unreadable": "what came back was no answer",
    "cut_short": "the answer was cut short",
    "refused": "the endpoint refused",
    "broken_json": "the answer was broken",
    "wrong_fields": "the answer lacked what was asked for",
    "out_of_range": "the score was not between 0 and 100",
    "wrong_check": "the answer was not one to our question",
    "leaked_check": "the answer told what it should keep",
    "doubled_key": "the answer gave two scores",
    "empty": "the answer was empty",
}


def say_reasoning(report: "ReasonReport", currency: str) -> None:
    """What a run did, in sentences."""
    per_minute = f", {60 * report.asked / report.seconds:,.0f} leads a minute" if report.seconds >= 1 else ""
    say(
        f"asked {report.model} about {report.asked:,} leads in {report.seconds:,.0f} s{per_minute}:"
        f" {report.created:,} first scores, {report.updated:,} other scores, {report.errors:,} have to wait (RETRY);"
        f" {report.skipped:,} had been answered before or wait"
    )
    say(f"{report.calls:,} calls, {report.spent:,.4f} {currency}")
    if report.lost:
        say(f"{report.lost:,} calls of a run that was cut off had no answer; they count as paid")
    if report.ended_because:
        say(f"It ended early: {report.ended_because}. {report.left:,} leads have no answer yet.")
    if report.to_review:
        say(f"{report.to_review:,} leads have texts that tried to set a score: `galena reason review`")


def show_status(work: "Work", facts: Mapping[str, Any], *, as_json: bool) -> None:
    """How things stand."""
    if as_json:
        emit_json({"workspace": work.workspace.slug, **facts})
        return
    endpoint = facts["endpoint"]
    if endpoint is None:
        show("No reasoner is set up: rules score. `galena reason setup` sets one up.")
        return
    state = "on" if endpoint["enabled"] else "switched off: rules score"
    show(f"{endpoint['model']} at {endpoint['url']}: {state}")
    show(
        f"  at once {endpoint['at_once']}, a minute {endpoint['per_minute'] or 'no limit'},"
        f" prompt version {facts['prompt_version']}"
    )
    currency = facts["currency"]
    for name, words in (("today", "today (UTC)"), ("ever", "in all")):
        told = facts[name]
        guess = (
            f", {told['of_this_estimated']:.4f} of it guessed at the most"
            if told["of_this_estimated"]
            else ""
        )
        show(
            f"  {words}: {told['calls']:,} calls, {told['answered']:,} answered, {told['failed']:,} failed;"
            f" {told['tokens_asked']:,} tokens asked, {told['tokens_answered']:,} answered;"
            f" {told['cost']:.4f} {currency}{guess}"
        )
    show(f"  ceilings: {endpoint['run_ceiling']:g} {currency} a run, {endpoint['day_ceiling']:g} a day")
    show(
        f"  leads without an answer {facts['unanswered']:,}, of these to be tried again"
        f" {facts['waiting_for_retry']:,}; to look at {facts['to_review']:,}"
    )
    for kind, count in facts["failures"].items():
        show(f"  failed this week: {count:,} x {_WHY.get(kind, kind)}")
    if facts["runs"]:
        names = ("started_at", "status", "created", "updated", "errors", "calls", "cost")
        rows = [tuple(run[name] for name in names) for run in facts["runs"]]
        show("\n" + table(rows, ("run", "ended", "first", "other", "waiting", "calls", currency)))


def show_review(
    found: "Sequence[LeadReasoning]", entries: "Mapping[UUID, LeadEntry]", *, as_json: bool
) -> None:
    """The leads to look at, and why."""
    from galena.domain.reasoner import GUARD_LABELS

    if as_json:
        emit_json({"leads": [{"id": str(each.lead_id), "review": each.review} for each in found]})
        return
    for each in found:
        entry = entries.get(each.lead_id)
        title = (entry.title or entry.lead.key) if entry else str(each.lead_id)
        show(
            f"{title} ({entry.lead.key if entry else ''}): {GUARD_LABELS.get(each.review or '', each.review)}"
        )
    if not found:
        show("Nothing waits for a look.")
