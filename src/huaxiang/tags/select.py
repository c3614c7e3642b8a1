"""Which tags can be built from what the project's sources feed, and why the others can't."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from huaxiang.core.tables import GIVEN, Table
from huaxiang.core.text import Text
from huaxiang.expressions.defaults import default_expressions
from huaxiang.tags.compiled import CompiledTag, Fed, LeftOut, Tables, Tags
from huaxiang.tags.spec import AggregateTag, SqlTag
from huaxiang.tags.sql import sql_tables

_UNWANTED = Text("left out by the project (leave_out)", "项目设置中已排除（leave_out）")
_ALWAYS = frozenset({"customers", "attributes", "identifiers"})


def select_tags(compiled: Iterable[CompiledTag], fed: Fed, mapped: Fed, unwanted: Collection[str] = ()) -> Tags:
    """Split compiled tags (in order of dependency) into those that can be built and those left out.

    What a tag reads may be `fed` in any way; what it `requires` besides must be `mapped` by a source. `unwanted` are
    left out whatever is fed.
    """
    built: list[CompiledTag] = []
    left_out: dict[str, LeftOut] = {}
    for tag in compiled:
        reason = _UNWANTED if tag.name in unwanted else None
        reason = (
            reason or _missing_tag(tag, left_out) or _missing(_read(tag), fed) or _missing(tag.spec.requires, mapped)
        )
        if reason:
            left_out[tag.name] = LeftOut(tag.name, reason)
        else:
            built.append(tag)
    return Tags(tuple(built), tuple(left_out.values()))


def mapped_columns(feeds: Iterable[tuple[str, Iterable[str]]], tables: Tables) -> dict[str, frozenset[str]]:
    """The columns of each table that some feed maps, or that are filled from one that a feed of another table maps.

    `feeds` are the target table and mapped columns of every feed.
    """
    mapped: dict[str, frozenset[str]] = {}
    for name, columns in feeds:
        mapped[name] = mapped.get(name, frozenset()) | frozenset(columns)
    return {name: columns | _looked_up(tables[name], mapped) for name, columns in mapped.items()}


def _looked_up(table: Table, mapped: Fed) -> set[str]:
    """The columns of a table that its lookups fill from mapped columns of other tables."""
    return {
        column
        for lookup in table.lookups
        if lookup.on in mapped[table.name] and lookup.on in mapped.get(lookup.table, ())
        for column in lookup.fill
        if column in mapped[lookup.table]
    }


def fed_columns(mapped: Fed, tables: Tables) -> dict[str, frozenset[str]]:
    """The columns of each table that have values: mapped by a feed, by default, or filled from another table."""
    return {name: frozenset(_filled(tables[name], mapped, tables)) for name in mapped}


def _filled(table: Table, mapped: Fed, tables: Tables) -> set[str]:
    """The columns of a table that are mapped, looked up, or follow by default from these."""
    columns = set(mapped[table.name])
    for lookup in table.lookups:
        if lookup.on in columns and lookup.on in mapped.get(lookup.table, ()):
            columns |= _defaulted(tables[lookup.table], set(mapped[lookup.table])) & set(lookup.fill)
    return _defaulted(table, columns)


def _defaulted(table: Table, columns: set[str]) -> set[str]:
    """`columns`, and those that a default fills from them or from other defaults."""
    known = set(columns)
    for name, default in default_expressions(table).items():
        if set(default.columns) <= known:
            known.add(name)
    return known


def _missing_tag(tag: CompiledTag, left_out: Mapping[str, LeftOut]) -> Text | None:
    missing = [name for name in tag.tags if name in left_out]
    if not missing:
        return None
    names = ", ".join(missing)
    return Text(f"needs {names}, which can't be built", f"依赖的标签无法构建：{names}")


def _read(tag: CompiledTag) -> list[str]:
    """The tables and columns that a tag reads by itself."""
    if isinstance(tag.spec, SqlTag):
        return [name for name in sql_tables(tag.spec) if name not in _ALWAYS]
    tables = [tag.spec.table] if isinstance(tag.spec, AggregateTag) else []
    return [*tables, *tag.columns]


def _missing(needed: Iterable[str], given: Fed) -> Text | None:
    for name in needed:
        table, _, column = name.partition(".")
        if table not in given and table in GIVEN:
            label = GIVEN[table].label
            return Text(f"identity.yml sets up no {label.en.lower()}", f"identity.yml 未设置{label.zh}")
        if table not in given:
            return Text(f"no source feeds {table}", f"没有数据源提供 {table} 表")
        if column and column not in given[table]:
            return Text(f"no source feeds {name}", f"没有数据源提供 {name} 字段")
    return None
