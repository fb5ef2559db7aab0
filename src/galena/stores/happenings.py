"""What happened, read from the outbox for people: the newest of each kind, and what is new since a position.

The operator sees the workspace's events. A tenant sees those of its own leads, and only from the moment a lead became
its own: what another tenant did with the lead before is none of its business.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import RowMapping, bindparam, text

from galena.domain.happening import Happening, News
from galena.stores import outbox
from galena.stores.door import OPERATOR, Session
from galena.stores.rows import find_all

EACH_KIND = 200
"""At most so many events of a kind are looked at, so that a run that moved every lead costs no more than others."""

COUNTED = 20_000
"""Positions that are counted one by one; beyond, there is simply much that is new."""


def list_newest(
    session: Session, kinds: Sequence[str], *, since: datetime, after: int = 0, upto: int | None = None
) -> tuple[Happening, ...]:
    """The newest events of these kinds, the newest first; at most `EACH_KIND` of each kind for the operator.

    Args:
        after, upto: positions between which they lie, the first exclusive; None: no end.
    """
    limits = {"since": since, "after": after, "upto": 2**62 if upto is None else upto, "most": EACH_KIND}
    if session.tenant_id != OPERATOR:
        own = _OWN.bindparams(bindparam("kinds", list(kinds)), tenant=str(session.tenant_id))
        return find_all(session, own.bindparams(**limits), _happening)
    # Each kind as a literal, so that the partial index is known to hold it.
    newest = " UNION ALL ".join(_NEWEST.format(kind=_checked(kind)) for kind in kinds)
    query = text(
        f"SELECT n.*, l.title FROM ({newest}) n LEFT JOIN leads l ON l.id = n.lead_id ORDER BY 1 DESC"  # noqa: S608
    )
    return find_all(session, query.bindparams(**limits), _happening)


def read_news(session: Session, kinds: Sequence[str], *, after: int, since: datetime) -> News:
    """How many events of these kinds came since a position, and where to go on.

    Args:
        since: the instant of the position, or one before; older events are not looked at.
    """
    upto = outbox.settled(session)
    if upto <= after:
        return News(max(upto, 0), {})
    if upto - after > COUNTED and session.tenant_id == OPERATOR:
        return News(upto, {}, is_much=True)
    limits = {"kinds": list(kinds), "after": after, "upto": upto, "since": since}
    if session.tenant_id == OPERATOR:
        counted = _COUNT.bindparams(**limits)
    else:
        counted = _COUNT_OWN.bindparams(tenant=str(session.tenant_id), **limits)
    return News(upto, {row[0]: row[1] for row in session.connection.execute(counted)})


def _checked(kind: str) -> str:
    if not (kind.isascii() and kind.replace("_", "").isalpha()):
        raise ValueError(f"{kind!r} is no kind of event")
    return kind


def _happening(row: RowMapping) -> Happening:
    return Happening(
        row["position"],
        row["at"],
        row["kind"],
        row["lead_id"],
        row["title"] or "",
        row["payload"],
        row["correlation_id"],
    )


_NEWEST = """(SELECT position, at, kind, lead_id, payload, correlation_id FROM outbox
    WHERE kind = '{kind}' AND position > :after AND position <= :upto AND at > :since
    ORDER BY position DESC LIMIT :most)"""

# A lead is a tenant's from its open assignment on; the event that gave it was written in the same transaction.
_IS_OWN = """(o.at >= a.assigned_at OR (o.kind = 'assigned' AND o.payload ->> 'tenant_id' = :tenant))
    AND coalesce(o.payload ->> 'tenant_id', o.payload ->> 'tenant', :tenant) = :tenant"""

# From the tenant's leads to their events: it has few, and the workspace may have a hundred thousand events at once.
_FROM_OWN = f"""FROM assignments a JOIN leads l ON l.id = a.lead_id
    JOIN outbox o ON o.workspace_id = a.workspace_id AND o.lead_id = a.lead_id
WHERE a.ended_at IS NULL AND o.at > :since AND o.position > :after AND o.position <= :upto
    AND o.kind = ANY (:kinds) AND {_IS_OWN}"""

_OWN = text(
    "SELECT o.position, o.at, o.kind, o.lead_id, o.payload, o.correlation_id, l.title"
    f" {_FROM_OWN} ORDER BY o.position DESC LIMIT :most"
)

_COUNT_OWN = text(f"SELECT o.kind, count(*) {_FROM_OWN} GROUP BY o.kind")

_COUNT = text(
    "SELECT kind, count(*) FROM outbox WHERE position > :after AND position <= :upto AND at > :since"
    " AND kind = ANY (:kinds) GROUP BY kind"
)
