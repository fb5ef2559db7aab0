"""What is wrong in a playbook, where, and how to mend it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from galena.kit.errors import ConfigurationError

_SHOWN = 50
_VALUE_LENGTH = 120


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a playbook's files.

    Attributes:
        file: path within the playbook's folder, such as `rules.yaml` or `sources/parcels.yaml`.
        line, column: counted from 1.
        what: one plain sentence.
        value: what is written there, shortened; may be empty.
        remedy: how to mend it; names the nearest known key or name where there is one.
    """

    file: str
    line: int
    column: int
    what: str
    value: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        value = f": {self.value}" if self.value else ""
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"{self.file}:{self.line}:{self.column}: {self.what}{value}.{remedy}"

    def as_dict(self) -> dict[str, Any]:
        """The problem as JSON."""
        return asdict(self)


class PlaybookError(ConfigurationError):
    """A playbook that cannot be used; every mistake found is in `problems`, in file order."""

    def __init__(self, playbook: str, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(problems))
        count = len(self.problems)
        facts = {"playbook": playbook, "mistakes": count}
        if self.problems:
            first = self.problems[0]
            facts |= {"file": first.file, "line": first.line, "column": first.column}
        super().__init__(
            f"The playbook {playbook} has {count} mistake{'s' if count != 1 else ''}",
            facts=facts,
            remedy=f"Mend what is listed, then run `galena playbook check {playbook}`.",
        )

    def __str__(self) -> str:
        lines = [f"{self.what}:", *(f"  {problem}" for problem in self.problems[:_SHOWN])]
        if len(self.problems) > _SHOWN:
            lines.append(f"  ... and {len(self.problems) - _SHOWN} more")
        return "\n".join([*lines, self.remedy])

    def as_dict(self) -> dict[str, Any]:
        """The error as JSON, with every problem."""
        return {**super().as_dict(), "problems": [problem.as_dict() for problem in self.problems]}


def shortened(value: object) -> str:
    """A value as a problem shows it: one line, not too long."""
    text = " ".join(str(value).split())
    return text if len(text) <= _VALUE_LENGTH else text[: _VALUE_LENGTH - 3] + "..."


def one_of(names: Iterable[str], at_most: int = 12) -> str:
    """Names in a sentence: "a, b, c ...", alphabetically."""
    known = sorted(names)
    return ", ".join(known[:at_most]) + (" ..." if len(known) > at_most else "")
