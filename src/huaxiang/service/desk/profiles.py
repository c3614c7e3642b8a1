"""One customer at a time: the profile and its parts, what happened when, and why things are as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from huaxiang.core.errors import UsageError
from huaxiang.core.tables import PROVENANCE, Table
from huaxiang.service.desk.allowed import allowed
from huaxiang.service.desk.cursors import cursor, page_size, place
from huaxiang.service.desk.desk import Desk
from huaxiang.service.desk.shown import Row, Shown, must_be
from huaxiang.service.desk.shown_parts import shown_customer, shown_part, shown_reasons
from huaxiang.store.points import PointQuery

if TYPE_CHECKING:
    from huaxiang.service.builds import Build

MOST_LOOKUPS = 1000
"""Customers that are looked up together, at most."""

KEY = "customer_no"
_HIDDEN_COLUMNS = frozenset({KEY, "_day", "_seq", *PROVENANCE})


@allowed("profiles.read")
def profile(desk: Desk, identifier: str) -> Row:
    """All of one customer.

    `identifier` is a `customer_id`, present or former, or `type:value`. `customer_id`; `former`: the id that was asked
    for where it has gone into this one, else None; `identifiers`: list of `type`, `value`; `records`: list of `source`,
    `record_key`; `conflicts`: list of `attribute`, `label`, `value`, `source`, `record_key`, `others`; `household`:
    `household_id`, `size`, `shares`, `members`, or None; `accounts`: list of `account_key`, `name`, `role`, `title`,
    `joined_by`; `segments`: names, without those that rest on what is masked; `tags`: name → value, those without one
    left out.

    Raises:
        NotFoundError: nobody has it.
        UsageError: it names several customers, or no type of identifier.
    """
    with desk.workspace.shared() as build:
        return shown_customer(desk.shown(build), build.customer(identifier))


@allowed("profiles.read")
def traits(desk: Desk, identifier: str, tags: Sequence[str] | None = None) -> Row:
    """`customer_id` and `tags` (name → value) of one customer: those asked for, None where there is no value, or all.

    Raises:
        NotFoundError: nobody has it, or there is no such tag.
    """
    with desk.workspace.shared() as build:
        shown = desk.shown(build)
        for name in tags or ():
            must_be(name, shown.classes.tags, "tag")
        found = build.stored_customers.traits(identifier)
        values = found["tags"] if tags is None else {name: found["tags"].get(name) for name in tags}
        return {"customer_id": found["customer_id"], "tags": shown.tags(values)}


@allowed("profiles.read")
def identifiers(desk: Desk, identifier: str) -> Row:
    """`customer_id`, `identifiers` (list of `type`, `value`) and `records` (list of `source`, `record_key`)."""
    with desk.workspace.shared() as build:
        found = shown_customer(desk.shown(build), build.customer(identifier))
        return {key: found[key] for key in ("customer_id", "identifiers", "records")}


@allowed("profiles.read")
def segments(desk: Desk, identifier: str) -> Row:
    """`customer_id` and the `segments` that the customer is in: list of `name`, `label_en`, `label_zh`, `group`.

    Segments that rest on what is masked for the actor are left out.
    """
    with desk.workspace.shared() as build:
        found = build.stored_customers.traits(identifier)
        known = desk.shown(build).segments(found["segments"])
    with desk.build() as build:
        rows = desk.workspace.remembered(build.snapshot.id, "segments", build.segments)
    listed = [
        {key: row[key] for key in ("name", "label_en", "label_zh", "group")} for row in rows if row["name"] in known
    ]
    return {"customer_id": found["customer_id"], "segments": listed}


@allowed("profiles.read")
def lookup(desk: Desk, identifiers: Sequence[str], tags: Sequence[str] | None = None) -> list[Row]:
    """Many customers at once, a row each in the order asked: `identifier`, `customer_id`, `tags`, `segments`.

    Of those who are not found `customer_id` is None and `error` says why. `tags` narrows what is told of each.

    Raises:
        UsageError: more than `MOST_LOOKUPS` are asked for.
        NotFoundError: there is no such tag.
    """
    if len(identifiers) > MOST_LOOKUPS:
        raise UsageError(f"At most {MOST_LOOKUPS} customers are looked up together, not {len(identifiers)}.")
    with desk.workspace.shared() as build:
        shown = desk.shown(build)
        for name in tags or ():
            must_be(name, shown.classes.tags, "tag")
        return [_looked_up(shown, row, tags) for row in build.stored_customers.traits_of(identifiers)]


def _looked_up(shown: Shown, row: Row, tags: Sequence[str] | None) -> Row:
    if "error" in row:
        error = {"code": row["error"]["code"], "detail": row["error"]["message"]}
        return {"identifier": row["asked"], "customer_id": None, "error": error}
    found = row["customer"]
    values = found["tags"] if tags is None else {name: found["tags"].get(name) for name in tags}
    return {
        "identifier": row["asked"],
        "customer_id": found["customer_id"],
        "tags": shown.tags(values),
        "segments": shown.segments(found["segments"]),
    }


@allowed("profiles.read")
def events(desk: Desk, identifier: str, *, table: str | None = None, limit: int = 50, after: str | None = None) -> Row:
    """What a customer did and got, the newest first, a page at a time.

    `items`: list of `table`, `at` (moment), `values` (column → value, those without one left out), `source`,
    `record_key`. `next`: the cursor of the page behind, None at the end. `table` narrows it to one table of facts.
    `tables`: those that there are, with their `name`, `label` and `columns` (name → label).

    Raises:
        NotFoundError: there is no such customer or table.
        UsageError: `limit` or `after` makes no sense.
    """
    page_size(limit)
    with desk.workspace.shared() as build:
        found, shown = build.finder.find(identifier), desk.shown(build)
        timelines = desk.workspace.remembered(build.snapshot.id, "timelines", lambda: _timelines(build))
        if table is not None:
            must_be(table, timelines, "table of facts")
        question = ["events", build.snapshot.id, found.customer_id, table]
        behind = None if after is None else _moment_first(*place(desk, question, after))
        wanted = timelines if table is None else {table: timelines[table]}
        rows = [(_place(build, name, row), row) for name, ask in wanted.items() for row in ask.rows(found.number)]
        left = sorted((row for row in rows if behind is None or row[0] < behind), key=lambda row: row[0], reverse=True)
        items = [_event(build, shown, *row) for row in left[:limit]]
        at, name, number = left[limit - 1][0] if len(left) > limit else (None, "", 0)
        return {
            "customer_id": found.customer_id,
            "items": items,
            "next": None if at is None else cursor(desk, question, [at.isoformat(), name, number]),
            "tables": [_described(build.project.tables[name]) for name in timelines],
        }


Place = tuple[datetime, str, int]
"""Where a fact stands among all of a customer: its moment, table and number."""


def _timelines(build: Build) -> dict[str, PointQuery]:
    """What asks each table of facts for those of one customer."""
    engine = build.engine
    there = [name for name, table in build.project.tables.items() if table.is_fact and engine.has(f"fact_{name}")]
    return {name: PointQuery(engine, f"fact_{name}", [KEY], engine.table(f"fact_{name}").columns) for name in there}


def _place(build: Build, table: str, row: Mapping[str, Any]) -> Place:
    return row[str(build.project.tables[table].time)], table, int(row["_seq"])


def _moment_first(moment: str, table: str, number: int) -> Place:
    return datetime.fromisoformat(moment), table, number


def _described(table: Table) -> Row:
    columns = {column.name: column.label.as_dict() for column in table.columns}
    return {"name": table.name, "label": table.label.as_dict(), "columns": columns}


def _event(build: Build, shown: Shown, at: Place, row: Mapping[str, Any]) -> Row:
    moment, table, _ = at
    time = build.project.tables[table].time
    values = {
        name: value for name, value in row.items() if value is not None and name not in _HIDDEN_COLUMNS and name != time
    }
    return {
        "table": table,
        "at": moment,
        "values": shown.fact(values, shown.classes.of_columns(table, build.project)),
        **shown.keys_of_records({"source": row.get("_source"), "record_key": row.get("_record_key")}),
    }


@allowed("profiles.read")
def history(desk: Desk, identifier: str, tag: str, *, every: str = "month", start: Any = None, end: Any = None) -> Row:
    """A customer's tag over time: `customer_id`, `tag`, `label`, `value_labels`, `every`, `points`, `snapshots`.

    `points`: list of `moment`, `value`, computed from the facts; `snapshots`: list of `snapshot`, `as_of`, `value`, as
    kept snapshots hold it. `every` is day, week, month, quarter or year.

    Raises:
        NotFoundError: there is no such customer or tag.
        UsageError: the moments make no sense.
    """
    with desk.build() as build:
        shown = desk.shown(build)
        must_be(tag, shown.classes.tags, "tag")
    with desk.workspace.turn():
        found = desk.workspace.project.history(identifier, tag, every=every, start=start, end=end)

    def masked(row: Row) -> Row:
        return row | {"value": shown.tag(tag, row["value"])} if "value" in row else row

    return found | {part: [masked(row) for row in found[part]] for part in ("points", "snapshots")}


@allowed("profiles.read")
def why(desk: Desk, identifier: str, tag: str) -> Row:
    """How a customer's value of a tag came about.

    `customer_id`, `as_of`, `tag`, `label`, `kind`, `value`, `value_labels`, `definition`, `rests_on` (`facts`,
    `newest`, `oldest`); `rows`: the facts or records behind it; `tags`: the same of each tag that it reads; `note`
    where the definition has changed since.

    Raises:
        NotFoundError: there is no such customer or tag.
    """
    with desk.build() as build:
        return shown_reasons(desk.shown(build), build.why(identifier, tag))


@allowed("profiles.read")
def why_member(desk: Desk, identifier: str, segment: str) -> Row:
    """Why a customer is in a segment, or is not: `customer_id`, `segment`, `label`, `as_of`, `member`, `parts`.

    A part has `part` (where, did, sequence, lookalike, list), `says`, `holds`, and what it rests on.

    Raises:
        NotFoundError: there is no such customer or segment.
        ForbiddenError: the segment rests on what is masked for the actor.
    """
    with desk.build() as build:
        shown = desk.shown(build)
        must_be(segment, shown.classes.segments, "segment")
        shown.may_choose_by(segments=[segment])
        found = build.why_member(identifier, segment)
        return found | {"parts": shown.keys_of_records([shown_part(shown, part) for part in found["parts"]])}


@allowed("profiles.read")
def live_profile(desk: Desk, identifier: str) -> Row:
    """One customer now, over the snapshot and the live messages since.

    `customer_id`, `former`, `as_of`, `snapshot`, `live` (rows that count), `as_of_snapshot` (tags whose value is that
    of the snapshot), `segments` (names), `tags` (name → value).

    Raises:
        NotFoundError: nobody in the snapshot has the identifier.
        UsageError: the snapshot does not fit the definitions.
    """
    with desk.workspace.lone_build() as build:
        found = build.live_customer(identifier)
        shown = desk.shown(build)
        return found | {"tags": shown.tags(found["tags"]), "segments": shown.segments(found["segments"])}
