"""SQL."""

from collections.abc import Mapping
from datetime import datetime

from galena.kit.expression.nodes import Node
from galena.kit.expression.types import Schema


def program_sql(
    definitions: Mapping[str, Node], schema: Schema, dialect: str, table: str, as_of: datetime
) -> str:
    raise NotImplementedError
