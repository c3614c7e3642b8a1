"""docs/reference/health.md: every measure of the health of identity, with its limits."""

from __future__ import annotations

from markdown_pieces import MADE, code, table

from huaxiang.identity.health.measures import MEASURES, Measure
from huaxiang.identity.health.run import show

SIDES = {"high": "from", "low": "down to", "both": "from ±"}


def page() -> str:
    """The page."""
    judged = {name: measure for name, measure in MEASURES.items() if measure.amber is not None}
    told = {name: measure for name, measure in MEASURES.items() if name not in judged}
    parts = [
        "# Health of identity\n",
        MADE,
        "The measures of `huaxiang identity audit`, table `identity_health`. How to move limits is in the",
        "[guide](../guide/quality.md#limits-of-your-own).\n",
        table(
            ("Measure", "Meaning", "Amber", "Red"),
            [
                (code(n), f"{m.label.en} · {m.label.zh}", _limit(m, m.amber), _limit(m, m.red))
                for n, m in judged.items()
            ],
        ),
        "## For information\n",
        "Without limits, unless the project sets some.\n",
        table(("Measure", "Meaning"), [(code(n), f"{m.label.en} · {m.label.zh}") for n, m in told.items()]),
    ]
    return "\n".join(parts)


def _limit(measure: Measure, limit: float | None) -> str:
    if limit is None:
        return "never"
    side = SIDES[measure.side]
    return f"{side}{'' if side.endswith('±') else ' '}{show(limit, measure.unit)}"
