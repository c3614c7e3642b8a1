"""Turns what Spark refuses into errors that say what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from huaxiang.core.errors import EngineError, HuaxiangError, StoreError

_STORAGE = ("No space left on device", "Permission denied", "Read-only file system", "Disk quota exceeded")
_LOST = ("Master removed our application", "All masters are unresponsive", "SparkContext was shut down",
         "cannot call methods on a stopped SparkContext", "Connection refused")  # fmt: skip
_MEMORY = ("OutOfMemoryError", "Container killed", "exit code 137", "ExitCode 137")


@contextmanager
def spark_failures(step: str, sql: Callable[[], str] | None = None) -> Iterator[None]:
    """Raise Spark's refusals: lost cluster, memory and disk as `StoreError`, all others as `EngineError` with the SQL.

    `sql` gives the statement; it is asked for only after a failure.
    """
    from ibis.common.exceptions import IbisError
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except HuaxiangError:
        raise
    except (PySparkException, Py4JError, ConnectionError) as error:
        text = _told(error)
        remedy = _remedy(text)
        if remedy:
            raise StoreError(f"{step}: {_first_line(text)}. {remedy}") from error
        raise EngineError(text, step=step, sql=_statement(sql)) from error
    except IbisError as error:
        raise EngineError(f"{type(error).__name__}: {error}", step=step, sql=_statement(sql)) from error


def _told(error: BaseException) -> str:
    """What Spark says, without the stack of the Java side."""
    told = getattr(error, "java_exception", None)
    text = str(told) if told is not None else str(error)
    return text.split("\n\tat ")[0].split("\n\nJVM stacktrace")[0].strip() or type(error).__name__


def _remedy(text: str) -> str:
    if any(sign in text for sign in _LOST):
        return "The cluster was lost: look at the master's log, and build again; the former snapshot serves."
    if any(sign in text for sign in _STORAGE):
        return "Free some space on the file system that driver and workers share, or give them the right to write."
    if any(sign in text for sign in _MEMORY):
        return "Give executors more memory ('spark.executor.memory' under 'options' of 'spark' in huaxiang.yml)."
    return ""


def _first_line(text: str) -> str:
    return text.splitlines()[0].rstrip(".")


def _statement(sql: Callable[[], str] | None) -> str:
    if sql is None:
        return ""
    try:
        return sql()
    except Exception as error:
        return f"-- not compiled: {_first_line(str(error) or type(error).__name__)}"
