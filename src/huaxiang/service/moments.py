"""Tags as of each pair's own moment: what people hand in, and what they get back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.core.errors import NotFoundError, UsageError
from huaxiang.core.findings import near_miss
from huaxiang.core.moments import Moment
from huaxiang.expressions.functions.cleaning import cleaned
from huaxiang.expressions.moment import RowMoment
from huaxiang.identity.defaults import identifier_types
from huaxiang.identity.record_history import HISTORY, attributes_at
from huaxiang.project.loaded import LoadedProject
from huaxiang.project.plan import make_plan
from huaxiang.tags.calibration import Calibration
from huaxiang.tags.compiled import Tags
from huaxiang.tags.moments import MomentRun, tags_at

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

CUSTOMER, IDENTIFIER, MOMENT = "customer_id", "identifier", "moment"
_EXAMPLES = 3


def table_at(
    engine: Engine, project: LoadedProject, moment: Moment, asked: Any, tags: Sequence[str] | None = None
) -> pa.Table:
    """The columns of `asked` and a column per tag, in the order of `asked`. See `Build.tags_at`."""
    import numpy as np
    import pyarrow as pa

    given, pairs = read_pairs(engine, project, moment, asked)
    run = moment_run(engine, project, moment)
    wanted = wanted_tags(run.tags, tags)
    _unambiguous(given, wanted)
    found = pa.concat_tables(tags_at(engine, run, pairs, wanted))
    order = np.argsort(found["pair"].to_numpy(), kind="stable")
    for name in wanted:
        given = given.append_column(name, found[name].take(pa.array(order)))
    return given


def write_at(
    engine: Engine,
    project: LoadedProject,
    moment: Moment,
    asked: Any,
    file: Path,
    tags: Sequence[str] | None = None,
) -> int:
    """Write the same as a Parquet file, part after part, in order of customer and moment. See `Build.write_tags_at`."""
    import pyarrow.parquet as pq

    given, pairs = read_pairs(engine, project, moment, asked)
    run = moment_run(engine, project, moment)
    wanted = wanted_tags(run.tags, tags)
    _unambiguous(given, wanted)
    writer: pq.ParquetWriter | None = None
    try:
        for part in tags_at(engine, run, pairs, wanted):
            rows = given.take(part["pair"])
            for name in wanted:
                rows = rows.append_column(name, part[name])
            writer = writer or pq.ParquetWriter(file, rows.schema, compression="zstd")
            writer.write_table(rows)
    finally:
        if writer is not None:
            writer.close()
    return given.num_rows


def raw_value(engine: Engine, project: LoadedProject, moment: Moment, customer_id: str, tag: str) -> Any:
    """A customer's value of a calibrated tag before it was corrected."""
    import pyarrow as pa

    _, pairs = read_pairs(engine, project, moment, pa.table({CUSTOMER: [customer_id], MOMENT: [moment.utc]}))
    run = moment_run(engine, project, moment, raw=True)
    return next(iter(tags_at(engine, run, pairs, [tag])))[tag][0].as_py()


def applied_calibrations(engine: Engine) -> dict[str, Calibration]:
    """The calibrations that the build applied, by tag."""
    catalog = engine.table("tag_catalog")
    if "calibration" not in catalog.columns:
        return {}
    rows = engine.rows(catalog.filter(catalog.calibration.notnull()).select("name", "calibration"), step="calibrations")
    return {row["name"]: Calibration.of_dict(json.loads(row["calibration"])) for row in rows}


def moment_run(engine: Engine, project: LoadedProject, moment: Moment, *, raw: bool = False) -> MomentRun:
    """What evaluating tags at moments needs: definitions as they are now, calibrations as the build applied them.

    With `raw`, probabilities are not corrected.
    """
    zone = project.spec.time_zone

    def attributes(pairs: ibis.Table) -> ibis.Table:
        if engine.has(HISTORY):
            return attributes_at(engine.table(HISTORY), pairs, project.identity, _own_moment(zone))
        constant = engine.table("attributes")
        numbered = pairs.select("customer_no", "pair").join(constant, "customer_no")
        return numbered.drop("customer_no").rename(customer_no="pair")

    tags = make_plan(project, moment, None if raw else lambda _: applied_calibrations(engine)).tags
    return MomentRun(tags, project.tables, zone, attributes)


def wanted_tags(tags: Tags, wanted: Sequence[str] | None) -> list[str]:
    """The names of the tags asked for, all of them by default.

    Raises:
        NotFoundError: one of them can't be built in this project.
    """
    known = [tag.name for tag in tags.built]
    for name in wanted or ():
        if name not in known:
            guess = near_miss(name, known)
            hint = f" Did you mean '{guess}'?" if guess else ""
            raise NotFoundError(f"There is no tag '{name}' that can be built here.{hint}")
    return known if wanted is None else list(dict.fromkeys(wanted))


def read_pairs(engine: Engine, project: LoadedProject, moment: Moment, asked: Any) -> tuple[pa.Table, pa.Table]:
    """What was asked as an Arrow table, and its pairs (`pair`, `customer_no`, `_moment`).

    Raises:
        UsageError: a column is missing, a moment is null, without time zone, or after that of the snapshot.
        NotFoundError: somebody is not in the snapshot.
    """
    import numpy as np
    import pyarrow as pa

    given = _arrow(asked)
    if MOMENT not in given.column_names or not {CUSTOMER, IDENTIFIER} & set(given.column_names):
        raise UsageError(
            f"Pairs have a column '{CUSTOMER}' (or '{IDENTIFIER}', such as phone:13900000000) and a column '{MOMENT}', "
            f"not {', '.join(given.column_names) or 'nothing'}."
        )
    moments = _moments(given[MOMENT], moment)
    owners = _owners(engine, project, given)
    return given, pa.table({"pair": np.arange(given.num_rows), "customer_no": owners, "_moment": moments})


