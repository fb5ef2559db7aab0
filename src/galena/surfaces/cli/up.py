"""`galena up`: start Galena on this machine and print a sign-in link."""

import contextlib
import errno
import http.client
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import click

from galena.bootstrap import Galena, open_galena, settings_with
from galena.kit.errors import ConflictError, UnavailableError
from galena.surfaces.cli.options import home_option
from galena.surfaces.cli.output import say

BACKLOG = 128
FIRST_HANDED_FD = 3


@click.command("up")
@click.option("--host", help="The address to listen on. Default: 127.0.0.1, this machine only.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Default: GALENA_PORT, else 8000; 0 takes a free one."
)
@home_option
def command(host: str | None, port: int | None, home: Path | None) -> None:
    """Start the database and the pages; Ctrl-C stops both. The link it prints leads from nothing to ranked leads."""
    settings = settings_with(home)
    address = (host or settings.host, settings.port if port is None else port)
    with (
        _listening(*address) as listener,
        open_galena(settings) as galena,
        _scheduled_pulls(galena),
        _webhooks(galena),
        _warmed(galena),
    ):
        _serve(galena, listener)
    say("Stopped.")


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """The port taken before anything else starts, so that a taken one is told at once; or the one handed over."""
    if (handed := _handed_over()) is not None:
        with handed:
            yield handed
        return
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as fault:
        listener.close()
        if fault.errno == errno.EADDRINUSE and _is_galena(host, port):
            raise ConflictError(
                f"Galena runs there already: open {_address(host, port)}.",
                remedy="For a second one choose another port: `galena up --port 8001` or GALENA_PORT=8001.",
            ) from fault
        raise UnavailableError(
            f"Port {port} of {host} cannot be used.",
            facts={"reason": fault.strerror or str(fault)},
            remedy="Choose another port: `galena up --port 8001` or GALENA_PORT=8001.",
        ) from fault
    with listener:
        yield listener


def _handed_over() -> socket.socket | None:
    """The socket that whoever started this process listens on (systemd's socket activation): it stays open while one
    process ends and the next one starts, so that whoever asks in between waits and is answered."""
    named = os.environ.pop("LISTEN_PID", None), os.environ.pop("LISTEN_FDS", "0")
    os.environ.pop("LISTEN_FDNAMES", None)
    if named[0] != str(os.getpid()) or not named[1].isdigit() or int(named[1]) < 1:
        return None
    handed = socket.socket(fileno=FIRST_HANDED_FD)
    handed.set_inheritable(False)
    return handed


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _is_galena(host: str, port: int) -> bool:
    """Whether what listens there answers as Galena does."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/health")
        return b'"status"' in connection.getresponse().read(1_000)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextlib.contextmanager
def _scheduled_pulls(galena: Galena) -> Iterator[None]:
    """Pulls, drops and learns by schedule while the server runs, and says that it does."""
    from galena.surfaces.reports import write_model_report
    from galena.workflows.durable_pulls import DurablePulls
    from galena.workflows.gateway import gateway_of
    from galena.workflows.presence import WORKER, Presence

    url = galena.engine.url.render_as_string(hide_password=False)
    pulls = DurablePulls(
        galena.door,
        gateway_of(galena.settings),
        galena.clock,
        database_url=url,
        page_of=write_model_report,
    )
    with pulls, Presence(galena.door, WORKER, galena.clock, lambda: pulls.is_alive):
        yield


def _webhooks(galena: Galena) -> contextlib.AbstractContextManager[object]:
    """Tells other programs what happens while the server runs."""
    from galena.workflows.sealing import box_of
    from galena.workflows.webhook_worker import WebhookSender

    return WebhookSender(galena.door, box_of(galena.settings), galena.clock)


def _warmed(galena: Galena) -> contextlib.AbstractContextManager[object]:
    """Makes the server ready for its first visitors."""
    from galena.workflows.warming import Warming

    return Warming(galena.door, galena.clock)


def _serve(galena: Galena, listener: socket.socket) -> None:
    from galena.surfaces.cli.status_line import refresh_status_line
    from galena.surfaces.web.app import create_app
    from galena.surfaces.web.serving import DrainingServer, InFlight

    host, port = listener.getsockname()[:2]
    app, in_flight = create_app(galena), InFlight()
    app.state.in_flight = in_flight
    server = DrainingServer(app, in_flight, grace_s=galena.settings.shutdown_grace_s)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # From before the address is shown, so that whoever ends it then ends it orderly, too.
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, server.handle_exit)
    refresh_status_line(galena)
    listener.listen(BACKLOG)  # From here on whoever follows the link waits instead of being refused.
    _greet(galena, _address(host, port), app.state.first_word)
    server.run(sockets=[listener])


def _greet(galena: Galena, address: str, first_word: str) -> None:
    from galena.stores import workspaces
    from galena.surfaces.web.visitors import sign_in_link

    with galena.door.lobby() as lobby:
        known = workspaces.list_all(lobby)
    click.echo(f"Galena runs at {address}")
    for workspace in known:
        click.echo(f"Sign in to {workspace.slug}: {sign_in_link(galena, workspace, address)}")
    if not known:
        click.echo(f"Begin here: {address}/welcome/start/{first_word}")
    click.echo("Ctrl-C stops everything." if not known else "Each link works once. Ctrl-C stops everything.")
