"""Counting what crowds did."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa

from huaxiang.personas.aspects.deeds import count_deeds
from huaxiang.personas.crowds import Population
from huaxiang.store.engine import DuckEngine


def test_what_many_overlapping_crowds_did_is_what_each_of_them_did():
    """Customers 0, 2, 4 … 78 in twenty segments: those whose number has a rest of at most i by 20 are in segment i."""
    numbers = list(range(0, 80, 2))
    members = [(f"s{i:02}", number) for i in range(20) for number in numbers if number % 20 <= i]
    done = [(number, "abc"[number * turn % 3]) for turn in range(7) for number in numbers[:30] if number % 7 > 1]
    with DuckEngine.open() as engine:
        engine.create("profiles", pa.table({"customer_no": numbers}), step="profiles")
        segments = pa.table({"segment": [each[0] for each in members], "customer_no": [each[1] for each in members]})
        engine.create("segments", segments, step="segments")
        rows = pa.table({"customer_no": [each[0] for each in done], "what": [each[1] for each in done]})
        facts = engine.create("facts", rows, step="facts")
        population = Population(engine, None)
        crowds = [population.crowd(f"s{i:02}") for i in range(20)] + [population.crowd(), population.crowd("s03")]
        keys, found = count_deeds(
            engine, facts, facts.what, population, crowds, step="count", parts=[{"a"}, {"b", "c"}, {"x"}]
        )
    assert keys == ["a", "b", "c"]
    for crowd, deeds in zip(crowds, found, strict=True):
        inside = {numbers[place] for place in crowd.places}
        mine = [(number, what) for number, what in done if number in inside]
        assert deeds.facts.tolist() == [Counter(what for _, what in mine)[key] for key in keys]
        assert deeds.customers.tolist() == [Counter(what for _, what in {*mine})[key] for key in keys]
        assert deeds.doers == len({number for number, _ in mine})
        some = [len({number for number, what in mine if what in part}) for part in ("a", "bc", "x")]
        assert list(deeds.parts) == some
