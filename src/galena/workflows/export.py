"""The ranked list written to one file, or into a folder per shelf it is sold from."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import polars as pl

from galena.connectors.files.writing import ExportFormat, WriteBatch, open_export
from galena.domain.listing import LeadQuery, LeadRow
from galena.domain.playbook import Field, FieldType
from galena.domain.reasoner import RETRY_TIER
from galena.domain.score import MICROPOINTS
from galena.domain.scored import HeadScore
from galena.engines.explanation import shown_points
from galena.kit.errors import ConfigurationError
from galena.stores import audit, exports, head_scores, imports, lead_lists, statistics, verdicts
from galena.stores.door import Session
from galena.workflows.export_overrides import override_columns
from galena.workflows.export_reasoning import asks_reasoner, reasoning_columns
from galena.workflows.plans import Plan, active_plan
from galena.workflows.reasons import reasons_of

PAGE = 5_000
DISCARDS = "discards.csv"

_HEAD: dict[str, pl.DataType] = {
    "rank": pl.Int64(),
    "lead_id": pl.String(),
    "lead_key": pl.String(),
    "title": pl.String(),
    "score": pl.Float64(),
    "score_shown": pl.Int64(),
    "tier": pl.String(),
    "temperature": pl.String(),
    "reasons": pl.String(),
    "confidence": pl.Float64(),
    "fit": pl.Float64(),
    "engagement": pl.Float64(),
    "status": pl.String(),
    "status_reason": pl.String(),
    "category": pl.String(),
    "trade_group": pl.String(),
    "data_quality": pl.Float64(),
    "scored_at": pl.String(),
}

_PROBABILITY = ("probability", "probability_low", "probability_high")
"""Columns of the head that is the score; of every head `probability_<head>`, and the expected value."""
_EXPECTED = "expected_value"

_TYPES: dict[FieldType, pl.DataType] = {
    FieldType.NUMBER: pl.Float64(),
    FieldType.INTEGER: pl.Int64(),
    FieldType.BOOLEAN: pl.Boolean(),
    FieldType.DATE: pl.Date(),
    FieldType.INSTANT: pl.Datetime("us", "UTC"),
}


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written: file -> rows; where it is told, for which reasons how many leads were dropped."""

    rows: int
    files: dict[str, int]
    best: str | None
    discards: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for scripts."""
        return {"rows": self.rows, "files": self.files, "discards": self.discards}


def export_list(session: Session, path: Path, file_format: ExportFormat, query: LeadQuery) -> ExportReport:
    """Write the leads that the query leaves, best first, to one file.

    Scores and tiers are those in force; where people say otherwise of leads, the machine's stand beside them.

    Raises:
        InputError: the file cannot be written.
        UnavailableError: the disk is full.
    """
    plan = active_plan(session)
    rows, best = 0, None
    with open_export(path, file_format) as write:
        for frame in _frames(session, plan, query):
            write(frame)
            rows += frame.height
            best = best or (frame["title"][0] if frame.height else None)
    _remember(session, path.name, file_format, query, rows)
    return ExportReport(rows, {str(path): rows}, best)


Choose = Callable[[Sequence[LeadRow]], Sequence[LeadRow] | None]
"""Which of some rows go out, in their order; None: enough, read no further."""


def export_buckets(
    session: Session, folder: Path, query: LeadQuery, *, choose: Choose | None = None
) -> ExportReport:
    """Write the scored leads that are for sale into the files below a folder that the playbook's `export_path` names,
    such as `exports/<trade group>/<category>/tier_<tier>.csv`.

    Unless `choose` picks leads, `discards.csv` above the shelves tells why how many were dropped.

    Files of an earlier export that have no leads any more are written empty, so that nothing stale is sold.

    Raises:
        ConfigurationError: the playbook sells from no shelves.
    """
    plan = active_plan(session)
    pattern = plan.playbook.export_path
    if pattern is None:
        raise ConfigurationError(
            f"The playbook {plan.playbook.playbook} has no shelves to export to.",
            remedy="Use `galena export --out FILE`, or give the playbook an export_path.",
        )
    files: dict[str, int] = {}
    best = None
    with ExitStack() as stack:
        writers: dict[Path, WriteBatch] = {}

        def writer(path: Path) -> WriteBatch:
            if path not in writers:
                path.parent.mkdir(parents=True, exist_ok=True)
                writers[path] = stack.enter_context(open_export(path, "csv"))
            return writers[path]

        def for_sale(rows: Sequence[LeadRow]) -> Sequence[LeadRow] | None:
            offered = [row for row in rows if _is_for_sale(plan, row)]
            return choose(offered) if choose else offered

        wanted = replace(query, statuses=("active",))
        for scored in _frames(session, plan, wanted, for_sale, told_why=False):
            best = best or (scored["title"][0] if scored.height else None)
            shelves = ["trade_group", "category", "tier"]
            for shelf, part in scored.group_by(shelves, maintain_order=True):
                names = dict(zip(shelves, (str(name or "other") for name in shelf), strict=True))
                path = folder / pattern.format(**names)
                writer(path)(part)
                files[str(path)] = files.get(str(path), 0) + part.height
        empty = next(_frames(session, plan, replace(query, statuses=(), tiers=("",)), told_why=False))
        for stale in sorted(set(folder.glob(re.sub(r"\{\w+\}", "*", pattern))) - writers.keys()):
            writer(stale)(empty)
            files[str(stale)] = 0
    rows = sum(files.values())
    discards = (
        {}
        if choose
        else _write_discards(session, plan, folder / pattern.split("{")[0].rpartition("/")[0] / DISCARDS)
    )
    _remember(session, "buckets", "csv", query, rows)
    return ExportReport(rows, files, best, discards)


def _is_for_sale(plan: Plan, row: LeadRow) -> bool:
    # What waits for the reasoner has no score that could be sold.
    if row.tier_in_force in (None, RETRY_TIER) or row.scored_at is None:
        return False
    condition = plan.playbook.sell_when
    return condition is None or bool(plan.scorer.evaluate(condition, row.fields, row.scored_at))


def _write_discards(session: Session, plan: Plan, path: Path) -> dict[str, int]:
    """The reasons for which leads were dropped, with how many."""
    labels = {each.name: each.label for each in plan.playbook.discards}
    counts = statistics.count_discards(session)
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [(name, labels.get(name, name), count) for name, count in counts.items()]
    schema = {"reason": pl.String(), "label": pl.String(), "leads": pl.Int64()}
    with open_export(path, "csv") as write:
        write(pl.DataFrame(rows, schema=schema, orient="row"))
    return counts


def _frames(
    session: Session,
    plan: Plan,
    query: LeadQuery,
    choose: Choose = lambda rows: rows,
    *,
    told_why: bool = True,
) -> Iterator[pl.DataFrame]:
    """The list in pages; at least one, so that a file without leads still has its header."""
    fields = _fields(session, plan)
    asked, overridden = asks_reasoner(session), verdicts.is_any_in_force(session)
    heads = head_scores.list_heads(session, [head.name for head in plan.playbook.models.heads])
    cursor, rank = None, 0
    while True:
        page = lead_lists.page(session, query, limit=PAGE, cursor=cursor)
        rows = choose(page.rows)
        reasons = reasons_of(session, plan, rows or ())
        ids = [row.id for row in rows or ()]
        said = {head: head_scores.load_many(session, head, ids) for head in heads}
        beside = override_columns(session, rows or (), told_why=told_why) if overridden else []
        beside += reasoning_columns(session, rows or ()) if asked else []
        yield _frame(plan, rows or (), reasons, fields, rank, said, beside)
        rank += len(rows or ())
        cursor = page.next_cursor
        if cursor is None or rows is None:
            return


def _fields(session: Session, plan: Plan) -> list[str]:
    """The fields that some import may have filled, in the playbook's order."""
    told = {
        name
        for each in imports.list_(session, limit=10_000)
        for name in (each.mapping or {}).get("fields", {})
        if each.status != "undone"
    }
    return [name for name in plan.playbook.fields if name in told]


