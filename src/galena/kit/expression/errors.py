"""The one error of the expression layer."""

from collections.abc import Iterable

from rapidfuzz import fuzz, process

from galena.kit.errors import ConfigurationError

_SHOWN = 160


class ExpressionError(ConfigurationError):
    """An expression that cannot be accepted, and where.

    Attributes:
        line: 1-based line within the expression.
        column: 1-based column within that line.

    Facts: `name` (of the definition, where known), `expression`, `line`, `position` (the column), and where they
    help `found` and `nearest`.
    """

    def __init__(
        self,
        what: str,
        *,
        sql: str = "",
        offset: int = 0,
        name: str = "",
        found: str = "",
        nearest: str = "",
        remedy: str = "",
    ) -> None:
        before = sql[:offset]
        self.line = before.count("\n") + 1
        self.column = len(before) - (before.rfind("\n") + 1) + 1
        facts: dict[str, object] = {"name": name} if name else {}
        if sql:
            facts["expression"] = sql if len(sql) <= _SHOWN else sql[:_SHOWN] + "..."
            facts["line"] = self.line
            facts["position"] = self.column
        if found:
            facts["found"] = found if len(found) <= _SHOWN else found[:_SHOWN] + "..."
        if nearest:
            facts["nearest"] = nearest
        super().__init__(what, facts=facts, remedy=remedy)


def nearest_name(name: str, known: Iterable[str]) -> str:
    """The known name most like `name`, or "" when none is close."""
    hit = process.extractOne(
        name, sorted(known), scorer=fuzz.ratio, processor=lambda text: str(text).lower(), score_cutoff=60
    )
    return str(hit[0]) if hit else ""
