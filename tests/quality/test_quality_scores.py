"""Scores: every figure can be worked out by hand."""

from __future__ import annotations

import pytest

from huaxiang.core.text import Text
from huaxiang.quality.expect import Outcome
from huaxiang.quality.scores import DIMENSIONS, UNMEASURED, Measured, scores, scores_table
from huaxiang.sources.spec import ExpectSpec

BALANCE = {"source": "s", "feed": 0, "target": "orders", "read": 10, "used": 6, "quarantined": 2,
           "deduplicated": 1, "set_aside": 1}  # fmt: skip


def column(name, filled, invalid, rows=10):
    return {"source": "s", "target": "orders", "column": name, "rows": rows, "filled": filled, "invalid": invalid}


def by_dimension(found, source="s"):
    return {row.dimension: row.score for row in found if row.source == source}


def test_each_dimension_is_the_mean_of_its_parts():
    freshness = {"source": "s", "column": None, "metric": "freshness", "value": 4.0, "detail": ""}
    measured = Measured(
        "s",
        metrics=[freshness],
        balance=[BALANCE],
        columns=[column("amount", 0.8, 1), column("status", 0.5, 0)],
        compared=frozenset({0}),
        allowed_days=3.0,
    )
    found = by_dimension(scores([measured], {}))
    assert found == {
        "completeness": pytest.approx(70),  # amount: 8 good and 1 bad of 10; status: 5 of 10
        "uniqueness": pytest.approx(100 * 6 / 7),  # 1 of the 7 rows that are neither aside nor quarantined
        "validity": pytest.approx(100 * (8 / 9 + 1) / 2),
        "consistency": pytest.approx(100 * 7 / 9),  # 2 of the 9 rows that are wanted
        "timeliness": 75.0,  # 3 days allowed, 4 days old
        "accuracy": None,
        "total": pytest.approx((70 + 600 / 7 + 850 / 9 + 700 / 9 + 75) / 5),
    }


def test_a_source_that_is_fresh_enough_scores_100():
    freshness = {"source": "s", "column": None, "metric": "freshness", "value": 2.0, "detail": ""}
    assert by_dimension(scores([Measured("s", [freshness], allowed_days=3.0)], {}))["timeliness"] == 100.0


def test_without_a_key_nobody_can_tell_duplicates_and_the_score_says_so():
    found = scores([Measured("s", balance=[BALANCE])], {})
    [row] = [row for row in found if (row.source, row.dimension) == ("s", "uniqueness")]
    assert row.score is None
    assert row.detail == UNMEASURED["uniqueness"]


def test_a_rule_counts_for_the_dimension_that_it_names():
    rules = [
        Outcome("s", None, ExpectSpec(name="a", that="x", dimension="accuracy"), rows=10, failed=2),
        Outcome("s", None, ExpectSpec(name="b", that="x"), rows=10, failed=1),
        Outcome("s", None, ExpectSpec(name="c", that="x"), rows=0, failed=0),
    ]
    found = by_dimension(scores([Measured("s", outcomes=rules)], {}))
    assert (found["accuracy"], found["consistency"]) == (80.0, 90.0)


def test_the_overall_score_gives_every_source_the_same_weight_whatever_its_rows():
    large = Measured("large", columns=[column("amount", 1.0, 0, rows=1000)])
    small = Measured("small", columns=[column("amount", 0.5, 0, rows=2)])
    found = by_dimension(scores([large, small], {}), source=None)
    assert found["completeness"] == 75.0
    assert found["total"] == pytest.approx((75.0 + 100.0) / 2)  # with validity


def test_an_empty_source_has_no_score_and_no_part_in_the_overall_one():
    empty = Measured(
        "empty", balance=[dict.fromkeys(BALANCE, 0) | {"target": "orders"}], columns=[column("a", 0.0, 0, 0)]
    )
    full = Measured("full", columns=[column("amount", 0.5, 0)])
    found = scores([empty, full], {})
    assert set(by_dimension(found, "empty").values()) == {None}
    assert by_dimension(found, None)["completeness"] == 50.0


def test_the_score_of_the_former_build_stands_beside_the_new_one():
    found = scores([Measured("s", columns=[column("amount", 0.5, 0)])], {("s", "completeness"): 60.0})
    table = scores_table(found).to_pylist()
    [row] = [row for row in table if (row["source"], row["dimension"]) == ("s", "completeness")]
    assert (row["score"], row["before"]) == (50.0, 60.0)
    assert row["detail_en"] == "1 parts, lowest orders.amount: 50.0%"
    assert row["detail_zh"] == "共 1 项，最低为 orders.amount：50.0%"


def test_every_dimension_has_a_name_and_a_reason_to_be_missing_in_both_languages():
    assert DIMENSIONS.keys() == UNMEASURED.keys()
    for text in (*DIMENSIONS.values(), *UNMEASURED.values()):
        assert isinstance(text, Text)
        assert text.en != text.zh
