"""`galena tenant`: tenants, what they want, their people and their money."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from galena.domain.tenancy import Role, roles_for
from galena.kit.errors import InputError
from galena.surfaces.cli.options import Moment, Place, place_of, place_options
from galena.surfaces.cli.output import emit_json, say, show, table

if TYPE_CHECKING:
    from galena.domain.tenant_parameters import TenantWants

why_option = click.option("--why", help="Why, for the history.")


def parameter_options(command: Any) -> Any:
    """What a tenant wants, as options; see `_changes`."""
    for option in (
        click.option(
            "--file", "path", type=click.Path(path_type=Path), help="Parameters or gates, YAML or JSON."
        ),
        click.option("--time-zone", help="Such as America/Chicago."),
        click.option("--weight", type=float, help="Its share beside others' (1)."),
        click.option("--quota", "quotas", multiple=True, help="TIER=LEADS in a drop; once per tier."),
        click.option("--cap", "caps", multiple=True, help="hour=, day= or week=LEADS at most."),
        click.option("--bid", "bids", multiple=True, help="TIER=MONEY it pays where the highest bid wins."),
        click.option("--pays/--free", default=None, help="Whether priced leads are charged to it."),
    ):
        command = option(command)
    return command


@click.group("tenant", invoke_without_command=True)
@place_options
@click.pass_context
def command(ctx: click.Context, /, **place: Any) -> None:
    """Tenants: who receives leads, and which. Without a command: all of them."""
    ctx.obj = place_of(ctx, **place)
    if ctx.invoked_subcommand is None:
        _list(ctx.obj, None)


@command.command("add")
@click.argument("name")
@parameter_options
@why_option
@place_options
@click.pass_context
def add_command(ctx: click.Context, /, name: str, why: str | None, **given: Any) -> None:
    """Make a tenant."""
    from galena.surfaces.cli.work import working
    from galena.workflows.tenants import add_tenant

    at, changes = _split(ctx, given)
    with working("galena tenant add", at.home, at.workspace, at.playbook) as work:
        made = add_tenant(work.context, name, changes, why=why)
    _told(at, made, f"{made.tenant.name} is a tenant now.")


@command.command("set")
@click.argument("tenant")
@click.option("--name", "new_name", help="Another name.")
@parameter_options
@why_option
@place_options
@click.pass_context
def set_command(
    ctx: click.Context, /, tenant: str, new_name: str | None, why: str | None, **given: Any
) -> None:
    """Change what a tenant wants, from now on; what is not named stays."""
    from galena.surfaces.cli.work import working
    from galena.workflows.tenants import change_tenant, rename_tenant

    at, changes = _split(ctx, given)
    with working("galena tenant set", at.home, at.workspace, at.playbook) as work:
        if new_name is not None:
            tenant = str(rename_tenant(work.context, tenant, new_name).id)
        changed = change_tenant(work.context, tenant, changes, why=why)
    _told(at, changed, f"{changed.tenant.name}: changed from now on.")


def _standing(name: str, standing: str, line: str, said: str) -> None:
    """Adds the command that gives a tenant a standing."""

    @click.argument("tenant")
    @why_option
    @place_options
    @click.pass_context
    def run(ctx: click.Context, /, tenant: str, why: str | None, **place: Any) -> None:
        from galena.surfaces.cli.work import working
        from galena.workflows.tenants import change_tenant

        at = place_of(ctx, **place)
        with working(f"galena tenant {name}", at.home, at.workspace, at.playbook) as work:
            changed = change_tenant(work.context, tenant, {"standing": standing}, why=why)
        _told(at, changed, f"{changed.tenant.name} {said}")

    run.__doc__ = line
    command.command(name)(run)


_standing("pause", "paused", "Give a tenant no leads until it resumes.", "gets no leads until it resumes.")
_standing("resume", "active", "Give a paused or cancelled tenant leads again.", "gets leads again.")
_standing("cancel", "cancelled", "Give a tenant no leads any more.", "gets no leads any more.")


@command.command("gates")
@click.argument("tenant")
@click.option(
    "--file", "path", type=click.Path(path_type=Path), help="Look at these gates instead of the tenant's own."
)
@click.option("--save", is_flag=True, help="Set the gates of --file from now on.")
@why_option
@place_options
@click.pass_context
def gates_command(
    ctx: click.Context, /, tenant: str, path: Path | None, save: bool, why: str | None, **place: Any
) -> None:
    """Show what a tenant's gates leave of this week's leads, and which remove most."""
    from galena.domain.gate_json import gates_as_json
    from galena.domain.gates import LABELS
    from galena.domain.tenant_parameters import with_changes
    from galena.stores import tenants
    from galena.surfaces.cli.work import working
    from galena.workflows.gate_preview import preview_gates
    from galena.workflows.tenants import change_tenant, read_parameters

    at = place_of(ctx, **place)
    if save and path is None:
        raise InputError("Which gates?", remedy="Name them with --file.")
    gates = read_parameters(path).get("gates", []) if path else None
    with working("galena tenant gates", at.home, at.workspace, at.playbook, reads_only=not save) as work:
        if save:
            change_tenant(work.context, tenant, {"gates": gates}, why=why)
        now = work.galena.clock()
        with work.session() as session:
            found = tenants.load_wants(session, tenants.find(session, tenant).id, now)
            looked_at = (
                found.parameters if gates is None else with_changes(found.parameters, {"gates": gates})
            )
            preview = preview_gates(session, work.context.playbook, looked_at.gates, now)
    if at.as_json:
        told = {
            "tenant": found.tenant.name,
            "gates": gates_as_json(looked_at.gates),
            "sentence": preview.sentence,
        }
        counts = [
            {name: getattr(each, name) for name in each.__dataclass_fields__} for each in preview.tally.gates
        ]
        emit_json(
            {
                **told,
                "passing": preview.tally.passing,
                "of": preview.tally.pool,
                "tiers": dict(preview.tally.passing_by_tier),
                "removes": counts,
            }
        )
        return
    rows: list[tuple[Any, ...]] = [
        (LABELS[each.name], each.alone, each.only, each.unknown) for each in preview.tally.gates
    ]
    if rows:
        show(table(rows, ("gate", "removes", "removes alone", "fact unknown")))
    say(preview.sentence)
    if preview.tally.passing_by_tier:
        say(
            "By tier: "
            + ", ".join(f"{tier} {n:,}" for tier, n in preview.tally.passing_by_tier.items())
            + "."
        )


@command.command("member")
@click.argument("tenant")
@click.argument("email")
@click.option("--name", "person", help="The person's name. Default: the e-mail.")
@click.option(
    "--role",
    type=click.Choice([role.value for role in roles_for(UUID(int=0))]),
    default=Role.MEMBER.value,
    show_default=True,
    help="What they may do; a tenant_admin also says who belongs to it and what it wants.",
)
@place_options
@click.pass_context
def member_command(
    ctx: click.Context, /, tenant: str, email: str, person: str | None, role: str, **place: Any
) -> None:
    """Add a person to a tenant; they sign in with this e-mail and see its leads."""
    from galena.surfaces.cli.work import working
    from galena.workflows.tenants import add_member

    at = place_of(ctx, **place)
    with working("galena tenant member", at.home, at.workspace, at.playbook) as work:
        user = add_member(work.context, tenant, email, person or email, Role(role))
    if at.as_json:
        emit_json({"user": str(user.id), "email": user.email})
        return
    say(f"{user.email} belongs to {tenant} now.")


@command.command("balance")
@click.argument("tenant")
@click.argument("amount", type=Decimal)
@click.option("--why", required=True, help="What it is for.")
@place_options
@click.pass_context
def balance_command(ctx: click.Context, /, tenant: str, amount: Decimal, why: str, **place: Any) -> None:
    """Add money to a tenant's balance, for leads that have a price."""
    from galena.surfaces.cli.work import working
    from galena.workflows.tenants import top_up

    at = place_of(ctx, **place)
    with working("galena tenant balance", at.home, at.workspace, at.playbook) as work:
        balance = top_up(work.context, tenant, amount, why)
        currency = work.context.playbook.currency
    if at.as_json:
        emit_json({"tenant": tenant, "balance": str(balance), "currency": currency})
        return
    say(f"{tenant} has {balance:,.2f} {currency}.")


