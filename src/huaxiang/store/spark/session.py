"""Opening Spark: a session on the master that the project names, or the one that runs already."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from huaxiang.core.errors import StoreError

_PATIENCE = 5.0
"""Seconds that a master has to answer."""

_QUEUE = 120.0
"""Seconds that a cluster has to give a first worker: Spark itself would wait for one for ever."""

DEFAULTS: Mapping[str, str] = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # What comes to the driver is bounded by us; the edges of a large identity graph may be more than a gigabyte.
    "spark.driver.maxResultSize": "0",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "65536",
    "spark.python.daemon.module": "huaxiang.store.spark.daemon",
}
"""What a session has that the project's `options` don't say otherwise."""

FIXED: Mapping[str, str] = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    "spark.sql.caseSensitive": "false",
}
"""Settings that values depend on: every session of ours has them, whatever the cluster's defaults are."""

ZONE = "spark.sql.session.timeZone"


def open_session(master: str, options: Mapping[str, str], *, zone: str, memory: str | None = None) -> Any:
    """A session of its own on `master`, cutting days in `zone`; its context is shared within the process.

    Raises:
        StoreError: pyspark or Java is missing, the master does not answer, or the cluster gives no worker.
    """
    try:
        from pyspark import SparkConf
        from pyspark.sql import SparkSession
    except ModuleNotFoundError as error:
        raise StoreError("The engine spark needs pyspark: pip install 'huaxiang[spark]'.") from error
    running = SparkSession.getActiveSession()
    if running is None or running.sparkContext._jsc is None:
        _check_java()
        _check_master(master)
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        settings = {**DEFAULTS, **({"spark.driver.memory": _spark_size(memory)} if memory else {}), **options}
        conf = SparkConf().setAll(sorted(settings.items())).setMaster(master).setAppName("huaxiang")
        try:
            running = SparkSession.builder.config(conf=conf).getOrCreate()
        except Exception as error:
            raise StoreError(f"Spark did not start on {master}: {_reason(error)}. {_REMEDY}") from error
        running.sparkContext.setLogLevel("ERROR")
        if not master.startswith("local"):
            _check_workers(running, master)
    session = running.newSession()
    for key, value in {**DEFAULTS, **options, **FIXED, ZONE: zone}.items():
        # A session that runs already has its own mind about the rest.
        if key.startswith("spark.sql.") and session.conf.isModifiable(key):
            session.conf.set(key, value)
    return session


_REMEDY = "Check 'spark.master' in huaxiang.yml, and that the cluster has free cores and memory."


def _check_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if not (home and Path(home, "bin", "java").exists()) and shutil.which("java") is None:
        raise StoreError("The engine spark needs Java 17 or newer: install it, or set JAVA_HOME.")


def _check_master(master: str) -> None:
    """See that a standalone master answers, which Spark itself would wait a minute for.

    Raises:
        StoreError: none of its addresses does.
    """
    failures = []
    for host, port in _addresses(master):
        try:
            socket.create_connection((host, port), timeout=_PATIENCE).close()
        except OSError as error:
            failures.append(f"{host}:{port}: {error.strerror or error}")
        else:
            return
    if failures:
        raise StoreError(f"The Spark master {master} does not answer ({'; '.join(failures)}). {_REMEDY}")


def _check_workers(running: Any, master: str) -> None:
    """See that the cluster computes anything at all.

    Raises:
        StoreError: it does not, for so long or for another reason; the session is stopped then.
    """
    from threading import Event, Thread

    context, group = running.sparkContext, "huaxiang: wait for a worker"
    answered, late = Event(), Event()

    def give_up() -> None:
        patience = _QUEUE
        while not answered.wait(patience):
            late.set()
            # Once more if need be: what is not submitted yet can't be cancelled.
            context.cancelJobGroup(group)
            patience = 1.0

    context.setJobGroup(group, group)
    Thread(target=give_up, daemon=True).start()
    try:
        running.range(1).count()
    except Exception as error:
        running.stop()
        waited = f"gave no worker within {_QUEUE:.0f} seconds"
        told = f"The Spark cluster {master} {waited if late.is_set() else f'does not compute: {_reason(error)}'}"
        raise StoreError(f"{told}. {_REMEDY}") from error
    finally:
        answered.set()
    context.setLocalProperty("spark.jobGroup.id", None)


def _addresses(master: str) -> Iterator[tuple[str, int]]:
    if master.startswith("spark://"):
        for place in master.removeprefix("spark://").split(","):
            host, _, port = place.partition(":")
            yield host, int(port or 7077)


def _spark_size(memory: str) -> str:
    """`4GB` as Spark writes it: `4g`."""
    number, unit = memory.rstrip("BbIi").rstrip()[:-1].strip(), memory.rstrip("BbIi").strip()[-1].lower()
    return f"{int(float(number) * 1024)}m" if unit == "g" else f"{int(float(number))}m"


def _reason(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
