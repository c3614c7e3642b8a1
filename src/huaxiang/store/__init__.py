"""The engine gate, snapshots with their pointer, and the lock that lets one build run at a time."""

from huaxiang.store.engine import DuckEngine, StepTime
from huaxiang.store.snapshots import Building, Snapshot, Store

__all__ = ["Building", "DuckEngine", "Snapshot", "StepTime", "Store"]
