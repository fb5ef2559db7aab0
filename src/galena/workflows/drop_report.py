"""A drop as people read it: what each tenant gets and why, what is missing and why, and who takes no part."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from galena.domain.assignment import State
from galena.domain.drop import DropLine, DropShare, KeptDrop
from galena.kit.errors import NotFoundError
from galena.stores import assignments, drops, tenants
from galena.stores.door import Session

STATE_WORDS: Mapping[str, str] = {
    "planned": "planned, not committed",
    "committed": "committed",
    "undone": "undone",
    "superseded": "replaced by another plan",
}


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One lead of a drop.

    Attributes:
        words: why this lead went to this tenant.
        left_out: why the commit did not give it; None where it did, or is still to come.
        stands: how the assignment stands now; None before the commit.
    """

    lead_id: UUID
    key: str
    title: str
    tier: str
    points: float
    value: float
    words: str
    left_out: str | None
    stands: str | None


@dataclass(frozen=True, slots=True)
class TenantReport:
    """What one tenant gets: places and leads by tier, each shortfall in words, and its leads."""

    tenant_id: UUID
    name: str
    quota: int
    got: int
    value: float
    visible_at: datetime | None
    shares: tuple[DropShare, ...]
    lines: tuple[ReportLine, ...]

    @property
    def shortfalls(self) -> tuple[str, ...]:
        """Why places stay empty, tier by tier."""
        return tuple(f"{share.tier}: {share.why['words']}" for share in self.shares if share.why.get("words"))


@dataclass(frozen=True, slots=True)
class DropReport:
    """A whole drop.

    Attributes:
        out: tenants that take no part: name and why.
        left_out: lines that the commit did not give.
    """

    drop: KeptDrop
    tenants: tuple[TenantReport, ...]
    out: tuple[tuple[str, str], ...]

    @property
    def quota(self) -> int:
        """Places."""
        return sum(each.quota for each in self.tenants)

    @property
    def got(self) -> int:
        """Leads planned; of a committed drop, leads given."""
        return sum(each.got for each in self.tenants)

    @property
    def left_out(self) -> tuple[ReportLine, ...]:
        """Lines of the plan that fell out at the commit."""
        return tuple(line for each in self.tenants for line in each.lines if line.left_out)

    def as_dict(self) -> dict[str, Any]:
        """As JSON, for scripts."""
        kept = self.drop
        return {
            "drop": str(kept.id),
            "drop_on": kept.drop_on.isoformat(),
            "state": kept.state,
            "policy": kept.policy,
            "places": self.quota,
            "leads": self.got,
            "figures": dict(kept.figures),
            "undo_until": kept.undo_until and kept.undo_until.isoformat(),
            "tenants": [_tenant_json(each) for each in self.tenants],
            "out": [{"tenant": name, "why": why} for name, why in self.out],
        }


def drop_report(session: Session, drop_id: UUID, *, tenant_id: UUID | None = None) -> DropReport:
    """A drop, or one tenant's part of it.

    Raises:
        NotFoundError: there is no such drop.
    """
    kept = drops.load(session, drop_id)
    lines = drops.list_lines(session, drop_id, tenant_id=tenant_id)
    shares = drops.list_shares(session, drop_id, tenant_id=tenant_id)
    names = {each.tenant.id: each.tenant.name for each in tenants.list_wants(session, kept.planned_at)}
    titles = drops.titles_of(session, drop_id)
    given = assignments.states_of_drop(session, drop_id)
    who = sorted({share.tenant_id for share in shares}, key=lambda each: (names.get(each, ""), each))
    lines_of: dict[UUID, list[ReportLine]] = defaultdict(list)
    for line in lines:
        told = _line(line, titles.get(line.lead_id), given.get(line.lead_id))
        lines_of[line.tenant_id].append(told)
    shares_of: dict[UUID, list[DropShare]] = defaultdict(list)
    tiers = list(kept.figures["tiers"])
    for share in sorted(shares, key=lambda each: tiers.index(each.tier)):
        shares_of[share.tenant_id].append(share)
    reports = tuple(
        _tenant(
            (each, names.get(each, "a tenant that is gone")),
            shares_of[each],
            lines_of[each],
            is_committed=kept.committed_at is not None,
        )
        for each in who
    )
    out = tuple((names.get(UUID(one["tenant_id"]), ""), one["why"]) for one in kept.figures.get("out", ()))
    return DropReport(kept, reports, out if tenant_id is None else ())


def _tenant(
    who: tuple[UUID, str], shares: Sequence[DropShare], lines: Sequence[ReportLine], *, is_committed: bool
) -> TenantReport:
    got = [line for line in lines if not line.left_out]
    return TenantReport(
        tenant_id=who[0],
        name=who[1],
        quota=sum(share.quota for share in shares),
        got=sum(share.given or 0 for share in shares) if is_committed else len(got),
        value=sum(line.value for line in got),
        visible_at=next((share.visible_at for share in shares if share.visible_at), None),
        shares=tuple(shares),
        lines=tuple(lines),
    )


def _line(line: DropLine, title: str | None, stands: State | None) -> ReportLine:
    return ReportLine(
        lead_id=line.lead_id,
        key=str(line.why.get("key", "")),
        title=title or "a lead that is gone",
        tier=line.tier,
        points=line.micropoints / 1_000_000,
        value=line.value,
        words=str(line.why.get("words", "")),
        left_out=line.left_out,
        stands=stands,
    )


def _tenant_json(each: TenantReport) -> dict[str, Any]:
    return {
        "tenant": each.name,
        "tenant_id": str(each.tenant_id),
        "places": each.quota,
        "leads": each.got,
        "value": round(each.value, 3),
        "visible_at": each.visible_at and each.visible_at.isoformat(),
        "tiers": [
            {
                "tier": share.tier,
                "places": share.quota,
                "planned": share.planned,
                "given": share.given,
                "why": share.why.get("words"),
            }
            for share in each.shares
        ],
        "lines": [
            {
                "lead": line.key,
                "tier": line.tier,
                "score": line.points,
                "value": line.value,
                "why": line.words,
                "left_out": line.left_out,
                "state": line.stands,
            }
            for line in each.lines
        ],
    }


def newest_drop(session: Session) -> KeptDrop:
    """The drop, or plan, that was made last.

    Raises:
        NotFoundError: there is none yet.
    """
    found = drops.list_(session, limit=1)
    if not found:
        raise NotFoundError("There was no drop yet.", remedy="`galena drop plan` plans one.")
    return found[0]
