"""Which live rows count for a customer at a moment, completed as facts are: the rules of a build, row by row.

`quality.split.find_duplicates` and `facts.build.joined_rows` say the same of whole tables; the tests hold the two
together, build against build.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from huaxiang.core.moments import Moment
from huaxiang.core.tables import PROVENANCE, Column, Lookup, Table
from huaxiang.core.types import Type, ibis_type
from huaxiang.expressions.moment import RowMoment
from huaxiang.facts.build import FIRST, KEY, defaulted
from huaxiang.project.live import live_lookups
from huaxiang.project.loaded import LoadedProject
from huaxiang.service.live.tail import LiveRows, Row
from huaxiang.sources.live import RECEIVED
from huaxiang.store.engine import DuckEngine
from huaxiang.store.points import KeyedRows

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

MOMENT = "_moment"

Place = tuple[str, str, int]
"""Source, file and row."""


class Known:
    """What counts at one moment. Made for one question: it remembers what it found out."""

    def __init__(self, stock: Stock, at: Moment) -> None:
        self._stock, self._at = stock, at
        self._winners: dict[tuple[str, int, str], Row | None] = {}

    def facts(self, table: Table, customer: int) -> list[Row]:
        """The live rows of `table` that are facts of the customer, but for the defaults of their columns."""
        found: list[Row] = []
        for feed in self._stock.feeds_of(table.name):
            for row in feed.rows(self._stock.places_of(feed, customer)):
                if self._counts(feed, row):
                    completed = self._completed(table, row)
                    if completed["_owner"] == customer:
                        found.append(completed)
        return found

    def completed_anew(self, table: Table, stored: pa.Table, customer: int) -> dict[int, dict[str, Any]]:
        """Of stored facts those whose order, or whatever they were completed from, is another by now: place → row.

        A stored fact does not say which of its columns were looked up: those that no source maps, and otherwise those
        that are as the looked-up row was.
        """
        found: dict[int, dict[str, Any]] = {}
        owner = customer if self._stock.names_people(table) else None
        for lookup in table.lookups:
            if not self._stock.is_looked_up(lookup) or not self._stock.feeds_of(lookup.table):
                continue
            for place, key in enumerate(stored[lookup.on].to_pylist()):
                former, now = self._former_and_first(lookup, key)
                if now is None or (former is not None and _place(former) == _place(now)):
                    continue
                row = found.setdefault(place, {**stored.slice(place, 1).to_pylist()[0], "_owner": owner})
                for name in lookup.fill:
                    if not self._stock.is_mapped(table, name) or (former is not None and row[name] == former[name]):
                        row[name] = None
        for place, row in found.items():
            row |= {column.name: None for column in table.columns if self._stock.follows(table, column)}
            found[place] = self._completed(table, row)
        return found

    def replaced(self, source: str, file: str, row: int) -> bool:
        """Whether a row of the snapshot has given way to a live row that says the same anew."""
        for feed in self._stock.feeds:
            if feed.source == source:
                same = self._stock.kept_places.get((feed.mapper.number, (source, file, row)))
                if same is not None and self._winner(feed, same) is not None:
                    return True
        return False

    def _counts(self, feed: LiveRows, row: Row) -> bool:
        """Whether the row is known and no other says the same instead of it."""
        if not self._known(feed.table, row):
            return False
        if row["_same"] is None:
            return True
        winner = self._winner(feed, row["_same"])
        return winner is not None and winner["_place"] == row["_place"]

    def _known(self, table: Table, row: Row) -> bool:
        happened = row.get(table.time) if table.time else None
        received = row.get(RECEIVED)
        return (happened is None or happened < self._at.utc) and (received is None or received <= self._at.utc)

    def _winner(self, feed: LiveRows, same: str) -> Row | None:
        """Of the rows that say the same the one that stays; None where it is one of the snapshot."""
        key = (feed.source, feed.mapper.number, same)
        if key not in self._winners:
            rows = [row for row in feed.rows(feed.by_same[same]) if self._known(feed.table, row)]
            stored = self._stock.kept(feed, same)
            everyone = [*rows, *([stored] if stored is not None else [])]
            best = _stays(everyone, feed.mapper.source.keeps(feed.mapper.feed)) if everyone else None
            self._winners[key] = None if best is stored else best
        return self._winners[key]

    def _completed(self, table: Table, row: Row) -> dict[str, Any]:
        """The row with what other tables know of it, and whose it then is (`_owner`)."""
        filled = dict(row)
        for lookup in table.lookups:
            other = self._first(lookup, filled[lookup.on])
            if other is None:
                continue
            for name in lookup.fill:
                if filled[name] is None:
                    filled[name] = other[name]
            if lookup.customer and filled["_owner"] is None:
                filled["_owner"] = other["_owner"]
        return filled

    def _former_and_first(self, lookup: Lookup, key: Any) -> tuple[Row | None, Row | None]:
        """The row that the build found, and the one to be found now; neither where no message has the key."""
        if key is None or not any(feed.by_key.get((lookup.on, key)) for feed in self._stock.feeds_of(lookup.table)):
            return None, None
        return self._stock.looked_up(lookup, key), self._first(lookup, key)

    def _first(self, lookup: Lookup, key: Any) -> Row | None:
        """The row that a look-up finds: of all with the key the earliest."""
        if key is None or not self._stock.is_looked_up(lookup):
            return None
        rows = [
            row
            for feed in self._stock.feeds_of(lookup.table)
            for row in feed.rows(feed.by_key.get((lookup.on, key), ()))
            if self._counts(feed, row)
        ]
        stored = self._stock.looked_up(lookup, key)
        if stored is not None and not self.replaced(stored["_source"], stored["_file"], stored["_row"]):
            rows.append({**stored, "_owner": stored.get(KEY)})
        return min(rows, key=_earliness, default=None)


class Stock:
    """The live rows of all feeds, and what the snapshot keeps to judge them by."""

    def __init__(self, project: LoadedProject, engine: DuckEngine, feeds: Sequence[LiveRows]) -> None:
        self.feeds = feeds
        self._mapped: dict[str, set[str]] = {}
        for source in project.sources.values():
            for feed in source.feeds:
                self._mapped.setdefault(feed.table, set()).update(feed.columns)
        self._named = {feed.table for source in project.sources.values() for feed in source.feeds if feed.identifiers}
        self._lookups = {
            key: KeyedRows(engine, name, (key[1],), engine.table(name).columns)
            for key in live_lookups(project)
            if engine.has(name := f"lookup_{key[0]}_{key[1]}")
        }
        self._kept = {
            (feed.source, feed.mapper.number): KeyedRows(engine, name, ("_same",), ("_order", "_file", "_row"))
            for feed in feeds
            if engine.has(name := f"live_kept_{feed.source}_{feed.mapper.number}")
        }
        self.kept_places: dict[tuple[int, Place], str] = {}
        self._by_stored_owner: dict[int, dict[int, list[int]]] = {id(feed): {} for feed in feeds}
        self._learnt = dict.fromkeys(map(id, feeds), 0)

    def learn(self) -> None:
        """Find out what the snapshot holds about the rows that came since the last look."""
        for feed in self.feeds:
            fresh = range(self._learnt[id(feed)], len(feed))
            if not fresh:
                continue
            self._learnt[id(feed)] = len(feed)
            kept = self._kept.get((feed.source, feed.mapper.number))
            whose = [lookup for lookup in feed.whose if self.is_looked_up(lookup)]
            if kept is None and not whose:
                continue
            rows = feed.rows(fresh)
            if kept is not None:
                self._learn_kept(feed, kept, [row["_same"] for row in rows if row["_same"] is not None])
            for lookup in whose:
                self._learn_owners(feed, lookup, rows)

    def feeds_of(self, table: str) -> list[LiveRows]:
        """The live feeds of a table."""
        return [feed for feed in self.feeds if feed.table.name == table]

    def places_of(self, feed: LiveRows, customer: int) -> list[int]:
        """The rows that may be the customer's: by what they name, or by what they are looked up with."""
        places = {*feed.by_owner.get(customer, ()), *self._by_stored_owner[id(feed)].get(customer, ())}
        for lookup in feed.whose:
            for other in self.feeds_of(lookup.table):
                for row in other.rows(other.by_owner.get(customer, ())):
                    places.update(feed.by_key.get((lookup.on, row[lookup.on]), ()))
        return sorted(places)

    def kept(self, feed: LiveRows, same: str) -> Row | None:
        """The row of the snapshot that says the same, in a feed with `duplicates`."""
        known = self._kept.get((feed.source, feed.mapper.number))
        return known.find(same) if known is not None else None

    def is_mapped(self, table: Table, column: str) -> bool:
        """Whether a source maps the column of a table itself."""
        return column in self._mapped.get(table.name, ())

    def names_people(self, table: Table) -> bool:
        """Whether a row of the table says itself whose it is, and not only by what it is looked up with."""
        return table.name in self._named or not any(lookup.customer for lookup in table.lookups)

    def follows(self, table: Table, column: Column) -> bool:
        """Whether a column has its default only: it is computed again where what it reads has changed."""
        looked_up = {name for lookup in table.lookups for name in lookup.fill}
        return bool(column.default) and column.name not in looked_up and not self.is_mapped(table, column.name)

    def is_looked_up(self, lookup: Lookup) -> bool:
        """Whether the build had the table that a look-up goes to."""
        return (lookup.table, lookup.on) in self._lookups

    def looked_up(self, lookup: Lookup, key: Any) -> dict[str, Any] | None:
        """The row of the snapshot that a look-up finds."""
        return self._lookups[lookup.table, lookup.on].find(key)

    def _learn_kept(self, feed: LiveRows, kept: KeyedRows, same: Sequence[str]) -> None:
        kept.learn((each,) for each in same)
        for each in same:
            row = kept.find(each)
            if row is not None:
                self.kept_places[feed.mapper.number, (feed.source, row["_file"], row["_row"])] = each

    def _learn_owners(self, feed: LiveRows, lookup: Lookup, rows: Sequence[Row]) -> None:
        known = self._lookups[lookup.table, lookup.on]
        keyed = [row for row in rows if row[lookup.on] is not None]
        known.learn((row[lookup.on],) for row in keyed)
        owners = self._by_stored_owner[id(feed)]
        for row in keyed:
            found = known.find(row[lookup.on])
            if found is not None and found[KEY] is not None:
                owners.setdefault(found[KEY], []).append(row["_place"])


