"""A table or query of a database by its SQLAlchemy URL, streamed into a Parquet file of the scratch folder."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any

from huaxiang.core.errors import SourceError
from huaxiang.core.findings import near_miss
from huaxiang.sources.readers.base import RawSource, Reading, check_header
from huaxiang.sources.readers.parquet import parquet_rows

if TYPE_CHECKING:
    import pyarrow as pa
    import sqlalchemy as sa

_ROWS_AT_ONCE = 20_000
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg", "mysql": "mysql+pymysql",
            "mariadb": "mysql+pymysql"}  # fmt: skip
_EXTRAS = {"psycopg": "postgres", "pymysql": "mysql"}


class _UnfitError(Exception):
    """A value does not fit the type that the first rows of its column suggested."""

    def __init__(self, column: str) -> None:
        self.column = column
        super().__init__(column)


def read_database(reading: Reading) -> RawSource:
    """Read a table, in the order of its primary key, or a query, in the order that it gives.

    Columns keep their types where all values have it; a column of mixed types (SQLite allows them) becomes text.

    Raises:
        SourceError: the driver is not installed, the database does not answer, or it refuses the query.
    """
    import sqlalchemy as sa

    spec = reading.spec
    url = _url(reading)
    what = spec.table or "the query"
    target = reading.scratch / "rows.parquet"
    try:
        engine = sa.create_engine(url)
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get(error.name or "", error.name)
        remedy = f"pip install 'huaxiang[{extra}]'." if error.name in _EXTRAS else f"pip install {extra}."
        raise reading.error(_shown(url), f"needs the driver '{error.name}'", remedy) from error
    try:
        statement = _statement(reading, engine)
        columns = _fetch(reading, engine, statement, target)
    except sa.exc.SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        remedy = "Check the address, the rights of the user, and the query."
        raise reading.error(_shown(url), f"did not give {what}: {reason}", remedy) from error
    finally:
        engine.dispose()
    shown = spec.table or "query"
    table = parquet_rows(reading, [(target, shown)], reading.name)
    return RawSource(reading.name, table.select(*columns, "_file", "_row"), None, columns, (shown,))


def _url(reading: Reading) -> sa.URL:
    import sqlalchemy as sa

    try:
        url = sa.make_url(str(reading.spec.url))
    except sa.exc.ArgumentError as error:
        remedy = "Write it like postgresql://user:password@host/database or sqlite:///data/shop.db."
        raise reading.error("its url", "can't be understood", remedy) from error
    url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        path = reading.folder / url.database
        if not path.is_file():
            # SQLite would make an empty database of that name.
            raise reading.error(path, "does not exist", "Correct 'url'; its path is relative to the project's folder.")
        url = url.set(database=str(path))
    return url


def _shown(url: sa.URL) -> str:
    return url.render_as_string(hide_password=True)


def _statement(reading: Reading, engine: sa.Engine) -> Any:
    import sqlalchemy as sa

    spec = reading.spec
    if spec.query is not None:
        return sa.text(spec.query)
    schema, _, name = str(spec.table).rpartition(".")
    inspector = sa.inspect(engine)
    known = [*inspector.get_table_names(schema or None), *inspector.get_view_names(schema or None)]
    if name not in known:
        guess = near_miss(name, known)
        remedy = f"Did you mean '{guess}'?" if guess else f"Tables: {', '.join(sorted(known)[:20]) or 'none'}."
        raise reading.error(_shown(engine.url), f"has no table '{spec.table}'", remedy)
    columns = [column["name"] for column in inspector.get_columns(name, schema or None)]
    keys = inspector.get_pk_constraint(name, schema or None)["constrained_columns"]
    table = sa.table(name, *(sa.column(column) for column in columns), schema=schema or None)
    return sa.select(table).order_by(*(table.c[key] for key in keys))


def _fetch(reading: Reading, engine: sa.Engine, statement: Any, target: Path) -> tuple[str, ...]:
    """Write all rows to `target` and give the names of the columns."""
    as_text: set[str] = set()
    while True:
        try:
            with engine.connect() as connection:
                options = {"stream_results": True, "yield_per": _ROWS_AT_ONCE}
                result = connection.execution_options(**options).execute(statement)
                if not result.returns_rows:
                    raise reading.error("its query", "gives no rows", "Write a 'select' statement.")
                names = check_header(reading, reading.spec.table or "its query", list(result.keys()))
                with _uncollected():
                    _write(names, result.partitions(_ROWS_AT_ONCE), as_text, target)
                return names
        except _UnfitError as unfit:
            if unfit.column in as_text:
                raise SourceError(f"source '{reading.name}': column '{unfit.column}' can't be read") from unfit
            as_text.add(unfit.column)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of cycles: rows have none, and it would look through them again and again.

    Two thirds of the time of reading a database went there.
    """
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


def _write(names: tuple[str, ...], parts: Iterator[Any], as_text: set[str], target: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer = None
    schema = pa.schema([(name, pa.string()) for name in names])
    try:
        for part in parts:
            values = list(zip(*part, strict=True))
            if writer is None:
                schema = pa.schema(
                    [
                        (name, pa.string() if name in as_text else _type_of(column))
                        for name, column in zip(names, values, strict=True)
                    ]
                )
                writer = pq.ParquetWriter(target, schema)
            arrays = [_array(field, column) for field, column in zip(schema, values, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
        if writer is None:
            writer = pq.ParquetWriter(target, schema)
    finally:
        if writer is not None:
            writer.close()


def _type_of(column: tuple[Any, ...]) -> pa.DataType:
    """The type for a column, judged by its first rows: that of all values, else text."""
    import pyarrow as pa

    kinds = {*map(type, column)} - {NoneType}
    if kinds == {datetime}:
        aware = {value.tzinfo is not None for value in column if value is not None}
        return pa.timestamp("us", "UTC" if aware == {True} else None) if len(aware) == 1 else pa.string()
    types = {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), date: pa.date32()}
    if kinds == {Decimal}:
        return pa.decimal128(38, 9)
    if kinds == {int, float}:
        return pa.float64()
    return types.get(next(iter(kinds)), pa.string()) if len(kinds) == 1 else pa.string()


def _array(field: pa.Field, column: tuple[Any, ...]) -> pa.Array:
    import pyarrow as pa

    kinds = {*map(type, column)} - {NoneType}
    if pa.types.is_string(field.type):
        return pa.array(column if kinds <= {str} else [_text(value) for value in column], pa.string())
    mixed = (bool in kinds and not pa.types.is_boolean(field.type)) or (
        datetime in kinds
        and (pa.types.is_date(field.type) or _zones(column) != {getattr(field.type, "tz", None) is not None})
    )
    if mixed:
        raise _UnfitError(field.name)
    try:
        return pa.array(column, field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise _UnfitError(field.name) from error


def _zones(column: tuple[Any, ...]) -> set[bool]:
    return {value.tzinfo is not None for value in column if isinstance(value, datetime)}


def _text(value: Any) -> str | None:
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case datetime():
            return (value.astimezone(UTC) if value.tzinfo else value).isoformat(sep=" ")
        case date() | time():
            return value.isoformat()
        case dict() | list():
            return json.dumps(value, ensure_ascii=False)
        case bytes() | bytearray() | memoryview():
            return bytes(value).decode("utf-8", errors="backslashreplace")
        case Decimal():
            return format(value, "f")
        case _:
            return str(value)
