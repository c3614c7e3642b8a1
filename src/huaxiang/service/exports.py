"""Tables for other programs: Parquet, CSV or JSON lines, written whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from huaxiang.core.cells import FORMULA
from huaxiang.core.engine import Engine
from huaxiang.core.errors import NotFoundError, UsageError
from huaxiang.core.files import whole_file

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

_TAGS = (
    "name", "dimension", "category", "label_en", "label_zh", "dimension_en", "dimension_zh", "category_en",
    "category_zh", "description_en", "description_zh", "kind", "type", "unit", "privacy", "coverage",
)  # fmt: skip


def _households(engine: Engine) -> ibis.Table:
    members, households = _asked(engine, "household_members", "households"), engine.table("households")
    joined = members.join(households.select("household_id", "size"), "household_id")
    columns = ("household_id", "customer_id", "role", "shares", "size")
    return joined.select(*columns).order_by("household_id", "customer_id")


def _accounts(engine: Engine) -> ibis.Table:
    companies = _asked(engine, "accounts", "accounts").drop("contacts")
    contacts = engine.table("account_contacts").select("account_key", "customer_id", "role", "title", "joined_by")
    joined = companies.left_join(contacts, "account_key").drop("account_key_right")
    return joined.order_by("account_key", "customer_id", "role")


def _asked(engine: Engine, name: str, asked: str) -> ibis.Table:
    """A table that a build has only where identity.yml has the section `asked`.

    Raises:
        NotFoundError: it does not.
    """
    if not engine.has(name):
        raise NotFoundError(f"This build has no {asked}. Write '{asked}' into identity.yml, and build.")
    return engine.table(name)


KINDS: dict[str, Callable[[Engine], ibis.Table]] = {
    "profiles": lambda engine: engine.table("profiles").drop("customer_no").order_by("customer_id"),
    "tags": lambda engine: engine.table("tag_catalog").select(*_TAGS),
    "segments": lambda engine: (
        engine.table("segments").select("segment", "customer_id").order_by("segment", "customer_id")
    ),
    "identity": lambda engine: (
        engine.table("identity").select("customer_id", "source", "record_key").order_by("source", "record_key")
    ),
    "households": _households,
    "accounts": _accounts,
    "quarantine": lambda engine: engine.table("quarantine").order_by("source", "file", "row"),
}
"""What can be exported, and the query of each."""

FORMATS = (".parquet", ".csv", ".jsonl")
"""The suffixes of files that people ask for."""


def export(engine: Engine, kind: str, path: Path) -> int:
    """Write a table to `path`, in the format of its suffix; the number of rows. Folders are made.

    Raises:
        UsageError: unknown kind or suffix.
    """
    if kind not in KINDS:
        raise UsageError(f"'{kind}' can't be exported. Kinds: {', '.join(KINDS)}.")
    if path.suffix not in FORMATS:
        raise UsageError(f"{path}: write a file that ends in {', '.join(FORMATS)}.")
    return write_batches(_batches(engine, KINDS[kind](engine)), path)


def write_batches(batches: Iterator[pa.RecordBatch], path: Path) -> int:
    """Write record batches of one schema, at least one, in the format of the suffix; the number of rows.

    Formats are .parquet, .csv, .jsonl and .arrow (the stream of Arrow's IPC).
    """
    path.absolute().parent.mkdir(parents=True, exist_ok=True)
    first = next(batches)
    with whole_file(path) as partial:
        return _WRITERS[path.suffix](first.schema, chain([first], batches), partial)


def for_spreadsheets(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch as CSV that people open: lists as one text each, and no text that would be taken for a formula.

    Programs that read CSV want texts as they are: phones begin with a plus.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    flat, lists = _flat_schema(batch.schema)
    whole = _flat(batch, flat, lists)
    beginning = f"^([{re.escape(''.join(FORMULA))}])"
    columns = [
        pc.replace_substring_regex(column, pattern=beginning, replacement=r"'\1")
        if pa.types.is_string(column.type)
        else column
        for column in whole.columns
    ]
    return pa.record_batch(columns, schema=flat)


def _parquet(schema: pa.Schema, batches: Iterable[pa.RecordBatch], path: Path) -> int:
    import pyarrow.parquet as pq

    rows = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows


def _arrow(schema: pa.Schema, batches: Iterable[pa.RecordBatch], path: Path) -> int:
    import pyarrow as pa

    rows = 0
    with pa.ipc.new_stream(path, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows


def _csv(schema: pa.Schema, batches: Iterable[pa.RecordBatch], path: Path) -> int:
    from pyarrow import csv

    flat, lists = _flat_schema(schema)
    rows = 0
    with path.open("wb") as file, csv.CSVWriter(file, flat) as writer:
        for batch in batches:
            writer.write_batch(_flat(batch, flat, lists))
            rows += batch.num_rows
    return rows


def _flat_schema(schema: pa.Schema) -> tuple[pa.Schema, set[str]]:
    """The schema with lists as texts, and which these are."""
    import pyarrow as pa

    lists = {field.name for field in schema if pa.types.is_list(field.type)}
    flat = pa.schema([pa.field(each.name, pa.string() if each.name in lists else each.type) for each in schema])
    return flat, lists


def _flat(batch: pa.RecordBatch, schema: pa.Schema, lists: Collection[str]) -> pa.RecordBatch:
    """The batch with lists as one text each."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = [
        pc.binary_join(batch[n].cast(pa.list_(pa.string())), "|") if n in lists else batch[n] for n in schema.names
    ]
    return pa.record_batch(columns, schema=schema)


def _json_lines(_: pa.Schema, batches: Iterable[pa.RecordBatch], path: Path) -> int:
    import json

    rows = 0
    with path.open("w", encoding="utf-8") as file:
        for batch in batches:
            for row in batch.to_pylist():
                file.write(json.dumps(row, ensure_ascii=False, default=_json) + "\n")
            rows += batch.num_rows
    return rows


def _json(value: Decimal | date) -> float | str:
    """Money as a number; days and moments as in ISO 8601."""
    return float(value) if isinstance(value, Decimal) else value.isoformat()


def _batches(engine: Engine, content: ibis.Table) -> Iterator[pa.RecordBatch]:
    """The rows with the types of the tables, so that moments are in UTC in every format; one batch at least."""
    import pyarrow as pa

    schema = content.schema().to_pyarrow()
    yield pa.RecordBatch.from_pylist([], schema)
    for batch in engine.batches(content, step="export"):
        yield batch.cast(schema)


_WRITERS: dict[str, Callable[[pa.Schema, Iterable[pa.RecordBatch], Path], int]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".jsonl": _json_lines,
    ".arrow": _arrow,
}
