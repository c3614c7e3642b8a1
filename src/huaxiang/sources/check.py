"""Looking over the definition of a source, without its data or with the columns that were read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from zoneinfo import ZoneInfo

from huaxiang.core.errors import ProjectError
from huaxiang.core.findings import NOWHERE, Finding, Location, unknown
from huaxiang.core.tables import Table
from huaxiang.core.types import Type
from huaxiang.sources.defaults import deferred_columns
from huaxiang.sources.live import check_live
from huaxiang.sources.spec import ColumnSpec, ExpectSpec, FeedSpec, SourceSpec


def check_source(
    spec: SourceSpec,
    columns: Mapping[str, Type] | None,
    tables: Mapping[str, Table],
    cleaning: Collection[str],
) -> Iterator[Finding]:
    """Yield a finding for each mistake in the definition of a source. Never raises.

    `columns` are those of the source with their types, or None before it was read: expressions are then only parsed
    where they stand, and names of columns are believed. `tables` are the standard tables and the project's own,
    `cleaning` the names of the cleaning functions.
    """
    owner = f"source '{spec.name}'"
    if spec.time_zone is not None and not _is_zone(spec.time_zone):
        message = f"{owner}: there is no time zone '{spec.time_zone}'."
        yield Finding("unknown_time_zone", message, spec.place("time_zone"), "Write it like Asia/Shanghai.")
    if not spec.feeds:
        message = f"{owner} feeds no table."
        yield Finding("no_feed", message, spec.at, "Add 'feeds' with a standard table.", "warning")
    if columns is not None:
        for name in spec.key:
            if name not in columns:
                yield unknown("column", name, columns, owner=f"{owner}, key", at=spec.place("key"))
    for number, feed in enumerate(spec.feeds):
        at = spec.place("feeds", number, "table")
        if feed.table not in tables:
            yield unknown("table", feed.table, tables, owner=owner, at=at)
        else:
            yield from _check_feed(spec, number, feed, columns, tables[feed.table], cleaning)
    if spec.live:
        yield from check_live(spec, tables)
    if spec.freshness is not None:
        yield from _check_freshness(spec, columns)
    for number, rule in enumerate(spec.expect):
        yield from _check_rule(spec, number, rule, columns, tables)


def missing_columns(feed: FeedSpec, table: Table) -> list[str]:
    """Required columns of `table` that nothing fills: neither the feed, nor a default, nor a lookup."""
    later = deferred_columns(table, feed.columns)
    return [
        column.name
        for column in table.columns
        if column.required and not column.default and column.name not in feed.columns and column.name not in later
    ]


def _check_feed(
    spec: SourceSpec,
    number: int,
    feed: FeedSpec,
    columns: Mapping[str, Type] | None,
    table: Table,
    cleaning: Collection[str],
) -> Iterator[Finding]:
    owner = f"source '{spec.name}', feed of {table.name}"
    for missing in missing_columns(feed, table):
        message = f"{owner}: required column '{missing}' is not mapped."
        yield Finding("unmapped_column", message, spec.place("feeds", number), f"Add '{missing}: …' to 'columns'.")
    for name in feed.columns:
        if name not in table.names:
            at = spec.place("feeds", number, "columns", name)
            yield unknown("column", name, table.names, owner=owner, at=at)
    if table.name == "records" and not feed.identifiers:
        message = f"{owner}: no identifier is mapped, so that its records can belong to nobody else's."
        yield Finding("no_identifier", message, spec.place("feeds", number), "Add 'identifiers'.", "warning")
    for section, entries in (("columns", feed.columns), ("identifiers", feed.identifiers)):
        for name, entry in entries.items():
            yield from _check_column(spec, (number, section, name), entry, columns, cleaning)
    if feed.where is not None:
        yield from _check_expression(spec, feed.where, (number, "where"), columns, frozenset({Type.BOOLEAN}))
    yield from _check_duplicates(spec, number, feed, columns)


def _check_column(
    spec: SourceSpec,
    path: tuple[int, str, str],
    entry: ColumnSpec,
    columns: Mapping[str, Type] | None,
    cleaning: Collection[str],
) -> Iterator[Finding]:
    owner = f"source '{spec.name}', {path[2]}"
    for name in entry.clean:
        if name not in cleaning:
            yield unknown("cleaning function", name, cleaning, owner=owner, at=spec.place("feeds", *path, "clean"))
    yield from _check_expression(spec, entry.value, path, columns, None)


def _check_expression(
    spec: SourceSpec,
    text: str,
    path: tuple[int | str, ...],
    columns: Mapping[str, Type] | None,
    wanted: frozenset[Type] | None,
) -> Iterator[Finding]:
    owner, place = f"source '{spec.name}', {path[-1]}", spec.place("feeds", *path)
    if columns is not None and text in columns and (wanted is None or columns[text] in wanted):
        return
    yield from _check_text(text, owner, place, columns, wanted)


def _check_text(
    text: str, owner: str, place: Location, columns: Mapping[str, Type] | None, wanted: frozenset[Type] | None
) -> Iterator[Finding]:
    from huaxiang.expressions import Scope, compile_expression

    try:
        compile_expression(
            text, Scope(_believed(text) if columns is None else columns, owner=owner), place, wanted=wanted
        )
    except ProjectError as error:
        # Before the source was read, whatever looks wrong may be the name of a column; these can't be.
        yield from (found for found in error.findings if columns is not None or found.code in _NEVER)


_NEVER = frozenset({"expression_now", "expression_subquery"})


def _believed(text: str) -> dict[str, Type]:
    """The names in an expression as columns of any type."""
    from sqlglot import exp

    from huaxiang.expressions.parse import parse

    try:
        tree = parse(text, owner="", at=NOWHERE)
    except ProjectError:
        return {}
    return {column.name: Type.NULL for column in tree.find_all(exp.Column)}


def _check_duplicates(
    spec: SourceSpec, number: int, feed: FeedSpec, columns: Mapping[str, Type] | None
) -> Iterator[Finding]:
    if feed.duplicates is None or columns is None:
        return
    known = {*feed.columns, *feed.identifiers, *columns}
    at = spec.place("feeds", number, "duplicates", "by")
    for name in feed.duplicates.by:
        if name not in known:
            yield unknown("column", name, known, owner=f"source '{spec.name}', duplicates", at=at)
    order = feed.duplicates.order
    if order is not None and order not in feed.columns:
        yield from _check_expression(spec, order, (number, "duplicates", "order"), columns, None)


def _check_rule(
    spec: SourceSpec,
    number: int,
    rule: ExpectSpec,
    columns: Mapping[str, Type] | None,
    tables: Mapping[str, Table],
) -> Iterator[Finding]:
    owner = f"source '{spec.name}', rule '{rule.name}'"
    fed = {feed.table: feed for feed in spec.feeds if feed.table in tables}
    known = columns
    if rule.table is not None:
        if rule.table not in fed:
            yield unknown("table", rule.table, fed, owner=owner, at=spec.place("expect", number, "table"))
            return
        people = {f"id_{name}": Type.TEXT for name in fed[rule.table].identifiers}
        known = {**tables[rule.table].types, **people}
    place = spec.place("expect", number, "that")
    yield from _check_text(rule.that, owner, place, known, frozenset({Type.BOOLEAN}))


def _check_freshness(spec: SourceSpec, columns: Mapping[str, Type] | None) -> Iterator[Finding]:
    name = spec.freshness.column if spec.freshness else ""
    mapped = {column for feed in spec.feeds for column in feed.columns}
    values = {entry.value for feed in spec.feeds for entry in feed.columns.values()}
    if name not in mapped | values:
        remedy = "Name a column of a standard table that the source maps, or the source's column that feeds it."
        message = f"source '{spec.name}': freshness speaks of '{name}', which is not mapped."
        yield Finding("freshness_column", message, spec.place("freshness", "column"), remedy)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
