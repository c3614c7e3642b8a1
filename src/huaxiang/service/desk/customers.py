"""Finding customers, and listing them: a grid over the profiles, a page at a time, or whole as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from huaxiang.core.errors import NotFoundError, UsageError
from huaxiang.core.narrow import narrowed
from huaxiang.service.desk.allowed import allowed
from huaxiang.service.desk.cursors import cursor, page_size, place
from huaxiang.service.desk.desk import Desk
from huaxiang.service.desk.shown import Row, Shown, must_be
from huaxiang.service.desk.small_segments import may_list

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

    from huaxiang.service.builds import Build

KEY = "customer_no"
MOST_FOUND = 50
"""Customers that a search finds, at most."""

MOST_COLUMNS = 60
"""Tags of a grid, at most."""


@allowed("profiles.read")
def search(desk: Desk, text: str, limit: int = 10) -> list[Row]:
    """Whom a text may mean: an id, present or former, an identifier of any type, with or without `type:`, or a name.

    A row each: `customer_id`, `matched` (customer_id, name, or the type of identifier), `value` (what it is known by,
    as the actor sees it). Names are searched for those only who see names.

    Raises:
        UsageError: `limit` makes no sense.
    """
    if not 1 <= limit <= MOST_FOUND:
        raise UsageError(f"A search finds 1 to {MOST_FOUND} customers, not {limit}.")
    text = text.strip()
    if not text:
        return []
    with desk.build() as build:
        shown = desk.shown(build)
        found = [*_by_id(build, text), *_by_identifier(build, shown, text, limit), *_by_name(build, shown, text, limit)]
        return list({row["customer_id"]: row for row in reversed(found)}.values())[::-1][:limit]


def _by_id(build: Build, text: str) -> Iterator[Row]:
    if ":" in text:
        return
    try:
        found = build.finder.find(text)
    except (NotFoundError, UsageError):
        return
    yield {"customer_id": found.customer_id, "matched": "customer_id", "value": text}


def _by_identifier(build: Build, shown: Shown, text: str, limit: int) -> list[Row]:
    """Those who are known by the text as a value of some type, in the spelling of each."""
    import functools
    import operator

    type_, _, value = text.partition(":")
    names = build.project.identifier_names
    asked = {type_: value} if value and type_ in names else dict.fromkeys(sorted(names), text)
    table, customers = build.engine.table("identifiers"), build.engine.table("customers")
    conditions = []
    for name, each in asked.items():
        spellings = sorted({each, build.finder.cleaned(name, each) or each})
        conditions.append((table["type"] == name) & table["value"].isin(spellings))
    if not conditions:
        return []
    named = table.filter(functools.reduce(operator.or_, conditions)).select(KEY, "type", "value").limit(limit)
    rows = named.join(customers.select(KEY, "customer_id"), KEY).order_by("type", "value", "customer_id")
    told = shown.identifiers(build.engine.rows(rows, step="search identifiers"))
    return [{"customer_id": row["customer_id"], "matched": row["type"], "value": row["value"]} for row in told]


def _by_name(build: Build, shown: Shown, text: str, limit: int) -> list[Row]:
    attributes = build.engine.table("attributes")
    if "name" not in attributes.columns or not shown.sees(shown.classes.attributes["name"]):
        return []
    customers = build.engine.table("customers").select(KEY, "customer_id")
    named = attributes.filter(attributes["name"].lower().contains(text.lower())).select(KEY, "name")
    rows = named.join(customers, KEY).order_by("name", "customer_id").limit(limit)
    found = build.engine.rows(rows.select("customer_id", "name"), step="search names")
    return [{"customer_id": row["customer_id"], "matched": "name", "value": row["name"]} for row in found]


@allowed("profiles.read")
def customers(
    desk: Desk,
    *,
    tags: Sequence[str] = (),
    rule: str | None = None,
    sort: str | None = None,
    limit: int = 50,
    after: str | None = None,
) -> Row:
    """The customers of whom `rule` holds (default: all), a page at a time, with the tags asked for.

    `items`: list of `customer_id`, `tags` (name → value, None where there is none); `next`: the cursor of the page
    behind, None at the end. `sort` is a tag, with `-` in front from the highest down; those without a value come last.

    Raises:
        NotFoundError: there is no such tag.
        ForbiddenError: customers are to be chosen or sorted by what is masked for the actor, or chosen by a segment of
            too few members.
        ProjectError: the rule holds a mistake.
        UsageError: `limit`, `after` or the number of tags makes no sense.
    """
    page_size(limit)
    with desk.build() as build:
        shown = desk.shown(build)
        column = (sort or "").removeprefix("-") or None
        rows = _chosen(desk, build, tags, rule, [column] if column else [])
        question = ["customers", build.snapshot.id, rule, sort]
        behind = None if after is None else place(desk, question, after)
        wanted = _page(rows, column, bool(sort and sort.startswith("-")), behind).limit(limit + 1)
        found = build.engine.rows(wanted, step="a page of customers")
        more = len(found) > limit
        found = found[:limit]
        last = [_plain(found[-1][column]) if column else None, found[-1][KEY]] if more else None
        items = [
            {"customer_id": row["customer_id"], "tags": shown.tags({name: row[name] for name in tags})} for row in found
        ]
        return {"items": items, "next": None if last is None else cursor(desk, question, last)}


@allowed("profiles.export")
def export(desk: Desk, *, tags: Sequence[str] = (), rule: str | None = None) -> Iterator[pa.RecordBatch]:
    """All customers of whom `rule` holds, in order of their number: batches of `customer_id` and the tags, as shown.

    What is masked is text. The batches come while the build is held: write them to a file, not to somebody's network.

    Raises:
        As `customers`.
    """
    return _exported(desk, tags, rule)


def _exported(desk: Desk, tags: Sequence[str], rule: str | None) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    with desk.build() as build:
        shown = desk.shown(build)
        rows = _chosen(desk, build, tags, rule, []).order_by(KEY).select("customer_id", *tags)
        schema = rows.schema().to_pyarrow()
        yield masked_batch(shown, pa.RecordBatch.from_pylist([], schema), schema)
        for batch in build.engine.batches(rows, step="export customers"):
            yield masked_batch(shown, batch, schema)


def masked_batch(shown: Shown, batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """A batch of tags by name with all that the actor does not see masked; everything else as in `schema`."""
    import pyarrow as pa

    columns = {}
    for name in schema.names:
        classes = shown.classes.tags
        if name in classes and not shown.sees(classes[name]):
            values = [None if value is None else str(shown.tag(name, value)) for value in batch[name].to_pylist()]
            columns[name] = pa.array(values, pa.string())
        else:
            columns[name] = batch[name].cast(schema.field(name).type)
    return pa.record_batch(columns)


def _chosen(desk: Desk, build: Build, tags: Sequence[str], rule: str | None, sorted_by: Sequence[str]) -> ibis.Table:
    """The profiles of whom a rule holds, with `customer_no`, `customer_id` and the tags."""
    shown = desk.shown(build)
    if len(tags) > MOST_COLUMNS:
        raise UsageError(f"At most {MOST_COLUMNS} tags are listed together, not {len(tags)}.")
    for name in (*tags, *sorted_by):
        must_be(name, shown.classes.tags, "tag")
    shown.may_choose_by(sorted_by)
    profiles = build.engine.table("profiles")
    for name in (*tags, *sorted_by):
        must_be(name, profiles.columns, "tag")
    columns = dict.fromkeys((KEY, "customer_id", *tags, *sorted_by))
    rows = narrowed(profiles, columns).select(*columns)
    if rule is not None and rule.strip():
        rules = build.audiences.rules
        read, segments = rules.speaks_of(rule)
        shown.may_choose_by(read, segments)
        may_list(desk, build, segments)
        return rows.semi_join(rules.of_whom(rule), KEY)
    return rows


def _page(rows: ibis.Table, column: str | None, descending: bool, behind: Sequence[Any] | None) -> ibis.Table:
    """The rows behind a place, in order of a column (nothing comes last) and of their number."""
    import ibis

    if column is None:
        wanted = rows if behind is None else rows.filter(rows[KEY] > behind[1])
        return wanted.order_by(KEY)
    if behind is not None:
        value, number = behind
        none_behind = rows[column].isnull()
        if value is None:
            rows = rows.filter(none_behind & (rows[KEY] > number))
        else:
            border = ibis.literal(value).cast(rows[column].type())
            further = rows[column] < border if descending else rows[column] > border
            rows = rows.filter(further | none_behind | ((rows[column] == border) & (rows[KEY] > number)))
    order = ibis.desc(column, nulls_first=False) if descending else ibis.asc(column, nulls_first=False)
    return rows.order_by(order, KEY)


def _plain(value: Any) -> Any:
    """A value of a tag as JSON keeps it, from which the column's type makes the same value again."""
    match value:
        case Decimal():
            return str(value)
        case date() | datetime():
            return value.isoformat()
        case list():
            raise UsageError("Customers can't be sorted by a list.")
        case _:
            return value