def _frame(
    plan: Plan,
    rows: Sequence[LeadRow],
    reasons: Any,
    fields: Sequence[str],
    ranked: int,
    said: Mapping[str, Mapping[UUID, HeadScore]],
    beside: Sequence[pl.Series],
) -> pl.DataFrame:
    heads = [
        (
            rank,
            str(row.id),
            row.key,
            row.title,
            None if row.micropoints_in_force is None else row.micropoints_in_force / MICROPOINTS,
            None if row.micropoints_in_force is None else shown_points(row.micropoints_in_force),
            row.tier_in_force,
            row.temperature,
            reasons.get(row.id),
            row.confidence,
            row.fit,
            row.engagement,
            row.status,
            row.status_reason,
            row.category,
            row.trade_group,
            row.data_quality,
            row.scored_at.isoformat(timespec="seconds") if row.scored_at else None,
        )
        for rank, row in enumerate(rows, start=ranked + 1)
    ]
    head = pl.DataFrame(heads, schema=_HEAD, orient="row")
    more = [*_model_columns(plan, rows, said), *beside]
    taken = {*_HEAD, *(column.name for column in more)}
    columns = [_column(name, plan.playbook.fields[name], rows, taken) for name in fields]
    return head.hstack([*more, *columns])


def _model_columns(
    plan: Plan, rows: Sequence[LeadRow], said: Mapping[str, Mapping[UUID, HeadScore]]
) -> list[pl.Series]:
    """What models say of the leads; no column where none does, an empty cell where none spoke of the lead."""
    if not said:
        return []
    nobody: Mapping[UUID, HeadScore] = {}
    head = plan.playbook.models.score_head or plan.playbook.models.heads[0]
    of_score = [said.get(head.name, nobody).get(row.id) for row in rows]
    parts = zip(_PROBABILITY, ("probability", "low", "high"), strict=True)
    told = {name: [each and getattr(each, part) for each in of_score] for name, part in parts}
    for name, found in said.items():
        before = plan.playbook.models.head(name)
        given = f"_given_{before.given}" if before and before.given else ""
        told[f"probability_{name}{given}"] = [
            found[row.id].probability if row.id in found else None for row in rows
        ]
    told[_EXPECTED] = [_expected_value(row.id, said) for row in rows]
    return [pl.Series(name, values, dtype=pl.Float64) for name, values in told.items()]