@command.command("list")
@click.option("--as-of", "moment", type=Moment(), help="As it was on this day (2026-01-31).")
@place_options
@click.pass_context
def list_command(ctx: click.Context, /, moment: datetime | None, **place: Any) -> None:
    """Show all tenants and what holds for them."""
    _list(place_of(ctx, **place), moment)


@command.command("show")
@click.argument("tenant")
@click.option("--as-of", "moment", type=Moment(), help="As it was on this day (2026-01-31).")
@place_options
@click.pass_context
def show_command(ctx: click.Context, /, tenant: str, moment: datetime | None, **place: Any) -> None:
    """Show what a tenant wants, its people, and every change."""
    from galena.stores import tenants
    from galena.surfaces.cli.work import working
    from galena.workflows.tenants import tenant_card

    at = place_of(ctx, **place)
    with (
        working("galena tenant show", at.home, at.workspace, at.playbook, reads_only=True) as work,
        work.session() as session,
    ):
        card = tenant_card(session, tenants.find(session, tenant).id, moment or work.galena.clock())
    told = {
        **_record(card.wants),
        "owed": card.owed,
        "balance": None if card.balance is None else str(card.balance),
        "members": [user.email for user in card.members],
        "changes": [
            {"set_at": each.set_at, "author": each.author, "why": each.why, **each.parameters.as_dict()}
            for each in card.changes
        ],
    }
    if at.as_json:
        emit_json(told)
        return
    for name, value in told.items():
        if name != "changes" and value not in (None, [], {}):
            show(f"{name.replace('_', ' ')}: {value}")
    rows: list[tuple[Any, ...]] = [
        (f"{each.set_at:%Y-%m-%d %H:%M}", each.author, each.why or "") for each in card.changes
    ]
    show(table(rows, ("changed (UTC)", "by", "why")))


