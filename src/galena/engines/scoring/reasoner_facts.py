"""What of a lead the reasoner is shown, computed for a frame of leads by the playbook's expressions."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import polars as pl

from galena.domain.playbook import Playbook, Reasoner
from galena.engines.scoring.definitions import intake_definitions
from galena.engines.scoring.programs import Programs, names_in
from galena.kit.expression import TEXT, Definition, Program

_DECIMALS = 3
_SHOWN = "_shown_"


class FactReader:
    """The facts of one playbook revision, compiled once."""

    def __init__(self, playbook: Playbook, reasoner: Reasoner, programs: Programs) -> None:
        self.reasoner = reasoner
        self._columns = {fact.name: _SHOWN + fact.name for fact in reasoner.facts}
        self._program = _program(playbook, reasoner, programs)

    def read(self, inputs: pl.DataFrame, as_of: datetime) -> list[dict[str, Any]]:
        """For each row the facts that are known, by name, in the playbook's order; plain values as JSON has them."""
        found = self._program.frame(inputs, as_of, keep=list(self._columns.values()))
        names = list(self._columns)
        return [
            {name: _plain(value) for name, value in zip(names, row, strict=True) if value not in (None, "")}
            for row in found.iter_rows()
        ]


def _program(playbook: Playbook, reasoner: Reasoner, programs: Programs) -> Program:
    intake = intake_definitions(playbook)
    known = {feature.name: feature for feature in programs.features}
    known |= {name: Definition(name, sql, TEXT) for name, sql in intake.items()}
    needed: dict[str, Definition] = {}
    waiting = [fact.reads for fact in reasoner.facts]
    while waiting:
        for name in names_in(waiting.pop()):
            if name in known and name not in needed:
                needed[name] = known[name]
                waiting.append(known[name].sql)
    shown = [Definition(_SHOWN + fact.name, fact.reads) for fact in reasoner.facts]
    return Program.build([*needed.values(), *shown], programs.inputs)


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() else round(value, _DECIMALS)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


def free_texts(reasoner: Reasoner, facts: Mapping[str, Any]) -> dict[str, str]:
    """Those of the facts that strangers wrote."""
    return {
        fact.name: str(facts[fact.name]) for fact in reasoner.facts if fact.free_text and fact.name in facts
    }
