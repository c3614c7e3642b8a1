"""How sound the graph of identity is: measures with traffic lights, the biggest customers, what hangs by a thread."""

from huaxiang.identity.health.measures import MEASURES
from huaxiang.identity.health.run import HEALTH, carry_health, write_health

__all__ = ["HEALTH", "MEASURES", "carry_health", "write_health"]
