"""The records of all sources in one table, prepared for matching."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.identity.defaults import identifier_types
from huaxiang.identity.fuzzy.prepare import HELPERS, columns_of, helpers, names, prepare, wants_full_names
from huaxiang.identity.fuzzy.score import NAMING, with_rarities
from huaxiang.identity.judge import is_junk
from huaxiang.identity.spec import IdentitySpec

if TYPE_CHECKING:
    import ibis
    import numpy as np
    import numpy.typing as npt

    Integers = npt.NDArray[np.integer]

RECORDS = "_fuzzy_records"
"""One row per record: `unique_id` (0 … n−1 in order of source and key), `source`, `record_key`, `_linked`, prepared
columns, and the rarity of their values (see `score.py`)."""

LINKED = "_linked"
"""The column of a source's table that says which records identifiers hold together; all of them are compared."""

MANY = 20
"""A phone, mail address or identity number on more records than this names nobody."""

_READ, _KNOWN, _HELPED, _CROWDED = (f"_fuzzy_{name}" for name in ("read", "known", "helped", "crowded"))


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

    `same` are records whose key was there before, and the first record with that key; `exclusive` holds the records
    of each exclusive source. `crowded` says how many values named too many records to name anybody.
    """

    columns: tuple[str, ...]
    records: int
    without_key: int
    blank: int
    same: tuple[Integers, Integers]
    exclusive: tuple[Integers, ...]
    crowded: int


def write_records(engine: Engine, sources: Sequence[SourceRecords]) -> Prepared:
    """Write RECORDS from the rows of all sources."""
    import ibis

    meanings = [source.meanings for source in sources]
    columns, full = columns_of(meanings), wants_full_names(meanings)
    parts = [_part(source, columns, full=full) for source in sources]
    united = ibis.union(*parts) if len(parts) > 1 else parts[0]
    read = engine.create(_READ, united, step="fuzzy: prepare records")
    crowded = _crowded(engine, read, columns)
    naming = _without(read, crowded)
    known = engine.create(_KNOWN, naming.mutate(**names(naming)), step="fuzzy: leave out what names nobody")
    known = engine.create(_HELPED, known.mutate(**helpers(known)), step="fuzzy: names in Latin letters")
    known = with_rarities(known, columns)
    order = ibis.window(order_by=[known.source, known.record_key, known.place])
    numbered = known.mutate(unique_id=ibis.row_number().over(order).cast("int64"))
    content = numbered.drop("place").relocate("unique_id")
    records = engine.create(RECORDS, content.order_by("unique_id"), step="fuzzy: number records")
    blank = ibis.and_(records.unique_id.notnull(), *(records[name].isnull() for name in columns))
    counted = records.aggregate(records=records.count(), without_key=(~records.has_key).sum(), blank=blank.sum())
    counts = engine.rows(counted, step="fuzzy: count records")[0]
    counts |= engine.rows(crowded.aggregate(crowded=crowded.count()), step="fuzzy: count values")[0]
    for name in (_READ, _KNOWN, _HELPED, _CROWDED):
        engine.drop(name)
    return Prepared(
        columns,
        counts["records"],
        int(counts["without_key"] or 0),
        int(counts["blank"] or 0),
        _same(engine, records),
        tuple(_of(engine, records, source.name) for source in sources if source.exclusive),
        counts["crowded"],
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
        **{LINKED: table[LINKED] if LINKED in table.columns else ibis.null("int64")},
        **{name: prepared.get(name, ibis.null("string")) for name in columns if name not in HELPERS},
    )


def _crowded(engine: Engine, records: ibis.Table, columns: Sequence[str]) -> ibis.Table:
    """Values that should name somebody and name too many, or are known to name nobody: `column`, `value`."""
    import ibis

    types = identifier_types(IdentitySpec(), NAMING)
    parts = [ibis.memtable({"column": [], "value": []}, schema={"column": "string", "value": "string"})]
    for name in sorted(NAMING.intersection(columns)):
        counted = records.filter(records[name].notnull()).group_by(value=records[name]).agg(records=lambda t: t.count())
        junk = is_junk(counted["value"], types[name])
        many = counted.records > MANY
        found = counted.filter(many if junk is None else many | junk)
        parts.append(found.select(column=ibis.literal(name), value="value"))
    return engine.create(_CROWDED, ibis.union(*parts), step="fuzzy: values that name nobody")


def _without(records: ibis.Table, crowded: ibis.Table) -> ibis.Table:
    import ibis

    kept = {}
    for name in sorted(NAMING.intersection(records.columns)):
        values = crowded.filter(crowded.column == name)["value"]
        kept[name] = records[name].isin(values).ifelse(ibis.null("string"), records[name])
    return records.mutate(**kept)


def _same(engine: Engine, records: ibis.Table) -> tuple[Integers, Integers]:
    first = records.group_by("source", "record_key").agg(first=records.unique_id.min(), many=records.count())
    rows = records.join(first.filter(first.many > 1), ["source", "record_key"]).select("unique_id", "first")
    found = engine.arrow(rows.filter(rows.unique_id != rows.first).order_by("unique_id"), step="fuzzy: repeated keys")
    return found["unique_id"].to_numpy(), found["first"].to_numpy()


def _of(engine: Engine, records: ibis.Table, source: str) -> Integers:
    rows = records.filter(records.source == source).select("unique_id").order_by("unique_id")
    return engine.arrow(rows, step="fuzzy: exclusive sources")["unique_id"].to_numpy()
