"""People's work: what they decided and did, in a database that outlives every snapshot."""

from huaxiang.store.operational.attempts import Attempts
from huaxiang.store.operational.build_runs import BuildRun, BuildRuns
from huaxiang.store.operational.database import Operational
from huaxiang.store.operational.decisions import Decisions
from huaxiang.store.operational.keys import Keys
from huaxiang.store.operational.sessions import Links, Sessions
from huaxiang.store.operational.trail import Sought, TrailRows
from huaxiang.store.operational.users import Users

__all__ = [
    "Attempts",
    "BuildRun",
    "BuildRuns",
    "Decisions",
    "Keys",
    "Links",
    "Operational",
    "Sessions",
    "Sought",
    "TrailRows",
    "Users",
]
