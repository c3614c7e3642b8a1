"""Typical members: real customers who are most like the segment as a whole."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from huaxiang.personas.measure import Measures
from huaxiang.personas.scales import Scale

if TYPE_CHECKING:
    import ibis

    from huaxiang.core.engine import Engine
    from huaxiang.core.moments import Moment

TAGS = 8
"""How many of the most telling tags decide."""

MEMBERS = 3


def typical_members(
    engine: Engine, members: ibis.Table, scales: Sequence[Scale], inside: Measures, moment: Moment, *, of: str
) -> list[dict[str, Any]]:
    """Up to three members, most typical first: `customer_id`, and `tags` with their values of the tags that decided.

    Each member scores the sum over `scales` (the most telling tags first; lists don't count) of the logarithm of
    how common their value is within the segment – the likelihood of a member, were the tags independent. Missing
    values score as one person would. The lower `customer_no` wins a tie.
    """
    chosen = [scale for scale in scales if scale.kind in ("values", "ranges")][:TAGS]
    if not chosen or inside.size == 0:
        return []
    score = sum(
        (_score(scale, members, inside, moment) for scale in chosen[1:]), _score(chosen[0], members, inside, moment)
    )
    names = [scale.tag.name for scale in chosen]
    ordered = members.select("customer_id", "customer_no", *names, _score=score.round(9)).order_by(
        _descending("_score"), "customer_no"
    )
    rows = engine.rows(ordered.limit(MEMBERS), step=f"personas: typical members of {of}")
    return [{"customer_id": row["customer_id"], "tags": {name: _plain(row[name]) for name in names}} for row in rows]


def _score(scale: Scale, members: ibis.Table, inside: Measures, moment: Moment) -> Any:
    import ibis

    column = members[scale.tag.name]
    position = scale.position(column, moment)
    weights = [
        (position == i, math.log(max(count, 1) / inside.size)) for i, count in enumerate(inside.counts[scale.tag.name])
    ]
    return ibis.cases(*weights, else_=math.log(1 / inside.size))


def _descending(name: str) -> Any:
    import ibis

    return ibis.desc(name)


def _plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value
