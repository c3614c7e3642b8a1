"""The records of all sources in one table, prepared for matching."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.identity.fuzzy.prepare import columns_of, prepare, wants_full_names

if TYPE_CHECKING:
    import ibis

RECORDS = "_fuzzy_records"
"""One row per record: `unique_id` (0 … n−1 in order of source and key), `source`, `record_key`, prepared columns."""


@dataclass(frozen=True)
class SourceRecords:
    """The rows of a source: the column of its key, and what its columns mean (meaning → column).

    `order` is a column that tells rows apart, and names a row that has no key. `exclusive`: everybody is in this
    source once only.
    """

    name: str
    table: ibis.Table
    key: str
    order: str
    meanings: Mapping[str, str]
    exclusive: bool = False


@dataclass(frozen=True)
class Prepared:
    """What was written: the prepared columns, and how many records there are, lack a key, or hold nothing to compare.

    `same` maps the number of a record whose key was there before to the first record with that key; `exclusive` the
    number of each record of an exclusive source to the source.
    """

    columns: tuple[str, ...]
    records: int
    without_key: int
    blank: int
    same: Mapping[int, int]
    exclusive: Mapping[int, str]


def write_records(engine: Engine, sources: Sequence[SourceRecords]) -> Prepared:
    """Write RECORDS from the rows of all sources."""
    import ibis

    meanings = [source.meanings for source in sources]
    columns, full = columns_of(meanings), wants_full_names(meanings)
    parts = [_part(source, columns, full=full) for source in sources]
    united = ibis.union(*parts) if len(parts) > 1 else parts[0]
    kept = engine.create("_fuzzy_read", united, step="fuzzy: prepare records")
    order = ibis.window(order_by=[kept.source, kept.record_key, kept.place])
    numbered = kept.mutate(unique_id=ibis.row_number().over(order).cast("int64"))
    records = engine.create(
        RECORDS,
        numbered.select("unique_id", "source", "record_key", "has_key", *columns).order_by("unique_id"),
        step="fuzzy: number records",
    )
    engine.drop("_fuzzy_read")
    blank = ibis.literal(True)
    for name in columns:
        blank = blank & records[name].isnull()
    counts = engine.rows(
        records.aggregate(
            records=records.count(), without_key=(~records.has_key).sum(), blank=blank.sum() if columns else None
        )
        if columns
        else records.aggregate(records=records.count(), without_key=(~records.has_key).sum(), blank=records.count()),
        step="fuzzy: count records",
    )[0]
    return Prepared(
        columns,
        counts["records"],
        int(counts["without_key"] or 0),
        int(counts["blank"] or 0),
        _same(engine, records),
        _exclusive(engine, records, [source.name for source in sources if source.exclusive]),
    )


def _part(source: SourceRecords, columns: tuple[str, ...], *, full: bool) -> ibis.Table:
    import ibis

    table = source.table
    key = table[source.key].cast("string").strip().nullif("")
    prepared = prepare(table, source.meanings, full_names=full)
    return table.select(
        source=ibis.literal(source.name),
        record_key=ibis.coalesce(key, "#" + table[source.order].cast("string")),
        has_key=key.notnull(),
        place=table[source.order].cast("int64"),
        **{name: prepared.get(name, ibis.null("string")) for name in columns},
    )


def _same(engine: Engine, records: ibis.Table) -> dict[int, int]:
    first = records.group_by("source", "record_key").agg(first=records.unique_id.min(), many=records.count())
    repeated = first.filter(first.many > 1)
    rows = records.join(repeated, ["source", "record_key"]).select("unique_id", "first")
    found = engine.rows(rows.filter(rows.unique_id != rows.first), step="fuzzy: repeated keys")
    return {row["unique_id"]: row["first"] for row in found}


def _exclusive(engine: Engine, records: ibis.Table, names: list[str]) -> dict[int, str]:
    if not names:
        return {}
    rows = records.filter(records.source.isin(names)).select("unique_id", "source")
    return {row["unique_id"]: row["source"] for row in engine.rows(rows, step="fuzzy: exclusive sources")}
