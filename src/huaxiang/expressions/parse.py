"""Text → syntax tree. The syntax is that of SQL expressions; anything more than one expression is refused."""

from __future__ import annotations

from functools import cache
from typing import Any

from huaxiang.core.errors import ProjectError
from huaxiang.core.findings import Finding, Location

_DURATION_UNITS = frozenset("hdw")


def parse(text: str, *, owner: str, at: Location) -> Any:
    """The sqlglot tree of one SQL expression. A duration such as `90d` becomes a text literal.

    Raises:
        ProjectError: `text` is empty, is no expression, or is more than one.
    """
    from sqlglot.errors import SqlglotError

    try:
        statements = _parse(text)
    except (SqlglotError, RecursionError) as error:
        raise ProjectError([_broken(owner, text, _reason(error), at)]) from None
    if len(statements) != 1 or statements[0] is None:
        reason = "it is empty" if not text.strip() else "it holds more than one statement"
        raise ProjectError([_broken(owner, text, reason, at)])
    return statements[0]


def _reason(error: Exception) -> str:
    """What the parser stumbled over, in our words: its own speak of its classes."""
    from sqlglot.errors import TokenError

    if isinstance(error, TokenError):
        return "a quote is opened and not closed"
    (first, *_) = getattr(error, "errors", None) or [{}]
    said, near = first.get("description") or "", first.get("highlight") or ""
    if said.startswith("Required keyword"):
        return "something is missing in it"
    if said.startswith("Expecting )"):
        return "a closing bracket is missing"
    return f"'{near}' is not expected there" if near else "it is nested too deeply or can't be read"


def _broken(owner: str, text: str, reason: str, at: Location) -> Finding:
    return Finding(
        code="expression_syntax",
        message=f"{owner}: '{text}' is no SQL expression: {reason}.",
        remedy="Write one expression, such as sum(amount) or status = 'paid'.",
        at=at,
    )


def _parse(text: str) -> list[Any]:
    dialect, parser = _dialect()
    return parser(dialect=dialect).parse(_prepared(dialect.tokenize(text)), text)


@cache
def _dialect() -> tuple[Any, Any]:
    from sqlglot.dialects.duckdb import DuckDB

    base = DuckDB.parser_class

    class ExpressionParser(base):  # type: ignore[misc, valid-type]
        """Reads every call as a plain name with arguments: what a name means is the function table's to say."""

        FUNCTIONS: dict[str, Any] = {}  # noqa: RUF012 - the shape that sqlglot asks for
        NO_PAREN_FUNCTIONS: dict[Any, Any] = {}  # noqa: RUF012
        FUNCTION_PARSERS = {  # noqa: RUF012
            name: read for name, read in base.FUNCTION_PARSERS.items() if name in ("CAST", "TRY_CAST")
        }

    return DuckDB(), ExpressionParser


def _prepared(tokens: list[Any]) -> list[Any]:
    """The tokens with `90d` as one text literal, and `distinct(x)` as a call rather than a keyword."""
    from sqlglot.tokens import Token, TokenType

    prepared: list[Any] = []
    for i, token in enumerate(tokens):
        last = prepared[-1] if prepared else None
        follows = last.token_type if last is not None else None
        opens = i + 1 < len(tokens) and tokens[i + 1].token_type == TokenType.L_PAREN
        if last is not None and follows == TokenType.NUMBER and token.start == last.end + 1 and _is_unit(token):
            text, kind, start = last.text + token.text.lower(), TokenType.STRING, last.start
            prepared[-1] = Token(kind, text, last.line, last.col, start, token.end)
        elif token.token_type == TokenType.DISTINCT and opens and follows != TokenType.L_PAREN:
            prepared.append(Token(TokenType.VAR, token.text, token.line, token.col, token.start, token.end))
        else:
            prepared.append(token)
    return prepared


def _is_unit(token: Any) -> bool:
    from sqlglot.tokens import TokenType

    return token.token_type == TokenType.VAR and token.text.lower() in _DURATION_UNITS
