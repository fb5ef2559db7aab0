"""E-mail addresses, phone numbers and websites."""

from galena.engines.identity.ladders.ladder import (
    Ladder,
    Level,
    Nature,
    absent,
    dl,
    jaro_winkler,
    jw,
    same,
    slips,
)
from galena.engines.identity.records import Record

LEAST_LOCAL = 5
_LEAST_NEAR = 0.93


def email(field: str) -> Ladder:
    """The same address, the same name elsewhere, a slip, the same company's domain."""
    local, domain = f"{field}_local", f"{field}_domain"

    def grade(a: Record, b: Record) -> int | None:
        mine, theirs = a.get(field), b.get(field)
        if mine is None or theirs is None:
            return None
        if mine == theirs:
            return 0
        name, other = a.get(local), b.get(local)
        if name is not None and other is not None:
            if jaro_winkler(mine, theirs) >= _LEAST_NEAR and slips(mine, theirs, 1) <= 1:
                return 1
            if name == other and len(name) >= LEAST_LOCAL:
                return 2
        return 3 if domain in a and a[domain] == b.get(domain) else 4

    # One slip in the whole address: info@ at two domains that merely look alike is two mailboxes.
    near = f"{jw(field, _LEAST_NEAR)} AND {dl(field, 1)} AND NOT ({absent(local)})"
    return Ladder(
        name=field,
        label="e-mail",
        nature=Nature.OWN,
        reads=(field, local, domain),
        missing=absent(field),
        levels=(
            Level("same e-mail", same(field), 0.7, 0.0005, field),
            Level("e-mail but for a slip", near, 0.05, 0.00005),
            Level(
                "same name before the @",
                f"{same(local)} AND length({local}_l) >= {LEAST_LOCAL}",
                0.08,
                0.0003,
                local,
            ),
            Level("e-mail at the same company", same(domain), 0.07, 0.003, domain, is_shared=True),
            Level("other e-mail", "ELSE", 0.1, 0.99),
        ),
        grade=grade,
        alike=lambda a, b: jaro_winkler(a[field], b[field]),
        telling_levels=1,
        has_slips=True,
    )


def phone(field: str) -> Ladder:
    """The same number, without its area, but for one digit."""
    line = f"{field}_line"

    def grade(a: Record, b: Record) -> int | None:
        mine, theirs = a.get(field), b.get(field)
        if mine is None or theirs is None:
            return None
        if mine == theirs:
            return 0
        if a[line] == b[line]:
            return 1
        return 2 if slips(mine, theirs, 1) <= 1 else 3

    return Ladder(
        name=field,
        label="phone",
        nature=Nature.SHARED,
        reads=(field, line),
        missing=absent(field),
        levels=(
            Level("same phone", same(field), 0.75, 0.0005, field),
            Level("same phone but for the area", same(line), 0.04, 0.0002),
            Level("phone but for one digit", dl(field, 1), 0.04, 0.0003),
            Level("other phone", "ELSE", 0.17, 0.999),
        ),
        grade=grade,
        telling_levels=1,
        has_slips=True,
    )


def website(field: str) -> Ladder:
    """The same domain or not."""

    def grade(a: Record, b: Record) -> int | None:
        mine, theirs = a.get(field), b.get(field)
        if mine is None or theirs is None:
            return None
        return 0 if mine == theirs else 1

    return Ladder(
        name=field,
        label="website",
        nature=Nature.SHARED,
        reads=(field,),
        missing=absent(field),
        levels=(
            Level("same website", same(field), 0.85, 0.001, field),
            Level("other website", "ELSE", 0.15, 0.999),
        ),
        grade=grade,
    )
