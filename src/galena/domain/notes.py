"""Notes that people write on a lead, and every text each of them ever had."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from galena.kit.errors import InputError

LONGEST_NOTE = 10_000
"""Characters that a note may have."""

NoteStep = Literal["written", "edited", "removed", "restored"]
"""What was done to a note."""


@dataclass(frozen=True, slots=True)
class Note:
    """A note in its newest words.

    Attributes:
        tenant_id: whose it is; None: the operator's.
        author: who wrote it, and alone may change it.
        edited_at, removed_at: None: never.
        title: of the lead.
    """

    id: UUID
    lead_id: UUID
    tenant_id: UUID | None
    text: str
    author: str
    at: datetime
    edited_at: datetime | None
    removed_at: datetime | None
    title: str = ""


@dataclass(frozen=True, slots=True)
class NoteVersion:
    """A text that a note had, and what made it so."""

    note_id: UUID
    change: NoteStep
    text: str
    author: str
    at: datetime


def read_note(text: str) -> str:
    """The text of a note as it is kept: without blanks around it.

    Raises:
        InputError: it is empty or too long.
    """
    kept = text.replace("\r\n", "\n").strip()
    if not kept:
        raise InputError("The note is empty.", remedy="Write something, then keep it.")
    if len(kept) > LONGEST_NOTE:
        raise InputError(
            f"The note has {len(kept):,} characters; {LONGEST_NOTE:,} fit.",
            remedy="Shorten it, or keep the whole text as a document.",
        )
    return kept
