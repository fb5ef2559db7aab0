"""How large a file, a row or a cell may be before it is refused."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Bounds that keep memory and time small whatever a file holds.

    Attributes:
        cell_bytes: largest cell, as UTF-8; a larger one makes its row a fault.
        row_bytes: largest row as text; a larger one is a fault and is skipped without being kept in memory.
        columns: most columns; a file with more is refused.
        json_depth: deepest nesting of one JSON record.
        document_bytes: largest JSON document, unpacked; JSON Lines has no such bound.
        sheet_cells: most cells an Excel sheet may span.
        unpacked_bytes: what an archive may unpack to while it also exceeds `unpacked_ratio`.
        unpacked_ratio: unpacked size over packed size that is taken for a decompression bomb.
        archive_members: most files looked at in one archive.
    """

    cell_bytes: int = 1_048_576
    row_bytes: int = 8_388_608
    columns: int = 5_000
    json_depth: int = 100
    document_bytes: int = 536_870_912
    sheet_cells: int = 50_000_000
    unpacked_bytes: int = 1_073_741_824
    unpacked_ratio: int = 200
    archive_members: int = 10_000
