"""How things stand with the reasoner: the endpoint, money and tokens, what waits, what went wrong."""

from datetime import timedelta
from typing import Any

from galena.domain.reasoner import ReasonerRun, Spending
from galena.stores import reasoner_answers, reasoner_ledger, reasoner_setups
from galena.workflows.context import Context

RUNS_SHOWN = 5
FAILURES_OF = timedelta(days=7)


def reasoner_status(context: Context) -> dict[str, Any]:
    """As plain values, for screens and scripts; money in the playbook's currency."""
    now = context.clock()
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    with context.session() as session:
        setup = reasoner_setups.find(session)
        today = reasoner_ledger.spending(session, since=day)
        ever = reasoner_ledger.spending(session)
        runs = reasoner_ledger.list_runs(session, limit=RUNS_SHOWN)
        return {
            "endpoint": None
            if setup is None
            else {
                "url": setup.base_url,
                "model": setup.model,
                "enabled": setup.enabled,
                "at_once": setup.concurrency,
                "per_minute": setup.requests_per_minute,
                "tokens_per_minute": setup.tokens_per_minute,
                "run_ceiling": setup.run_ceiling_micros / 1e6,
                "day_ceiling": setup.daily_ceiling_micros / 1e6,
                "set_up_by": setup.author,
            },
            "currency": context.playbook.currency,
            "prompt_version": context.playbook.reasoner.version if context.playbook.reasoner else None,
            "today": _spending(today),
            "ever": _spending(ever),
            "unanswered": reasoner_answers.count_unanswered(session),
            "waiting_for_retry": reasoner_answers.count_waiting(session),
            "to_review": reasoner_answers.count_to_review(session),
            "failures": reasoner_ledger.count_failures(session, since=now - FAILURES_OF),
            "runs": [_run(run) for run in runs],
        }


def _spending(of: Spending) -> dict[str, Any]:
    return {
        "calls": of.calls,
        "answered": of.answered,
        "failed": of.failed,
        "tokens_asked": of.prompt_tokens,
        "of_these_cached": of.cached_tokens,
        "tokens_answered": of.completion_tokens,
        "of_these_thought": of.reasoning_tokens,
        "cost": of.cost_micros / 1e6,
        "of_this_estimated": of.estimated_micros / 1e6,
    }


def _run(run: ReasonerRun) -> dict[str, Any]:
    counts = run.counts
    return {
        "started_at": run.started_at.isoformat(timespec="seconds"),
        "status": run.status,
        "model": run.model,
        "created": counts.created,
        "updated": counts.updated,
        "errors": counts.errors,
        "calls": counts.calls,
        "cost": counts.spent_micros / 1e6,
        "ended_because": run.ended_because,
    }
