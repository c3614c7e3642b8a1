"""Profiles that go on from those of a former build are equal to profiles that are computed anew."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

import huaxiang.project.turnover_tags as turnover_tags
import huaxiang.tags.renewal as renewal
from huaxiang.core.moments import Moment
from huaxiang.core.tables import STANDARD
from huaxiang.core.text import Text
from huaxiang.core.types import ibis_type
from huaxiang.project.base import Base
from huaxiang.project.turnover_tags import former_tags
from huaxiang.store.engine import DuckEngine
from huaxiang.tags.compile import compile_tags
from huaxiang.tags.compiled import Tags
from huaxiang.tags.former import FormerTags, fingerprints
from huaxiang.tags.run import TagRun, write_profiles
from huaxiang.tags.spec import AnyTag, CategorySpec, DimensionSpec

ZONE = "Asia/Shanghai"
FIRST, LATER = Moment.parse("2026-03-01", ZONE), Moment.parse("2026-03-03", ZONE)
DIMENSIONS = {
    "d": DimensionSpec(name="d", label=Text("D", "维"), categories={"c": CategorySpec(label=Text("C", "类"))})
}
DEFINITIONS: dict[str, dict[str, Any]] = {
    "city": {"attribute": "city"},
    "spend": {"table": "orders", "value": "sum(amount)", "default": 0},
    "recent": {"table": "orders", "value": "count()", "window": "30d"},
    "share": {"table": "orders", "value": "within(sum(amount), 10d) / sum(amount)"},
    "channels": {"table": "orders", "value": "top_list(channel, 2)"},
    "last_at": {"table": "orders", "value": "last(occurred_at)"},
    "lasting": {"table": "orders", "value": "sum(amount)", "ttl": "27d"},
    "since": {"expression": "days_since(last_at)"},
    "each": {"expression": "spend / recent"},
    "where": {"cases": [{"when": "city = '北京' and spend > 20", "then": "here"}], "otherwise": "there"},
    "tier": {"bins": {"of": "spend", "quantiles": 3}},
    "low": {"cases": [{"when": "tier = 1", "then": True}], "otherwise": False},
    "told": {"sql": "select customer_id, count(*) as value from orders group by 1", "type": "integer"},
    "twice": {"expression": "told * 2"},
}
ALONE = {"city", "spend", "recent", "share", "channels", "last_at", "lasting", "since", "each", "where"}
"""Tags that concern a customer alone; `told` and `twice` come from SQL, `tier` and `low` compare customers."""

TIMELESS = {"city", "spend", "channels", "last_at", "where"}

Order = tuple[int, int, int, str]
"""Customer, days before the first moment (less than none: after it), amount, channel."""


def tags_of(definitions: Mapping[str, dict[str, Any]]) -> Tags:
    read = TypeAdapter(AnyTag)
    common = {"dimension": "d", "category": "c"}
    specs = {name: read.validate_python({"name": name, **common, **each}) for name, each in definitions.items()}
    return Tags(compile_tags(specs, STANDARD))


class Shop:
    """Customers, their cities and their orders as one build finds them, and the profiles that it makes of them.

    Its file begins as a copy of that of `former`, where there is one.
    """

    def __init__(
        self,
        file: Path,
        cities: Mapping[int, str],
        orders: Sequence[Order],
        moment: Moment,
        former: Shop | None = None,
    ) -> None:
        self.file, self.moment, self.cities = file, moment, cities
        if former is not None:
            former.engine.close()
            shutil.copyfile(former.file, file)
        self.engine = DuckEngine.open(file, zone=ZONE)
        if former is not None:
            self.engine.put_aside(former.file, ["profiles"])
        numbers = sorted(cities)
        ids = [f"c{number}" for number in numbers]
        self.engine.create("customers", pa.table({"customer_no": numbers, "customer_id": ids}), step="customers")
        lived = pa.table({"customer_no": numbers, "city": [cities[number] for number in numbers]})
        self.engine.create("attributes", lived, step="attributes")
        self.engine.create("fact_orders", facts(orders, cities, moment), step="orders")
        rows, customers = self.engine.table("fact_orders"), self.engine.table("customers")
        self.engine.view("orders", rows.join(customers, "customer_no"), step="orders")

    def profiles(self, tags: Tags, former: FormerTags | None = None) -> pa.Table:
        run = TagRun(tags, STANDARD, DIMENSIONS, self.moment, self.file.parent / "scratch", _no_import, former=former)
        write_profiles(self.engine, run)
        return self.engine.arrow(self.engine.table("profiles"), step="profiles").sort_by("customer_no")


def facts(orders: Sequence[Order], cities: Mapping[int, str], moment: Moment) -> pa.Table:
    types = {name: ibis_type(type_).to_pyarrow() for name, type_ in STANDARD["orders"].types.items()}
    rows = [
        {"customer_no": customer, "occurred_at": at, "_day": at.date(), "amount": Decimal(amount), "channel": channel}
        for customer, days, amount, channel in orders
        if customer in cities and (at := FIRST.utc.astimezone(UTC) - timedelta(days=days)) < moment.utc
    ]
    rows.sort(key=lambda row: (row["customer_no"], row["occurred_at"], row["amount"], row["channel"]))
    schema = pa.schema([("customer_no", pa.int64()), *types.items(), ("_seq", pa.int64()), ("_day", pa.date32())])
    return pa.Table.from_pylist([{**row, "_seq": place} for place, row in enumerate(rows)], schema=schema)


def _no_import(_: Any) -> Any:
    raise AssertionError("no import tag here")


def gone_on(then: Shop, now: Shop, tags: tuple[Tags, Tags], touched: Sequence[int] | None) -> FormerTags | None:
    """What holds of the profiles of `then`; `touched` have other orders (None: nobody knows)."""
    then.engine.close()
    tables = now.engine.attach(then.file, "former")
    known = fingerprints(tags[0], then.moment)
    base = Base(then.file.parent, "former", tables, str(then.moment), {}, (), True, known)
    numbers = None if touched is None else np.array(sorted(set(touched)), np.int64)
    now_known = fingerprints(tags[1], now.moment)
    return former_tags(now.engine, base, tags[1], now_known, {"orders": numbers}, same_people=then.cities == now.cities)


@pytest.fixture(autouse=True)
def _few_customers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of six customers one is a sixth, and many of fourteen tags are computed for everybody."""
    monkeypatch.setattr(turnover_tags, "MOST", 1)
    monkeypatch.setattr(renewal, "MOVED", 9)
    monkeypatch.setattr(renewal, "ANEW", 1)