def _list(at: Place, moment: datetime | None) -> None:
    from galena.stores import tenants
    from galena.surfaces.cli.work import working

    with (
        working("galena tenant list", at.home, at.workspace, at.playbook, reads_only=True) as work,
        work.session() as session,
    ):
        found = tenants.list_wants(session, moment or work.galena.clock())
    if at.as_json:
        emit_json({"tenants": [_record(each) for each in found]})
        return
    if not found:
        say("There is no tenant yet: `galena tenant add NAME` makes one.")
        return
    rows: list[tuple[Any, ...]] = [
        (
            each.tenant.name,
            each.parameters.standing,
            each.parameters.time_zone,
            each.parameters.weight,
            ", ".join(gate.name for gate in each.parameters.gates) or "none",
        )
        for each in found
    ]
    show(table(rows, ("tenant", "standing", "time zone", "weight", "gates")))


def _split(ctx: click.Context, given: dict[str, Any]) -> tuple[Place, dict[str, Any]]:
    """Where the command works, and the parameters it was given."""
    names = ("workspace", "playbook", "home", "as_json")
    return place_of(ctx, **{name: given.pop(name) for name in names}), _changes(**given)


def _changes(
    path: Path | None,
    time_zone: str | None,
    weight: float | None,
    quotas: tuple[str, ...],
    caps: tuple[str, ...],
    bids: tuple[str, ...],
    pays: bool | None,
) -> dict[str, Any]:
    """The parameters that were named, in the form `with_changes` reads."""
    from galena.workflows.tenants import read_parameters

    found: dict[str, Any] = read_parameters(path) if path else {}
    pairs = {"quotas": _pairs(quotas, 1), "caps": _pairs(caps, 1), "bids_minor": _pairs(bids, 100)}
    plain = {"time_zone": time_zone, "weight": weight, "pays": pays}
    found |= {name: value for name, value in pairs.items() if value}
    return found | {name: value for name, value in plain.items() if value is not None}


def _pairs(given: tuple[str, ...], times: int) -> dict[str, int]:
    """NAME=NUMBER as people type it."""
    found = {}
    for text in given:
        name, _, number = text.partition("=")
        try:
            found[name.strip()] = round(Decimal(number.strip()) * times)
        except ArithmeticError as error:
            raise InputError(f"{text!r} cannot be read.", remedy="Write it as green=10.") from error
    return found


def _record(each: "TenantWants") -> dict[str, Any]:
    return {"tenant": each.tenant.name, "id": str(each.tenant.id), **each.parameters.as_dict()}


def _told(at: Place, each: "TenantWants", said: str) -> None:
    if at.as_json:
        emit_json(_record(each))
        return
    say(said)
