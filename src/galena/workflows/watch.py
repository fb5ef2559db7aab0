"""The best leads watched: an alarm when their share moves, or when they turn out differently than before.

Both are about the tier by the playbook's conditions: under a capacity as many leads as ever have the best tier, and it
is their scores that tell whether the market, the data or the rules have moved.
"""

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from galena.domain.playbook import Head, Playbook, Tier
from galena.domain.playbook.schema import field_type
from galena.domain.scored import ScoreRun
from galena.engines.learning.labels import Labeller, outcome_fields
from galena.engines.learning.shifts import differ, has_moved, usual
from galena.kit.logs import logger
from galena.stores import audit, leads, notifications, places, score_runs
from galena.stores.door import Session
from galena.workflows.context import Context
from galena.workflows.lead_frames import plain_struct
from galena.workflows.lead_models import Bench
from galena.workflows.plans import Plan

log = logger("watch")

RUNS_COMPARED = 10
"""The usual share is the middle one of up to so many scorings before, back to the last alarm."""
LATELY = timedelta(days=30)
"""Outcomes known since then are compared with those before; an alarm about them is not repeated within that time."""

SHARE, CONVERSION = "best_share_moved", "best_conversion_moved"
"""Alerts, and the actions on the audit trail."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that moved among the best leads.

    Attributes:
        kind: SHARE or CONVERSION.
        sentence: in words.
        figures: the numbers in it.
    """

    kind: str
    sentence: str
    figures: dict[str, Any]


def watch_best(context: Context, plan: Plan, run: ScoreRun, bench: Bench) -> tuple[str, ...]:
    """Look at the best tier at the end of a scoring; what moved is told to the administrators, and given in words."""
    found = [_share(context, plan, run, bench)]
    if plan.playbook.models.heads:
        found.append(_conversion(context, plan))
    alarms = [each for each in found if each is not None]
    for alarm in alarms:
        log.warning(alarm.kind, workspace_id=context.workspace_id, what=alarm.sentence)
        with context.session() as session:
            _tell(session, plan.playbook.rules.tiers[0], alarm, context.clock())
    return tuple(each.sentence for each in alarms)


def _tell(session: Session, best: Tier, alarm: Alarm, at: datetime) -> None:
    audit.record(session, alarm.kind, _subject(best), {"what": alarm.sentence, **alarm.figures})
    notifications.notify(
        session,
        "warning",
        alarm.kind,
        _subject(best),
        alarm.sentence,
        at=at,
        link="/leads",
        detail=alarm.figures,
    )


def _subject(best: Tier) -> str:
    return f"tier:{best.name}"


def _share(context: Context, plan: Plan, run: ScoreRun, bench: Bench) -> Alarm | None:
    best = plan.playbook.rules.tiers[0]
    with context.session() as session:
        earlier = score_runs.list_watched(session, limit=RUNS_COMPARED)
        hits, of = places.count_ruled(session, best.name)
        now = {
            "tier": best.name,
            "hot": hits,
            "of": of,
            "revision": plan.revision.number,
            "model": bench.first.model.name if bench.first else None,
        }
        before = usual([each["hot"] / each["of"] for each in _since_alarm(earlier, best.name) if each["of"]])
        moved = before is not None and has_moved(before, hits, of)
        score_runs.watch(session, run.id, {**now, "alarm": moved})
    if before is None or not moved:
        return None
    sentence = (
        f"{best.label} is {_percent(hits / of)} of the leads now ({hits:,} of {of:,}), and was {_percent(before)}"
        f" before. {_cause(earlier[0], now)}"
    )
    return Alarm(SHARE, sentence, {"tier": best.name, "share": hits / of, "share_before": before})


def _since_alarm(earlier: tuple[dict[str, Any], ...], tier: str) -> list[dict[str, Any]]:
    """What was watched since the last alarm, whose share is what is usual from then on."""
    found = []
    for each in earlier:
        if each["tier"] != tier:
            break
        found.append(each)
        if each["alarm"]:
            break
    return found


def _cause(before: dict[str, Any], now: dict[str, Any]) -> str:
    if before["model"] != now["model"]:
        return f"Since the scoring before, {now['model'] or 'the rules'} took over."
    if before["revision"] != now["revision"]:
        return f"Since the scoring before, the rules became revision {now['revision']}."
    return "Rules and model are the same: the leads or what is known of them moved."


def _conversion(context: Context, plan: Plan) -> Alarm | None:
    playbook = plan.playbook
    best, now = playbook.rules.tiers[0], context.clock()
    head = playbook.models.score_head or playbook.models.heads[0]
    with context.session() as session:
        told = audit.list_(session, subject=_subject(best), limit=20)
        if any(each.action == CONVERSION and now - each.at < LATELY for each in told):
            return None
        outcomes = outcome_fields(playbook, head)
        csv = leads.read_decided(session, outcomes, tier=best.name)
    known = _decided(playbook, head, csv, now)
    late = known.filter(pl.col("at") > now - LATELY)
    early = known.filter(pl.col("at") <= now - LATELY)
    good, good_before = (int(each["label"].sum()) for each in (late, early))
    if not differ(good, late.height, good_before, early.height):
        return None
    rate, rate_before = good / late.height, good_before / early.height
    sentence = (
        f"Leads that were {best.label.lower()} turn out differently: “{head.label}” came true for {_percent(rate)} of"
        f" the {late.height:,} decided in the last {LATELY.days} days, and for {_percent(rate_before)} of the"
        f" {early.height:,} before."
    )
    figures = {"tier": best.name, "outcome": head.name, "rate": rate, "rate_before": rate_before}
    return Alarm(CONVERSION, sentence, figures)


def _decided(playbook: Playbook, head: Head, csv: bytes, now: datetime) -> pl.DataFrame:
    """Of leads that had the best tier before their outcome was known: `label` 0 or 1, and when it was known (`at`)."""
    frame = pl.read_csv(io.BytesIO(csv), infer_schema=False, schema_overrides={"told_at_us": pl.Int64})
    struct = plain_struct({name: field_type(field) for name, field in playbook.fields.items()})
    fields = frame["fields"].str.json_decode(struct).struct.unnest()
    source = frame["lead_key"].str.split_exact(":", 1).struct.field("field_0").alias("lead_source")
    labels = Labeller(playbook).read(fields.hstack([source]), now).heads[head.name]
    told = pl.from_epoch(frame["told_at_us"], "us").dt.replace_time_zone("UTC").cast(pl.Datetime("us", "UTC"))
    at = labels.decided_at.cast(pl.Datetime("us", "UTC")).fill_null(told)
    return pl.DataFrame({"label": labels.label, "at": at}).drop_nulls()


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share < 0.1 else f"{100 * share:.0f} %"