CITIES = dict.fromkeys(range(6), "北京")
ORDERS: list[Order] = [(number, 10 * number, 10, "app") for number in range(6)]


def what_holds(
    folder: Path,
    *,
    definitions: Mapping[str, dict[str, Any]] = DEFINITIONS,
    cities: Mapping[int, str] = CITIES,
    moment: Moment = FIRST,
    touched: Sequence[int] | None = (),
) -> FormerTags | None:
    """What is taken over by a build that finds `cities`, and that `touched` have other orders."""
    then = Shop(folder / "then.duckdb", CITIES, ORDERS, FIRST)
    then.engine.create("profiles", pa.table({"customer_no": list(CITIES)}), step="profiles")
    now = Shop(folder / "now.duckdb", cities, ORDERS, moment)
    with now.engine:
        return gone_on(then, now, (tags_of(DEFINITIONS), tags_of(definitions)), touched)


def test_where_nothing_changed_all_tags_hold_but_those_from_elsewhere(tmp_path):
    found = what_holds(tmp_path)
    assert found is not None
    assert found.tags == {*ALONE, "tier", "low"}
    assert found.touched.tolist() == []


def test_where_somebody_has_other_facts_tags_that_compare_are_computed_for_all(tmp_path):
    found = what_holds(tmp_path, touched=[3])
    assert found is not None
    assert found.tags == ALONE
    assert found.touched.tolist() == [3]


def test_who_is_new_or_has_another_attribute_is_computed(tmp_path):
    found = what_holds(tmp_path, cities={**CITIES, 2: "上海", 6: "北京"}, touched=[3])
    assert found is not None
    assert found.touched.tolist() == [2, 3, 6]


def test_that_a_customer_is_gone_changes_what_compares(tmp_path):
    found = what_holds(tmp_path, cities=dict.fromkeys(range(5), "北京"))
    assert found is not None
    assert (found.tags, found.touched.tolist()) == (ALONE, [])


def test_at_a_later_moment_only_tags_hold_that_do_not_ask_for_it(tmp_path):
    found = what_holds(tmp_path, moment=LATER)
    assert found is not None
    # Quartiles of all spending are among them: nobody spent anything in between.
    assert found.tags == {*TIMELESS, "tier", "low"}


