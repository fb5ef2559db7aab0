"""The two lines by which screens name a lead, computed by the playbook's own expressions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from galena.domain.playbook import Playbook
from galena.domain.playbook.schema import early_schema
from galena.kit.expression import TEXT, Definition, Program

_TITLE, _SUBTITLE = "title_of_the_lead", "subtitle_of_the_lead"
_LONGEST = 300


class LeadLines:
    """Title and subtitle of the leads of one playbook.

    Raises:
        ExpressionError: an expression is wrong.
    """

    def __init__(self, playbook: Playbook) -> None:
        definitions = (
            Definition(_TITLE, playbook.lead.title, TEXT),
            Definition(_SUBTITLE, playbook.lead.subtitle, TEXT),
        )
        self._compute = Program.build(definitions, early_schema(playbook)).one()

    def of(self, fields: Mapping[str, Any], source: str, as_of: datetime) -> tuple[str | None, str | None]:
        """Title and subtitle, 300 characters at most; None where the expression gives NULL or blanks."""
        found = self._compute({**fields, "lead_source": source}, as_of)
        return _line(found[_TITLE]), _line(found[_SUBTITLE])


def _line(text: Any) -> str | None:
    line = " ".join(str(text).split())[:_LONGEST] if text is not None else ""
    return line or None
