"""Every aggregate of the definition language is worth the same on DuckDB and on Spark."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from conformance import same
from kernel_cases import EXPRESSIONS, ZONE, facts, pass_of, tag

from huaxiang.core.errors import HuaxiangError
from huaxiang.core.moments import Moment
from huaxiang.store.engine import DuckEngine
from huaxiang.tags.reference import atom_query

AS_OF = Moment.parse("2026-03-01", ZONE)
CUSTOMERS = 12


def random_facts() -> list[dict[str, Any]]:
    """Facts of twelve customers over four months, with gaps, ties, nights, and moments after `as_of`."""
    chance = random.Random(4)
    start = datetime(2025, 11, 1, tzinfo=UTC)

    def maybe(value: Any) -> Any:
        return None if chance.random() < 0.15 else value

    return [
        {
            "customer_no": chance.randrange(CUSTOMERS),
            "occurred_at": start + timedelta(hours=7 * chance.randrange(420)),
            "amount": maybe(Decimal(chance.randrange(-5000, 20000)) / 100),
            "rating": maybe(chance.randrange(-8, 20) / 4),
            "quantity": maybe(chance.randrange(6)),
            "category": maybe(chance.choice(["a", "b", "c", "母婴", ""])),
            "paid": maybe(chance.random() < 0.5),
            "due": maybe(date(2026, 1, 1) + timedelta(days=chance.randrange(40))),
        }
        for _ in range(300)
    ]


RUN, _ = pass_of(*(tag(value, f"t{i}", window="60d" if i % 3 == 0 else None) for i, value in enumerate(EXPRESSIONS)))


@pytest.fixture(scope="module")
def results(spark, tmp_path_factory):
    """Engine → atom → customer → value."""
    from huaxiang.store.spark.engine import SparkEngine

    folder = tmp_path_factory.mktemp("aggregates")
    with DuckEngine.open(zone=ZONE) as duck, SparkEngine.open(folder, zone=ZONE) as spark_engine:
        return {"duckdb": values_of(duck), "spark": values_of(spark_engine)}


def values_of(engine) -> dict[str, Any]:
    table = engine.create("fact_sales", facts(random_facts()), step="facts")
    queries = {name: atom_query(RUN, atom, table, "occurred_at", AS_OF) for name, atom in RUN.atoms.items()}
    found: dict[str, Any] = {}
    for type_ in {atom.type for atom in RUN.atoms.values()}:
        found |= computed(engine, {name: queries[name] for name, atom in RUN.atoms.items() if atom.type is type_})
    return found


def computed(engine, queries: dict[str, Any]) -> dict[str, Any]:
    """The values of atoms of one type in one query, or each for itself where that fails."""
    import ibis

    parts = [query.select("customer_no", "value", atom=ibis.literal(name)) for name, query in queries.items()]
    try:
        rows = engine.rows(ibis.union(*parts) if len(parts) > 1 else parts[0], step="aggregates")
    except (HuaxiangError, ibis.IbisError) as error:
        if len(queries) == 1:
            return dict.fromkeys(queries, error)
        return {key: value for name in queries for key, value in computed(engine, {name: queries[name]}).items()}
    values: dict[str, Any] = {name: {} for name in queries}
    for row in rows:
        values[row["atom"]][row["customer_no"]] = row["value"]
    return values


@pytest.mark.parametrize("name", RUN.atoms)
def test_both_engines_agree_on_the_aggregate(name: str, results):
    duck, spark = results["duckdb"][name], results["spark"][name]
    assert not isinstance(duck, Exception), duck
    assert not isinstance(spark, Exception), spark
    assert duck.keys() == spark.keys()
    wrong = {key: (duck[key], spark[key]) for key in duck if not same(duck[key], spark[key])}
    assert wrong == {}, RUN.atoms[name]
