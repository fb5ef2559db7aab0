"""Errors that say what is wrong, with which facts, and what to do next."""

from collections.abc import Mapping
from typing import Any


class GalenaError(Exception):
    """Something a person can act on.

    Attributes:
        what: one plain sentence about what is wrong.
        facts: the values that show it (file, line, field, value ...); never secrets or personal data beyond
            what the person just typed or uploaded.
        remedy: what to do next, as an imperative sentence; may be empty.
        exit_code: the exit status of a command that ends with this error.
        http_status: the status of a web answer that ends with this error.
        retriable: whether the same call may succeed later without a change by a person.
    """

    exit_code: int = 1
    http_status: int = 400
    retriable: bool = False

    def __init__(self, what: str, *, facts: Mapping[str, Any] | None = None, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.facts: dict[str, Any] = dict(facts or {})
        self.remedy = remedy

    def __str__(self) -> str:
        parts = [self.what]
        if self.facts:
            parts.append(" (" + ", ".join(f"{name}: {value}" for name, value in self.facts.items()) + ")")
        if self.remedy:
            parts.append(f" {self.remedy}")
        return "".join(parts)

    def as_dict(self) -> dict[str, Any]:
        """The error as JSON for scripts: `{"error": what, "facts": {...}, "remedy": ...}`."""
        return {"error": self.what, "facts": self.facts, "remedy": self.remedy}


class NotFoundError(GalenaError):
    """A named thing does not exist (or is not visible to who asks)."""

    exit_code = 3
    http_status = 404


class InputError(GalenaError):
    """A file or a value from outside cannot be used as it is."""

    exit_code = 2
    http_status = 422


class ConfigurationError(GalenaError):
    """A setting or a playbook is wrong; the facts show where."""

    exit_code = 2
    http_status = 422


class UnavailableError(GalenaError):
    """A part the work needs (database, disk, port) is not there right now."""

    exit_code = 4
    http_status = 503
    retriable = True


class ConflictError(GalenaError):
    """The change does not fit the state it meets (done already, locked by another run)."""

    exit_code = 5
    http_status = 409
