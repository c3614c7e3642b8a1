"""Mistakes in segments are found before anything is built."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from huaxiang.core.tables import STANDARD
from huaxiang.core.types import Type
from huaxiang.segments.check import check_segments
from huaxiang.segments.spec import SegmentSpec

TAGS = {"age": Type.INTEGER, "city": Type.TEXT}


def found(specs, **more):
    return list(check_segments(specs, TAGS, {"phone", "email"}, **more))


def test_a_sound_project_has_no_findings():
    assert found({"a": SegmentSpec(where="age > 3"), "b": SegmentSpec(where="not in_segment('a')")}) == []


def test_an_unknown_tag_is_named_with_its_near_miss():
    (finding,) = found({"a": SegmentSpec(where="agee > 3")})
    assert finding.code == "unknown_tag"
    assert "segment 'a'" in finding.message
    assert finding.remedy == "Did you mean 'age'?"


def test_an_unknown_segment_is_named_with_its_near_miss():
    (finding,) = found({"seniors": SegmentSpec(where="age > 60"), "b": SegmentSpec(where="in_segment('senior')")})
    assert finding.code == "unknown_segment"
    assert finding.remedy == "Did you mean 'seniors'?"


def test_a_rule_that_is_no_condition_is_refused():
    (finding,) = found({"a": SegmentSpec(where="age + 1")})
    assert finding.code == "expression_type"


def test_a_cycle_is_named_as_a_whole_and_only_once():
    findings = found(
        {
            "a": SegmentSpec(where="in_segment('b')"),
            "b": SegmentSpec(where="in_segment('c') or age > 3"),
            "c": SegmentSpec(where="not in_segment('a')"),
            "self": SegmentSpec(where="in_segment('self')"),
            "above": SegmentSpec(where="in_segment('a')"),
        }
    )
    assert {finding.code for finding in findings} == {"segment_cycle"}
    messages = sorted(finding.message for finding in findings)
    assert messages == [
        "segment 'a' is defined by itself: a → b → c → a.",
        "segment 'self' is defined by itself: self → self.",
    ]


def test_a_library_segment_on_a_tag_of_another_trade_is_no_mistake():
    specs = {"parents": SegmentSpec(where="is_parent"), "b": SegmentSpec(where="is_parent")}
    assert [finding.message.split(":")[0] for finding in found(specs, library={"parents"})] == ["segment 'b'"]


def test_a_list_names_a_known_identifier_and_a_file_that_is_there(tmp_path):
    (tmp_path / "vips.csv").write_text("phone\n", encoding="utf-8")
    specs = {
        "good": SegmentSpec(file="vips.csv", key="phone", identifier="phone"),
        "bad": SegmentSpec(file="vip.csv", key="phone", identifier="phnoe"),
    }
    findings = found(specs, folder=tmp_path)
    assert [finding.code for finding in findings] == ["unknown_identifier_type", "segment_file_missing"]
    assert [finding.remedy for finding in findings] == ["Did you mean 'phone'?", "Did you mean 'vips.csv'?"]


def of_facts(**parts):
    return found({"s": SegmentSpec(**parts), "seed": SegmentSpec(where="age > 3")}, tables=STANDARD)


@pytest.mark.parametrize(
    ("parts", "code", "remedy"),
    [
        ({"did": {"what": "ordrs"}}, "unknown_table", "Did you mean 'orders'?"),
        ({"did": {"what": "orders where statsu = 'paid'"}}, "unknown_column", "Did you mean 'status'?"),
        ({"did": {"what": "orders where amount"}}, "expression_type", ""),
        (
            {"did": {"what": "bought something"}},
            "segment_facts",
            "Write [no] TABLE [where CONDITION], such as: orders where category = 'baby'",
        ),
        (
            {"did": {"what": "no orders", "at_least": 2}},
            "did_never_counted",
            "Leave 'at_least' and 'at_most' out, or the 'no'.",
        ),
        (
            {"sequence": {"first": "no orders", "then": "orders"}},
            "sequence_no_step",
            "Write what must not have happened as a 'did' of its own, or put it last.",
        ),
        ({"lookalike": {"seed": "sed", "size": 5}}, "unknown_segment", "Did you mean 'seed'?"),
        ({"lookalike": {"seed": "seed", "size": 5, "tags": ["agee"]}}, "unknown_tag", "Did you mean 'age'?"),
        ({"where": "percentile(city) > 5"}, "expression_type", "For example percentile(amount) >= 90."),
        (
            {"where": "percentile(percentile(age)) > 5"},
            "expression_arguments",
            "For example percentile(amount) >= 90.",
        ),
        ({"where": "top_percent(age, 0)"}, "expression_arguments", "For example top_percent(amount, 10)."),
        (
            {"where": "bucket('x', 1) = 0"},
            "expression_arguments",
            "For example bucket('spring', 10) in (0, 1).",
        ),
        ({"where": "percentile(age, 'sead') > 5"}, "unknown_segment", "Did you mean 'seed'?"),
    ],
)
def test_mistakes_in_what_people_did_and_whom_they_are_like_are_named(parts, code, remedy):
    (finding,) = of_facts(**parts)
    assert (finding.code, finding.remedy) == (code, remedy)
    assert finding.message.startswith("segment 's'")


def test_a_lookalike_of_itself_is_a_cycle():
    specs = {
        "a": SegmentSpec(where="in_segment('b')"),
        "b": SegmentSpec(lookalike={"seed": "a", "share": 0.1}),
    }
    assert [finding.message for finding in found(specs)] == ["segment 'a' is defined by itself: a → b → a."]


def test_names_that_mean_something_else_are_reserved():
    assert [finding.code for finding in found({"everyone": SegmentSpec(where="age > 3")})] == ["reserved_name"]


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({}, "where, did, sequence, lookalike or file"),
        ({"key": "phone", "where": "age > 3"}, "go with 'file'"),
        ({"file": "x.csv"}, "'key'"),
        ({"did": {"what": "orders", "at_least": 3, "at_most": 2}}, "nobody did it at least 3 and at most 2"),
        ({"did": {"what": "orders", "at_least": 0}}, "holds for everyone"),
        ({"lookalike": {"seed": "a"}}, "either 'size'"),
        ({"lookalike": {"seed": "a", "size": 3, "share": 0.1}}, "either 'size'"),
        ({"sequence": {"first": "orders", "then": []}}, "at least 1 item"),
    ],
)
def test_definitions_that_make_no_sense_are_refused(parts, said):
    with pytest.raises(ValidationError, match=said):
        SegmentSpec(**parts)
