"""The compiler against an oracle that shares nothing with it: random orders, in several time zones."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import TAGS, expected
from pydantic import TypeAdapter

from huaxiang.core.moments import Moment
from huaxiang.core.tables import STANDARD
from huaxiang.core.text import Text
from huaxiang.core.types import ibis_type
from huaxiang.facts.build import facts, joined_rows
from huaxiang.store.engine import DuckEngine
from huaxiang.tags.compile import compile_tags
from huaxiang.tags.compiled import Tags
from huaxiang.tags.run import TagRun, write_profiles
from huaxiang.tags.spec import AnyTag, CategorySpec, DimensionSpec

CUSTOMERS = 3
ORDERS = STANDARD["orders"]
DIMENSIONS = {
    "d": DimensionSpec(name="d", label=Text("D", "维"), categories={"c": CategorySpec(label=Text("C", "类"))})
}
COMPILED = Tags(
    compile_tags(
        {
            name: TypeAdapter(AnyTag).validate_python({"name": name, "dimension": "d", "category": "c", **definition})
            for name, (definition, _) in TAGS.items()
        },
        STANDARD,
    )
)

MOMENTS = (
    ("Asia/Shanghai", "2026-03-01"),
    # The day after clocks went forward, and half an hour that did not exist the day before.
    ("Europe/Berlin", "2026-03-30"),
    ("Europe/Berlin", "2026-03-30T02:30:00"),
    # The day after clocks went back, and the hour that came twice.
    ("Europe/Berlin", "2025-10-27"),
    ("America/New_York", "2025-11-03T01:30:00"),
    ("America/New_York", "2026-03-09"),
    ("America/New_York", "2026-06-01T00:00:00.000001"),
)


@st.composite
def times(draw: st.DrawFn, moment: Moment) -> datetime:
    """Moments around the edges of windows, of days and of as_of itself, and any between."""
    if draw(st.booleans()):
        edge = draw(st.sampled_from([0, 1, 2, 7, 28, 30, 90, 180]))
        wall = moment.local.replace(tzinfo=None) - timedelta(days=edge)
        if draw(st.booleans()):
            wall = wall.replace(hour=0, minute=0, second=0, microsecond=0)
        at = wall.replace(tzinfo=moment.local.tzinfo).astimezone(UTC)
    else:
        at = moment.utc - timedelta(minutes=draw(st.integers(-3000, 60 * 24 * 200)))
    return at + draw(
        st.sampled_from([timedelta(0), timedelta(microseconds=-1), timedelta(hours=1), timedelta(hours=-1)])
    )


@st.composite
def tables(draw: st.DrawFn) -> tuple[Moment, list[dict[str, Any]]]:
    zone, as_of = draw(st.sampled_from(MOMENTS))
    moment = Moment.parse(as_of, zone)
    cents = st.sampled_from([0, 1, 999, 1000, 2000, 2000, 123456, 99999999]).map(lambda value: Decimal(value) / 100)
    row = st.fixed_dictionaries(
        {
            "customer": st.integers(0, CUSTOMERS - 1),
            "occurred_at": times(moment),
            "amount": cents,
            "discount": st.none() | cents,
            "items": st.none() | st.integers(0, 5),
            "status": st.sampled_from(["paid", "completed", "cancelled", "returned", "placed", None]),
            "channel": st.sampled_from(["app", "web", "店", None]),
        }
    )
    return moment, draw(st.lists(row, max_size=30))


def built(folder: Path, moment: Moment, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The profiles, by the real steps from accepted orders on."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with DuckEngine.open(folder / "t.duckdb", zone=moment.zone, threads=1) as engine:
        numbers = list(range(CUSTOMERS))
        people = pa.table({"customer_no": numbers, "customer_id": [f"c_{n}" for n in numbers], "records": numbers})
        engine.create("customers", people, step="customers")
        engine.create("attributes", people.select(["customer_no"]), step="attributes")
        accepted = engine.create("accepted_orders", _accepted(rows), step="orders")
        joined = joined_rows(ORDERS, {"orders": accepted}, {}, lambda table: table, moment)
        engine.create("fact_orders", facts(joined, ORDERS), step="facts")
        run = TagRun(COMPILED, STANDARD, DIMENSIONS, moment, folder / "scratch", imported=_none)
        write_profiles(engine, run)
        return engine.rows(engine.table("profiles").order_by(ibis.asc("customer_no")), step="profiles")


def _none(_: Any) -> Any:
    raise AssertionError("no tag here comes from a file")


def _accepted(rows: list[dict[str, Any]]) -> pa.Table:
    fields = [(name, ibis_type(type_).to_pyarrow()) for name, type_ in ORDERS.types.items()]
    place = [("_source", pa.string()), ("_file", pa.string()), ("_row", pa.int64()), ("_record_key", pa.string())]
    full = [
        {
            "order_id": str(i),
            "_source": "s",
            "_file": "f",
            "_row": i,
            "_record_key": str(i),
            **{name: value for name, value in row.items() if name != "customer"},
            "customer_no": row["customer"],
        }
        for i, row in enumerate(rows)
    ]
    return pa.Table.from_pylist(full, schema=pa.schema([("customer_no", pa.int64()), *fields, *place]))


def by_hand(moment: Moment, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    columns = ["customer", "occurred_at", "amount", "discount", "items", "status", "channel"]
    frame = pd.DataFrame(rows, columns=columns, dtype=object)
    local = pd.to_datetime(frame.occurred_at, utc=True).dt.tz_convert(moment.zone)
    # An order without a status counts as paid.
    frame = frame.assign(local=local, position=range(len(frame)), status=frame.status.fillna("paid"))
    return expected(frame, CUSTOMERS, pd.Timestamp(moment.utc).tz_convert(moment.zone))


def equal(found: Any, wanted: Any) -> bool:
    if found is None or wanted is None:
        return found is wanted
    if isinstance(wanted, float):
        return float(found) == pytest.approx(wanted, rel=1e-9, abs=1e-9)
    return bool(found == wanted)


def compare(folder: Path, moment: Moment, rows: list[dict[str, Any]]) -> None:
    wrong = [
        (number, name, f"found {found[name]!r}", f"expected {wanted[name]!r}")
        for number, (found, wanted) in enumerate(zip(built(folder, moment, rows), by_hand(moment, rows), strict=True))
        for name in TAGS
        if not equal(found[name], wanted[name])
    ]
    assert not wrong


unhurried = settings(deadline=None, suppress_health_check=list(HealthCheck))


@settings(unhurried, max_examples=4, derandomize=True)
@given(table=tables())
def test_every_tag_equals_its_worth_by_hand(tmp_path_factory: pytest.TempPathFactory, table: Any):
    compare(tmp_path_factory.getbasetemp() / "oracle", *table)


@pytest.mark.slow
@settings(unhurried, max_examples=250)
@given(table=tables())
def test_every_tag_equals_its_worth_by_hand_on_many_tables(tmp_path_factory: pytest.TempPathFactory, table: Any):
    compare(tmp_path_factory.getbasetemp() / "oracle", *table)
