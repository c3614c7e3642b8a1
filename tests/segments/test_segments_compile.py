"""Rules and lists become members."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from huaxiang.core.moments import Moment
from huaxiang.core.types import Type
from huaxiang.segments.done import History
from huaxiang.segments.explain import parts_of_member
from huaxiang.segments.flags import with_level
from huaxiang.segments.plan import plan_segments
from huaxiang.segments.run import SegmentRun, level_rows, write_segments
from huaxiang.segments.spec import SegmentSpec

AS_OF = Moment.parse("2026-06-30", "Asia/Shanghai")
TAGS = {"age": Type.INTEGER, "city": Type.TEXT, "vip": Type.BOOLEAN, "last_order": Type.DATE}


def rule(where: str, **more) -> SegmentSpec:
    return SegmentSpec(where=where, **more)


@pytest.fixture
def profiles(engine):
    content = pa.table(
        {
            "customer_id": ["a", "b", "c", "d"],
            "customer_no": [0, 1, 2, 3],
            "age": [25, 35, 45, None],
            "city": ["上海", "上海", "北京", None],
            "vip": [True, False, None, True],
            "last_order": [date(2026, 6, 1), date(2026, 5, 31), None, date(2026, 6, 29)],
        }
    )
    return engine.create("profiles", content, step="test")


def formed(engine, specs, uploaded=None):
    """The plan, after it was carried out."""
    plan = plan_segments(specs, TAGS, uploaded or ())
    given = {spec.file: (uploaded or {}).get(name) for name, spec in specs.items()}
    write_segments(engine, SegmentRun(plan, History(engine.table, {}, AS_OF), lambda spec: given[spec.file]))
    return plan


def members(engine, profiles, specs, uploaded=None) -> dict[str, str]:
    found = dict.fromkeys(formed(engine, specs, uploaded).built, "")
    for row in engine.rows(engine.table("segments"), step="test"):
        found[row["segment"]] += row["customer_id"]
    return found


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("age >= 35", "bc"),
        ("age between 20 and 40 and city = '上海'", "ab"),
        ("city in ('北京', '广州')", "c"),
        ("vip", "ad"),
        ("not vip", "b"),
        ("vip or age > 40", "acd"),
        ("city is null", "d"),
        # 30 June less 1 June is 29 days, less 31 May is 30 days.
        ("days_since(last_order) <= 29", "ad"),
        ("days_since(last_order) <= 30", "abd"),
    ],
)
def test_a_rule_holds_for_those_it_names(engine, profiles, where, expected):
    assert members(engine, profiles, {"s": rule(where)}) == {"s": expected}


def test_a_rule_that_is_null_does_not_hold_nor_does_a_segment_built_on_it(engine, profiles):
    specs = {"old": rule("age > 40"), "not_old": rule("not in_segment('old')")}
    assert members(engine, profiles, specs) == {"old": "c", "not_old": "abd"}


def test_segments_are_built_in_order_of_dependency_whatever_the_order_of_definition(engine, profiles):
    specs = {
        "three": rule("in_segment('two') and vip"),
        "two": rule("in_segment('one') or city = '北京'"),
        "one": rule("city = '上海'"),
    }
    assert plan_segments(specs, TAGS).levels == (("one",), ("two",), ("three",))
    assert members(engine, profiles, specs) == {"one": "ab", "two": "abc", "three": "a"}


def test_a_segment_of_segments_reads_written_members_and_never_their_rules(engine, profiles):
    specs = {"one": rule("city = '上海' and percentile(age) >= 50"), "two": rule("in_segment('one') and vip is null")}
    plan = plan_segments(specs, TAGS)
    written = engine.create("_level", with_level(profiles, plan, ["one"], AS_OF), step="test")
    level = with_level(level_rows(profiles, written, plan, ["two"], ["one"]), plan, ["two"], AS_OF)
    text = str(engine.backend.compile(level))
    assert "上海" not in text
    assert "RANK" not in text.upper()
    assert "_level" in text


def test_segments_that_were_never_asked_for_again_are_still_there_for_set_algebra(engine, profiles):
    formed(engine, {"a": rule("age >= 35"), "b": rule("in_segment('a') and city = '北京'")})
    rows = engine.rows(engine.table("segment_flags"), step="test")
    assert [(row["customer_no"], row["a"], row["b"]) for row in rows] == [
        (0, False, False),
        (1, True, False),
        (2, True, True),
        (3, False, False),
    ]


def test_percentiles_have_ties_on_one_side_and_top_percent_on_the_other(engine):
    # Values 1, 2, 2, 4 and none: 2 has one of four below (25), 4 has three of four (75).
    content = {"customer_id": list("abcde"), "customer_no": list(range(5)), "age": [1, 2, 2, 4, None]}
    engine.create("profiles", pa.table(content), step="test")
    specs = {
        "half": rule("percentile(age) >= 50"),
        "quarter": rule("percentile(age) >= 25"),
        # Three of four have at least 2: the best half, with all who tie with its last one.
        "top_half": rule("top_percent(age, 50)"),
        "top": rule("top_percent(age, 1)"),
        # Among b, c and d: two have 2 (0), one has 4 (66.7).
        "within": rule("percentile(age, 'quarter') > 0"),
        "none": rule("percentile(age) is null"),
    }
    expected = {"half": "d", "quarter": "bcd", "top_half": "bcd", "top": "d", "within": "d", "none": "e"}
    assert members(engine, None, specs) == expected


def test_where_a_customer_stands_is_told_beside_how_many_are_compared(engine):
    content = {"customer_id": list("abcde"), "customer_no": list(range(5)), "age": [1, 2, 2, 4, None]}
    engine.create("profiles", pa.table(content), step="test")
    plan = formed(engine, {"half": rule("percentile(age) >= 50")})

    def standing(number: int) -> tuple[float | None, ...]:
        (part,) = parts_of_member(engine, plan.segments["half"], History(engine.table, {}, AS_OF), number)
        (row,) = part["compared"]
        return row["own"], row["compared"], row["lower"], row["higher"]

    assert standing(1) == (2, 4, 1, 1)
    # Without an age: others are compared, but nobody with it.
    assert standing(4) == (None, 4, None, None)


def test_an_uploaded_list_is_a_segment_that_rules_may_use(engine, profiles):
    specs = {
        "list": SegmentSpec(file="vip.csv", key="phone", identifier="phone"),
        "rest": rule("not in_segment('list')"),
    }
    listed = engine.create("listed", pa.table({"customer_no": [1, 1, 3, 99]}), step="test")
    assert members(engine, profiles, specs, {"list": listed}) == {"list": "bd", "rest": "ac"}


def test_a_segment_on_a_missing_tag_is_left_out_with_those_that_rest_on_it(engine, profiles):
    specs = {
        "fine": rule("vip"),
        "parents": rule("is_new_parent and life_stage = 'x'"),
        "more": rule("in_segment('parents') and vip"),
        "list": SegmentSpec(file="vip.csv", key="phone", identifier="phone"),
    }
    plan = plan_segments(specs, TAGS)
    assert plan.built == ("fine",)
    assert {name: reason.en for name, reason in plan.left_out.items()} == {
        "parents": "the tags 'is_new_parent' and 'life_stage' are not built",
        "list": "its list 'vip.csv' was not read",
        "more": "the segment 'parents' is not built",
    }
    assert plan.left_out["parents"].zh == "所需标签 is_new_parent、life_stage 未构建"
    assert members(engine, profiles, specs) == {"fine": "ad"}


def test_a_wrong_rule_is_left_out_with_what_is_wrong():
    plan = plan_segments({"s": rule("age = 'x' and"), "t": rule("age + 1")}, TAGS)
    assert plan.built == ()
    assert "segment 's'" in plan.left_out["s"].en
    assert "boolean" in plan.left_out["t"].en


def test_no_segments_make_an_empty_table_of_the_same_columns(engine, profiles):
    formed(engine, {})
    assert engine.table("segments").columns == ("segment", "customer_id", "customer_no")
    assert engine.table("segment_flags").columns == ("customer_no",)


def test_the_catalog_counts_members_and_keeps_empty_segments(engine, profiles):
    specs = {
        "all": rule("vip is null or vip is not null"),
        "nobody": rule("age > 200", label={"en": "Nobody", "zh": "无人"}, action="Wait", group="rfm"),
        "vips": rule("vip"),
    }
    formed(engine, specs)
    rows = engine.rows(engine.table("segment_catalog"), step="test")
    assert [(row["name"], row["size"], row["share"]) for row in rows] == [
        ("all", 4, 1.0),
        ("nobody", 0, 0.0),
        ("vips", 2, 0.5),
    ]
    assert (rows[1]["label_zh"], rows[1]["action_en"], rows[1]["group"]) == ("无人", "Wait", "rfm")
    assert rows[2]["label_en"] == "vips"
