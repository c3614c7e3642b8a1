"""The built-in identifier types, and what is said about mistakes in identity.yml."""

from __future__ import annotations

from typing import Any

import pytest

from huaxiang.core.findings import Finding, Location
from huaxiang.core.types import Type
from huaxiang.identity import check_identity, identifier_types
from huaxiang.identity.defaults import DEFAULTS
from huaxiang.identity.spec import AttributeSpec, HouseholdsSpec, IdentifierSpec, IdentitySpec


def findings(spec: IdentitySpec) -> list[Finding]:
    known: dict[str, Any] = {
        "types": {"phone"},
        "attributes": {"gender": Type.TEXT, "city": Type.TEXT, "labels": Type.LIST},
        "sources": {"crm", "pos"},
        "cleaning": {"phone", "trim"},
    }
    return list(check_identity(spec, **known))


def homes(**definition: Any) -> IdentitySpec:
    return IdentitySpec(households=HouseholdsSpec(**definition))


def test_households_over_identifiers_and_attributes_have_no_findings() -> None:
    assert (
        findings(homes(by=("phone", {"on": ["city", "gender"], "surname": True}), where="city = '北京'", head="city"))
        == []
    )


def test_a_project_changes_a_built_in_type_key_by_key() -> None:
    spec = IdentitySpec(identifiers={"phone": IdentifierSpec(limit=3, junk=(13911112222,))})  # type: ignore[arg-type]
    phone = identifier_types(spec, [])["phone"]
    assert phone.limit == 3
    assert phone.priority == DEFAULTS["phone"].priority
    assert {"13911112222", "13800138000"} <= set(phone.junk)
    assert {"+8613911112222", "+8613800138000"} <= set(phone.junk)  # as the cleaning of phones writes them
    assert phone.label.zh == "手机号"


def test_types_come_the_strongest_first_and_an_unknown_one_gets_generic_defaults() -> None:
    types = identifier_types(IdentitySpec(), ["cookie", "phone", "loyalty_card", "member_no"])
    assert list(types) == ["member_no", "phone", "cookie", "loyalty_card"]
    assert (types["loyalty_card"].priority, types["loyalty_card"].limit) == (100, 20)
    assert types["loyalty_card"].label.en == "Loyalty card"


def test_every_built_in_type_has_a_label_in_both_languages() -> None:
    assert all(spec.label.en and spec.label.zh for spec in DEFAULTS.values())


def test_definitions_without_mistakes_have_no_findings() -> None:
    spec = IdentitySpec(
        identifiers={"phone": IdentifierSpec(clean=("phone",), pattern=r"^\d+$")},
        attributes={"gender": AttributeSpec(rule="source_priority", sources=("crm", "pos"))},
    )
    assert findings(spec) == []


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        (IdentitySpec(identifiers={"fone": IdentifierSpec()}), "unused_identifier"),
        (IdentitySpec(identifiers={"phone": IdentifierSpec(clean=("fone",))}), "unknown_cleaning_function"),
        (IdentitySpec(identifiers={"phone": IdentifierSpec(pattern="[")}), "bad_pattern"),
        (IdentitySpec(identifiers={"phone": IdentifierSpec(pattern=r"(?=1)")}), "bad_pattern"),
        (IdentitySpec(attributes={"gendr": AttributeSpec()}), "unknown_attribute"),
        (IdentitySpec(attributes={"gender": AttributeSpec(sources=("crn",))}), "unknown_source"),
        (IdentitySpec(attributes={"gender": AttributeSpec(rule="source_priority")}), "no_source_priority"),
        (IdentitySpec(default=AttributeSpec(rule="source_priority")), "no_source_priority"),
        (IdentitySpec(default=AttributeSpec(rule="expression", by="sity")), "unknown_column"),
        (IdentitySpec(attributes={"city": AttributeSpec(rule="expression", by="labels")}), "expression_type"),
        (IdentitySpec(attributes={"city": AttributeSpec(rule="expression", by="max(city)")}), "expression_aggregate"),
        (IdentitySpec(together=(("city", "gendr"),)), "unknown_attribute"),
        (homes(by=("phone", "fone")), "unknown_household_key"),
        (homes(by=({"on": ["city", "phone"]},)), "unknown_household_key"),  # of several, each is an attribute
        (homes(by=("phone",), where="city"), "expression_type"),
        (homes(by=("phone",), where="sity = '北京'"), "unknown_column"),
        (homes(by=("phone",), head="labels"), "expression_type"),
        (IdentitySpec(together=(("city", "gender"), ("gender",))), "attribute_twice"),
    ],
)
def test_a_mistake_is_named(spec: IdentitySpec, code: str) -> None:
    assert [finding.code for finding in findings(spec)] == [code]


def test_a_finding_names_the_line() -> None:
    spec = IdentitySpec(
        attributes={"gendr": AttributeSpec()}, at=Location("identity.yml", 1), lines={"attributes.gendr": 7}
    )
    (finding,) = findings(spec)
    assert finding.at == Location("identity.yml", 7)
    assert finding.remedy == "Did you mean 'gender'?"
