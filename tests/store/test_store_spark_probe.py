"""A Spark cluster that gives no worker, or fails, is told as what it is."""

from __future__ import annotations

from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from huaxiang.core.errors import StoreError
from huaxiang.store.spark import session


class Cluster:
    """A session whose count waits until it is cancelled, or `fails` at once."""

    def __init__(self, fails: str = "") -> None:
        self.fails, self.cancelled, self.stopped = fails, Event(), False
        nothing: Any = lambda *_: None  # noqa: E731
        cancel: Any = lambda _: self.cancelled.set()  # noqa: E731
        self.sparkContext = SimpleNamespace(setJobGroup=nothing, setLocalProperty=nothing, cancelJobGroup=cancel)

    def range(self, _: int) -> Cluster:
        return self

    def count(self) -> int:
        if not self.fails:
            self.cancelled.wait(10)
        raise RuntimeError(self.fails or "cancelled")

    def stop(self) -> None:
        self.stopped = True


def test_a_cluster_without_workers_is_given_up(monkeypatch):
    monkeypatch.setattr(session, "_QUEUE", 0.01)
    with pytest.raises(StoreError, match="gave no worker within 0 seconds"):
        session._check_workers(Cluster(), "spark://a:7077")


def test_a_cluster_that_fails_at_once_tells_why():
    cluster = Cluster("Python 3.9 in worker")
    with pytest.raises(StoreError, match=r"spark://a:7077 does not compute: Python 3.9 in worker\. Check") as caught:
        session._check_workers(cluster, "spark://a:7077")
    assert cluster.stopped
    assert "within" not in str(caught.value)
