"""Mistakes in personas are found before anything is built."""

from __future__ import annotations

from huaxiang.personas.check import check_personas
from huaxiang.personas.spec import PersonaSpec


def found(**specs):
    return list(check_personas(specs, {"champions", "regulars"}, {"age"}, {"value"}))


def test_a_persona_of_a_segment_against_everyone_or_another_is_fine():
    assert found(champions=PersonaSpec(), other=PersonaSpec(segment="regulars", base="champions", tags=("age",))) == []


def test_every_unknown_name_is_found_with_its_near_miss():
    findings = found(p=PersonaSpec(segment="champion", base="regular", tags=("agee",), dimensions=("values",)))
    assert [(one.code, one.remedy) for one in findings] == [
        ("unknown_segment", "Did you mean 'champions'?"),
        ("unknown_segment", "Did you mean 'regulars'?"),
        ("unknown_tag", "Did you mean 'age'?"),
        ("unknown_dimension", "Did you mean 'value'?"),
    ]


def test_nobody_is_compared_with_himself():
    assert [one.code for one in found(champions=PersonaSpec(base="champions"))] == ["persona_base"]
