"""From accepted rows to facts."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest

from huaxiang.core.moments import Moment
from huaxiang.core.tables import STANDARD
from huaxiang.core.types import ibis_type
from huaxiang.facts.build import facts, facts_sorted_once, joined_rows
from huaxiang.store.engine import DuckEngine

AS_OF = Moment.parse("2026-03-01", "Asia/Shanghai")
OWNERS = {"ann": 0, "bob": 1}


@pytest.fixture
def engine():
    with DuckEngine.open(zone="Asia/Shanghai") as opened:
        yield opened


def accepted(engine: DuckEngine, table: str, rows: list[dict[str, Any]]) -> ibis.Table:
    types = {name: ibis_type(type_).to_pyarrow() for name, type_ in STANDARD[table].types.items()}
    texts = [(name, pa.string()) for name in ("id_name", "_source", "_file", "_record_key")]
    schema = pa.schema([*types.items(), *texts, ("_row", pa.int64())])
    full = [
        {"_source": "s", "_file": "f.csv", "_row": i + 1, "_record_key": str(i), **row} for i, row in enumerate(rows)
    ]
    return engine.create(f"accepted_{table}", pa.Table.from_pylist(full, schema=schema), step=table)


def owned(rows: ibis.Table) -> ibis.Table:
    """Stands in for identity: the customer by name."""
    cases = [(rows.id_name == name, number) for name, number in OWNERS.items()]
    return rows.mutate(customer_no=ibis.cases(*cases, else_=ibis.null("int64")))


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 2, day, hour, tzinfo=UTC)


def joined(
    engine: DuckEngine, table: str, aside: tuple[str, ...] = (), **rows: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The rows of `table`, where the orders `aside` were set aside."""
    tables = {name: accepted(engine, name, content) for name, content in rows.items()}
    later = {name: ibis.memtable({"order_id": aside}, schema={"order_id": "string"}) for name in tables}
    result = joined_rows(STANDARD[table], tables, later, owned, AS_OF)
    return engine.rows(result.order_by("_row"), step="joined")


def test_an_order_line_without_a_customer_belongs_to_the_customer_of_its_order(engine):
    rows = joined(
        engine,
        "order_lines",
        orders=[{"order_id": "1", "occurred_at": at(3), "amount": Decimal(5), "id_name": "bob", "status": "paid"}],
        order_lines=[{"order_id": "1", "amount": Decimal(5)}],
    )
    assert (rows[0]["customer_no"], rows[0]["occurred_at"], rows[0]["_problem"]) == (1, at(3), None)


def test_an_order_line_takes_the_earliest_status_of_its_order_so_a_later_return_does_not_undo_it(engine):
    rows = joined(
        engine,
        "order_lines",
        orders=[
            {"order_id": "1", "occurred_at": at(9), "amount": Decimal(5), "id_name": "bob", "status": "returned"},
            {"order_id": "1", "occurred_at": at(3), "amount": Decimal(5), "id_name": "bob", "status": "completed"},
        ],
        order_lines=[{"order_id": "1", "amount": Decimal(5)}],
    )
    assert (rows[0]["status"], rows[0]["paid"]) == ("completed", True)


def test_a_line_of_an_order_that_was_set_aside_is_set_aside_with_it(engine):
    order = {"order_id": "1", "occurred_at": at(3), "amount": Decimal(5), "id_name": "bob"}
    lines = [{"order_id": number, "amount": Decimal(5)} for number in ("1", "2", "3", "3")]
    # Order 1 came in, and again after as_of; order 2 came in only then; nobody knows an order 3.
    rows = joined(engine, "order_lines", ("1", "2"), orders=[order], order_lines=lines)
    assert [row["_aside"] is not None for row in rows] == [False, True, False, False]
    assert [row["_problem"] for row in rows] == [None, "no customer", "no customer", "no customer"]


def test_a_line_keeps_its_own_values_and_takes_only_what_is_empty_from_the_product(engine):
    rows = joined(
        engine,
        "order_lines",
        products=[{"product_id": "p", "category": "tea", "brand": "B"}],
        order_lines=[
            {"order_id": "1", "product_id": "p", "category": "gift", "amount": Decimal(5), "occurred_at": at(3)}
        ],
    )
    assert (rows[0]["category"], rows[0]["brand"]) == ("gift", "B")


