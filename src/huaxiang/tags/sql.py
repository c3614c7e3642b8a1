"""The SQL escape hatch: one SELECT over the tables of the build, checked before it runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from huaxiang.core.findings import Finding, unknown
from huaxiang.core.moments import Moment
from huaxiang.tags.compiled import Tables
from huaxiang.tags.spec import SqlTag

_CUSTOMER_TABLES = ("customers", "attributes", "identifiers")
_MOMENT = "as_of"
_FORBIDDEN_FUNCTIONS = frozenset(
    {
        "now", "current_date", "current_timestamp", "current_time", "localtimestamp", "today", "random", "getenv",
        "read_csv", "read_csv_auto", "read_parquet", "parquet_scan", "read_json", "read_json_auto", "read_text",
        "read_blob", "glob", "query", "query_table", "sniff_csv", "gen_random_uuid", "uuid",
    }
)  # fmt: skip


def check_sql(spec: SqlTag, tables: Tables) -> Iterator[Finding]:
    """Yield a finding for each thing in a tag's SQL that is not allowed. Never raises."""
    from sqlglot import exp, parse
    from sqlglot.errors import SqlglotError

    owner, at = f"tag '{spec.name}'", spec.place("sql")
    try:
        statements = parse(spec.sql, dialect="duckdb")
    except SqlglotError as error:
        yield Finding("sql_syntax", f"{owner}: its SQL can't be read: {str(error).splitlines()[0]}", at)
        return
    if len(statements) != 1 or not isinstance(statements[0], exp.Select):
        yield Finding("sql_not_a_select", f"{owner}: its SQL must be one SELECT.", at)
        return
    tree = statements[0]
    names = {column.alias_or_name for column in tree.expressions}
    if names != {"customer_id", "value"}:
        wanted = "SELECT customer_id, … AS value"
        yield Finding("sql_columns", f"{owner}: its SQL must yield the columns customer_id and value.", at, wanted)
    known = [*(name for name, table in tables.items() if table.is_fact), *_CUSTOMER_TABLES]
    for name in _tables_of(tree):
        if name not in known:
            yield unknown("table", name, known, owner=owner, at=at)
    for call in tree.find_all(exp.Func):
        name = call.name.lower() if isinstance(call, exp.Anonymous) else call.sql_name().lower()
        if name in _FORBIDDEN_FUNCTIONS:
            remedy = f"Write {_MOMENT} for the moment of the build."
            yield Finding("expression_now", f"{owner}: '{name}' is not allowed in a definition.", at, remedy)


def sql_tables(spec: SqlTag) -> tuple[str, ...]:
    """The tables that a checked tag's SQL reads."""
    from sqlglot import parse_one

    return _tables_of(parse_one(spec.sql, dialect="duckdb"))


def sql_at(spec: SqlTag, moment: Moment, dialect: str = "duckdb") -> str:
    """The SQL of a checked tag with the moment filled in."""
    from sqlglot import exp, parse_one

    stamp = exp.cast(exp.Literal.string(moment.utc.isoformat()), "timestamptz")

    def fill(node: Any) -> Any:
        is_moment = isinstance(node, exp.Column) and node.name.lower() == _MOMENT and not node.table
        return stamp.copy() if is_moment else node

    return parse_one(spec.sql, dialect="duckdb").transform(fill).sql(dialect=dialect)


def _tables_of(tree: Any) -> tuple[str, ...]:
    from sqlglot import exp

    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    # A table function or a quoted path is a table to sqlglot too: its text is then no known name.
    shown = (table.sql(dialect="duckdb") if table.db or not table.name else table.name for table in _all(tree))
    return tuple(dict.fromkeys(name for name in shown if name not in own))


def _all(tree: Any) -> Iterator[Any]:
    from sqlglot import exp

    yield from tree.find_all(exp.Table)
