"""Mistakes in segments are found before anything is built."""

from __future__ import annotations

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
