"""Revisions of a workspace's playbook and of its mappings: kept, attributed, restorable."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Revision:
    """A playbook as it stood.

    Attributes:
        number: 1, 2, 3 ... within the workspace.
        hash: of the content.
        content: the playbook as JSON.
        value_names: the order of the values stored with each score of this revision.
        contribution_names: the order of its contributions.
        author: who saved it.
    """

    id: UUID
    number: int
    hash: str
    content: Mapping[str, Any]
    rules_hash: str
    feature_set_hash: str
    value_names: tuple[str, ...]
    contribution_names: tuple[str, ...]
    author: str
    note: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewRevision:
    """A playbook about to be saved; the attributes mean what they mean in `Revision`."""

    hash: str
    content: Mapping[str, Any]
    rules_hash: str
    feature_set_hash: str
    value_names: tuple[str, ...]
    contribution_names: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class SavedMapping:
    """How the files of a source were read the last time.

    Attributes:
        revision: 1, 2, 3 ... within the source.
        content: the mapping as JSON.
    """

    source: str
    revision: int
    content: Mapping[str, Any]
    author: str
    created_at: datetime
