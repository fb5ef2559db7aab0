"""A source record as read by its mapping: what a lead is projected from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from galena.domain.imports import RecordRole
from galena.domain.lead import Provenance
from galena.engines.ingestion import Happening


@dataclass(frozen=True, slots=True)
class Evidence:
    """One source record in canonical fields.

    Attributes:
        link: how details and signals find their leads; None for records of role leads.
        fields: known values; empty for records of role signals, which tell events and no facts.
        invalid: fields of which a value was given that could not be used.
        origin: where the values come from, as it is kept with each of them.
    """

    record_id: UUID
    import_id: UUID
    role: RecordRole
    record_key: str
    link: str | None
    received_at: datetime
    origin: Provenance
    fields: Mapping[str, Any]
    invalid: tuple[str, ...] = ()
    happenings: tuple[Happening, ...] = ()

    @property
    def source(self) -> str:
        """The source's name."""
        return self.origin.source
