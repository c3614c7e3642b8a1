"""Building again: equal values, and the same id for everyone, whatever arrives."""

from __future__ import annotations

from pathlib import Path

import pytest
from seen import everything, identity, profiles, table
from tiny import AS_OF, CRM, LINES, ORDERS, lines_of, write_tiny

import huaxiang as hx
from huaxiang.service.api import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return hx.load(write_tiny(tmp_path, personas="personas: {}\n"))


def test_a_second_build_gives_equal_values_and_ids(tiny_project, tiny):
    before = everything(tiny)
    catalog = table(tiny, "tag_catalog")
    portraits = table(tiny, "portraits")
    with tiny_project.build() as again:
        assert again.snapshot.id != tiny.snapshot.id
        assert everything(again) == before
        assert table(again, "tag_catalog") == catalog
        assert table(again, "portraits") == portraits
        assert table(again, "identity_changes") == []


def test_another_folder_gives_the_same_ids_whatever_the_order_of_rows_and_the_number_of_threads(tmp_path, tiny):
    head, *rows = CRM.splitlines()
    orders_head, *orders = ORDERS.splitlines()
    turned = "\n".join([head, *reversed(rows), ""])
    turned_orders = "\n".join([orders_head, *reversed(orders), ""])
    project = hx.load(write_tiny(tmp_path, crm=turned, orders=turned_orders))
    with project.build(threads=1) as build:
        assert everything(build) == everything(tiny)


def test_new_records_and_orders_keep_everyones_id(project, tiny):
    with project.build() as build:
        before = identity(build)
    # Record 0 sorts before all others, so that wang's id would be another one, had nobody built before.
    more = [[0, "王芳", "女", "", "13900000001", "new@x.cn", "", "", "2026-01-01 00:00:00"]]
    more += [[10, "郑新", "女", "", "13900000010", "", "", "", "2026-01-01 00:00:00"]]
    (project.folder / "data/crm.csv").write_text(lines_of(CRM, *more), encoding="utf-8")
    order = ["B1", "13900000005", "2026-01-01 00:00:00", "paid", "7", "", "app"]
    (project.folder / "data/orders.csv").write_text(lines_of(ORDERS, order), encoding="utf-8")
    with project.build() as build:
        after = identity(build)
        guest = build.customer("phone:13900000005")["customer_id"]
        assert {key: after[key] for key in before} == before
        assert after["crm", "0"] == before["crm", "1"]
        assert after["crm", "10"] not in before.values()
        assert guest == tiny.customer("phone:13900000005")["customer_id"]
        assert len(profiles(build)) == 7


def test_a_guest_who_becomes_a_member_keeps_the_id_of_the_guest(project):
    with project.build() as build:
        guest = build.customer("phone:13900000005")["customer_id"]
    joined = [5000, "郭客", "女", "", "13900000005", "", "", "", "2026-01-01 00:00:00"]
    (project.folder / "data/crm.csv").write_text(lines_of(CRM, joined), encoding="utf-8")
    with project.build() as build:
        assert identity(build)["crm", "5000"] == guest
        assert table(build, "identity_changes") == []


def test_a_record_that_joins_two_customers_leaves_one_of_their_ids_and_tells(project):
    with project.build() as build:
        before = identity(build)
    both = [10, "王芳", "女", "", "13900000001", "zhao@x.cn", "", "", "2026-01-01 00:00:00"]
    (project.folder / "data/crm.csv").write_text(lines_of(CRM, both), encoding="utf-8")
    with project.build() as build:
        after = identity(build)
        # wang shares two records, a phone and a mail address, zhao one record and one address.
        assert after["crm", "4"] == after["crm", "1"] == before["crm", "1"]
        changes = table(build, "identity_changes", "customer_id", "kind", "other")
        assert changes == [{"customer_id": before["crm", "1"], "kind": "merged", "other": before["crm", "4"]}]


def test_a_definition_that_changes_changes_only_its_own_tag(project):
    with project.build() as build:
        before = profiles(build)
    path = project.folder / "tags/own.yml"
    text = path.read_text("utf-8").replace("window: 90d", "window: 1d")
    path.write_text(text, encoding="utf-8")
    with hx.load(project.folder).build() as build:
        after = profiles(build)
        # One second before as_of: wang's order of 1050.50 alone.
        assert sorted(row.pop("spend_90d") for row in after.values())[-2:] == [0, pytest.approx(1050.5)]
        for row in before.values():
            del row["spend_90d"]
        assert after == before


def test_only_so_many_snapshots_are_kept_as_the_project_says(project):
    path = project.folder / "huaxiang.yml"
    path.write_text(path.read_text("utf-8") + "keep_snapshots: 2\n", encoding="utf-8")
    project = hx.load(project.folder)
    ids = []
    for _ in range(3):
        with project.build() as build:
            ids.append(build.snapshot.id)
    assert [snapshot.id for snapshot in project.snapshots()] == ids[1:]
    with project.open(ids[1]) as build:
        assert build.summary["as_of"] == AS_OF


def test_lines_of_an_order_that_is_not_there_go_to_quarantine_and_the_build_balances(tmp_path):
    project = hx.load(write_tiny(tmp_path, lines=lines_of(LINES, ["X9", "p1", 1, 5]), personas="personas: {}\n"))
    with project.build() as build:
        rows = [row for row in table(build, "quarantine") if row["source"] == "lines"]
        assert [(row["row"], row["reason"]) for row in rows] == [(8, "no customer")]
