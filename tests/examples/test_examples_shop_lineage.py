"""The simulated shop with one record in a hundred more: no id changes but by merges and splits that are recorded."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import huaxiang as hx
from huaxiang.service.builds import Build
from huaxiang.service.examples import simulate_shop

pytestmark = pytest.mark.slow

BARE = ("tags", "segments", "personas", "validations", "studies")
"""Folders of definitions that are left out."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shop with customers and facts only: what is told of them is not asked for here."""
    simulate_shop(tmp_path, customers=400, seed=3)
    project = tmp_path / "huaxiang.yml"
    project.write_text(
        "".join(line for line in project.read_text(encoding="utf-8").splitlines(True) if not line.startswith("uses")),
        encoding="utf-8",
    )
    for name in BARE:
        shutil.rmtree(tmp_path / name)
    return tmp_path


def identity(build: Build) -> dict[tuple[str, str], str]:
    rows = build.engine.rows(build.engine.table("identity"), step="read")
    return {(row["source"], row["record_key"]): row["customer_id"] for row in rows}


def test_no_id_changes_but_by_recorded_merges_and_splits(folder: Path):
    members = sorted((folder / "data" / "crm").glob("*.csv"))[0]
    whole = members.read_text(encoding="utf-8-sig")
    head, *rows = whole.splitlines(keepends=True)
    members.write_text(head + "".join(row for n, row in enumerate(rows) if n % 100), encoding="utf-8")
    project = hx.load(folder)
    with project.build() as build:
        before = identity(build)
    members.write_text(whole, encoding="utf-8")
    with project.build() as build:
        after = identity(build)
        again = {
            row["customer_id"]: row["customer_no"]
            for row in build.engine.rows(build.engine.table("customers"), step="read")
        }
    assert len(after) > len(before)
    changes = project.identity.history()["changes"]
    recorded = {(row["other"], row["customer_id"]) for row in changes if row["kind"] != "gone"}
    differing = {(before[key], after[key]) for key in before.keys() & after.keys() if before[key] != after[key]}
    assert differing <= recorded
    assert all(row["evidence"] for row in changes if row["kind"] in ("merged", "split"))
    for row in changes:
        if row["kind"] == "merged":
            assert row["other"] not in again
            assert project.identity.history(row["other"])["customer_id"] in again
