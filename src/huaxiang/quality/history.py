"""The scores of builds past: a small table that every build takes over from the former one and adds its own scores to.

A build at an earlier moment stands in it like any other: the history is that of what was built, in the order of
building, not that of the moments.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine

if TYPE_CHECKING:
    import ibis

HISTORY = "quality_history"

BUILDS = 100
"""Builds that are kept, this one included."""

_STEP = "quality: history of scores"


def write_history(
    engine: Engine, *, build: str, as_of: datetime, built_at: datetime, former: ibis.Table | None = None
) -> ibis.Table:
    """Write `quality_history` from `quality_scores` of this build and the `former` build's history.

    Columns: `build` (the snapshot's id), `as_of`, `built_at`, `source` (null: overall), `dimension`, `score`.
    """
    import ibis

    scores = engine.table("quality_scores")
    moment = "timestamp('UTC', 6)"
    content = scores.select(
        build=ibis.literal(build),
        as_of=ibis.literal(as_of).cast(moment),
        built_at=ibis.literal(built_at).cast(moment),
        source=scores.source,
        dimension=scores.dimension,
        score=scores.score,
    )
    if former is not None:
        builds = engine.rows(former.select("build", "built_at").distinct(), step=_STEP)
        builds.sort(key=lambda row: row["built_at"])
        kept = [row["build"] for row in builds[-(BUILDS - 1) :]]
        content = ibis.union(former.filter(former.build.isin(kept)).select(*content.columns), content)
    return engine.create(HISTORY, content.order_by("built_at", "source", "dimension"), step=_STEP)
