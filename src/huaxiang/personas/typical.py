"""Typical members: real customers who are most like the segment as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from huaxiang.personas.columns import read_columns
from huaxiang.personas.measure import Measures
from huaxiang.personas.scales import Scale

if TYPE_CHECKING:
    import ibis
    import numpy as np
    from numpy.typing import NDArray

    from huaxiang.core.engine import Engine
    from huaxiang.core.moments import Moment

TAGS = 8
"""How many of the most telling tags decide."""

MEMBERS = 3


def typical_members(
    engine: Engine,
    members: ibis.Table,
    numbers: NDArray[np.int64],
    scales: Sequence[Scale],
    inside: Measures,
    moment: Moment,
    *,
    of: str,
) -> list[dict[str, Any]]:
    """Up to three members, most typical first: `customer_id`, and `tags` with their values of the tags that decided.

    `members` are their rows of the profiles, `numbers` their `customer_no` in order. Each member scores the sum over
    `scales` (the most telling tags first; lists don't count) of the logarithm of how common their value is within
    the segment – the likelihood of a member, were the tags independent. Missing
    values score as one person would. The lower `customer_no` wins a tie.
    """
    import numpy as np

    chosen = {scale.tag.name: scale for scale in scales if scale.kind in ("values", "ranges")}
    chosen = dict(list(chosen.items())[:TAGS])
    if not chosen or inside.size == 0:
        return []
    tags = [scale.tag for scale in chosen.values()]
    step = f"personas: typical members of {of}"
    score = np.zeros(inside.size)
    for column in read_columns(engine, members, inside.size, tags, moment, step=step):
        counts = np.array([*inside.counts[column.tag.name], 1])
        weights = np.log(np.maximum(counts, 1) / inside.size)
        # The last one is for those without a value, whose position is −1.
        score += weights[chosen[column.tag.name].positions(column)]
    # Rounded, so that equal members stay equal in whatever order logarithms were added.
    best = numbers[np.argsort(-score.round(9), kind="stable")[:MEMBERS]].tolist()
    found = members.filter(members.customer_no.isin(best)).select("customer_id", "customer_no", *chosen)
    rows = sorted(engine.rows(found, step=step), key=lambda row: best.index(row["customer_no"]))
    return [{"customer_id": row["customer_id"], "tags": {name: _plain(row[name]) for name in chosen}} for row in rows]


def _plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value
