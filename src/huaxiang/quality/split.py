"""What becomes of each mapped row: used, quarantined, a duplicate, or set aside; never two of them, never none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from huaxiang.core.errors import DataError

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

QUARANTINE = ("source", "target", "file", "row", "record_key", "reason", "detail", "data")
BALANCE = ("source", "feed", "target", "read", "used", "quarantined", "deduplicated", "set_aside")

_PARTS = ("used", "quarantined", "deduplicated", "set_aside")
_MARKS = ("_problems", "_aside", "_invalid", "_same", "_order")


@dataclass(frozen=True)
class Split:
    """The rows of one feed, each in one place.

    `accepted` has the columns of the mapped table without its marks, `quarantined` those of `quarantine`,
    `balance` one row with those of `balance`.
    """

    accepted: ibis.Table
    quarantined: ibis.Table
    balance: ibis.Table


def find_duplicates(mapped: ibis.Table, *, keep: Literal["first", "last"] = "last") -> ibis.Table:
    """The rows (`_file`, `_row`) that say again what another usable row says, all but the one that stays.

    Rows that are set aside or quarantined are no one's duplicates: what was not known at the build's moment can't
    push out what was. Among rows of equal order, that of the later file and row counts as the later one.
    """
    import ibis

    usable = _usable(mapped).filter(lambda rows: rows._same.notnull())
    # Most rows are alone: only those that share their mark with another are worth sorting.
    shared = usable.group_by("_same").agg(together=usable.count()).filter(lambda groups: groups.together > 1)
    candidates = usable.semi_join(shared, "_same").select("_same", "_order", "_file", "_row")
    order = [candidates._order, candidates._file, candidates._row]
    if keep == "last":
        # A row without a value to order by yields to one that has it, whichever end is kept.
        order = [ibis.desc(key, nulls_first=False) for key in order]
    else:
        order = [ibis.asc(key, nulls_first=False) for key in order]
    ranked = candidates.mutate(place=ibis.row_number().over(group_by="_same", order_by=order))
    return ranked.filter(ranked.place > 0).select("_file", "_row")


def split_feed(
    mapped: ibis.Table,
    duplicates: ibis.Table,
    raw: ibis.Table,
    rejects: ibis.Table | None,
    *,
    source: str,
    feed: int,
    target: str,
) -> Split:
    """Split the mapped rows of feed number `feed` of `source`.

    `mapped` and `duplicates` (from `find_duplicates`) should be computed tables: each is read several times. `raw` is
    read for the quarantined rows, and counted; `rejects` are lines that were no rows, which count as quarantined.
    """
    accepted = accepted_rows(mapped, duplicates)
    quarantined = _quarantined_rows(mapped, raw, target)
    if rejects is not None:
        quarantined = quarantined.union(_rejected_lines(rejects, source, target))
    balance = _balance(mapped, duplicates, raw, rejects, source=source, feed=feed, target=target)
    return Split(accepted, quarantined, balance)


def accepted_rows(mapped: ibis.Table, duplicates: ibis.Table) -> ibis.Table:
    """The rows to use, without their marks."""
    keep = [name for name in mapped.columns if name not in _MARKS]
    return _usable(mapped).anti_join(duplicates, ["_file", "_row"]).select(*keep)


def unused_facts(joined: ibis.Table, columns: Iterable[str], *, target: str) -> ibis.Table:
    """The rows that were mapped well, but turned out unusable (`_problem`), or too late (`_aside`), as facts.

    They have the columns of `quarantine`, `_feed` and `_aside`: those that are not set aside belong there. `columns`
    are those of the target table: the row as it was mapped is what is kept of it.
    """
    import ibis

    bad = joined.filter(joined["_problem"].notnull() | joined["_aside"].notnull())
    people = [name for name in joined.columns if name.startswith("id_")]
    return bad.select(
        "_feed",
        "_aside",
        source=bad._source,
        target=ibis.literal(target),
        file=bad._file,
        row=bad._row.cast("int64"),
        record_key=bad._record_key,
        reason=bad["_problem"],
        detail=bad["_problem"],
        data=_json(bad, [*columns, *people]),
    )


def quarantine_table(parts: Iterable[ibis.Table]) -> ibis.Table:
    """The table `quarantine` from the quarantined rows of all feeds, in order of source, file and row."""
    import ibis
    import pyarrow as pa

    types = {**dict.fromkeys(QUARANTINE, pa.string()), "row": pa.int64()}
    empty = ibis.memtable(pa.table({name: pa.array([], type_) for name, type_ in types.items()}))
    # JSON that went through a file comes back as the engine's JSON type.
    rows = ibis.union(empty, *(part.select(*QUARANTINE[:-1], data=part.data.cast("string")) for part in parts))
    return rows.order_by("source", "target", "file", "row")


def balance_table(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """The table `balance`."""
    import pyarrow as pa

    texts = ("source", "target")
    fields = [(name, pa.string() if name in texts else pa.int64()) for name in BALANCE]
    return pa.Table.from_pylist([dict(row) for row in rows], schema=pa.schema(fields))


def check_balance(rows: Iterable[Mapping[str, Any]]) -> None:
    """See that every row that was read is in exactly one place. `rows` are those of the table `balance`.

    Raises:
        DataError: rows were lost or counted twice; the message says in which feed.
    """
    for row in rows:
        total = sum(row[part] for part in _PARTS)
        if row["read"] != total:
            parts = ", ".join(f"{part} {row[part]}" for part in _PARTS)
            raise DataError(
                f"source '{row['source']}', feed {row['feed']} ({row['target']}): {row['read']} rows were read, "
                f"and {total} accounted for ({parts}). This is a mistake of ours: please report it."
            )


def _usable(mapped: ibis.Table) -> ibis.Table:
    return mapped.filter(mapped._aside.isnull() & mapped._problems.isnull())


def _quarantined_rows(mapped: ibis.Table, raw: ibis.Table, target: str) -> ibis.Table:
    """The mapped rows with problems, each with its source row."""
    import ibis

    bad = mapped.filter(mapped._aside.isnull() & mapped._problems.notnull())
    bad = bad.select("_source", "_file", "_row", "_record_key", "_problems")
    columns = [name for name in raw.columns if name not in ("_file", "_row")]
    data = raw.select("_file", "_row", data=_json(raw, columns))
    joined = bad.join(data, ["_file", "_row"])
    return joined.select(
        source=joined._source,
        target=ibis.literal(target),
        file=joined._file,
        row=joined._row.cast("int64"),
        record_key=joined._record_key,
        reason=joined._problems[0].split(":")[0],
        detail=joined._problems.join("; "),
        data=joined.data,
    )


def _rejected_lines(rejects: ibis.Table, source: str, target: str) -> ibis.Table:
    """The lines that were no rows."""
    import ibis

    return rejects.select(
        source=ibis.literal(source),
        target=ibis.literal(target),
        file=rejects._file,
        row=rejects._row,
        record_key=ibis.null("string"),
        reason=rejects.reason,
        detail=ibis.literal("line ") + rejects.line.cast("string") + ": " + rejects.detail,
        data=_json(rejects, ["text"]),
    )


def _balance(
    mapped: ibis.Table,
    duplicates: ibis.Table,
    raw: ibis.Table,
    rejects: ibis.Table | None,
    *,
    source: str,
    feed: int,
    target: str,
) -> ibis.Table:
    """One row of `balance`. What was read is counted at the source, not derived from what became of it."""
    import ibis

    read = raw.aggregate(read=raw.count())
    aside, bad = mapped._aside.notnull(), mapped._problems.notnull()
    counts = mapped.aggregate(
        quarantined=(~aside & bad).sum().fill_null(0),
        set_aside=aside.sum().fill_null(0),
        usable=(~aside & ~bad).sum().fill_null(0),
    )
    doubled = duplicates.aggregate(deduplicated=duplicates.count())
    refused: Any = ibis.literal(0)
    joined = read.cross_join(counts).cross_join(doubled)
    if rejects is not None:
        joined = joined.cross_join(rejects.aggregate(refused=rejects.count()))
        refused = joined.refused
    return joined.select(
        source=ibis.literal(source),
        feed=ibis.literal(feed, "int64"),
        target=ibis.literal(target),
        read=(joined.read + refused).cast("int64"),
        used=(joined.usable - joined.deduplicated).cast("int64"),
        quarantined=(joined.quarantined + refused).cast("int64"),
        deduplicated=joined.deduplicated.cast("int64"),
        set_aside=joined.set_aside.cast("int64"),
    )


def _json(table: ibis.Table, columns: list[str]) -> Any:
    """The columns as the text of a JSON object."""
    import ibis
    import ibis.expr.datatypes as dt

    row = ibis.struct({name: table[name] for name in columns})
    to_json = ibis.udf.scalar.builtin(name="to_json", signature=((row.type(),), dt.string))(lambda row: None)
    return to_json(row).cast("string")
