"""How sound the graph of identity is: measures with traffic lights, the biggest customers, what hangs by a thread."""

from huaxiang.identity.health.measures import MEASURES
from huaxiang.identity.health.run import HEALTH, write_health

__all__ = ["HEALTH", "MEASURES", "write_health"]