def test_a_changed_definition_is_computed_with_all_that_read_it(tmp_path):
    found = what_holds(tmp_path, definitions={**DEFINITIONS, "recent": {**DEFINITIONS["recent"], "window": "60d"}})
    assert found is not None
    assert found.tags == {*ALONE, "tier", "low"} - {"recent", "each"}


def test_facts_of_which_nobody_knows_what_changed_are_read_anew(tmp_path):
    found = what_holds(tmp_path, touched=None)
    assert found is not None
    assert found.tags == {"city"}


def test_when_many_are_touched_everything_is_computed(tmp_path, monkeypatch):
    monkeypatch.setattr(turnover_tags, "MOST", 0.2)
    # Two of six are a third.
    assert what_holds(tmp_path, touched=[2, 3]) is None


order = st.tuples(
    st.integers(0, 7),
    st.sampled_from([-3, -2, -1, 0, 1, 9, 10, 11, 26, 27, 28, 30, 31, 200]),
    st.integers(0, 50),
    st.sampled_from(["app", "web", "shop"]),
)
cities = st.dictionaries(st.integers(0, 7), st.sampled_from(["北京", "上海"]), min_size=1)


@given(cities, cities, st.lists(order, max_size=12), st.lists(order, max_size=3), st.sampled_from([FIRST, LATER]))
@settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_what_is_taken_over_is_what_would_be_computed(tmp_path_factory, lived, moved, orders, more, moment):
    folder = tmp_path_factory.mktemp("any")
    edited = tags_of({**DEFINITIONS, "spend": {**DEFINITIONS["spend"], "value": "max(amount)"}})
    for number, tags in enumerate((tags_of(DEFINITIONS), edited)):
        then = Shop(folder / f"then{number}.duckdb", lived, orders, FIRST)
        then.profiles(tags_of(DEFINITIONS))
        now = Shop(folder / f"now{number}.duckdb", moved, [*orders, *more], moment)
        # Who has new orders, and who has some that lay after the first moment.
        touched = [who for who, *_ in more] + [who for who, days, *_ in orders if days <= 0]
        with now.engine:
            anew = now.profiles(tags)
            kept = gone_on(then, now, (tags_of(DEFINITIONS), tags), touched)
            assert now.profiles(tags, kept).equals(anew)
        stays = Shop(folder / f"stays{number}.duckdb", moved, [*orders, *more], moment, then)
        with stays.engine:
            kept = gone_on(then, stays, (tags_of(DEFINITIONS), tags), touched)
            assert stays.profiles(tags, kept).equals(anew)


ALL = dict.fromkeys(range(40), "北京")
EACH: list[Order] = [(number, 10, number, "app") for number in ALL]


def test_rows_of_others_stay_where_they_are_and_those_of_the_touched_stand_behind_them(tmp_path):
    then = Shop(tmp_path / "then.duckdb", ALL, EACH, FIRST)
    then.profiles(tags_of(DEFINITIONS))
    # Customer 3 ordered again, 7 is gone and 40 is new.
    cities, orders = {**ALL, 40: "北京"}, [*EACH, (3, 1, 50, "web"), (40, 1, 5, "web")]
    del cities[7]
    now = Shop(tmp_path / "now.duckdb", cities, orders, FIRST, then)
    with now.engine:
        tags = tags_of(DEFINITIONS)
        kept = gone_on(then, now, (tags, tags), [3, 40])
        stays = now.profiles(tags, kept)
        numbers = now.engine.arrow(now.engine.table("profiles"), step="profiles")["customer_no"].to_pylist()
        assert numbers == [number for number in range(40) if number not in (3, 7)] + [3, 40]
        assert stays.equals(now.profiles(tags))


@pytest.mark.parametrize(("limit", "value"), [("MOVED", 0.02), ("ANEW", 0.2)])
def test_once_much_has_changed_profiles_are_written_as_a_whole_in_order(tmp_path, monkeypatch, limit, value):
    # One of forty rows, and of fourteen tags the four that SQL and quantiles make, are more than that.
    monkeypatch.setattr(renewal, limit, value)
    then = Shop(tmp_path / "then.duckdb", ALL, EACH, FIRST)
    then.profiles(tags_of(DEFINITIONS))
    now = Shop(tmp_path / "now.duckdb", ALL, [*EACH, (3, 1, 50, "web")], FIRST, then)
    with now.engine:
        tags = tags_of(DEFINITIONS)
        now.profiles(tags, gone_on(then, now, (tags, tags), [3]))
        numbers = now.engine.arrow(now.engine.table("profiles"), step="profiles")["customer_no"].to_pylist()
        assert numbers == sorted(ALL)
