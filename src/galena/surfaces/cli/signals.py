"""`galena signals`: dated facts about leads; those that wait for theirs, given to one by hand or let go."""

from typing import TYPE_CHECKING, Any

import click

from galena.surfaces.cli.options import Place, place_of, place_options
from galena.surfaces.cli.output import emit_json, say, show, table

if TYPE_CHECKING:
    from galena.domain.imports import StoredSignal
    from galena.domain.playbook import Playbook
    from galena.workflows.signal_desk import Given

ID_CHARS = 10
"""The end of a signal's id that is shown; enough to tell signals apart."""


def list_options(command: Any) -> Any:
    """Which signals."""
    for option in (
        click.option(
            "--limit", type=click.IntRange(1, 100_000), default=20, help="How many signals. Default: 20."
        ),
        click.option("--source", help="Only signals of this source."),
        click.option("--kind", help="Only signals of this kind."),
        click.option(
            "--attached", is_flag=True, help="Those that have their lead, instead of those that wait."
        ),
        click.option("--lead", help="The signals of one lead: its key, its id, or words of its title."),
    ):
        command = option(command)
    return command


@click.group("signals", invoke_without_command=True)
@list_options
@place_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    lead: str | None,
    attached: bool,
    kind: str | None,
    source: str | None,
    limit: int,
    **place: Any,
) -> None:
    """See what happened to leads, and what waits for its lead and why.

    Signals find their lead as they come, or when the lead comes later. A signal is named by its id, or the end of it
    that the list shows.
    """
    ctx.obj = place_of(ctx, **place)
    if ctx.invoked_subcommand is None:
        _list(ctx.obj, lead, attached, kind, source, limit)


@command.command("list")
@list_options
@place_options
@click.pass_context
def list_command(
    ctx: click.Context,
    /,
    lead: str | None,
    attached: bool,
    kind: str | None,
    source: str | None,
    limit: int,
    **place: Any,
) -> None:
    """Counts per kind and source, and the signals that wait."""
    _list(place_of(ctx, **place), lead, attached, kind, source, limit)


@command.command("attach")
@click.argument("signal")
@click.argument("lead")
@place_options
@click.pass_context
def attach(ctx: click.Context, /, signal: str, lead: str, **place: Any) -> None:
    """Give SIGNAL, which waits, to LEAD; with it goes all that bears the same link, now and later.

    The lead is scored again.
    """
    from galena.workflows.signal_desk import give_to_lead

    at = place_of(ctx, **place)
    with _working("galena signals attach", at) as work:
        given = give_to_lead(work.context, signal, lead)
        say(f"{_count(given.count)} belong{'s' if given.count == 1 else ''} to {given.title} now.")
        touched = work.score_touched()
    _tell(at, work.workspace.slug, given, touched.as_dict())


@command.command("detach")
@click.argument("signal")
@place_options
@click.pass_context
def detach(ctx: click.Context, /, signal: str, **place: Any) -> None:
    """Take SIGNAL, which was given to a lead by hand, back; it waits again."""
    from galena.workflows.signal_desk import take_back

    at = place_of(ctx, **place)
    with _working("galena signals detach", at) as work:
        given = take_back(work.context, signal)
        say(
            f"{_count(given.count)} wait{'s' if given.count == 1 else ''} again; {given.title} has lost them."
        )
        touched = work.score_touched()
    _tell(at, work.workspace.slug, given, touched.as_dict())


@command.command("let-go")
@click.argument("signal")
@place_options
@click.pass_context
def let_go(ctx: click.Context, /, signal: str, **place: Any) -> None:
    """List SIGNAL, which waits, no more. Should its lead come after all, it finds it."""
    from galena.workflows.signal_desk import let_go as let_signal_go

    at = place_of(ctx, **place)
    with _working("galena signals let-go", at) as work:
        given = let_signal_go(work.context, signal)
        say("It is listed no more." if given.count else "It was let go already.")
    _tell(at, work.workspace.slug, given, {})


def _list(
    place: Place, lead: str | None, attached: bool, kind: str | None, source: str | None, limit: int
) -> None:
    from galena.stores import signals
    from galena.workflows.lead_view import find_lead

    with _working("galena signals", place, reads_only=True) as work, work.session() as session:
        playbook = work.context.playbook
        counts = signals.count_all(session)
        if lead is not None:
            found = signals.list_for_lead(session, find_lead(session, lead), limit=limit)
        elif attached:
            found = signals.list_newest(session, kind=kind, source=source, limit=limit)
        else:
            found = signals.list_waiting(session, kind=kind, source=source, limit=limit)
    if place.as_json:
        emit_json(
            {
                "workspace": work.workspace.slug,
                "counts": [
                    {name: getattr(each, name) for name in each.__dataclass_fields__} for each in counts
                ],
                "signals": [_as_json(playbook, each) for each in found],
            }
        )
        return
    if lead is None:
        rows = [(each.kind, each.source, each.attached, each.waiting, each.let_go) for each in counts]
        heads = ("kind", "source", "with their lead", "waiting", "let go")
        show(table(rows, heads) if rows else "No signal has come yet.")
    if not found:
        say("This lead has no signals." if lead else "" if attached else "No signal waits for its lead.")
        return
    show("\n" + table([_row(playbook, each) for each in found], ("id", "when", "kind", "source", "what")))
    if lead is None and not attached:
        say(
            "\n`galena signals attach ID LEAD` gives one to a lead; `galena signals let-go ID` lists it no more."
        )


def _row(playbook: "Playbook", signal: "StoredSignal") -> tuple[str, ...]:
    from galena.workflows.signal_desk import told_of, waiting_because

    what = told_of(signal) if signal.lead_id else waiting_because(playbook, signal)
    return (str(signal.id)[-ID_CHARS:], f"{signal.at:%Y-%m-%d %H:%M}", signal.kind, signal.source, what)


def _as_json(playbook: "Playbook", signal: "StoredSignal") -> dict[str, Any]:
    from galena.workflows.signal_desk import waiting_because

    return {
        "id": str(signal.id),
        "lead_id": str(signal.lead_id) if signal.lead_id else None,
        "kind": signal.kind,
        "at": signal.at.isoformat(),
        "source": signal.source,
        "attributes": dict(signal.attributes),
        "link": signal.link,
        "waits_because": None if signal.lead_id else waiting_because(playbook, signal),
    }


def _tell(place: Place, workspace: str, given: "Given", more: dict[str, int]) -> None:
    if place.as_json:
        lead_id = str(given.lead_id) if given.lead_id else None
        told = {"signal": str(given.signal.id), "lead_id": lead_id, "signals": given.count}
        emit_json({"workspace": workspace, **told, **more})


def _count(count: int) -> str:
    return "1 signal" if count == 1 else f"{count:,} signals"


def _working(name: str, place: Place, *, reads_only: bool = False) -> Any:
    from galena.surfaces.cli.work import working

    return working(name, place.home, place.workspace, place.playbook, reads_only=reads_only)
