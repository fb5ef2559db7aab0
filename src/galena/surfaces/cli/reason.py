"""`galena reason`: a language model asked for scores: set up, run, watched, reviewed."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from galena.kit.errors import ConfigurationError, NotFoundError
from galena.surfaces.cli.options import Place, place_of, place_options
from galena.surfaces.cli.output import emit_json, progress, say, show
from galena.surfaces.cli.reason_output import say_reasoning, show_review, show_status
from galena.surfaces.cli.reason_practice import command as practice

if TYPE_CHECKING:
    from galena.domain.reasoner import TokenPrices
    from galena.surfaces.cli.work import Work
    from galena.workflows.reason_options import ReasonOptions

DEEPSEEK = "https://api.deepseek.com"


@click.group("reason", invoke_without_command=True)
@place_options
@click.pass_context
def command(ctx: click.Context, /, **place: Any) -> None:
    """Let a language model score the leads; without a command it says how things stand."""
    ctx.obj = place_of(ctx, **place)
    if ctx.invoked_subcommand is None:
        _status(ctx.obj)


@command.command("setup")
@click.option("--url", default=DEEPSEEK, show_default=True, help="The endpoint, up to /chat/completions.")
@click.option("--model", default="deepseek-reasoner", show_default=True, help="The model's name there.")
@click.option(
    "--key-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the key; `-` reads it from standard input. Default: it is asked for, or GALENA_REASONER_KEY.",
)
@click.option("--no-key", is_flag=True, help="The endpoint needs no key, such as a model on this machine.")
@click.option(
    "--private", "private_ok", is_flag=True, help="It may be on this machine or in a private network."
)
@click.option("--price-in", type=click.FloatRange(0), help="Cost of a million tokens asked.")
@click.option(
    "--price-cached", type=click.FloatRange(0), help="Of those it had read before. Default: the same."
)
@click.option("--price-out", type=click.FloatRange(0), help="Cost of a million tokens answered.")
@click.option(
    "--at-once", type=click.IntRange(1, 256), default=16, show_default=True, help="Calls under way at once."
)
@click.option(
    "--per-minute", type=click.IntRange(1), help="Calls a minute at most. Default: no limit is known."
)
@click.option("--tokens-per-minute", type=click.IntRange(1), help="Tokens a minute at most.")
@click.option(
    "--timeout", type=click.FloatRange(1, 3600), default=120, show_default=True, help="Seconds for a call."
)
@click.option(
    "--run-ceiling", type=click.FloatRange(0), default=5, show_default=True, help="Money for one run."
)
@click.option(
    "--day-ceiling", type=click.FloatRange(0), default=10, show_default=True, help="Money for a day (UTC)."
)
@click.option("--no-json-mode", is_flag=True, help="Do not ask for a JSON object by response_format.")
@place_options
@click.pass_context
def setup_command(
    ctx: click.Context,
    /,
    url: str,
    model: str,
    key_file: Path | None,
    no_key: bool,
    private_ok: bool,
    price_in: float | None,
    price_cached: float | None,
    price_out: float | None,
    at_once: int,
    per_minute: int | None,
    tokens_per_minute: int | None,
    timeout: float,
    run_ceiling: float,
    day_ceiling: float,
    no_json_mode: bool,
    **place: Any,
) -> None:
    """Try an endpoint with an invented record, and keep it when it answers. Its key is kept sealed."""
    from galena.domain.reasoner import ReasonerSetup
    from galena.surfaces.cli.work import working
    from galena.workflows.reasoner_setup import box_of, prices_for, reasoner_of, set_up

    at = place_of(ctx, **place)
    with working("galena reason setup", at.home, at.workspace, at.playbook) as work:
        settings = work.galena.settings
        given = _prices(price_in, price_cached, price_out)
        setup = ReasonerSetup(
            base_url=url.rstrip("/").removesuffix("/chat/completions"),
            model=model,
            prices=prices_for(reasoner_of(work.context.playbook), model, given),
            json_mode=not no_json_mode,
            concurrency=at_once,
            requests_per_minute=per_minute,
            tokens_per_minute=tokens_per_minute,
            timeout_s=timeout,
            run_ceiling_micros=round(run_ceiling * 1e6),
            daily_ceiling_micros=round(day_ceiling * 1e6),
            allow_private=private_ok,
        )
        environment = settings.reasoner_key.get_secret_value() if settings.reasoner_key else None
        typed = None if no_key else _key(key_file, environment)
        box = box_of(settings) if typed is not None and typed != environment else None
        trial = set_up(work.context, setup, typed, box)
    if at.as_json:
        emit_json(
            {
                "workspace": work.workspace.slug,
                "model": model,
                "seconds": round(trial.seconds, 1),
                "thinks_aloud": bool(trial.answer.thinking),
                "cost": trial.cost,
                "json_mode": trial.json_mode,
            }
        )
        return
    thinks = "and says what it thinks" if trial.answer.thinking else "without saying what it thinks"
    cost = "" if trial.cost is None else f"; the call cost {trial.cost:.4f}"
    show(f"{model} answers in {trial.seconds:.1f} s {thinks}{cost}. It is kept.")
    show("`galena reason run` asks it about every lead; from now on rules score no new ones.")


@command.command("run")
@click.option("--limit", type=click.IntRange(1), help="Ask about so many leads at most.")
@click.option("--ceiling", type=click.FloatRange(0), help="Money for this run, in place of the one set up.")
@click.option("--at-once", type=click.IntRange(1, 256), help="Calls under way at once.")
@place_options
@click.pass_context
def run_command(
    ctx: click.Context, /, limit: int | None, ceiling: float | None, at_once: int | None, **place: Any
) -> None:
    """Ask about every lead that has no answer yet. Stop it when you like: it goes on where it was."""
    from galena.workflows.reason_options import ReasonOptions

    micros = None if ceiling is None else round(ceiling * 1e6)
    _run(place_of(ctx, **place), ReasonOptions(limit=limit, ceiling_micros=micros, concurrency=at_once))


@command.command("retry")
@place_options
@click.pass_context
def retry_command(ctx: click.Context, /, **place: Any) -> None:
    """Ask again at once about the leads that wait for another try (tier RETRY)."""
    from galena.workflows.reason_options import ReasonOptions

    _run(place_of(ctx, **place), ReasonOptions(retry_now=True, only_waiting=True))


@command.command("status")
@place_options
@click.pass_context
def status_command(ctx: click.Context, /, **place: Any) -> None:
    """The endpoint, what was asked and paid, what waits, what a person should look at."""
    _status(place_of(ctx, **place))


@command.command("review")
@click.argument("lead", nargs=-1, metavar="[LEAD]")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many.")
@place_options
@click.pass_context
def review_command(ctx: click.Context, /, lead: tuple[str, ...], limit: int, **place: Any) -> None:
    """The leads whose texts tried to set their score; with LEAD, note that you have looked at it."""
    from galena.stores import leads, reasoner_answers
    from galena.workflows.lead_view import find_lead

    at = place_of(ctx, **place)
    with _working("galena reason review", at) as work, work.session() as session:
        if lead:
            lead_id = find_lead(session, " ".join(lead))
            if not reasoner_answers.mark_reviewed(session, lead_id, at=work.context.clock()):
                raise NotFoundError("Nobody was asked to look at this lead.")
            found = []
        else:
            found = list(reasoner_answers.list_to_review(session, limit=limit))
        entries = leads.load_many(session, [each.lead_id for each in found])
    if lead:
        say("Noted: you have looked at it.")
    show_review(found, entries, as_json=at.as_json)


@command.command("off")
@place_options
@click.pass_context
def off_command(ctx: click.Context, /, **place: Any) -> None:
    """Switch the reasoner off: rules score again. What it answered is kept."""
    _switch(place_of(ctx, **place), on=False)


@command.command("on")
@place_options
@click.pass_context
def on_command(ctx: click.Context, /, **place: Any) -> None:
    """Switch the reasoner on again, as it was set up."""
    _switch(place_of(ctx, **place), on=True)


command.add_command(practice)


def _working(name: str, at: Place) -> Any:
    from galena.surfaces.cli.work import working

    return working(name, at.home, at.workspace, at.playbook)


def _run(at: Place, options: "ReasonOptions") -> None:
    from galena.workflows.score_workspace import ask_reasoner

    with _working("galena reason run", at) as work, progress("Scoring", quiet=at.as_json) as advance:
        report = ask_reasoner(work.context, work.galena.settings, options=options, advance=advance)
    if report.reasoned is not None:
        say_reasoning(report.reasoned, work.context.playbook.currency)
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, **report.as_dict()})


def _switch(at: Place, *, on: bool) -> None:
    from galena.workflows.reasoner_setup import switch

    with _working(f"galena reason {'on' if on else 'off'}", at) as work:
        setup = switch(work.context, on=on)
    if at.as_json:
        emit_json({"workspace": work.workspace.slug, "model": setup.model, "enabled": on})
    else:
        state = "on: `galena score` asks it" if on else "off: rules score again, with `galena score`"
        show(f"{setup.model} is switched {state}.")


def _status(at: Place) -> None:
    with _working("galena reason", at) as work:
        show_status(work, _facts(work), as_json=at.as_json)


def _facts(work: "Work") -> dict[str, Any]:
    from galena.workflows.reasoner_status import reasoner_status

    return reasoner_status(work.context)


def _prices(price_in: float | None, cached: float | None, out: float | None) -> "TokenPrices | None":
    from galena.domain.reasoner import TokenPrices

    if price_in is None and out is None and cached is None:
        return None
    if price_in is None or out is None:
        raise ConfigurationError("Both --price-in and --price-out are needed.")
    return TokenPrices(price_in, price_in if cached is None else cached, out)


def _key(file: Path | None, environment: str | None) -> str | None:
    """The key as a person gives it; never on the command line, where others can read it."""
    if file is not None:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
        if not text.strip():
            raise ConfigurationError("The key file is empty.", facts={"file": str(file)})
        return text.strip()
    if environment is not None:
        return environment
    if not sys.stdin.isatty():
        raise ConfigurationError(
            "The endpoint's key is missing.",
            remedy="Give --key-file FILE, set GALENA_REASONER_KEY, or say --no-key.",
        )
    typed: str = click.prompt("Key of the endpoint", hide_input=True, err=True)
    return typed.strip()
