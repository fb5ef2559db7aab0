"""The reasoner's endpoint: tried with an invented record before it is kept, its key sealed, switched off and on."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from galena.connectors.openai_compatible import CallError, EndpointRefusedError
from galena.domain.playbook import Playbook, Reasoner
from galena.domain.reasoner import ReasonerAnswer, ReasonerCall, ReasonerSetup, TokenPrices, Usage
from galena.engines.scoring.reasoner_answer import AnswerError, read_answer
from galena.engines.scoring.reasoner_prompt import Question, question
from galena.kit.clock import stopwatch
from galena.kit.errors import ConfigurationError, ConflictError, NotFoundError
from galena.kit.ids import new_id
from galena.kit.secrets import SecretBox, open_secret_box
from galena.settings import Settings
from galena.stores import audit, reasoner_ledger, reasoner_setups
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.reason_options import Connect, connect_by_web

_CODE = "trial-7f3a"


@dataclass(frozen=True, slots=True)
class Trial:
    """What the endpoint made of an invented record.

    Attributes:
        cost: of this one call, in the playbook's currency; None where it tells no tokens.
    """

    answer: ReasonerAnswer
    seconds: float
    usage: Usage | None
    cost: float | None
    json_mode: bool


def prices_for(reasoner: Reasoner, model: str, given: TokenPrices | None) -> TokenPrices:
    """What a model's tokens cost: as given, else as the playbook knows.

    Raises:
        ConfigurationError: neither knows.
    """
    if given is not None:
        return given
    price = reasoner.prices.get(model)
    if price is None:
        raise ConfigurationError(
            f"Nobody has said what {model} costs.",
            facts={"prices_known_for": ", ".join(sorted(reasoner.prices)) or "no model"},
            remedy="Give --price-in and --price-out, per million tokens; 0 for a model of your own.",
        )
    return TokenPrices(price.input_per_million, price.cached_input_per_million, price.output_per_million)


def reasoner_of(playbook: Playbook) -> Reasoner:
    """How the playbook asks.

    Raises:
        ConfigurationError: it does not say.
    """
    if playbook.reasoner is None:
        raise ConfigurationError(
            f"The playbook {playbook.playbook} does not say what a reasoner is asked.",
            remedy="Add a reasoner.yaml to it; the playbook permits has one to begin from.",
        )
    return playbook.reasoner


def set_up(
    context: Context,
    setup: ReasonerSetup,
    key: str | None,
    box: SecretBox | None,
    *,
    connect: Connect = connect_by_web,
) -> Trial:
    """Try the endpoint, and keep it when it gives a valid answer.

    Args:
        box: seals the key; None: the key is not kept, and comes from the environment.

    Raises:
        CallError: it refuses or does not answer.
        ConflictError: it answers, but not with what can be used.
    """
    trial = try_endpoint(context.playbook, setup, key, connect=connect)
    now = context.clock()
    sealed = box.seal(key, place=_place(context, setup)) if box is not None and key else None
    kept = replace(
        setup, json_mode=trial.json_mode, key_sealed=sealed, changed_at=now, tried_at=now, enabled=True
    )
    with context.session() as session:
        reasoner_setups.record(session, kept)
        _count(session, kept, trial, now)
        audit.record(
            session,
            "set_up_reasoner",
            f"workspace:{context.workspace_id}",
            {"base_url": setup.base_url, "model": setup.model},
        )
    return trial


def _count(session: Session, setup: ReasonerSetup, trial: Trial, now: datetime) -> None:
    """Puts the trial into the ledger, for it is paid like any call."""
    cost = 0 if trial.usage is None else trial.usage.cost_micros(setup.prices)
    call = ReasonerCall(new_id(), None, None, "trial", 1, setup.model, 0, "sent", now, cost)
    reasoner_ledger.send(session, call)
    reasoner_ledger.close(
        session, call.id, outcome="answered", at=now, cost_micros=cost, usage=trial.usage, http_status=200
    )


def try_endpoint(
    playbook: Playbook, setup: ReasonerSetup, key: str | None, *, connect: Connect = connect_by_web
) -> Trial:
    """Ask the endpoint about an invented record; where it does not know `response_format`, without.

    Raises:
        CallError: it refuses or does not answer.
        ConflictError: it answers, but not with what can be used.
    """
    reasoner = reasoner_of(playbook)
    asked = question(playbook, reasoner, setup.model, _invented(reasoner), frozenset())
    try:
        return _alone(_tried(playbook, reasoner, asked, setup, key, connect))
    except EndpointRefusedError as fault:
        if fault.status not in (400, 422) or not setup.json_mode:
            raise
        return _alone(_tried(playbook, reasoner, asked, replace(setup, json_mode=False), key, connect))


def _alone(work: Coroutine[Any, Any, Trial]) -> Trial:
    """Run in a thread, for this one may have an event loop of its own."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def _tried(
    playbook: Playbook,
    reasoner: Reasoner,
    asked: Question,
    setup: ReasonerSetup,
    key: str | None,
    connect: Connect,
) -> Trial:
    elapsed_s = stopwatch()
    fault: Exception | None = None
    async with connect(setup, key) as endpoint:
        for _ in range(max(2, setup.attempts)):
            try:
                found = await endpoint.complete(asked.messages(_CODE), max_tokens=reasoner.answer_tokens)
                answer = read_answer(
                    playbook, reasoner, content=found.text, thinking=found.thinking, code=_CODE
                )
            except AnswerError as error:
                fault = error
            except CallError as error:
                if not error.retriable:
                    raise
                fault = error
            else:
                cost = found.usage.cost_micros(setup.prices) / 1e6 if found.usage else None
                return Trial(answer, elapsed_s(), found.usage, cost, setup.json_mode)
    if isinstance(fault, CallError):
        raise fault
    raise ConflictError(
        "The endpoint answers, but not with what can be used as a score.",
        facts={"model": setup.model, "why": str(fault)},
        remedy="Try another model; it has to answer with one JSON object as it is asked to.",
    )


