"""SQL scalar expressions: parsed, checked, and computed alike for one lead, for frames, and in SQL."""

from galena.kit.expression.checking import FUNCTIONS, Constant
from galena.kit.expression.errors import ExpressionError
from galena.kit.expression.functions import Function
from galena.kit.expression.macros import STANDARD_MACROS, Macro
from galena.kit.expression.program import Definition, Program, check
from galena.kit.expression.types import (
    BOOLEAN,
    DATE,
    INSTANT,
    NUMBER,
    TEXT,
    Schema,
    Type,
    list_of,
    list_of_scalars,
    polars_schema,
)

__all__ = [
    "BOOLEAN",
    "DATE",
    "FUNCTIONS",
    "INSTANT",
    "NUMBER",
    "STANDARD_MACROS",
    "TEXT",
    "Constant",
    "Definition",
    "ExpressionError",
    "Function",
    "Macro",
    "Program",
    "Schema",
    "Type",
    "check",
    "list_of",
    "list_of_scalars",
    "polars_schema",
]
