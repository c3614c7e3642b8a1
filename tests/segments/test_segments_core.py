"""Core customers: each score by hand, the rank of segments, and what is said of them."""

from __future__ import annotations

import pyarrow as pa
import pytest
from pydantic import ValidationError

from huaxiang.core.moments import Moment
from huaxiang.core.types import Type
from huaxiang.segments.core.check import check_core
from huaxiang.segments.core.run import write_core
from huaxiang.segments.core.spec import CoreSpec
from huaxiang.segments.core.words import ADVICE, advice, why

AS_OF = Moment.parse("2026-06-30", "Asia/Shanghai")
TYPES = {"taste": Type.TEXT, "consent": Type.BOOLEAN, "spend": Type.MONEY, "orders": Type.INTEGER}
SPEC = {
    "relevance": [{"when": "taste = 'baby'", "weight": 3}, {"when": "in_segment('fans')"}],
    "reachability": [
        {"channel": "sms", "when": "consent", "reach": 0.6},
        {"channel": "app", "when": "in_segment('fans')", "reach": 0.5},
    ],
    "profitability": {"value": "spend * 0.5", "cost": "orders * 5"},
}


@pytest.fixture
def build(engine):
    people = {
        "customer_id": list("abcd"),
        "customer_no": [0, 1, 2, 3],
        "taste": ["baby", "baby", "food", None],
        "consent": [True, False, True, None],
        # Profit: 100·0.5 − 2·5 = 40, 20·0.5 − 0 = 10, 10·0.5 − 0 = 5, nothing is 0 − 5 = −5.
        "spend": [100.0, 20.0, 10.0, None],
        "orders": [2, None, 0, 1],
    }
    engine.create("profiles", pa.table(people), step="test")
    engine.create("customers", pa.table({key: people[key] for key in ("customer_id", "customer_no")}), step="test")
    flags = {"fans": [True, False, True, False], "none": [False] * 4, "lapsed": [False, True, False, True]}
    engine.create("segment_flags", pa.table({"customer_no": range(4), **flags}), step="test")
    members = [(name, n) for name, held in flags.items() for n in range(4) if held[n]]
    table = {"segment": [name for name, _ in members], "customer_no": [n for _, n in members]}
    engine.create("segments", pa.table(table), step="test")
    return engine


def written(build, table, **more):
    assert write_core(build, {"autumn": CoreSpec(**SPEC | more)}, AS_OF, threshold=1) == {}
    return build.rows(build.table(table), step="test")


def test_the_scores_by_hand(build):
    rows = {row["customer_id"]: row for row in written(build, "core_customers")}
    # Weights 3 and 1; sms 0.6 and app 0.5: 1 − 0.4 · 0.5 = 0.8.
    assert [rows[one]["relevance"] for one in "abcd"] == [100, 75, 25, 0]
    assert [rows[one]["reachability"] for one in "abcd"] == pytest.approx([80, 0, 80, 0])
    assert [rows[one]["profit"] for one in "abcd"] == [40, 10, 5, -5]
    # Of four: three lower and half of itself, then two, one, none.
    assert [rows[one]["profitability"] for one in "abcd"] == [87.5, 62.5, 37.5, 12.5]
    # Weights alike: the third root of the product. Who can't be reached has 0 in all.
    whole = [(1.0 * 0.8 * 0.875) ** (1 / 3) * 100, 0, (0.25 * 0.8 * 0.375) ** (1 / 3) * 100, 0]
    assert [rows[one]["score"] for one in "abcd"] == pytest.approx(whole)
    assert [row["customer_id"] for row in sorted(rows.values(), key=lambda row: row["rank"])] == list("acbd")


def test_equal_profits_share_their_score(build):
    rows = written(build, "core_customers", profitability={"value": "1"})
    assert {row["profitability"] for row in rows} == {50.0}


def test_a_score_without_weight_does_not_count(build):
    weights = {"relevance": 1, "reachability": 0, "profitability": 1}
    rows = {row["customer_id"]: row for row in written(build, "core_customers", weights=weights)}
    assert rows["b"]["score"] == pytest.approx((0.75 * 0.625) ** 0.5 * 100)


def test_segments_are_ranked_by_the_mean_of_their_members(build):
    fans, lapsed = written(build, "core_segments")
    assert [(row["segment"], row["rank"], row["size"]) for row in (fans, lapsed)] == [("fans", 1, 2), ("lapsed", 2, 2)]
    assert (fans["relevance"], fans["profit_total"]) == (62.5, 45.0)
    # Everyone: relevance 50, reachability 40, profitability 50.
    assert (
        fans["why_en"] == "Reachability 80 (everyone 40), relevance 62 (everyone 50), profitability 62 (everyone 50)."
    )
    assert fans["advice_zh"] == "优先投入。"
    assert lapsed["advice_en"] == "Leave them out."


def test_small_segments_have_a_name_and_no_figures(build):
    write_core(build, {"autumn": CoreSpec(**SPEC)}, AS_OF, threshold=3)
    rows = build.rows(build.table("core_segments"), step="test")
    assert [(row["segment"], row["hidden"], row["size"], row["relevance"]) for row in rows] == [
        ("fans", True, None, None),
        ("lapsed", True, None, None),
    ]


def test_only_the_segments_that_are_named_are_ranked(build):
    assert [row["segment"] for row in written(build, "core_segments", segments=["lapsed"])] == ["lapsed"]


def test_a_definition_on_a_tag_that_is_not_built_is_left_out(build):
    broken = CoreSpec(**SPEC | {"profitability": {"value": "clv"}})
    left_out = write_core(build, {"autumn": CoreSpec(**SPEC), "spring": broken}, AS_OF, threshold=1)
    assert list(left_out) == ["spring"]
    assert "clv" in left_out["spring"].en
    assert [row["name"] for row in build.rows(build.table("core_catalog"), step="test")] == ["autumn"]


def test_a_project_without_core_customers_has_no_tables_of_them(build):
    write_core(build, {}, AS_OF, threshold=1)
    assert not build.has("core_catalog")


def test_mistakes_are_found_with_their_near_miss():
    spec = CoreSpec(
        relevance=[{"when": "tastee = 'baby'"}],
        reachability=[{"channel": "sms", "when": "spend"}],
        profitability={"value": "taste"},
        segments=["fan"],
    )
    found = list(check_core({"autumn": spec}, TYPES, ["fans"]))
    assert [(one.code, one.remedy) for one in found] == [
        ("unknown_tag", "Did you mean 'taste'?"),
        ("expression_type", ""),
        ("expression_type", ""),
        ("unknown_segment", "Did you mean 'fans'?"),
    ]


def test_weights_that_are_all_nothing_are_refused():
    with pytest.raises(ValidationError, match="more than 0"):
        CoreSpec(**SPEC | {"weights": {"relevance": 0, "reachability": 0, "profitability": 0}})


def test_every_combination_of_scores_has_its_advice_in_both_languages():
    base = {"relevance": 50, "reachability": 50, "profitability": 50}
    for high in ADVICE:
        row = dict(zip(base, (60 if one else 40 for one in high), strict=True))
        assert advice(row, base) == ADVICE[high]
        assert why(row, base).zh.startswith(("相关度", "可触达度", "盈利度"))
    assert len({text.zh for text in ADVICE.values()}) == 8
