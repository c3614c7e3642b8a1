"""People's work: what they decided and did, in a database that outlives every snapshot."""

from huaxiang.store.operational.database import Operational
from huaxiang.store.operational.decisions import Decisions

__all__ = ["Decisions", "Operational"]
