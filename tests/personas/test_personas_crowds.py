"""Who is in which segment, read at once or one by one."""

from __future__ import annotations

import pyarrow as pa
import pytest

from huaxiang.personas.crowds import Population
from huaxiang.store.engine import DuckEngine


@pytest.mark.parametrize("members", [{}, {"a": [1]}, {"b": [3, 7], "a": [0, 1, 9]}, {"all": [0, 1, 3, 7, 9], "c": [9]}])
def test_members_learnt_at_once_are_those_read_one_by_one(members: dict[str, list[int]]):
    with DuckEngine.open(threads=1) as engine:
        engine.create("profiles", pa.table({"customer_no": [0, 1, 3, 7, 9]}), step="fixture")
        rows = [(name, number) for name, numbers in members.items() for number in numbers]
        names, numbers = pa.array([row[0] for row in rows], pa.string()), pa.array([row[1] for row in rows], pa.int64())
        engine.create("segments", pa.table({"segment": names, "customer_no": numbers}), step="fixture")
        learnt, asked = Population(engine, None), Population(engine, None)
        learnt.learn()
        for name, expected in members.items():
            for population in (learnt, asked):
                assert population.numbers[population.crowd(name).places].tolist() == sorted(expected)
        assert learnt.crowd("nobody").size == 0
