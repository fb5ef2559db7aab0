"""The `galena` command. One file per command; each is loaded only when it is called, so that help and the
status line start fast."""

import gc
import importlib
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

import click

from galena.kit.errors import GalenaError
from galena.surfaces.cli.output import show_error, show_unexpected

COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("run", "From a file to a ranked, explained list in one command."),
    "up": ("up", "Start Galena on this machine and open its pages in a browser."),
    "demo": ("demo", "Fill a workspace with an invented market to try things on."),
    "simulate": ("simulate", "Live through months of an invented brokerage in minutes."),
    "ingest": ("ingest", "Bring records in from files."),
    "connect": ("connect", "Connect sources and look-ups; see how they fare."),
    "pull": ("pull", "Fetch what is new at connected sources."),
    "enrich": ("enrich", "Look up what leads lack; see coverage and cost."),
    "signals": ("signals", "See what happened to leads; give what waits to its lead."),
    "imports": ("imports", "See earlier imports; undo one completely."),
    "quarantine": ("quarantine", "See the rows that could not be used; correct and replay them."),
    "score": ("score", "Score the leads: by rules, by models, by the reasoner."),
    "reason": ("reason", "Let a language model score the leads: set up, run, watch."),
    "tiers": ("tiers", "See the tiers; hold as many in the best as can be worked."),
    "match": ("match", "Find the rows of one or more tables that are the same lead."),
    "resolve": ("resolve", "Compare all leads; join those that are one, or part them."),
    "review": ("review", "Say of pairs that may be one lead whether they are."),
    "model": ("model", "Learn from past leads, score new ones by a model, say why."),
    "learn": ("learn", "Learn from what became of leads: run it, see what it did."),
    "drift": ("drift", "Whether leads, the model's word or outcomes moved."),
    "experiment": ("experiment", "Score part of the leads another way; see which is better."),
    "notifications": ("notifications", "What administrators are told; mark it as seen."),
    "explain": ("explain", "Why a lead has its score, what moved it, what would move it."),
    "export": ("export", "Write the ranked leads to a file, or into folders for sale."),
    "tenant": ("tenant", "Tenants: who receives leads, which, and how many."),
    "drop": ("drop", "Give tenants their leads of the week: plan, commit, undo."),
    "route": ("route", "Give leads as they arrive; accept, decline, return them."),
    "clawback": ("clawback", "Who has which lead; take back, give, pass on, hold."),
    "sell": ("sell", "Give lists to buyers, each lead once, and note what was sold."),
    "dispose": ("dispose", "Say what became of leads: booked, refused, won, lost."),
    "tasks": ("tasks", "What is to be done next with leads; chase what is due."),
    "suppress": ("suppress", "Who must not be contacted."),
    "clients": ("clients", "A tenant's own customers: take a file in, write it out."),
    "documents": ("documents", "Documents for leads and clients: kept, listed, checked."),
    "report": ("report", "What became of leads in figures; as CSV, as PDF."),
    "key": ("key", "Keys with which programs use the API."),
    "people": ("people", "Who signs in, and as what; help for who lost their phone."),
    "webhook": ("webhook", "Tell other programs what happens, by signed messages."),
    "playbook": ("playbook", "List, show, check and compare playbooks."),
    "status": ("status", "What is going on, on one screen or one line."),
    "doctor": ("doctor", "Check this installation and name the fix for each fault."),
    "db": ("db", "Back up, restore and migrate the database."),
}
"""Command name -> (module, one line of help), in the order help shows them."""


class CommandGroup(click.Group):
    """A group that knows its commands by name and loads one when it is needed."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"galena.surfaces.cli.{COMMANDS[cmd_name][0]}")
        found: click.Command = module.command
        return found

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from rapidfuzz import process

            near = process.extractOne(args[0], list(COMMANDS), score_cutoff=60)
            hint = f" Did you mean `galena {near[0]}`?" if near else " `galena --help` lists them."
            raise click.UsageError(f"There is no command `{args[0]}`.{hint}")
        return super().resolve_command(ctx, args)


@click.command(
    cls=CommandGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="galena", message="galena %(version)s")
def galena() -> None:
    """Galena turns raw records into ranked, explained leads.

    \b
    Start here:
      galena run permits.csv --playbook permits --out ranked.csv
      galena up
    """


class TerminatedError(KeyboardInterrupt):
    """The process was told to end (SIGTERM, or its terminal is gone): it ends as orderly as on Ctrl-C."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number


def _end_orderly(number: int, _frame: FrameType | None) -> NoReturn:
    signal.signal(
        number, signal.SIG_IGN
    )  # The end takes a moment; hurrying it would leave the database running.
    raise TerminatedError(number)


COLLECTED_EVERY = (10_000, 10, 10)
"""How many more objects there must be than at the last look before the collector of the language looks again: by its
own measure of 700 it looks so often while modules are loaded that a server starts a third later."""


def main() -> None:
    """Run the command line; every way it can end has an exit status and, on failure, a sentence."""
    gc.set_threshold(*COLLECTED_EVERY)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:  # One that is ignored (nohup) stays so.
            signal.signal(number, _end_orderly)
    as_json = "--json" in sys.argv
    try:
        status = galena.main(prog_name="galena", standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as fault:
        show_error(GalenaError(fault.format_message()), as_json=as_json)
        sys.exit(fault.exit_code)
    except (click.Abort, KeyboardInterrupt) as end:
        click.echo("\nStopped. What was finished is kept; the same command goes on from there.", err=True)
        sys.exit(getattr(end.__cause__ or end, "exit_code", 130))
    except GalenaError as fault:
        show_error(fault, as_json=as_json)
        sys.exit(fault.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except Exception as fault:
        show_unexpected(fault, as_json=as_json)
        sys.exit(70)
