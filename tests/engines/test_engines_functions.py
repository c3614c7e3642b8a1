"""Every function of the definition language is worth the same on DuckDB and on Spark."""

from __future__ import annotations

from typing import Any

import pytest
from conformance import AS_OF, EXPRESSIONS, compiled, differences, rows

from huaxiang.core.errors import HuaxiangError
from huaxiang.expressions.functions import AggregateFunction, Macro, functions
from huaxiang.store.engine import DuckEngine

CASES = [(name, text) for name, texts in EXPRESSIONS.items() for text in texts]


def test_every_function_that_is_computed_per_row_is_tried_here():
    per_row = {name for name, row in functions().items() if not isinstance(row, AggregateFunction | Macro)}
    assert per_row == EXPRESSIONS.keys()


@pytest.fixture(scope="module")
def results(spark, tmp_path_factory):
    """Engine → time zone → expression → its values in order of rows, or what the engine said."""
    from huaxiang.store.spark.engine import SparkEngine

    found: dict[str, dict[tuple[str, str], Any]] = {"duckdb": {}, "spark": {}}
    for zone in AS_OF:
        folder = tmp_path_factory.mktemp("functions")
        with DuckEngine.open(zone=zone) as duck, SparkEngine.open(folder, zone=zone) as spark_engine:
            for name, engine in (("duckdb", duck), ("spark", spark_engine)):
                values = values_of(engine, zone)
                found[name] |= {(zone, text): value for text, value in values.items()}
    return found


def values_of(engine, zone: str) -> dict[str, Any]:
    table = engine.create("values", rows(), step="values")
    columns, failed = {}, {}
    for number, (_, text) in enumerate(CASES):
        try:
            columns[f"c{number}"] = compiled(table, text, zone)
            engine.backend.compile(table.select(x=columns[f"c{number}"]))
        except Exception as error:
            columns.pop(f"c{number}", None)
            failed[text] = error
    names = list(columns)
    done: dict[str, Any] = dict(failed)
    for some in (names[at : at + 40] for at in range(0, len(names), 40)):
        done |= computed(engine, table, {name: columns[name] for name in some})
    return done


def computed(engine, table, columns: dict[str, Any]) -> dict[str, Any]:
    """The values of some expressions in one query, or each for itself where that fails."""
    try:
        arrow = engine.arrow(table.select("row", **columns).order_by("row"), step="values")
    except HuaxiangError as error:
        if len(columns) == 1:
            (name,) = columns
            return {CASES[int(name[1:])][1]: error}
        return {key: value for name in columns for key, value in computed(engine, table, {name: columns[name]}).items()}
    return {CASES[int(name[1:])][1]: arrow.column(name).to_pylist() for name in columns}


@pytest.mark.parametrize("zone", AS_OF)
@pytest.mark.parametrize(("name", "text"), CASES)
def test_both_engines_agree_on(name: str, text: str, zone: str, results):
    duck, spark = results["duckdb"][zone, text], results["spark"][zone, text]
    assert not isinstance(duck, Exception), duck
    assert not isinstance(spark, Exception), spark
    inputs = rows().to_pylist()
    wrong = [(left, right, inputs[row]) for row, left, right in differences(duck, spark)]
    assert wrong[:3] == []
