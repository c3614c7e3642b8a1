"""The server's measures."""

from __future__ import annotations

from huaxiang.service.desk.allowed import allowed
from huaxiang.service.desk.desk import Desk


@allowed("metrics.read")
def read_metrics(desk: Desk) -> None:
    """See that the actor may read the server's measures, which the server itself holds."""
