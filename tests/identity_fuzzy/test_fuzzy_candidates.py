"""Finding pairs: a loop over whole numbers against every pair looked at one by one."""

from __future__ import annotations

import random
from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest

from huaxiang.identity.fuzzy import candidates as finding
from huaxiang.identity.fuzzy.blocking import SWAPPED, Rule
from huaxiang.identity.fuzzy.candidates import Agreeing, candidates, count_pairs, keys_of
from huaxiang.identity.fuzzy.encoded import Encoded
from huaxiang.store import DuckEngine

RULES: list[Agreeing] = [
    [("_linked", "_linked")],
    Rule(("{t}phone",), ("phone",), 0).agreeing,
    Rule(("left({t}phone, 1)", "{t}city"), ("phone", "city"), 0).agreeing,
    SWAPPED,
    Rule(("right({t}phone, 1)",), ("phone",), 0).agreeing,
]


def records(count: int, chance: random.Random) -> dict[str, pa.Array]:
    def some(*values: str | int | None) -> list[str | int | None]:
        return [chance.choice(values) for _ in range(count)]

    # Records stand in the table in any order.
    places = chance.sample(range(count), count)
    names = ("wei", "wang", "li", None)
    return {
        "unique_id": pa.array(places, pa.int64()),
        "_linked": pa.array(some(*range(20), None, None, None), pa.int64()),
        "phone": pa.array(some("11", "12", "21", "", None)),
        "city": pa.array(some("a", "b", None)),
        "given_name_key": pa.array(some(*names)),
        "family_name_key": pa.array(some(*names)),
    }


def agree(rule: Agreeing, one: dict[str, object], other: dict[str, object]) -> bool:
    """Whether two records agree; what is missing or empty agrees with nothing."""

    def said(expression: str, record: dict[str, object]) -> object:
        if "(" not in expression:
            return record[expression]
        phone = record["phone"]
        return phone and str(phone)[:1] if expression.startswith("left") else phone and str(phone)[-1:]

    sides = [(said(a, one), said(b, other)) for a, b in rule]
    return all(a not in (None, "") and a == b for a, b in sides)


@pytest.mark.parametrize("at_once", [3, 1 << 20])
def test_each_pair_comes_once_with_its_first_rule_and_tells_of_those_asked_for(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "_AT_ONCE", at_once)
    content = records(60, random.Random(7))
    table = pa.table(content)
    rows = {row["unique_id"]: row for row in table.to_pylist()}
    asked = [3, 1]
    with DuckEngine.open() as engine:
        engine.create("records", table, step="t")
        parts = list(candidates(keys_of(Encoded(engine, "records"), RULES), asked))
        keys = Encoded(engine, "records")
        counted = [count_pairs([keys.key(one)[0] for one, _ in rule]) for rule in RULES if rule is not SWAPPED]
    assert max(len(part.left) for part in parts) <= at_once
    found = [pair for part in parts for pair in zip(*(side.tolist() for side in part), strict=True)]
    expected = {}
    for one, other in combinations(range(60), 2):
        fits = [agree(rule, rows[one], rows[other]) for rule in RULES]
        if any(fits):
            expected[one, other] = sum(fits[rule] << bit for bit, rule in enumerate(asked))
    assert len(found) == len(expected) > 300
    assert {(left, right): bits for left, right, bits in found} == expected
    assert counted == [
        sum(agree(rule, rows[one], rows[other]) for one, other in combinations(range(60), 2))
        for rule in RULES
        if rule is not SWAPPED
    ]


def test_where_nobody_has_a_value_there_is_no_pair() -> None:
    content = {"unique_id": [0, 1], "phone": pa.array([None, ""], pa.string())}
    with DuckEngine.open() as engine:
        engine.create("records", pa.table(content), step="t")
        keys = keys_of(Encoded(engine, "records"), [RULES[1]])
        assert list(candidates(keys)) == []
    assert count_pairs([np.array([-1, -1], np.int32)]) == 0