def _invented(reasoner: Reasoner) -> dict[str, Any]:
    """A record of nobody: only facts that are texts, and one that says what it is."""
    texts = [fact.name for fact in reasoner.facts if fact.free_text]
    return dict.fromkeys(texts[:1], "An invented record to try the connection with") or {
        reasoner.facts[0].name: "invented"
    }


def switch(context: Context, *, on: bool) -> ReasonerSetup:
    """Switches the reasoner off (rules score again) or on, and says what is set up now.

    Raises:
        NotFoundError: none was ever set up.
    """
    with context.session() as session:
        setup = reasoner_setups.find(session)
        if setup is None:
            raise NotFoundError(
                "No reasoner is set up for this workspace.", remedy="Run `galena reason setup` first."
            )
        changed = replace(setup, enabled=on, changed_at=context.clock())
        reasoner_setups.record(session, changed)
        action = "switch_reasoner_on" if on else "switch_reasoner_off"
        audit.record(session, action, f"workspace:{context.workspace_id}", {"model": setup.model})
    return changed


def key_of(settings: Settings, context: Context, setup: ReasonerSetup) -> str | None:
    """The key of the endpoint: the one that was sealed, else GALENA_REASONER_KEY, else none.

    Raises:
        SealError: the sealed key cannot be opened in this installation.
    """
    if setup.key_sealed is not None:
        return box_of(settings).open(setup.key_sealed, place=_place(context, setup))
    return settings.reasoner_key.get_secret_value() if settings.reasoner_key else None


def box_of(settings: Settings) -> SecretBox:
    """What seals keys in this installation; its key file is made when there is none."""
    given = settings.secret_key.get_secret_value() if settings.secret_key else None
    return open_secret_box(settings.home, given)


def _place(context: Context, setup: ReasonerSetup) -> str:
    """A key opens for the address it was given for, and for no other."""
    return f"reasoner:{context.workspace_id}:{setup.base_url}"
