"""The retail library as a project would load it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from huaxiang.core.moments import Moment
from huaxiang.core.tables import STANDARD, Column, Table
from huaxiang.core.types import ibis_type
from huaxiang.project.loaded import LoadedProject
from huaxiang.project.read import read
from huaxiang.store.engine import DuckEngine
from huaxiang.tags.compile import compile_tags
from huaxiang.tags.compiled import CompiledTag
from huaxiang.tags.run import TagRun, write_profiles
from huaxiang.tags.select import select_tags


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> LoadedProject:
    folder: Path = tmp_path_factory.mktemp("library")
    (folder / "huaxiang.yml").write_text("name: library\nuses: [huaxiang/retail]\n")
    return read(folder)


@pytest.fixture(scope="session")
def compiled(library: LoadedProject) -> dict[str, CompiledTag]:
    """The compiled tags by name."""
    return {tag.name: tag for tag in compile_tags(library.tags, STANDARD)}


Rows = Mapping[str, Sequence[Mapping[str, Any]]]
Profile = Callable[..., dict[str, dict[str, Any]]]

ZONE = "Asia/Shanghai"


@pytest.fixture
def profile(library: LoadedProject, compiled: dict[str, CompiledTag], tmp_path: Path) -> Profile:
    """Profiles by customer, computed by the real steps from rows that a test writes down.

    Each row names its `customer`; times are on Shanghai's clocks. A column that no row mentions is not fed.
    """

    def compute(as_of: str, facts: Rows, people: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Any]:
        customers = sorted({*(people or {}), *(row["customer"] for rows in facts.values() for row in rows)})
        with DuckEngine.open(tmp_path / "library.duckdb", zone=ZONE) as engine:
            fed = _write_people(engine, customers, people or {})
            for name, rows in facts.items():
                fed |= _write_facts(engine, STANDARD[name], customers, rows)
            run = TagRun(
                select_tags(compiled.values(), fed, fed),
                STANDARD,
                library.dimensions,
                Moment.parse(as_of, ZONE),
                tmp_path / "scratch",
                _no_import,
            )
            write_profiles(engine, run)
            rows = engine.rows(engine.table("profiles"), step="read profiles")
        return {row["customer_id"]: row for row in rows}

    return compute


def _write_people(
    engine: DuckEngine, customers: Sequence[str], people: Mapping[str, Mapping[str, Any]]
) -> dict[str, frozenset[str]]:
    known = {column for person in people.values() for column in person}
    columns = [column for column in STANDARD["records"].columns if column.name in known]
    rows = [{"customer_no": i, **people.get(name, {})} for i, name in enumerate(customers)]
    attributes = pa.schema([("customer_no", pa.int64()), *_fields(columns)])
    engine.create("attributes", pa.Table.from_pylist(_typed(rows, attributes), attributes), step="attributes")
    ids = [{"customer_no": i, "customer_id": name, "records": 1} for i, name in enumerate(customers)]
    engine.create("customers", pa.Table.from_pylist(ids), step="customers")
    return {"records": frozenset(known)} if known else {}


def _write_facts(
    engine: DuckEngine, table: Table, customers: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> dict[str, frozenset[str]]:
    columns = list(table.columns)
    mentioned = {key for row in rows for key in row} - {"customer"}
    filled = [{"paid": True, **row, "customer_no": customers.index(row["customer"])} for row in rows]
    ordered = sorted(filled, key=lambda row: (row["customer_no"], row["occurred_at"]))
    for number, row in enumerate(ordered):
        row |= {"_seq": number, "_day": date.fromisoformat(row["occurred_at"][:10])}
    keys = [("customer_no", pa.int64()), ("_seq", pa.int64()), ("_day", pa.date32())]
    schema = pa.schema([*keys, *_fields(columns)])
    content = pa.Table.from_pylist(_typed(ordered, schema), schema)
    engine.create(f"fact_{table.name}", content, step=table.name)
    defaulted = {column.name for column in columns if column.default}
    return {table.name: frozenset(mentioned | defaulted)}


def _fields(columns: Sequence[Column]) -> list[tuple[str, pa.DataType]]:
    return [(column.name, ibis_type(column.type).to_pyarrow()) for column in columns]


def _typed(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> list[dict[str, Any]]:
    """Rows as Arrow reads them: moments and days from text, amounts as decimals."""

    def typed(value: Any, type_: pa.DataType) -> Any:
        if value is None:
            return None
        if pa.types.is_timestamp(type_):
            return datetime.fromisoformat(value).replace(tzinfo=ZoneInfo(ZONE))
        if pa.types.is_date(type_):
            return value if isinstance(value, date) else date.fromisoformat(value)
        return Decimal(str(value)) if pa.types.is_decimal(type_) else value

    return [{field.name: typed(row.get(field.name), field.type) for field in schema} for row in rows]


def _no_import(_: Any) -> Any:
    raise AssertionError("the library imports no files")
