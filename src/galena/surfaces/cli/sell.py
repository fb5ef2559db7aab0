"""`galena sell`: lists for buyers, what was sold, converted and returned."""

from pathlib import Path
from typing import Any
from uuid import UUID

import click

from galena.domain.sale import NEW, SALE_STATES, SaleState, read_price
from galena.kit.errors import InputError
from galena.surfaces.cli.options import Place, place_of, place_options
from galena.surfaces.cli.output import emit_json, say, show, table

KEYS_SHOWN = 5
buyer_option = click.option(
    "--buyer", required=True, help="Who buys; a new name makes a new buyer on export."
)
export_option = click.option("--export", "export_id", type=click.UUID, help="All leads of this export.")


@click.group("sell", invoke_without_command=True)
@place_options
@click.pass_context
def command(ctx: click.Context, /, **place: Any) -> None:
    """Sell leads: lists for buyers, what was sold, won or returned. Without a command: the exports."""
    ctx.obj = place_of(ctx, **place)
    if ctx.invoked_subcommand is None:
        _list(ctx.obj, None, None)


@command.command("export")
@buyer_option
@click.option(
    "--out", "-o", type=click.Path(path_type=Path), required=True, help="A folder without lists in it."
)
@click.option("--tier", "tiers", multiple=True, help="Only this tier; may be given more than once.")
@click.option(
    "--category", "categories", multiple=True, help="Only this category; may be given more than once."
)
@click.option("--group", "groups", multiple=True, help="Only this trade group; may be given more than once.")
@click.option("--min-score", type=click.FloatRange(0, 100), help="Only scores from here up.")
@click.option("--at-most", type=click.IntRange(1), help="The best so many.")
@click.option("--shared", is_flag=True, help="Also leads that another buyer has bought.")
@place_options
@click.pass_context
def export_command(
    ctx: click.Context,
    /,
    buyer: str,
    out: Path,
    tiers: tuple[str, ...],
    categories: tuple[str, ...],
    groups: tuple[str, ...],
    min_score: float | None,
    at_most: int | None,
    shared: bool,
    **place: Any,
) -> None:
    """Write the best leads that BUYER was not given yet into exports/{trade_group}/{category}/tier_{x}.csv."""
    from galena.domain.listing import LeadQuery
    from galena.surfaces.cli.reports import say_export
    from galena.surfaces.cli.work import working
    from galena.workflows.sell import export_for_buyer

    at = place_of(ctx, **place)
    query = LeadQuery(
        tiers=tiers, categories=categories, trade_groups=groups, min_points=min_score, statuses=("active",)
    )
    with working("galena sell export", at.home, at.workspace, at.playbook) as work:
        report = export_for_buyer(work.context, out, buyer, query, at_most=at_most, shared=shared)
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, **report.as_dict()})
        return
    say_export(report.written)
    say(f"{report.written.rows:,} leads given to {report.buyer.name}; export {report.export_id}")
    if report.left_out:
        say(f"{report.left_out:,} more were left out: the buyer had them before, or another buyer owns them.")


def _moving(name: str, state: SaleState, line: str, *more: Any) -> None:
    """Adds the command that moves leads on to a state."""

    @place_options
    @click.pass_context
    def run(
        ctx: click.Context,
        /,
        buyer: str,
        keys: tuple[str, ...],
        export_id: UUID | None,
        price: str | None = None,
        reason: str | None = None,
        **place: Any,
    ) -> None:
        _move(place_of(ctx, **place), buyer, keys, export_id, state, price, reason)

    run.__doc__ = line
    for option in (*more, export_option, buyer_option, click.argument("keys", nargs=-1)):
        run = option(run)
    command.command(name)(run)


_moving(
    "sold",
    "sold",
    "Note that the buyer paid for leads: KEYS as in the lists, such as permit numbers.",
    click.option("--price", required=True, help="For each lead, such as 45 or 45.50."),
)
_moving("convert", "converted", "Note that the buyer won the job.")
_moving(
    "return",
    "returned",
    "Note that the buyer gave leads back.",
    click.option("--reason", required=True, help="Why, such as `no such number`."),
)


