"""What records of one person agree on is learned over counted patterns: splink, which looks at pairs, says the same."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from huaxiang.identity.fuzzy.blocking import Rule, choose_rules, training_rules
from huaxiang.identity.fuzzy.comparisons import comparisons
from huaxiang.identity.fuzzy.encoded import Encoded
from huaxiang.identity.fuzzy.passes import learn_m
from huaxiang.identity.fuzzy.score import RARITY, compare
from huaxiang.identity.fuzzy.train import open_linker
from huaxiang.store import DuckEngine

COLUMNS = ("birthday", "city", "email", "email_user", "phone", "sex")


def people(count: int) -> dict[str, Any]:
    """Records of people, every third there twice: with another phone or city, a slip, or without a value."""
    chance, rows = random.Random(7), []
    for number in range(count):
        rows.append(
            {
                "birthday": f"19{chance.randrange(60, 99)}{chance.randrange(1, 13):02}{chance.randrange(1, 29):02}",
                "city": chance.choice(("上海", "北京", "广州", "上海浦东")),
                "email": chance.choice((f"p{number % 150}@a.cn", None)),
                "phone": f"138{number:08}",
                "sex": chance.choice("fm"),
            }
        )
        if number % 3 == 0:
            again = dict(rows[-1])
            name = chance.choice(("city", "email", "phone", "sex", "birthday"))
            again[name] = chance.choice((None, rows[number // 2][name], (again[name] or "0")[::-1]))
            rows.append(again)
    for row in rows:
        row["email_user"] = row["email"] and row["email"].split("@")[0]
    content: dict[str, Any] = {"unique_id": pa.array(range(len(rows)), pa.int64())}
    for name in COLUMNS:
        content[name] = pa.array([row[name] for row in rows], pa.string())
        content[RARITY + name] = pa.array(np.zeros(len(rows), np.float32))
    return content


def told(settings: dict[str, Any], kind: str) -> dict[tuple[str, str], float]:
    return {
        (comparison["output_column_name"], level["sql_condition"]): level[kind]
        for comparison in settings["comparisons"]
        for level in comparison["comparison_levels"]
        if kind in level
    }


@pytest.fixture(scope="module")
def trained() -> tuple[dict[str, Any], dict[str, Any], int]:
    """The settings after the passes, as splink's own and as ours, and how many passes there were."""
    content = people(240)
    with DuckEngine.open() as engine:
        engine.create("records", pa.table(content), step="t")
        encoded = Encoded(engine, "records")
        rules = choose_rules(encoded, COLUMNS, len(content["unique_id"]))
        passes = training_rules(rules)
        settings = {
            "link_type": "dedupe_only",
            "unique_id_column_name": "unique_id",
            "comparisons": comparisons(COLUMNS),
            "probability_two_random_records_match": 0.002,
        }
        linker = open_linker(engine, "records", settings)
        linker.training.estimate_u_using_random_sampling(max_pairs=100_000, seed=1, num_chunks=1)
        ours = linker.misc.save_model_to_json()
        agreeing = [rule.agreeing for rule in passes]
        found = compare(encoded, settings["comparisons"], [rule.agreeing for rule in rules], agreeing)
        worked = learn_m(ours, found.codes.read(found.patterns), list(zip(passes, found.passes, strict=True)))
        assert worked == passes
        for rule in passes:
            linker.training.estimate_parameters_using_expectation_maximisation(rule.sql)
        return linker.misc.save_model_to_json(), ours, len(passes)


def test_passes_over_patterns_come_to_what_splink_comes_to(trained):
    splinks, ours, passes = trained
    assert passes >= 3
    expected = told(splinks, "m_probability")
    assert len(expected) >= 12
    assert told(ours, "m_probability") == pytest.approx(expected, rel=1e-9)
    assert told(ours, "u_probability") == told(splinks, "u_probability")


def test_a_pass_whose_pairs_are_all_of_different_people_tells_nothing():
    levels = [
        {"sql_condition": "x", "is_null_level": True},
        {"sql_condition": '"sex_l" = "sex_r"', "u_probability": 0.5},
        {"sql_condition": "ELSE", "u_probability": 0.5},
    ]
    settings = {
        "comparisons": [{"output_column_name": "sex", "comparison_levels": levels}],
        "probability_two_random_records_match": 0.0,
    }
    rule = Rule(("{t}phone",), ("phone",), 10)
    assert learn_m(settings, np.array([[0], [1]]), [(rule, np.array([5.0, 5.0]))]) == []
    assert "m_probability" not in levels[1]
