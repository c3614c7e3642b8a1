"""From facts and attributes to profiles: rules, bins, formulas, SQL, defaults, types."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pydantic import TypeAdapter

from huaxiang.core.errors import ProjectError
from huaxiang.core.moments import Moment
from huaxiang.core.tables import STANDARD
from huaxiang.core.text import Text
from huaxiang.core.types import ibis_type
from huaxiang.store.engine import DuckEngine
from huaxiang.tags.compile import compile_tags
from huaxiang.tags.compiled import Tags
from huaxiang.tags.run import TagRun, write_profiles
from huaxiang.tags.spec import AnyTag, CategorySpec, DimensionSpec

AS_OF = Moment.parse("2026-03-01", "Asia/Shanghai")
AMOUNTS = {"c_a": [10, 20], "c_b": [300], "c_c": [], "c_d": [5, 5, 5], "c_e": [300]}
CITIES = {"c_a": "北京", "c_b": "上海", "c_c": "北京", "c_d": None, "c_e": "广州"}
DIMENSIONS = {
    "d": DimensionSpec(name="d", label=Text("D", "维"), categories={"c": CategorySpec(label=Text("C", "类"))})
}


def build(folder: Path, **definitions: dict[str, Any]) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """Profiles by customer, and the catalog, of five customers with a few orders."""
    ids = sorted(AMOUNTS)
    read = TypeAdapter(AnyTag)
    specs = {
        name: read.validate_python({"name": name, "dimension": "d", "category": "c", **definition})
        for name, definition in definitions.items()
    }
    with DuckEngine.open(folder / "t.duckdb", zone="Asia/Shanghai") as engine:
        numbers = list(range(len(ids)))
        engine.create("customers", pa.table({"customer_no": numbers, "customer_id": ids}), step="customers")
        engine.create(
            "attributes", pa.table({"customer_no": numbers, "city": [CITIES[i] for i in ids]}), step="attributes"
        )
        engine.create("fact_orders", _orders(ids), step="orders")
        orders, customers = engine.table("fact_orders"), engine.table("customers")
        engine.view("orders", orders.join(customers, "customer_no"), step="orders")
        run = TagRun(
            Tags(compile_tags(specs, STANDARD)), STANDARD, DIMENSIONS, AS_OF, folder / "scratch", imported=_no_import
        )
        write_profiles(engine, run)
        rows = engine.rows(engine.table("profiles"), step="profiles")
        catalog = engine.rows(engine.table("tag_catalog"), step="catalog")
    return {row["customer_id"]: row for row in rows}, catalog


def _no_import(_: Any) -> Any:
    raise AssertionError("no import tag here")


def _orders(ids: list[str]) -> pa.Table:
    types = {name: ibis_type(type_).to_pyarrow() for name, type_ in STANDARD["orders"].types.items()}
    rows = [
        {
            "customer_no": number,
            "order_id": f"{name}{i}",
            "occurred_at": datetime(2026, 2, 1 + i, tzinfo=UTC),
            "amount": Decimal(amount),
            "paid": True,
            "status": "paid",
            "_seq": i,
            "_day": datetime(2026, 2, 1 + i, tzinfo=UTC).date(),
        }
        for number, name in enumerate(ids)
        for i, amount in enumerate(AMOUNTS[name])
    ]
    schema = pa.schema([("customer_no", pa.int64()), *types.items(), ("_seq", pa.int64()), ("_day", pa.date32())])
    return pa.Table.from_pylist(rows, schema=schema)


SPEND = {"table": "orders", "value": "sum(amount)", "default": 0}
COUNT = {"table": "orders", "value": "count()", "default": 0}


def column(found: tuple[dict[str, dict[str, Any]], Any], tag: str) -> list[Any]:
    return [found[0][name][tag] for name in sorted(AMOUNTS)]


def test_a_default_stands_where_there_is_no_fact(tmp_path):
    found = build(tmp_path, spend=SPEND, mean={"table": "orders", "value": "avg(amount)"})
    assert column(found, "spend") == [Decimal(30), Decimal(300), Decimal(0), Decimal(15), Decimal(300)]
    assert column(found, "mean") == [15.0, 300.0, None, 5.0, 300.0]


def test_the_first_case_that_holds_decides_and_null_does_not_hold(tmp_path):
    rule = {
        "cases": [{"when": "city = '北京'", "then": "capital"}, {"when": "spend > 20", "then": "spender"}],
        "otherwise": "other",
    }
    found = build(tmp_path, spend=SPEND, city={"attribute": "city"}, kind=rule)
    assert column(found, "kind") == ["capital", "spender", "capital", "other", "spender"]


def test_breaks_are_lower_bounds(tmp_path):
    bins = {"bins": {"of": "spend", "breaks": [15, 300]}}
    assert column(build(tmp_path, spend=SPEND, b=bins), "b") == ["15–300", "≥300", "<15", "15–300", "≥300"]


def test_equal_values_share_a_quantile_bin(tmp_path):
    # Spends 0, 15, 30, 300, 300: below each lie 0, 1, 2, 3 and 3 of 5; bins of two: 1 + floor(2 × share).
    bins = {"bins": {"of": "spend", "quantiles": 2}}
    assert column(build(tmp_path, spend=SPEND, b=bins), "b") == [1, 2, 1, 1, 2]


def test_descending_quantile_bins_are_numbered_from_the_largest_value(tmp_path):
    # From the top: 300 and 300 have none above, 30 has 2, 15 has 3, 0 has 4 of 5.
    bins = {"bins": {"of": "spend", "quantiles": 5, "descending": True}}
    assert column(build(tmp_path, spend=SPEND, b=bins), "b") == [3, 1, 5, 4, 1]


def test_a_condition_narrows_whose_values_are_ranked(tmp_path):
    # Among the four buyers: 15, 30, 300, 300 have 0, 1, 2, 2 of 4 below.
    bins = {"bins": {"of": "spend", "quantiles": 4, "where": "orders > 0"}}
    assert column(build(tmp_path, spend=SPEND, orders=COUNT, b=bins), "b") == [2, 3, None, 1, 3]


def test_the_top_values_keep_their_names_and_ties_go_to_the_smaller(tmp_path):
    # 北京 twice; 上海 and 广州 once each, of which 上海 is the smaller text.
    bins = {"bins": {"of": "city", "top": 2}}
    assert column(build(tmp_path, city={"attribute": "city"}, b=bins), "b") == ["北京", "上海", "北京", None, "other"]


def test_a_quotient_by_zero_is_null_and_no_error(tmp_path):
    found = build(tmp_path, spend=SPEND, n=COUNT, per={"expression": "spend / n"})
    assert column(found, "per") == [15.0, 300.0, None, 5.0, 300.0]


def test_sql_of_a_tag_sees_the_moment_and_facts_with_customer_id(tmp_path):
    sql = "select customer_id, count(*) as value from orders where occurred_at >= as_of - interval 27 day group by 1"
    # 27 days before 1 March, 00:00 in Shanghai, is 2 February: the first order of each (1 February) does not count.
    found = build(tmp_path, recent={"sql": sql, "type": "integer", "default": 0})
    assert column(found, "recent") == [1, 0, 0, 2, 0]


def test_a_mistake_that_only_the_engine_sees_in_sql_is_a_finding_about_the_tag(tmp_path):
    with pytest.raises(ProjectError) as raised:
        build(tmp_path, t={"sql": "select customer_id, amont as value from orders", "type": "number"})
    assert raised.value.findings[0].code == "sql_refused"


def test_the_catalog_says_how_far_each_tag_reaches(tmp_path):
    _, catalog = build(tmp_path, city={"attribute": "city", "label": {"en": "City", "zh": "城市"}}, spend=SPEND)
    rows = {row["name"]: row for row in catalog}
    assert rows["city"]["coverage"] == 0.8
    assert (rows["city"]["label_zh"], rows["city"]["dimension_zh"], rows["city"]["type"]) == ("城市", "维", "text")
    assert rows["spend"]["kind"] == "aggregate"


def test_a_tag_may_have_the_name_of_a_column_of_the_profile_that_it_reads(tmp_path):
    found = build(tmp_path, city={"attribute": "city"}, upper_city={"expression": "coalesce(city, '?')"})
    assert column(found, "upper_city") == ["北京", "上海", "北京", "?", "广州"]


def test_a_value_whose_newest_fact_is_older_than_its_time_to_live_is_null_and_not_its_default(tmp_path):
    # The newest orders, at 08:00 in Shanghai: b and e on 1 February, a on the 2nd, d on the 3rd; c has none.
    # 27 days before 1 March is 2 February, 00:00; 26 days before it the 3rd.
    found = build(tmp_path, spend=SPEND, lasting={**SPEND, "ttl": "27d"}, brief={**SPEND, "ttl": "26d"})
    assert column(found, "lasting") == [Decimal(30), None, Decimal(0), Decimal(15), None]
    assert column(found, "brief") == [None, None, Decimal(0), Decimal(15), None]
