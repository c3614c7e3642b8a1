"""Lists that people keep by hand: values of import tags, members of uploaded segments."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tiny import write_tiny

import huaxiang as hx
from huaxiang.core.errors import ProjectError, UsageError
from huaxiang.service.builds import Build

TAGS = """dimensions:
  own: {label: {en: Own, zh: 自有}, categories: {all: {label: {en: All, zh: 全部}}}}
tags:
  sex: {dimension: own, category: all, attribute: gender}
  adviser: {dimension: own, category: all, file: data/list.csv, key: KEY, identifier: BY, column: COLUMN, type: text}
"""
SEGMENTS = "segments:\n  listed: {file: data/list.csv, key: KEY, identifier: BY}\n"
LIST = """phone,who
139 0000 0001,Ann
+8613900000099,Eve
13999999999,Zed
13800138000,Joe
,Nil
"""


@pytest.fixture
def built(tmp_path: Path) -> Callable[..., Build]:
    def build(content: str = LIST, key: str = "phone", by: str = "phone", column: str = "who") -> Build:
        tags, segments = (
            text.replace("KEY", key).replace("BY", by).replace("COLUMN", column) for text in (TAGS, SEGMENTS)
        )
        folder = write_tiny(tmp_path, tags=tags, segments=segments, personas="personas: {}\n")
        (folder / "data/list.csv").write_text(content, encoding="utf-8")
        return hx.load(folder).build()

    return build


def advisers(build: Build) -> list[Any]:
    rows = build.engine.rows(build.profiles.filter(build.profiles.adviser.notnull()), step="read")
    return sorted(row["adviser"] for row in rows)


def test_a_list_finds_its_customers_in_any_spelling_and_junk_finds_nobody(built):
    with built() as build:
        assert advisers(build) == ["Ann", "Eve"]
        assert build.customer("phone:13900000001")["tags"]["adviser"] == "Ann"
        assert build.customer("phone:13900000002")["tags"]["adviser"] == "Eve"
        assert build.segment("listed").count() == 2


def test_a_list_may_name_customers_by_their_id(built):
    with built() as build:
        number = build.customer("phone:13900000001")["customer_id"]
    with built(f"customer,who\n{number},Ann\nc_nobody,Zed\n", key="customer", by="customer_id") as build:
        assert advisers(build) == ["Ann"]
        assert build.segment("listed").customer_ids() == [number]
        (note,) = (found for found in build.summary["findings"] if found["code"] == "list_unmatched")
        assert "1 of the 2 different values in data/list.csv name nobody" in note["message"]
        assert (note["severity"], note["line"] > 0) == ("note", True)


def test_building_again_without_a_change_tells_the_same_findings_once(built, tmp_path: Path):
    with built() as first:
        findings = first.summary["findings"]
    for _ in range(2):
        with hx.load(tmp_path).build() as again:
            assert again.summary["findings"] == findings
    assert [found["code"] for found in findings].count("list_unmatched") == 1


def test_an_empty_list_is_nobodys(built):
    with built("phone,who\n") as build:
        assert advisers(build) == []
        assert build.segment("listed").count() == 0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"key": "fone"},
            r"tag 'adviser', data/list.csv: column 'fone' is not defined.*Did you mean 'phone'.*own.yml:5",
        ),
        ({"column": "wo"}, r"tag 'adviser', data/list.csv: column 'wo' is not defined.*Did you mean 'who'"),
        ({"by": "fone"}, r"identifier type 'fone' is not defined.*Did you mean 'phone'"),
    ],
)
def test_what_a_list_does_not_have_is_named_with_the_near_miss(built, given: dict[str, str], message: str):
    with pytest.raises(ProjectError, match=message):
        built(**given)


SCOPED = "identifiers:\n  phone: {scope: source, clean: [phone]}\n"


def test_a_value_that_names_somebody_else_in_each_scope_says_which_ones_there_are(built, tmp_path: Path):
    (tmp_path / "identity.yml").write_text(SCOPED, encoding="utf-8")
    with pytest.raises(ProjectError) as caught:
        built("phone,who\n139 0000 0001,Ann\n")
    (finding,) = caught.value.findings
    assert finding.code == "ambiguous_identifier"
    assert finding.remedy == "Write it with its scope: +8613900000001@crm, +8613900000001@orders."
    with built("phone,who\n139 0000 0001@crm,Ann\n13900000001@orders,Bob\n13900000099@crm,Eve\n") as build:
        assert advisers(build) == ["Ann", "Bob", "Eve"]
        assert build.customer("phone:13900000001@crm")["tags"]["adviser"] == "Ann"
        assert build.customer("phone:139 0000 0001@orders")["tags"]["adviser"] == "Bob"
        with pytest.raises(UsageError, match=r"names several customers\. Name one: phone:\+8613900000001@crm, phone"):
            build.customer("phone:13900000001")
