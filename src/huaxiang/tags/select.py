"""Which tags can be built from what the project's sources feed, and why the others can't."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from huaxiang.core.tables import Table
from huaxiang.core.text import Text
from huaxiang.expressions import Scope, compile_expression
from huaxiang.tags.compiled import CompiledTag, Fed, LeftOut, Tables, Tags
from huaxiang.tags.spec import AggregateTag, SqlTag
from huaxiang.tags.sql import sql_tables

_ALWAYS = frozenset({"customers", "attributes", "identifiers"})


def select_tags(compiled: Iterable[CompiledTag], fed: Fed) -> Tags:
    """Split compiled tags (in order of dependency) into those that can be built and those left out."""
    built: list[CompiledTag] = []
    left_out: dict[str, LeftOut] = {}
    for tag in compiled:
        reason = _missing_tag(tag, left_out) or _missing_column(tag, fed)
        if reason:
            left_out[tag.name] = LeftOut(tag.name, reason)
        else:
            built.append(tag)
    return Tags(tuple(built), tuple(left_out.values()))


def fed_columns(feeds: Iterable[tuple[str, Iterable[str]]], tables: Tables) -> dict[str, frozenset[str]]:
    """The columns of each table that have values: mapped by a feed, by default, or filled from another table.

    `feeds` are the target table and the mapped columns of every feed.
    """
    fed: dict[str, set[str]] = {}
    for name, mapped in feeds:
        fed.setdefault(name, set()).update(mapped)
    return {name: frozenset(_filled(tables[name], fed, tables)) for name in fed}


def _filled(table: Table, fed: Mapping[str, set[str]], tables: Tables) -> set[str]:
    """The columns of a table that are mapped, looked up, or follow by default from these."""
    columns = set(fed[table.name])
    for lookup in table.lookups:
        if lookup.on in columns and lookup.on in fed.get(lookup.table, set()):
            columns |= _defaulted(tables[lookup.table], fed[lookup.table]) & set(lookup.fill)
    return _defaulted(table, columns)


def _defaulted(table: Table, columns: set[str]) -> set[str]:
    """`columns`, and those that a default fills from them or from other defaults."""
    known = set(columns)
    scope = Scope(table.types)
    for column in table.columns:
        if column.default and set(compile_expression(column.default, scope).columns) <= known:
            known.add(column.name)
    return known


def _missing_tag(tag: CompiledTag, left_out: Mapping[str, LeftOut]) -> Text | None:
    missing = [name for name in tag.tags if name in left_out]
    if not missing:
        return None
    names = ", ".join(missing)
    return Text(f"needs {names}, which can't be built", f"依赖的标签无法构建：{names}")


def _missing_column(tag: CompiledTag, fed: Fed) -> Text | None:
    needed = [*tag.columns, *tag.spec.requires]
    if isinstance(tag.spec, AggregateTag):
        needed.insert(0, tag.spec.table)
    if isinstance(tag.spec, SqlTag):
        needed = [name for name in sql_tables(tag.spec) if name not in _ALWAYS] + needed
    for name in needed:
        table, _, column = name.partition(".")
        if table not in fed:
            return Text(f"no source feeds {table}", f"没有数据源提供 {table} 表")
        if column and column not in fed[table]:
            return Text(f"no source feeds {name}", f"没有数据源提供 {name} 字段")
    return None
