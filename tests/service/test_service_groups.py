"""Households, accounts and disagreements of a whole build: tags, profiles, exports, the command line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny import write_tiny
from typer.testing import CliRunner

import huaxiang as hx
from huaxiang.cli.app import app
from huaxiang.core.errors import NotFoundError
from huaxiang.service.builds import Build

CRM = """crm_id,card,name,mobile,mail,address,updated,employer,title
1,A,王芳,13900000001,wang@acme.cn,上海市世纪大道8号,2025-01-05,Acme Ltd,采购经理
2,B,李雷,13900000001,li@acme.cn,,2025-02-01,,
3,C,赵敏,13900000003,zhao@qq.com,上海世纪大道８号,2025-04-01,,
4,A,王方,13900000001,,上海市南京路1号,2024-12-01,,
"""
SOURCES = """sources:
  crm:
    path: data/crm.csv
    key: crm_id
    feeds:
      - table: records
        identifiers: {member_no: card, phone: mobile, email: mail}
        columns: {recorded_at: updated, name: name, address: address, company: employer, job_title: title}
"""
IDENTITY = """households:
  by: [phone, address]
accounts: {}
"""
TAGS = """dimensions:
  own:
    label: {en: Own, zh: 自有}
    categories: {all: {label: {en: All, zh: 全部}}}
tags:
  home: {dimension: own, category: all, attribute: household_members}
  together: {dimension: own, category: all, expression: home >= 2}
"""
SEGMENTS = """segments:
  families: {label: {en: Families, zh: 家庭}, where: together}
  deciders: {label: {en: Buyers, zh: 采购}, where: account_role = 'payer'}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = {"crm": CRM, "sources": SOURCES, "tags": TAGS, "segments": SEGMENTS, "personas": "personas: {}\n"}
    made = write_tiny(tmp_path_factory.mktemp("groups") / "groups", library=True, **files)
    (made / "identity.yml").write_text(IDENTITY, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def families(folder: Path) -> Iterator[Build]:
    with hx.load(folder).build() as built:
        yield built


def test_tags_and_segments_read_households_and_accounts(families: Build) -> None:
    wang, li, zhao = (families.customer(f"member_no:{card}") for card in "ABC")
    assert [found["tags"].get("home") for found in (wang, li, zhao)] == [3, 3, 3]
    assert {found["tags"]["household_id"] for found in (wang, li, zhao)} == {wang["household"]["household_id"]}
    assert [found["segments"] for found in (wang, li, zhao)] == [["deciders", "families"], ["families"], ["families"]]
    assert (wang["tags"]["account_role"], wang["tags"]["account_name"]) == ("payer", "Acme Ltd")
    # Whoever writes from the company's domain is its contact; what for, nobody says.
    assert (li["tags"]["account_name"], li["tags"].get("account_role")) == ("Acme Ltd", None)
    assert zhao["accounts"] == []


def test_the_reasons_of_a_household_are_its_members_and_of_a_role_the_companies(families: Build) -> None:
    home = families.why("member_no:A", "household_members")
    assert (home["value"], len(home["rows"])) == (3, 3)
    role = families.why("member_no:A", "account_role")
    assert [(row["name"], row["role"]) for row in role["rows"]] == [("Acme Ltd", "payer")]


def test_a_customer_shows_what_its_records_disagree_about_and_hides_what_is_sensitive(families: Build) -> None:
    conflicts = {row["attribute"]: row for row in families.customer("member_no:A")["conflicts"]}
    assert conflicts.keys() == {"name", "address"}
    assert (conflicts["name"]["value"], conflicts["name"]["record_key"]) == ("王芳", "1")
    assert conflicts["name"]["others"] == [{"value": "王方", "source": "crm", "record_key": "4"}]
    assert {conflicts["address"]["value"], conflicts["address"]["others"][0]["value"]} == {"****"}
    assert families.customer("member_no:B")["conflicts"] == []


def test_the_audit_counts_disagreements_by_attribute_and_pair_of_sources(families: Build) -> None:
    (name,) = (row for row in families.audit()["conflicts"] if row["attribute"] == "name")
    assert (name["customers"], name["differing"], name["share"]) == (3, 1, 1 / 3)
    assert name["pairs"] == [{"one": "crm", "other": "crm", "customers": 1, "differing": 1, "share": 1.0}]


def test_households_and_accounts_are_exported_a_row_per_member(families: Build, tmp_path: Path) -> None:
    assert families.export("households", tmp_path / "h.csv") == 3
    with (tmp_path / "h.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["size"] for row in rows] == ["3"] * 3
    assert sorted(row["role"] for row in rows) == ["head", "member", "member"]
    assert families.export("accounts", tmp_path / "a.jsonl") == 2
    first = json.loads((tmp_path / "a.jsonl").read_text("utf-8").splitlines()[0])
    assert (first["name"], first["domain"], first["role"]) == ("Acme Ltd", "acme.cn", first["role"])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("customer", "member_no:A", "--language", "en"), ("Household h_", "Acme Ltd", "payer", "王方", "****")),
        (("customer", "member_no:A", "--language", "zh"), ("家庭 h_", "付款者", "记录不一致的信息")),
        (("audit", "--language", "zh"), ("记录不一致的属性", "姓名")),
    ],
)
def test_the_command_line_shows_groups_and_disagreements(
    families: Build,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    expected: tuple[str, ...],
) -> None:
    monkeypatch.chdir(folder)
    shown = CliRunner().invoke(app, list(arguments), env={"TERMINAL_WIDTH": "200"})
    assert shown.exit_code == 0, shown.output
    assert [word for word in expected if word not in shown.stdout] == []


def test_a_build_without_households_says_how_to_get_them(build: Build, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"identity\.yml"):
        build.export("households", tmp_path / "h.csv")
    assert {row["name"] for row in build.tags()} & {"household_id", "account_role"} == set()
    assert build.customer("phone:13900000001")["household"] is None


def test_live_profiles_have_what_households_and_accounts_say(families: Build) -> None:
    stored, live = families.customer("member_no:A"), families.live_customer("member_no:A", families.moment.utc)
    for tag in ("home", "together", "account_name", "account_role"):
        assert live["tags"][tag] == stored["tags"][tag] is not None
    assert sorted(live["segments"]) == sorted(stored["segments"])
