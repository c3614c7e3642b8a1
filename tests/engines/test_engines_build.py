"""The same project built on DuckDB and on Spark: every value of every table is the same."""

from __future__ import annotations

import shutil

import pytest
from builds import content, differences, on_spark
from tiny import ZONE, write_tiny

from huaxiang.service.api import load
from huaxiang.store.snapshots import Store

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def snapshots(spark, tmp_path_factory):
    """A project that was built on DuckDB once, then again there, and then again on Spark."""
    folder = write_tiny(tmp_path_factory.mktemp("moved") / "tiny", library=True)
    load(folder).build().close()
    stays = folder.with_name("stays")
    shutil.copytree(folder, stays)
    load(stays).build(full=True).close()
    with load(on_spark(folder)).build() as build:
        assert build.customer("phone:13900000001")["customer_id"]
        assert build.count("buyers and not big") == 2
        assert build.persona("buyers")["name"] == "buyers"
        assert build.why("phone:13900000001", "spend_ever")["rows"]
    return Store(stays).current(), Store(folder).current()


def test_every_table_of_a_project_that_moves_to_spark_stays_the_same(snapshots):
    one, other = (content(snapshot, ZONE) for snapshot in snapshots)
    assert one.keys() == other.keys()
    wrong = {name: found[:2] for name in one if (found := differences(one[name], other[name]))}
    assert wrong == {}


def test_customers_keep_their_ids_when_a_project_moves_to_spark(snapshots):
    one, other = (content(snapshot, ZONE)["customers"] for snapshot in snapshots)
    assert [row["customer_id"] for row in one] == [row["customer_id"] for row in other]


def test_a_spark_snapshot_is_read_without_spark(snapshots):
    _, snapshot = snapshots
    assert (snapshot.folder / "snapshot.duckdb").stat().st_size < 2_000_000
    assert list((snapshot.folder / "tables").glob("profiles.*/*.parquet"))
    assert list((snapshot.folder / "facts" / "orders").glob("*.parquet"))


def test_a_project_moves_back_to_duckdb_and_everybody_keeps_the_id(snapshots):
    _, snapshot = snapshots
    folder = snapshot.folder.parents[2]
    settings = folder / "huaxiang.yml"
    settings.write_text(settings.read_text(encoding="utf-8").partition("engine: spark")[0], encoding="utf-8")
    load(folder).build().close()
    back = Store(folder).current()
    assert content(back, ZONE)["customers"] == content(snapshot, ZONE)["customers"]