def test_a_cancelled_order_is_a_fact_that_is_not_paid(engine):
    orders = [
        {"order_id": str(i), "occurred_at": at(3), "amount": Decimal(5), "id_name": "ann", "status": status}
        for i, status in enumerate(("paid", "cancelled", None))
    ]
    rows = joined(engine, "orders", orders=orders)
    # Without a status, an order counts as paid: that is what lists of sales mean.
    assert [row["paid"] for row in rows] == [True, False, True]


def test_a_row_that_nobody_can_be_found_for_says_so(engine):
    rows = joined(engine, "orders", orders=[{"order_id": "1", "occurred_at": at(3), "amount": Decimal(5)}])
    assert rows[0]["_problem"] == "no customer"


def test_a_required_value_that_no_lookup_could_fill_is_a_problem(engine):
    rows = joined(engine, "order_lines", order_lines=[{"order_id": "1", "amount": Decimal(5), "id_name": "ann"}])
    assert rows[0]["_problem"] == "missing occurred_at"


def test_a_row_at_as_of_or_known_after_it_is_set_aside(engine):
    midnight = datetime(2026, 2, 28, 16, tzinfo=UTC)
    order = {"order_id": "1", "amount": Decimal(5), "id_name": "ann"}
    rows = joined(
        engine,
        "orders",
        orders=[
            order | {"occurred_at": midnight},
            order | {"occurred_at": at(3), "received_at": datetime(2026, 3, 2, tzinfo=UTC)},
            order | {"occurred_at": at(3), "received_at": midnight},
        ],
    )
    assert [row["_aside"] for row in rows] == ["after as_of", "after as_of", None]


def test_facts_are_sorted_by_customer_and_time_and_numbered(engine):
    order = {"order_id": "1", "amount": Decimal(5)}
    tables = {
        "orders": accepted(
            engine,
            "orders",
            [
                order | {"occurred_at": at(9), "id_name": "bob"},
                order | {"occurred_at": at(5), "id_name": "ann"},
                order | {"occurred_at": at(3, 20), "id_name": "bob"},
                order | {"occurred_at": at(5), "id_name": "ann"},
            ],
        )
    }
    rows = engine.rows(
        facts(joined_rows(STANDARD["orders"], tables, {}, owned, AS_OF), STANDARD["orders"]), step="facts"
    )
    assert [(row["customer_no"], row["_row"], row["_seq"]) for row in rows] == [
        (0, 2, 0),
        (0, 4, 1),
        (1, 3, 0),
        (1, 1, 1),
    ]
    # 20:00 UTC on the third is the morning of the fourth in Shanghai.
    assert rows[2]["_day"].isoformat() == "2026-02-04"


def test_facts_that_are_sorted_once_are_those_that_are_numbered_by_customer(engine):
    """150,000 orders of 300 customers, each moment of theirs ten times: more than one thread sorts at a time."""
    order = {"order_id": "1", "amount": Decimal(5)}
    few = [order | {"occurred_at": at(1 + i * 7 % 25), "id_name": str(i * 31 % 300)} for i in range(300)]
    accepted(engine, "orders", few)
    many = "SELECT * REPLACE (range * 300 + _row AS _row), range % 50 AS turn FROM accepted_orders, range(500)"
    rows = engine.sql(many, step="orders")
    rows = rows.mutate(occurred_at=rows.occurred_at + rows.turn.as_interval("h")).drop("turn")
    joined = joined_rows(
        STANDARD["orders"],
        {"orders": rows},
        {},
        lambda each: each.mutate(customer_no=each.id_name.cast("int64")),
        AS_OF,
    )
    by_window, at_once = (
        engine.arrow(make(joined, STANDARD["orders"]), step="facts") for make in (facts, facts_sorted_once)
    )
    assert by_window.num_rows == 150_000
    assert at_once.equals(by_window)
