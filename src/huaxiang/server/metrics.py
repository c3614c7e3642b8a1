"""What the server measures of itself, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from huaxiang.service.workspace import Workspace

CONTENT = "text/plain; version=0.0.4; charset=utf-8"

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Seconds."""


class Metrics:
    """The measures of one server. Routes are told as templates: no path with a customer's id or identifier."""

    def __init__(self, workspace: Workspace) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "huaxiang_requests", "Requests that were answered.", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "huaxiang_request_seconds",
            "Seconds until a request was answered whole.",
            ("method", "route"),
            registry=self._registry,
            buckets=BUCKETS,
        )
        self._registry.register(_Standing(workspace))

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def text(self) -> bytes:
        """All measures as Prometheus reads them."""
        return generate_latest(self._registry)


class _Standing(Collector):
    """What is asked for when somebody reads the measures."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def describe(self) -> Iterable[Metric]:
        """Nothing is asked before the first reading."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """The build that serves, what was counted, and what waits to be written."""
        snapshot = self._workspace.project.serving()
        built = snapshot.built_at.timestamp() if snapshot else 0
        figures = snapshot.figures if snapshot else {}
        yield GaugeMetricFamily("huaxiang_build_timestamp_seconds", "When the build that serves began.", built)
        yield GaugeMetricFamily("huaxiang_build_seconds", "How long it took.", figures.get("seconds") or 0)
        yield GaugeMetricFamily("huaxiang_customers", "Customers in it.", figures.get("customers") or 0)
        yield GaugeMetricFamily(
            "huaxiang_trail_queued",
            "Entries of the audit trail that are not written yet.",
            self._workspace.trail.queued,
        )
        for name, what in COUNTED.items():
            yield CounterMetricFamily(f"huaxiang_{name}", what, self._workspace.counted[name])


COUNTED = {
    "live_messages": "Live messages that were kept.",
    "builds_done": "Builds that this server has finished.",
    "builds_failed": "Builds of this server that failed.",
}
"""What `Workspace.count` counts → what it means."""
