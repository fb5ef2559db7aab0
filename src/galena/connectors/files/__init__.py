"""Files of records: CSV and its relatives, Excel, JSON, JSON Lines and Parquet, packed or not."""

from galena.connectors.files.limits import ReadLimits
from galena.connectors.files.reader import RowReader, open_rows
from galena.connectors.files.selection import expand

__all__ = ["ReadLimits", "RowReader", "expand", "open_rows"]