def _move(
    at: Place,
    buyer: str,
    keys: tuple[str, ...],
    export_id: UUID | None,
    state: SaleState,
    price: str | None,
    reason: str | None,
) -> None:
    from galena.surfaces.cli.work import working
    from galena.workflows.sell import keys_of_export, move_leads

    amount = read_price(price) if price is not None else None
    if reason is not None and not reason.strip():
        raise InputError("A return needs a reason.", remedy="Say why, such as --reason 'no such number'.")
    with working("galena sell", at.home, at.workspace, at.playbook) as work, work.session() as session:
        wanted = [*keys, *(keys_of_export(session, export_id, state) if export_id else ())]
        moved = move_leads(session, buyer, wanted, state, work.galena.clock(), price=amount, reason=reason)
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, "state": state, **moved.as_dict()})
        return
    say(f"{moved.moved:,} leads are {state} now.")
    for word, found in (("no such lead", moved.unknown), (f"cannot become {state} yet", moved.not_moved)):
        if found:
            more = f" and {len(found) - KEYS_SHOWN} more" if len(found) > KEYS_SHOWN else ""
            say(f"  {word}: {', '.join(found[:KEYS_SHOWN])}{more}")


@command.command("undo")
@click.argument("export_id", type=click.UUID)
@place_options
@click.pass_context
def undo_command(ctx: click.Context, /, export_id: UUID, **place: Any) -> None:
    """Take an export back; what was sold since stays sold. The files stay where they are."""
    from galena.surfaces.cli.work import working
    from galena.workflows.sell import undo_sale_export

    at = place_of(ctx, **place)
    with working("galena sell undo", at.home, at.workspace, at.playbook) as work, work.session() as session:
        gone, stay = undo_sale_export(session, export_id, work.galena.clock())
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, "undone": gone, "stay": stay})
    else:
        say(f"{gone:,} leads can be given to the buyer again; {stay:,} stay, because they were sold since.")


@command.command("list")
@click.option("--buyer", help="Only what this buyer was given.")
@click.option("--state", type=click.Choice(SALE_STATES), help="Only leads that stand here.")
@place_options
@click.pass_context
def list_command(ctx: click.Context, /, buyer: str | None, state: str | None, **place: Any) -> None:
    """The exports, and with --buyer or --state the leads."""
    _list(place_of(ctx, **place), buyer, state)


def _list(at: Place, buyer: str | None, state: str | None) -> None:
    from galena.stores import sales
    from galena.surfaces.cli.work import working

    with (
        working("galena sell list", at.home, at.workspace, at.playbook, reads_only=True) as work,
        work.session() as session,
    ):
        names = {each.buyer.id: each.buyer.name for each in sales.list_buyers(session)}
        exports = sales.list_exports(session)
        buyer_id = sales.find_buyer(session, buyer).id if buyer else None
        found = sales.list_sales(session, buyer_id=buyer_id, state=state) if buyer or state else ()
    told = [
        {"export": str(each.id), "buyer": names[each.buyer_id], "leads": each.leads, "folder": each.folder,
         "exported_at": each.exported_at.isoformat(timespec="seconds"), "undone": each.undone_at is not None}
        for each in exports
    ]  # fmt: skip
    leads = [
        {"lead": each.lead_key, "buyer": each.buyer, "state": each.state,
         "price": None if each.price is None else str(each.price), "reason": each.reason}
        for each in found
    ]  # fmt: skip
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, "exports": told, "leads": leads})
    elif buyer or state:
        shown = [
            tuple(each[name] or "" for name in ("lead", "buyer", "state", "price", "reason"))
            for each in leads
        ]
        show(
            table(shown, ("lead", "buyer", "state", "price", "reason"))
            if shown
            else f"Nothing is {state or 'there'}."
        )
    elif told:
        rows = [
            (
                each["export"],
                each["buyer"],
                f"{each['leads']:,}",
                each["exported_at"],
                "undone" if each["undone"] else "",
            )
            for each in told
        ]
        show(table(rows, ("export", "buyer", "leads", "when", "")))
    else:
        show(
            f"Nothing was given to a buyer yet: every lead is {NEW}. `galena sell export --buyer NAME --out FOLDER`."
        )


@command.command("buyers")
@place_options
@click.pass_context
def buyers_command(ctx: click.Context, /, **place: Any) -> None:
    """Every buyer with what became of its leads, and the money."""
    from galena.stores import sales
    from galena.surfaces.cli.work import working

    at = place_of(ctx, **place)
    with (
        working("galena sell buyers", at.home, at.workspace, at.playbook, reads_only=True) as work,
        work.session() as session,
    ):
        found = sales.list_buyers(session)
    told = [
        {
            "buyer": each.buyer.name,
            **{state: each.leads.get(state, 0) for state in SALE_STATES},
            "money": str(each.money),
        }
        for each in found
    ]
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, "buyers": told})
    elif told:
        show(table([tuple(each.values()) for each in told], ("buyer", *SALE_STATES, "money")))
    else:
        show("There is no buyer yet.")
