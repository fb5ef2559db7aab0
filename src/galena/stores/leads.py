"""Leads: written in bulk, loaded by id or key, read through in order for scoring, deleted when undone."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, select, text, update
from sqlalchemy.exc import IntegrityError

from galena.domain.lead import LeadStatus
from galena.domain.listing import LeadEntry
from galena.kit.errors import ConflictError, NotFoundError
from galena.stores import lead_changes, tables
from galena.stores.bulk import copy_out, given, incoming, listed, taken
from galena.stores.door import Session
from galena.stores.keys import bounded
from galena.stores.lead_form import KEPT, WRITTEN, entry_of, read_entries, row_of
from galena.stores.rows import among, find_all

_LEADS = tables.leads
_BY_ID = read_entries().where(_LEADS.c.id == bindparam("lead_id"))
_FEW = 10
FIRST = UUID(int=0)
"""Less than every lead's id: where reading through begins."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What scoring says of a lead besides the score: its status and its category."""

    lead_id: UUID
    status: LeadStatus
    status_reason: str | None
    category: str | None
    trade_group: str | None


def save_many(session: Session, entries: Iterable[LeadEntry]) -> int:
    """Writes leads, new ones and changed ones alike (by id), and says how many.

    Raises:
        ConflictError: a new lead has the key of another one: somebody founded it meanwhile.
    """
    rows = map(row_of, entries)
    first = list(islice(rows, _FEW + 1))
    if len(first) <= _FEW:
        # A temporary table takes longer to make than a lead to write.
        values = sorted((dict(zip(WRITTEN, row, strict=True)) for row in first), key=lambda each: each["id"])
        if values:
            _insert(session, f"VALUES ({given(_LEADS, WRITTEN)})", values)
        return len(values)
    with incoming(session, _LEADS, WRITTEN, chain(first, rows)) as name:
        return _insert(session, f"SELECT {taken(_LEADS, WRITTEN)} FROM {name} ORDER BY id")  # noqa: S608


def _insert(session: Session, source: str, values: Sequence[Mapping[str, Any]] = ()) -> int:
    changed = ", ".join(f'"{name}" = excluded."{name}"' for name in WRITTEN if name not in KEPT)
    statement = (
        f"INSERT INTO leads ({listed(WRITTEN)}) {source}"
        f" ON CONFLICT (workspace_id, id) DO UPDATE SET {changed}"
    )
    try:
        with session.connection.begin_nested():
            return session.connection.execute(text(statement), list(values) or None).rowcount
    except IntegrityError as error:
        raise ConflictError(
            "a lead with the same key was made by another import at this moment",
            remedy="Run the import again: it goes on where it stopped.",
        ) from error


def load_many(session: Session, ids: Collection[UUID], *, lock: bool = False) -> dict[UUID, LeadEntry]:
    """The leads with these ids that this session may see, by id; `lock` keeps others from changing them."""
    query = read_entries().where(among(_LEADS.c.id, ids)).order_by(_LEADS.c.id)
    found = find_all(session, query.with_for_update() if lock else query, entry_of)
    return {entry.lead.id: entry for entry in found}


def load_many_by_key(session: Session, keys: Collection[str], *, lock: bool = False) -> dict[str, LeadEntry]:
    """The leads with these keys, by the key as given; `lock` keeps others from changing them."""
    given = {bounded(key): key for key in keys}
    query = read_entries().where(among(_LEADS.c.lead_key, given)).order_by(_LEADS.c.id)
    found = find_all(session, query.with_for_update() if lock else query, entry_of)
    return {given[entry.lead.key]: entry for entry in found}


def load(session: Session, lead_id: UUID) -> LeadEntry:
    """A lead.

    Raises:
        NotFoundError: there is none that this session may see.
    """
    row = session.connection.execute(_BY_ID, {"lead_id": lead_id}).mappings().one_or_none()
    if row is None:
        raise NotFoundError("there is no such lead", facts={"id": lead_id})
    return entry_of(row)


def find(session: Session, reference: str) -> LeadEntry | None:
    """The lead that a person means: by id, key, the key's part after its source, or the beginning of one.

    Raises:
        ConflictError: several leads begin like this; the facts name some.
    """
    for ids in (_exact(session, reference), _beginning(session, reference)):
        if len(ids) > 1:
            named = load_many(session, ids[:5]).values()
            raise ConflictError(
                "several leads fit this",
                facts={"given": reference, "for_example": [entry.lead.key for entry in named]},
                remedy="Give the whole key.",
            )
        if ids:
            return load(session, ids[0])
    return None


