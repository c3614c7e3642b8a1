"""What is wrong with the limits of health that a project moves."""

from __future__ import annotations

from collections.abc import Iterator

from huaxiang.core.findings import Finding, unknown
from huaxiang.identity.health.measures import MEASURES
from huaxiang.identity.spec import IdentitySpec


def check_health(spec: IdentitySpec) -> Iterator[Finding]:
    """Yield a finding for each measure that does not exist, and for limits in the wrong order. Never raises."""
    for name, limits in spec.health.items():
        at = spec.place("health", name)
        measure = MEASURES.get(name)
        if measure is None:
            yield unknown("measure", name, MEASURES, owner="identity.yml", at=at)
            continue
        amber, red = limits.over(measure.amber, measure.red)
        if amber is not None and red is not None and (red > amber if measure.side == "low" else red < amber):
            side = "above" if measure.side == "low" else "below"
            yield Finding(
                code="limits_reversed",
                message=f"health '{name}': it would be red {side} {red:g} before it is amber at {amber:g}.",
                at=at,
                remedy="Write both 'amber' and 'red', amber the one that is reached first.",
            )
