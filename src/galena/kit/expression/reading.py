"""From text to a syntax tree, politely: limits first, then one SQL scalar expression and nothing else."""

from functools import lru_cache
from typing import Any, ClassVar, cast

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError, SqlglotError, TokenError
from sqlglot.parser import Parser as BaseParser
from sqlglot.tokenizer_core import Token, TokenType

from galena.kit.expression.errors import ExpressionError

MAX_CHARACTERS = 20_000
MAX_TOKENS = 4_000
MAX_NESTING = 24
MAX_CHAIN = 400

_OPENING = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE}
_CLOSING = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END}
_PREFIX = {TokenType.NOT, TokenType.DASH, TokenType.PLUS, TokenType.TILDE}


class ScalarDialect(Dialect):
    """Plain SQL in which every function call keeps its written name; the allow-list decides later."""

    class Parser(BaseParser):
        """Standard operators, CASE and CAST; no function has a syntax of its own."""

        FUNCTIONS: ClassVar[dict[str, Any]] = {}
        FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
            name: BaseParser.FUNCTION_PARSERS[name] for name in ("CAST", "TRY_CAST")
        }
        NO_PAREN_FUNCTIONS: ClassVar[dict[Any, Any]] = {}
        NO_PAREN_FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
            "CASE": BaseParser.NO_PAREN_FUNCTION_PARSERS["CASE"]
        }


_DIALECT = ScalarDialect()


@lru_cache(maxsize=4096)
def parse(sql: str, name: str = "") -> exp.Expression:
    """The syntax tree of one scalar expression; treat it as read-only (it is shared).

    Raises:
        ExpressionError: too long, too deep, or not one expression; with the position.
    """
    if not sql.strip():
        raise ExpressionError("The expression is empty", sql=sql, name=name, remedy="Write an expression.")
    if len(sql) > MAX_CHARACTERS:
        raise ExpressionError(
            f"The expression is longer than {MAX_CHARACTERS:,} characters",
            sql=sql,
            name=name,
            remedy="Split it into several definitions.",
        )
    if "\x00" in sql:
        raise ExpressionError(
            "The expression holds a zero character", sql=sql, offset=sql.index("\x00"), name=name
        )
    try:
        _check_limits(_DIALECT.tokenize(sql), sql, name)
        trees = _DIALECT.parser().parse_into(exp.Condition, _DIALECT.tokenize(sql), sql)
    except ParseError as error:
        raise _not_understood(error, sql, name) from None
    except (TokenError, SqlglotError) as error:
        offset = _unclosed_quote(sql)
        raise ExpressionError(
            "The expression cannot be read: a quote or comment is not closed",
            sql=sql,
            offset=offset,
            name=name,
            found=str(error)[:80],
            remedy="Close every quote.",
        ) from None
    except RecursionError:
        raise ExpressionError(
            "The expression is nested too deep",
            sql=sql,
            name=name,
            remedy="Split it into several definitions.",
        ) from None
    except (ValueError, TypeError, AttributeError, IndexError, KeyError) as error:
        raise ExpressionError(
            "The expression cannot be read", sql=sql, name=name, found=type(error).__name__
        ) from None
    tree = trees[0] if len(trees) == 1 else None
    if tree is None or isinstance(tree, exp.Block):
        raise ExpressionError(
            "There must be exactly one expression",
            sql=sql,
            offset=max(sql.find(";"), 0),
            name=name,
            remedy="Remove the semicolon and what follows it.",
        )
    _check_depth(tree, sql, name)
    return cast(exp.Expression, tree)


def offset_of(tree: exp.Expression) -> int:
    """Where `tree` starts in its text, counted in characters from 0 (0 when nothing in it tells)."""
    starts = [node.meta["start"] for node in tree.walk() if "start" in node.meta]
    return min(starts, default=0)


def _check_limits(found: list[Token], sql: str, name: str) -> None:
    if len(found) > MAX_TOKENS:
        raise ExpressionError(
            f"The expression has more than {MAX_TOKENS:,} words and signs",
            sql=sql,
            name=name,
            remedy="Split it into several definitions.",
        )
    depth = prefix = 0
    for token in found:
        kind = token.token_type
        depth += (kind in _OPENING) - (kind in _CLOSING)
        prefix = prefix + 1 if kind in _PREFIX else 0
        if depth > MAX_NESTING or prefix > MAX_NESTING:
            raise ExpressionError(
                f"The expression is nested more than {MAX_NESTING} deep",
                sql=sql,
                offset=token.start,
                name=name,
                remedy="Split it into several definitions.",
            )


def _check_depth(tree: exp.Expr, sql: str, name: str) -> None:
    """Refuse long chains too (a + b + c ...): each step is one level deeper."""
    level, depth = [tree], 0
    while level:
        level = [inner for outer in level for inner in outer.iter_expressions()]
        depth += 1
        if depth > MAX_CHAIN:
            raise ExpressionError(
                f"The expression is a chain of more than {MAX_CHAIN} steps",
                sql=sql,
                name=name,
                remedy="Split it into several definitions.",
            )


def _not_understood(error: ParseError, sql: str, name: str) -> ExpressionError:
    detail = error.errors[0] if error.errors else {}
    line, column = int(detail.get("line") or 1), int(detail.get("col") or 1)
    found = str(detail.get("highlight") or "")
    starts = [0]
    for text in sql.split("\n"):
        starts.append(starts[-1] + len(text) + 1)
    offset = starts[min(line, len(starts)) - 1] + max(column - len(found), 0)
    return ExpressionError(
        "The expression is not one SQL scalar expression",
        sql=sql,
        offset=min(offset, len(sql)),
        name=name,
        found=found,
        remedy="Check the words and signs around this position.",
    )


def _unclosed_quote(sql: str) -> int:
    for quote in ("'", '"'):
        if sql.count(quote) % 2:
            return sql.rfind(quote)
    return 0
