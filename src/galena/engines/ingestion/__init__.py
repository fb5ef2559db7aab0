"""From payloads to canonical fields: reading rows, recognising and proposing mappings, data quality.

`Reader` reads the rows of a mapping, `recognise` finds the mapping of a file, `propose` makes one up for a
file nobody knows, `data_quality` says how good a lead's facts are. Nothing here touches a file or a database.
"""

from galena.engines.ingestion.links import lead_links, link_of, linking_fields, record_link
from galena.engines.ingestion.payload import canonical_json, payload_hash
from galena.engines.ingestion.proposal import Proposal, ProposedField, propose, source_name
from galena.engines.ingestion.quality import QualityScale, data_quality
from galena.engines.ingestion.reader import Reader
from galena.engines.ingestion.recognition import align, payload_names, recognise, unmapped_columns
from galena.engines.ingestion.rows import FieldFault, Happening, MappedRow, Rejection

__all__ = [
    "FieldFault",
    "Happening",
    "MappedRow",
    "Proposal",
    "ProposedField",
    "QualityScale",
    "Reader",
    "Rejection",
    "align",
    "canonical_json",
    "data_quality",
    "lead_links",
    "link_of",
    "linking_fields",
    "payload_hash",
    "payload_names",
    "propose",
    "recognise",
    "record_link",
    "source_name",
    "unmapped_columns",
]
