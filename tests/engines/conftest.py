"""One Spark session for all tests of engines: it takes a gigabyte and eight seconds."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster import has_java

sys.path[:0] = [str(Path(__file__).parent.parent / folder) for folder in ("tags", "build")]
"""Facts, aggregates and the tiny project, which other tests have."""

OPTIONS = {
    "spark.driver.memory": "2g",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    # Half of the time of a JVM that lives for minutes would be spent on making it fast.
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=256m",
}


@pytest.fixture(scope="session")
def spark() -> Iterator[object]:
    """The session of this process, stopped at the end."""
    pytest.importorskip("pyspark")
    if not has_java():
        pytest.skip("needs Java")
    from huaxiang.store.spark.session import open_session

    yield open_session("local[2]", OPTIONS, zone="UTC")
    stop_spark()


def stop_spark() -> None:
    """Stop the Spark of this process, whoever started it."""
    from pyspark.sql import SparkSession

    running = SparkSession.getActiveSession()
    if running is not None:
        running.stop()


@pytest.fixture
def spark_folder(tmp_path: Path) -> Path:
    """A folder for the tables of one engine."""
    return tmp_path / "engine"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep these tests in one process where several run: there is one Spark per process."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and item.config.pluginmanager.hasplugin("xdist"):
            item.add_marker(pytest.mark.xdist_group("spark"))
