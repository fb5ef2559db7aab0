"""`galena people`: who signs in, and as what."""

from typing import Any

import click

from galena.domain.tenancy import Role, User
from galena.kit.errors import NotFoundError
from galena.stores import users
from galena.stores.door import Session
from galena.surfaces.cli.options import place_of, place_options
from galena.surfaces.cli.output import emit_json, say, show, table


@click.group("people", invoke_without_command=True)
@place_options
@click.pass_context
def command(ctx: click.Context, /, **place: Any) -> None:
    """Who signs in, and as what. Without a command: everybody there is."""
    ctx.obj = place_of(ctx, **place)
    if ctx.invoked_subcommand is None:
        _list(ctx)


@command.command("role")
@click.argument("email")
@click.argument("role", type=click.Choice([role.value for role in Role]))
@place_options
@click.pass_context
def role_command(ctx: click.Context, /, email: str, role: str, **place: Any) -> None:
    """Give the person with this EMAIL another ROLE, at once, for their sessions and keys too."""
    from galena.surfaces.cli.work import working
    from galena.workflows.people import change_role

    at = place_of(ctx, **place)
    with working("galena people role", at.home, at.workspace, at.playbook) as work, work.session() as session:
        user = change_role(session, _person(session, email).id, Role(role))
    if at.as_json:
        emit_json({"email": user.email, "role": user.role.value})
    else:
        say(f"{user.email} is {user.role} now.")


@command.command("reset")
@click.argument("email")
@place_options
@click.pass_context
def reset_command(ctx: click.Context, /, email: str, **place: Any) -> None:
    """For who lost their phone: codes off, linked sign-in providers forgotten, all their sessions ended."""
    from galena.surfaces.cli.work import working
    from galena.workflows.people import reset_sign_in

    at = place_of(ctx, **place)
    with (
        working("galena people reset", at.home, at.workspace, at.playbook) as work,
        work.session() as session,
    ):
        user = _person(session, email)
        reset_sign_in(session, user.id)
    if at.as_json:
        emit_json({"email": user.email, "reset": True})
    else:
        say(f"{user.email} signs in by password or link again, without a code.")


@command.command("remove")
@click.argument("email")
@place_options
@click.pass_context
def remove_command(ctx: click.Context, /, email: str, **place: Any) -> None:
    """Sign the person with this EMAIL out; nothing opens for them any more, nor for their keys."""
    from galena.surfaces.cli.work import working
    from galena.workflows.people import remove_person

    at = place_of(ctx, **place)
    with (
        working("galena people remove", at.home, at.workspace, at.playbook) as work,
        work.session() as session,
    ):
        user = remove_person(session, _person(session, email).id, work.context.clock())
    if at.as_json:
        emit_json({"email": user.email, "removed": True})
    else:
        say(f"{user.email} is removed. `galena people restore {user.email}` brings them back.")


@command.command("restore")
@click.argument("email")
@place_options
@click.pass_context
def restore_command(ctx: click.Context, /, email: str, **place: Any) -> None:
    """Bring the person with this EMAIL back who was removed, with the role they had."""
    from galena.surfaces.cli.work import working
    from galena.workflows.people import restore_person

    at = place_of(ctx, **place)
    with (
        working("galena people restore", at.home, at.workspace, at.playbook) as work,
        work.session() as session,
    ):
        user = restore_person(session, _person(session, email, even_removed=True).id)
    if at.as_json:
        emit_json({"email": user.email, "role": user.role.value, "removed": False})
    else:
        say(f"{user.email} is back, as {user.role.value}.")


def _list(ctx: click.Context) -> None:
    from galena.stores import workspaces
    from galena.surfaces.cli.work import working
    from galena.workflows import second_factor

    at = place_of(ctx, workspace=None, playbook=None, home=None, as_json=False)
    with (
        working("galena people", at.home, at.workspace, at.playbook, reads_only=True) as work,
        work.session() as session,
    ):
        tenants = {tenant.id: tenant.name for tenant in workspaces.list_tenants(session)}
        lines = [
            {
                "email": user.email,
                "name": user.name,
                "role": user.role.value,
                "tenant": tenants.get(user.tenant_id, "") if user.tenant_id else "",
                "password": "yes" if user.password_hash else "no",
                "codes": "yes" if second_factor.is_asked(session, user.id) else "no",
            }
            for user in users.list_present(session)
        ]
    if at.as_json:
        emit_json({"people": lines})
    elif lines:
        show(table([tuple(line.values()) for line in lines], tuple(lines[0])))
    else:
        say("Nobody yet: `galena up` makes the operator.")


def _person(session: Session, email: str, *, even_removed: bool = False) -> User:
    user = users.find_even_removed(session, email) if even_removed else users.find(session, email)
    if user is None:
        raise NotFoundError(
            "Nobody here has this e-mail.", facts={"e-mail": email}, remedy="`galena people` shows everybody."
        )
    return user
