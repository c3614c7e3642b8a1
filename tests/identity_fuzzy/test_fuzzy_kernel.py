"""Pairs are compared by compiled loops: what these say is what the conditions in SQL say, which splink trains with."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest

from huaxiang.identity.fuzzy.blocking import SWAPPED
from huaxiang.identity.fuzzy.candidates import candidates, keys_of
from huaxiang.identity.fuzzy.comparisons import LEVELS, comparisons
from huaxiang.identity.fuzzy.encoded import Encoded
from huaxiang.identity.fuzzy.prepare import KEYS
from huaxiang.identity.fuzzy.score import RARITY, Codes, compare
from huaxiang.store import DuckEngine

ALPHABETS = ("ab", "0123456789", "ab ", "王李张 é", "ab01@.", "xyz王😀 1")


def mistyped(text: str, chance: random.Random) -> str:
    signs = list(text)
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        at = chance.randrange(len(signs) + 1)
        match chance.randrange(3):
            case 0:
                signs.insert(at, chance.choice("a0王 @"))
            case 1:
                signs[at : at + 1] = []
            case _:
                signs[at : at + 2] = signs[at : at + 2][::-1]
    return "".join(signs)


def values(count: int, chance: random.Random) -> list[str | None]:
    """Values of all lengths and scripts, many a former one with a slip, some missing, some long."""
    found: list[str | None] = [None, ""]
    while len(found) < count:
        former = chance.choice(found) or ""
        length = chance.choice((1, 2, 3, 8, 11, 20, 40))
        fresh = "".join(chance.choices(chance.choice(ALPHABETS), k=length))
        day = f"{chance.choice((1980, 1981))}{chance.choice((1, 2, 12)):02}{chance.choice((1, 2, 12)):02}"
        found.append(chance.choice((mistyped(former, chance), former, fresh, day, None)))
    return chance.sample(found, count)


def in_sql(engine: DuckEngine, compared: list[dict], columns: list[str], worth: tuple[int, ...]) -> dict:
    """The pattern and rarity of every pair, by the conditions that splink is told."""
    digits = []
    for comparison, counts in zip(compared, worth, strict=True):
        levels = comparison["comparison_levels"]
        cases = [
            f"when {level['sql_condition']} then {0 if level.get('is_null_level') else len(levels) - place}"
            for place, level in enumerate(levels[:-1])
        ]
        digits.append(f"{counts}::bigint * (case {' '.join(cases)} else 1 end)")
    names = [comparison["output_column_name"] for comparison in compared]
    rare = [name for name in names if LEVELS[name][0].frequency]
    rarity = " + ".join(f'case when "{name}_l" = "{name}_r" then "{RARITY}{name}_l" else 0 end' for name in rare)
    one, two = (", ".join(f'"{name}" as "{name}_{side}"' for name in columns) for side in ("l", "r"))
    query = (
        f"select unique_id_l as l, unique_id_r as r, ({' + '.join(digits)})::bigint as p, ({rarity})::float as b "
        f"from (select {one} from records), (select {two} from records) where unique_id_l < unique_id_r"
    )
    return {(row["l"], row["r"]): (row["p"], row["b"]) for row in engine.rows(engine.sql(query, step="t"), step="t")}


@pytest.mark.parametrize("names", [{"full_name"}, {"given_name", "family_name"}], ids=["one name", "two names"])
def test_loops_say_of_every_pair_what_the_conditions_say(names: set[str]):
    chance, count = random.Random(20_061), 90
    named = [name for name in LEVELS if name in names or not name.endswith("name")]
    compared = comparisons([*named, *names])
    columns = [*named, *(KEYS[name] for name in named if name in KEYS)]
    content = {"unique_id": pa.array(range(count))} | {name: pa.array(values(count, chance)) for name in columns}
    if "given_name" in names:
        # Some exchange their names.
        given = content["given_name_key"].to_pylist()
        content["family_name_key"] = pa.array([chance.choice(given) for _ in given])
    for name in named:
        seen = {value: np.float32(chance.uniform(0, 9)) for value in content[name].to_pylist()}
        content[RARITY + name] = pa.array([seen[value] for value in content[name].to_pylist()], pa.float32())
    with DuckEngine.open() as engine:
        engine.create("records", pa.table(content), step="t")
        found = compare(Encoded(engine, "records"), compared, [[("1", "1")]])
        # Numbers are compared to the last digit: how this engine rounds, it says itself.
        assert "fuzzy: rounding" in {each.step for each in engine.log}
        expected = in_sql(engine, compared, list(content), Codes.of(compared).worth)
    pairs = zip(found.left.tolist(), found.right.tolist(), strict=True)
    said = zip(found.patterns[found.code].tolist(), found.rarity.tolist(), strict=True)
    assert dict(zip(pairs, said, strict=True)) == expected
    assert len(found.left) == count * (count - 1) // 2


def _pairs(engine: DuckEngine, rules: list) -> list:
    return [part[:2] for part in candidates(keys_of(Encoded(engine, "records"), rules))]


def test_a_pair_comes_once_and_a_missing_value_agrees_with_none():
    content = {
        "unique_id": [0, 1, 2, 3, 4],
        "phone": ["1", "1", None, None, "2"],
        "city": ["a", "a", "a", None, None],
        "year": ["80", "80", "80", "80", "80"],
    }
    with DuckEngine.open() as engine:
        engine.create("records", pa.table(content), step="t")
        rules = [[("phone", "phone")], [("city", "city"), ("left(year, 1)", "left(year, 1)")]]
        found = [list(zip(*map(np.ndarray.tolist, part), strict=True)) for part in _pairs(engine, rules)]
        assert not engine.has("_fuzzy_distinct")
    assert [sorted(part) for part in found] == [[(0, 1)], [(0, 2), (1, 2)]]


def test_exchanged_names_bring_a_pair_together():
    content = {
        "unique_id": [0, 1, 2],
        "given_name_key": ["wei", "wang", "wei"],
        "family_name_key": ["wang", "wei", "li"],
    }
    with DuckEngine.open() as engine:
        engine.create("records", pa.table(content), step="t")
        [(left, right)] = _pairs(engine, [SWAPPED])
    assert (left.tolist(), right.tolist()) == ([0], [1])
