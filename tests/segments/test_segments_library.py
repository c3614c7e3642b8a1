"""The segments of huaxiang/retail rest on tags of huaxiang/retail."""

from __future__ import annotations

import pytest

from huaxiang.project.load import load
from huaxiang.segments.plan import plan_segments

RFM = {
    "champions": "重要价值客户",
    "high_value_developing": "重要发展客户",
    "high_value_at_risk": "重要保持客户",
    "high_value_lapsed": "重要挽留客户",
    "regulars": "一般价值客户",
    "newcomers": "一般发展客户",
    "fading": "一般保持客户",
    "hibernating": "一般挽留客户",
}


@pytest.fixture(scope="module")
def retail(tmp_path_factory):
    folder = tmp_path_factory.mktemp("retail")
    (folder / "huaxiang.yml").write_text("name: shop\nuses: [huaxiang/retail]\n", encoding="utf-8")
    return load(folder)


def test_every_segment_can_be_built_where_all_tags_are(retail):
    plan = plan_segments(retail.segments, retail.compiled.types, (), retail.tables)
    assert not plan.left_out
    assert len(plan.built) >= 33


def test_every_segment_says_in_both_languages_who_it_is_and_what_to_do(retail):
    for spec in retail.segments.values():
        for text in (spec.label, spec.description, spec.action):
            assert text.en
            assert any("\u4e00" <= letter <= "\u9fff" for letter in text.zh), (spec.name, text)


def test_the_eight_groups_of_rfm_have_their_classical_names(retail):
    groups = {name: spec for name, spec in retail.segments.items() if spec.group == "rfm"}
    assert {name: spec.label.zh for name, spec in groups.items()} == RFM
    labels = retail.tags["rfm_group"].values
    assert {name: labels[name].en for name in groups} == {name: spec.label.en for name, spec in groups.items()}


def test_every_value_of_a_tier_and_a_stage_is_a_segment(retail):
    for prefix, tag in (("tier_", "value_tier"), ("stage_", "lifecycle_stage")):
        assert {prefix + value for value in retail.tags[tag].values} <= set(retail.segments)


def test_the_personas_portray_segments_of_the_library(retail):
    assert {spec.segment for spec in retail.personas.values()} <= set(retail.segments)