def _arrow(asked: Any) -> pa.Table:
    import pandas as pd
    import pyarrow as pa

    if isinstance(asked, pa.Table):
        return asked
    if isinstance(asked, pd.DataFrame):
        return pa.Table.from_pandas(asked, preserve_index=False)
    if hasattr(asked, "to_pyarrow"):
        return asked.to_pyarrow()
    raise UsageError(f"Pairs come as an Arrow, pandas or Ibis table, not as {type(asked).__name__}.")


def _unambiguous(given: pa.Table, wanted: Sequence[str]) -> None:
    taken = sorted(set(given.column_names) & set(wanted))
    if taken:
        raise UsageError(f"The pairs have a column '{taken[0]}', which is also a tag. Rename it or leave the tag out.")


def _moments(column: pa.ChunkedArray, latest: Moment) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    if column.null_count:
        raise UsageError(f"{column.null_count:,} of the pairs have no moment.")
    stamp = pa.timestamp("us", "UTC")
    type_ = column.type
    if pa.types.is_timestamp(type_):
        if type_.tz is None:
            raise UsageError(
                "The moments have no time zone, so nobody knows when they were. In pandas: "
                f"pairs.moment = pairs.moment.dt.tz_localize('{latest.zone}')."
            )
        moments = column.cast(stamp, safe=False)
    elif pa.types.is_date(type_) or pa.types.is_string(type_) or pa.types.is_large_string(type_):
        distinct = column.unique()
        read = pa.array([_read(value, latest.zone) for value in distinct.to_pylist()], stamp)
        moments = read.take(pc.index_in(column, distinct).combine_chunks())
    else:
        raise UsageError(f"Moments are timestamps with a time zone, days, or texts, not {type_}.")
    late = pc.sum(pc.greater(moments, pa.scalar(latest.utc, stamp))).as_py() or 0
    if late:
        last = Moment(pc.max(moments).as_py(), latest.zone)
        raise UsageError(
            f"{late:,} of the moments lie after that of the snapshot ({latest}), the last at {last.local.isoformat()}: "
            "what happened by then is not known in it. Build at a later moment."
        )
    return moments


def _read(value: str | date, zone: str) -> datetime:
    try:
        return Moment.parse(value, zone).utc
    except ValueError as error:
        raise UsageError(str(error)) from None


def _owners(engine: Engine, project: LoadedProject, given: pa.Table) -> pa.ChunkedArray:
    """The number of each pair's customer."""
    import pyarrow.compute as pc

    column = CUSTOMER if CUSTOMER in given.column_names else IDENTIFIER
    names = given[column].unique().cast("string")
    found = _customers(engine, names) if column == CUSTOMER else _named(engine, project, names)
    known = {row["name"]: row["customer_no"] for row in found}
    missing = [name for name in names.to_pylist() if name not in known]
    if missing:
        shown = ", ".join(str(name) for name in missing[:_EXAMPLES]) + (" …" if len(missing) > _EXAMPLES else "")
        raise NotFoundError(f"{len(missing):,} of the customers asked for are not in the snapshot: {shown}")
    import pyarrow as pa

    numbers = pa.array([known[name] for name in names.to_pylist()], pa.int64())
    return numbers.take(pc.index_in(given[column].cast("string"), names).combine_chunks())


def _customers(engine: Engine, names: pa.Array) -> list[dict[str, Any]]:
    import pyarrow as pa

    asked = engine.create("_asked", pa.table({"name": names}), step="customers asked for")
    customers = engine.table("customers")
    return engine.rows(
        asked.join(customers, asked["name"] == customers["customer_id"]).select("name", "customer_no"),
        step="find customers",
    )


def _named(engine: Engine, project: LoadedProject, names: pa.Array) -> Iterator[dict[str, Any]]:
    """The customers with identifiers written `type:value`, as they are or as the type's cleaning writes them."""
    import pyarrow as pa

    types = identifier_types(project.identity, project.identifier_names)
    by_type: dict[str, list[str]] = {}
    for name in names.to_pylist():
        type_, separator, _ = str(name).partition(":")
        if not separator or type_ not in project.identifier_names:
            known = ", ".join(sorted(project.identifier_names))
            raise UsageError(f"'{name}' is no identifier: write type:value. Types: {known}.")
        by_type.setdefault(type_, []).append(str(name))
    identifiers = engine.table("identifiers")
    for type_, mine in by_type.items():
        values = [name.partition(":")[2] for name in mine]
        asked = engine.create("_asked", pa.table({"name": mine, "plain": values}), step="identifiers asked for")
        spelled = asked.mutate(clean=cleaned(asked["plain"], types[type_].clean).cast("string"))
        same = identifiers.filter(identifiers["type"] == type_).select("customer_no", "value")
        for column in ("clean", "plain"):
            joined = spelled.join(same, spelled[column] == same["value"])
            found = joined.group_by("name").aggregate(customer_no=joined["customer_no"].min())
            yield from engine.rows(found, step="find customers")


def _own_moment(zone: str) -> Any:
    return lambda rows: RowMoment(rows["_moment"], zone)
