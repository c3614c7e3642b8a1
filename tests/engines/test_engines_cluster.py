"""A build on a real standalone cluster: a master and two workers, of which one dies meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from builds import content, differences, on_spark
from cluster import SOURCES, cluster, free_port, has_java
from tiny import ZONE, write_tiny

from huaxiang.core.errors import StoreError
from huaxiang.service.api import load
from huaxiang.store.snapshots import Store

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not has_java(), reason="needs Java")]

OPTIONS = {
    "spark.driver.memory": "1g",
    "spark.executor.memory": "512m",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
    "spark.executorEnv.PYTHONPATH": str(SOURCES),
    # Losing a worker is noticed soon; the test does not wait for what a cluster would.
    "spark.task.maxFailures": "8",
}

_BUILD = "import json, sys; from huaxiang.service.api import load; print(json.dumps(load(sys.argv[1]).build().summary))"


def test_a_build_whose_worker_dies_ends_right(tmp_path: Path):
    folder = write_tiny(tmp_path / "tiny")
    load(folder).build().close()
    expected = content(Store(folder).current(), ZONE)
    (tmp_path / "cluster").mkdir()
    with cluster(tmp_path / "cluster") as spark:
        on_spark(folder, spark.master, **OPTIONS)
        # A process of its own: the session of this one runs elsewhere.
        with (tmp_path / "build.log").open("wb") as log:
            build = subprocess.Popen([sys.executable, "-c", _BUILD, str(folder)], stdout=subprocess.PIPE, stderr=log)
            until = time.monotonic() + 300
            while spark.executors() < 2 and build.poll() is None and time.monotonic() < until:
                time.sleep(0.2)
            time.sleep(20)
            assert build.poll() is None, (tmp_path / "build.log").read_text()[-3000:]
            spark.kill(1)
            out, _ = build.communicate(timeout=1200)
        assert build.returncode == 0, (tmp_path / "build.log").read_text()[-3000:]
        assert "lost" in spark.log("master").lower() or "Removing worker" in spark.log("master")
    assert json.loads(out.splitlines()[-1])["customers"] == 6
    found = content(Store(folder).current(), ZONE)
    for name in ("customers", "identity", "profiles", "segments", "fact_orders", "fact_order_lines", "balance"):
        assert differences(expected[name], found[name]) == [], name


def test_a_master_that_is_not_there_is_told_within_seconds(tmp_path: Path):
    folder = on_spark(write_tiny(tmp_path / "tiny"), f"spark://127.0.0.1:{free_port()}")
    code = "import sys; from huaxiang.cli import main; main()"
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code, "build", str(folder)], capture_output=True, text=True, timeout=60, check=False
    )
    assert time.monotonic() - begun < 30
    assert done.returncode != 0
    said = " ".join((done.stdout + done.stderr).split())
    assert "does not answer" in said
    assert "spark.master" in said
    assert Store(folder).current() is None


def test_a_cluster_without_a_free_worker_is_told_rather_than_waited_for(tmp_path: Path):
    code = (
        "import sys; from huaxiang.store.spark import session; session._QUEUE = 3.0; "
        "session.open_session(sys.argv[1], {'spark.driver.host': '127.0.0.1'}, zone='UTC')"
    )
    with cluster(tmp_path, workers=0) as spark:
        done = subprocess.run(
            [sys.executable, "-c", code, spark.master], capture_output=True, text=True, timeout=300, check=False
        )
    assert f"The Spark cluster {spark.master} gave no worker within 3 seconds" in done.stderr


def test_a_project_on_spark_without_java_says_what_to_install(tmp_path: Path, monkeypatch):
    from huaxiang.store.spark import session

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(StoreError, match="needs Java 17"):
        session._check_java()