def read_batch(session: Session, *, after: UUID = FIRST, limit: int) -> bytes:
    """The next leads in order of id as CSV with a header, for frames.

    Columns: lead_id, lead_key, fields (JSON text), lead_status, lead_status_reason, lead_category,
    lead_trade_group, and of the score that stands (empty where there is none) previous_tier (by the playbook's
    conditions), previous_temperature, previous_micropoints, previous_confidence, previous_fit, previous_engagement,
    previous_revision_id, previous_model_id, standing_tier, and placed_tier: the same where capacity set it.
    """
    return copy_out(session, _BATCH, {"after": after, "limit": limit})


def read_some(session: Session, ids: Sequence[UUID]) -> bytes:
    """These leads as `read_batch` gives them."""
    return copy_out(session, _SOME, {"ids": list(ids)})


def read_outcomes(session: Session, outcomes: Sequence[str], *, after: UUID = FIRST, limit: int) -> bytes:
    """The next leads in order of id as CSV with a header, for learning.

    Columns: lead_id, lead_key, fields (JSON text, outcome fields too), created_at_us (when it was first imported) and
    told_at_us: when the first of the `outcomes` (names of fields) that it has was observed; empty where it has none.
    """
    return copy_out(session, _OUTCOMES, {"after": after, "limit": limit, "outcomes": list(outcomes)})


def read_fields(session: Session, names: Sequence[str], *, after: UUID = FIRST, limit: int) -> bytes:
    """Some fields of the next leads in order of id as CSV with a header: lead_id, lead_key and fields (JSON text)."""
    given = {f"name_{number}": name for number, name in enumerate(names)}
    pairs = ", ".join(f"{{{each}}}, l.fields -> {{{each}}}" for each in given)
    query = _FIELDS.replace("<pairs>", pairs)
    return copy_out(session, query, {"after": after, "limit": limit, **given})


def read_decided(session: Session, outcomes: Sequence[str], *, tier: str) -> bytes:
    """Leads whose outcome was told after they had a tier (by the playbook's conditions), as CSV with a header.

    Columns: lead_id, lead_key, fields (JSON text, outcome fields too) and told_at_us, as `read_outcomes` has them.
    """
    return copy_out(session, _DECIDED, {"outcomes": list(outcomes), "tier": tier})


def set_standings(session: Session, standings: Iterable[Standing]) -> int:
    """Writes status and category of leads where they differ, and says how many did."""
    columns = ("id", "status", "status_reason", "category", "trade_group")
    rows = ((s.lead_id, s.status, s.status_reason, s.category, s.trade_group) for s in standings)
    first = list(islice(rows, _FEW + 1))
    if len(first) <= _FEW:
        values = [dict(zip(columns, row, strict=True)) for row in first]
        return session.connection.execute(_STANDS, values).rowcount if values else 0
    with incoming(session, _LEADS, columns, chain(first, rows)) as name:
        old = ", ".join(f"l.{column}" for column in columns[1:])
        new = ", ".join(f"n.{column}" for column in columns[1:])
        return session.connection.execute(
            text(
                f"UPDATE leads l SET ({listed(columns[1:])}) = ROW({new}) FROM {name} n"  # noqa: S608
                f" WHERE l.id = n.id AND ROW({old}) IS DISTINCT FROM ROW({new})"
            )
        ).rowcount


def assign(session: Session, lead_ids: Collection[UUID], tenant_id: UUID | None, *, at: datetime) -> int:
    """Shows leads to a tenant from now on (None: to nobody) and says how many; who has them, `assignments` says."""
    change = update(_LEADS).where(among(_LEADS.c.id, lead_ids))
    values = {"tenant_id": tenant_id, "visible_at": None, "updated_at": at}
    return session.connection.execute(change.values(**values)).rowcount


def delete_many(session: Session, lead_ids: Collection[UUID]) -> int:
    """Deletes leads with their scores, links and behaviours, and says how many.

    Their source records and signals stay and wait, so that they are not lost when another import told them.
    """
    lead_changes.note_removed(session, lead_ids)
    for table in (tables.source_records, tables.signals):
        letting_go = update(table).where(among(table.c.lead_id, lead_ids)).values(lead_id=None)
        session.connection.execute(letting_go)
    return session.connection.execute(delete(_LEADS).where(among(_LEADS.c.id, lead_ids))).rowcount


def list_gone(session: Session, ids: Sequence[str]) -> tuple[str, ...]:
    """Those of these ids that are no lead's, or not any more."""
    query = text(
        "SELECT CAST(asked AS text) FROM unnest(CAST(:ids AS uuid[])) AS asked"
        " WHERE NOT EXISTS (SELECT FROM leads WHERE leads.id = asked)"
    )
    return tuple(session.connection.execute(query, {"ids": list(ids)}).scalars())


def _exact(session: Session, reference: str) -> tuple[UUID, ...]:
    condition = _LEADS.c.lead_key == bounded(reference)
    with suppress(ValueError):
        condition |= _LEADS.c.id == UUID(reference)
    return _ids(session, condition)