class Completion:
    """Fills the empty columns of a table's rows by their defaults, and leaves out what then is no fact."""

    def __init__(self, engine: DuckEngine, table: Table, zone: str) -> None:
        import ibis

        self._table = table
        columns = {column.name: ibis_type(column.type) for column in table.columns}

        def content(rows: ibis.Table) -> ibis.Table:
            filled = defaulted(rows, table, RowMoment(rows[MOMENT], zone))
            return filled.select(*table.names, _day=filled[table.time].date())

        schema = {**columns, MOMENT: ibis_type(Type.MOMENT)}
        self._fill = engine.compiled(content, schema, step=f"defaults of {table.name}")
        self._schema = ibis.schema(schema).to_pyarrow()

    def __call__(self, rows: Sequence[Row], at: Moment) -> pa.Table:
        """The facts among `rows` at `at`, with the columns of the table, `_day` and the provenance."""
        import pyarrow as pa

        given = [{**{name: row[name] for name in self._table.names}, MOMENT: at.utc} for row in rows]
        filled = self._fill(pa.Table.from_pylist(given, schema=self._schema))
        for name in PROVENANCE:
            type_ = pa.int64() if name == "_row" else pa.string()
            filled = filled.append_column(name, pa.array([row[name] for row in rows], type_))
        return filled.filter(pa.array([self._is_fact(row, at) for row in filled.to_pylist()], pa.bool_()))

    def _is_fact(self, row: Row, at: Moment) -> bool:
        table = self._table
        assert table.time is not None  # noqa: S101 - only fact tables have facts
        happened, received = row[table.time], row.get(RECEIVED)
        if happened is None or any(row[column.name] is None for column in table.columns if column.required):
            return False
        return bool(happened < at.utc and (received is None or received <= at.utc))


def _stays(rows: Sequence[Row], keep: str) -> Row:
    """As `find_duplicates`: by `_order`, then by file and row; who has no value to order by yields."""

    def place(row: Row) -> tuple[Any, ...]:
        order = row["_order"]
        missing = order is None
        return (missing if keep == "first" else not missing, 0 if missing else order, row["_file"], row["_row"])

    return min(rows, key=place) if keep == "first" else max(rows, key=place)


def _place(row: Row) -> Place:
    return row["_source"], row["_file"], row["_row"]


def _earliness(row: Row) -> tuple[Any, ...]:
    """As `facts.build.first_rows`."""
    happened = row.get(FIRST)
    return (happened is None, 0 if happened is None else happened, row["_source"], row["_file"], row["_row"])
