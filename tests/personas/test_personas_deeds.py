"""Counting what crowds did."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from operator import itemgetter

import pyarrow as pa
import pytest

from huaxiang.core.moments import Moment
from huaxiang.personas.aspects import deeds
from huaxiang.personas.aspects.deeds import Facts, count_deeds, read_pairs
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
        pairs = read_pairs(engine, facts, facts.what, population, step="count")
        keys, found = count_deeds(pairs, population, crowds, parts=[{"a"}, {"b", "c"}, {"x"}])
    assert keys == ["a", "b", "c"]
    for crowd, counted in zip(crowds, found, strict=True):
        inside = {numbers[place] for place in crowd.places}
        mine = [(number, what) for number, what in done if number in inside]
        assert counted.facts.tolist() == [Counter(what for _, what in mine)[key] for key in keys]
        assert counted.customers.tolist() == [Counter(what for _, what in {*mine})[key] for key in keys]
        assert counted.doers == len({number for number, _ in mine})
        some = [len({number for number, what in mine if what in part}) for part in ("a", "bc", "x")]
        assert list(counted.parts) == some


@pytest.mark.parametrize(("room", "reads"), [(1 << 20, 1), (10, 2)], ids=["kept", "too many to be kept"])
def test_what_customers_did_is_read_once_for_all_portraits_if_it_is_little(
    monkeypatch: pytest.MonkeyPatch, room: int, reads: int
):
    """Customers 1, 2 and 3 bought: 1 toys twice, 2 food, 3 both; toys in 2025-06 lie before the window."""
    monkeypatch.setattr(deeds, "MOST_KEPT", room)
    moment = Moment.parse("2026-06-30", "UTC")
    bought = [(1, "toys", 1), (1, "toys", 2), (2, "food", 3), (3, "toys", 4), (3, "food", 4), (2, "toys", 400)]
    with DuckEngine.open() as engine:
        engine.create("profiles", pa.table({"customer_no": [1, 2, 3, 4]}), step="profiles")
        engine.create("segments", pa.table({"segment": ["some", "some"], "customer_no": [1, 3]}), step="segments")
        lines = {
            "customer_no": [who for who, *_ in bought],
            "what": [what for _, what, _ in bought],
            "occurred_at": pa.array([moment.utc - timedelta(days=days) for *_, days in bought]),
        }
        engine.create("fact_lines", pa.table(lines), step="facts")
        population = Population(engine, None)
        facts = Facts(engine, population, moment)
        found = []
        for name in ("everyone", "some"):
            found.append(
                facts.count("lines", itemgetter("what"), [population.crowd(name)], step="what", parts=[{"toys"}])
            )
            population.release()
        assert [step.step for step in engine.log].count("what") == reads
        assert facts.of("tickets") is None
    assert [keys for keys, _ in found] == [["food", "toys"], ["food", "toys"]]
    (everyone,), (some,) = (counted for _, counted in found)
    assert (everyone.customers.tolist(), everyone.facts.tolist(), everyone.doers, everyone.parts) == (
        [2, 2], [2, 3], 3, (2,),
    )  # fmt: skip
    assert (some.customers.tolist(), some.facts.tolist(), some.doers, some.parts) == ([1, 2], [1, 3], 2, (2,))


@pytest.mark.parametrize("numbers", [[0, 1, 2], [1, 2, 3], [2, 5, 6], [40, 41]], ids=str)
def test_the_place_of_a_customer_is_found_whatever_their_numbers(numbers: list[int]):
    with DuckEngine.open() as engine:
        engine.create("profiles", pa.table({"customer_no": numbers}), step="profiles")
        assert Population(engine, None).place_of[numbers].tolist() == list(range(len(numbers)))
