"""`galena documents`: the vault from the command line."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from galena.kit.errors import InputError
from galena.surfaces.cli.options import Place, place_of, place_options
from galena.surfaces.cli.output import emit_json, say, show, table

if TYPE_CHECKING:
    from galena.bootstrap import Galena
    from galena.stores.door import Session
    from galena.surfaces.cli.work import Work
    from galena.workflows.vault import Vault

_HEAD = ("name", "type", "size", "last day", "first", "id")
_tenant = click.option("--tenant", help="Whose, by name. Default: the operator's own.")


@click.group("documents", invoke_without_command=True)
@_tenant
@place_options
@click.pass_context
def command(ctx: click.Context, /, tenant: str | None, **place: Any) -> None:
    """Documents that are kept for leads and clients. Without a command: the list."""
    ctx.obj = place_of(ctx, **place)
    if ctx.invoked_subcommand is not None:
        return
    from galena.domain.documents import TYPE_WORDS
    from galena.stores import documents

    with _inside(ctx.obj, "galena documents", tenant) as (work, session):
        found = documents.list_own(session)
    rows = [
        (
            each.name,
            TYPE_WORDS.get(each.media_type, each.media_type),
            f"{each.size:,} bytes",
            each.expires_on.isoformat() if each.expires_on else "",
            "yes" if each.goes_first else "",
            str(each.id),
        )
        for each in found
    ]
    if ctx.obj.as_json:
        told = [dict(zip(_HEAD, row, strict=True)) for row in rows]
        emit_json({"workspace": work.workspace.slug, "documents": told})
    else:
        show(table(list(rows), _HEAD) if rows else "The vault is empty.")


@command.command("add")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_tenant
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), help="The last day it may be sent.")
@click.option("--first", is_flag=True, help="It goes with the first message to a new lead.")
@place_options
@click.pass_context
def add_command(
    ctx: click.Context, /, file: Path, tenant: str | None, expires: datetime | None, first: bool, **place: Any
) -> None:
    """Keep FILE; the same content again is kept once."""
    from galena.workflows.vault import keep_document

    at = place_of(ctx, **place)
    try:
        content = file.read_bytes()
    except OSError as fault:
        raise InputError(f"{file} cannot be read.", facts={"reason": fault.strerror}) from fault
    with _inside(at, "galena documents add", tenant) as (work, session):
        day = expires.date() if expires else None
        kept, is_new = keep_document(
            session,
            _vault(work.galena),
            file.name,
            content,
            work.galena.clock(),
            expires_on=day,
            goes_first=first,
        )
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, "id": str(kept.id), "name": kept.name, "is_new": is_new})
    else:
        say(f"{kept.name} is in the vault." if is_new else f"It is in the vault already: {kept.name}.")


@command.command("check")
@place_options
@click.pass_context
def check_command(ctx: click.Context, /, **place: Any) -> None:
    """Read every content and prove it by its hash. Exit status 1: something is missing or was changed."""
    from galena.workflows.vault import check_vault

    at = place_of(ctx, **place)
    with _inside(at, "galena documents check", None) as (work, session):
        found = check_vault(session, _vault(work.galena))
    if at.as_json:
        faults = {str(id_): words for id_, words in found.faults.items()}
        emit_json({"workspace": work.workspace.slug, "checked": found.checked, "faults": faults})
    else:
        for words in found.faults.values():
            show(words)
        say(f"{found.checked:,} documents read, {len(found.faults):,} with a fault.")
    if found.faults:
        ctx.exit(1)


@contextmanager
def _inside(at: Place, doing: str, tenant: str | None) -> "Iterator[tuple[Work, Session]]":
    """The work of a tenant, or the operator's own."""
    from galena.stores.door import OPERATOR
    from galena.surfaces.cli.tenants_named import tenant_named
    from galena.surfaces.cli.work import working

    with working(doing, at.home, at.workspace, at.playbook, reads_only=True) as work:
        with work.session() as session:
            who = tenant_named(session, tenant)
        with work.galena.door.enter(work.workspace.id, tenant_id=who or OPERATOR, actor=doing) as session:
            yield work, session


def _vault(galena: "Galena") -> "Vault":
    from galena.bootstrap import open_objects
    from galena.workflows.sealing import box_of
    from galena.workflows.vault import Vault

    return Vault(galena.door.objects or open_objects(galena.settings), box_of(galena.settings))