def _expected_value(lead_id: UUID, said: Mapping[str, Mapping[UUID, HeadScore]]) -> float | None:
    """Along the longest chain of heads that tells one: what a sale is worth, times how likely it comes to it."""
    told = [found[lead_id].expected_value for found in said.values() if lead_id in found]
    known = [each for each in told if each is not None]
    return known[-1] if known else None


def _column(name: str, field: Field, rows: Sequence[LeadRow], taken: Collection[str]) -> pl.Series:
    values = [_plain(field, row.fields.get(name)) for row in rows]
    heading = f"lead_{name}" if name in taken else name
    return pl.Series(heading, values, dtype=_TYPES.get(field.type, pl.String()), strict=False)


def _plain(field: Field, value: Any) -> Any:
    if value is None:
        return None
    if field.type is FieldType.DATE:
        return date.fromisoformat(value)
    if field.type is FieldType.INSTANT:
        return datetime.fromisoformat(value)
    return orjson.dumps(value).decode() if isinstance(value, list | dict) else value


def _remember(session: Session, name: str, file_format: str, query: LeadQuery, rows: int) -> None:
    asked = {key: value for key, value in asdict(query).items() if value not in (None, "", ())}
    exports.record(session, format_=file_format, file_name=name, query=asked, row_count=rows)
    audit.record(session, "export_leads", f"file:{name}", {"rows": rows})