def _beginning(session: Session, reference: str) -> tuple[UUID, ...]:
    return _ids(session, _begins(reference)) or _ids(
        session, text("substr(lead_key, strpos(lead_key, ':') + 1) = :given").bindparams(given=reference)
    )


def _begins(reference: str) -> object:
    low = _LEADS.c.lead_key >= reference
    condition = low & (_LEADS.c.lead_key < reference + "\U0010ffff")
    digits = reference.replace("-", "").lower()
    if len(digits) >= 6 and set(digits) <= set("0123456789abcdef"):
        first, last = digits.ljust(32, "0"), digits.ljust(32, "f")
        condition |= _LEADS.c.id.between(UUID(first), UUID(last))
    return condition


def _ids(session: Session, condition: object) -> tuple[UUID, ...]:
    query = select(_LEADS.c.id).where(condition).order_by(_LEADS.c.id).limit(6)  # type: ignore[arg-type]
    return tuple(session.connection.execute(query).scalars())


_COLUMNS = """
    l.id AS lead_id, l.lead_key, l.fields::text AS fields, l.status AS lead_status,
    l.status_reason AS lead_status_reason, l.category AS lead_category, l.trade_group AS lead_trade_group,
    coalesce(s.ruled_tier, s.tier) AS previous_tier, s.temperature AS previous_temperature,
    s.micropoints AS previous_micropoints,
    s.confidence AS previous_confidence, s.fit AS previous_fit, s.engagement AS previous_engagement,
    s.revision_id AS previous_revision_id, s.model_id AS previous_model_id,
    s.tier AS standing_tier, CASE WHEN s.ruled_tier IS NOT NULL THEN s.tier END AS placed_tier
"""
_SCORED = "LEFT JOIN current_scores s ON s.workspace_id = l.workspace_id AND s.lead_id = l.id ORDER BY l.id"
_BATCH = (
    f"SELECT {_COLUMNS} FROM (SELECT * FROM leads WHERE id > {{after}}::uuid AND status <> 'merged'"  # noqa: S608
    f" ORDER BY id LIMIT {{limit}}) l {_SCORED}"
)
_SOME = (
    f"SELECT {_COLUMNS} FROM (SELECT * FROM leads WHERE id = ANY({{ids}}::uuid[])"  # noqa: S608
    f" AND status <> 'merged') l {_SCORED}"
)
_TOLD_AT = """(SELECT min((l.provenance -> 'from' -> place.value::int ->> 1)::timestamptz)
            FROM jsonb_each_text(l.provenance -> 'fields') AS place WHERE place.key = ANY({outcomes}::text[]))"""
_DECIDED = f"""
    SELECT l.id AS lead_id, l.lead_key, l.fields::text AS fields,
        (extract(epoch FROM told.at) * 1000000)::bigint AS told_at_us
    FROM (SELECT * FROM leads
        WHERE provenance -> 'fields' ?| {{outcomes}}::text[] AND status <> 'merged') l
    CROSS JOIN LATERAL (SELECT {_TOLD_AT} AS at) told
    CROSS JOIN LATERAL (
        SELECT tier FROM scores s
        WHERE s.workspace_id = l.workspace_id AND s.lead_id = l.id AND s.scored_at < told.at
        ORDER BY s.id DESC LIMIT 1
    ) had
    WHERE had.tier = {{tier}} ORDER BY l.id
"""  # noqa: S608
_OUTCOMES = """
    SELECT l.id AS lead_id, l.lead_key, l.fields::text AS fields,
        (extract(epoch FROM l.created_at) * 1000000)::bigint AS created_at_us,
        (SELECT (extract(epoch FROM min(
                (l.provenance -> 'from' -> place.value::int ->> 1)::timestamptz)) * 1000000)::bigint
            FROM jsonb_each_text(l.provenance -> 'fields') AS place
            WHERE place.key = ANY({outcomes}::text[])) AS told_at_us
    FROM (SELECT * FROM leads WHERE id > {after}::uuid AND status <> 'merged' ORDER BY id LIMIT {limit}) l
    ORDER BY l.id
"""
_FIELDS = """
    SELECT l.id AS lead_id, l.lead_key, jsonb_build_object(<pairs>)::text AS fields FROM leads l
    WHERE l.id > {after}::uuid AND l.status <> 'merged' ORDER BY l.id LIMIT {limit}
"""
_STANDS = text(
    "UPDATE leads SET (status, status_reason, category, trade_group)"
    " = ROW(:status, :status_reason, :category, :trade_group) WHERE id = :id"
    " AND ROW(status, status_reason, category, trade_group) IS DISTINCT FROM"
    " ROW(CAST(:status AS text), CAST(:status_reason AS text), CAST(:category AS text), CAST(:trade_group AS text))"
)
