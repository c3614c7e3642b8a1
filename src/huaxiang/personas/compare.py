"""Two to six groups of customers side by side: where they differ most, how sure that is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from huaxiang.core.errors import UsageError
from huaxiang.personas.comparison.judge import Judge, ranked
from huaxiang.personas.comparison.model import THIN, Comparison, Contrast, Correction, Overlap, SideFigures
from huaxiang.personas.comparison.radar import dimension_scores
from huaxiang.personas.comparison.sides import Side, Universe
from huaxiang.personas.comparison.tally import meetings, tally
from huaxiang.personas.comparison.tell import told
from huaxiang.personas.crowds import Crowd
from huaxiang.personas.likeness import Likeness
from huaxiang.personas.measure import REVENUE, rounded
from huaxiang.personas.portrait import too_small
from huaxiang.personas.scales import skipped
from huaxiang.personas.tags import Tag

MOST_SIDES = 6
"""Sides that people can still tell apart in a picture."""


def compare(
    sides: Sequence[Side],
    tags: Mapping[str, Tag],
    *,
    threshold: int,
    currency: str = "CNY",
    correction: Correction = "benjamini_hochberg",
    wanted: Collection[str] = (),
) -> Comparison:
    """Put groups side by side by all `tags` (or the `wanted` ones), on scales made from everyone. Reads only.

    People may be in several of the groups, or be seen at two moments: intervals and tests allow for it
    (`personas/statistics.py`). All tests are corrected together. `threshold` is the smallest group that is shown.

    Raises:
        UsageError: fewer than two sides, or more than six.
    """
    if not 2 <= len(sides) <= MOST_SIDES:
        raise UsageError(f"A comparison has two to {MOST_SIDES} sides, not {len(sides)}.")
    universe = Universe(tuple(dict.fromkeys(side.occasion for side in sides)))
    crowds = [universe.crowd(side) for side in sides]
    shared = meetings(universe, sides, crowds)
    judge = Judge(
        sizes=tuple(crowd.size for crowd in crowds),
        nested=frozenset(pair for pair, both in shared.items() if both.holds_all(*(crowds[i] for i in pair))),
        threshold=threshold,
        defining=frozenset().union(*(side.defining for side in sides)),
        correction=correction,
    )
    chosen = {name: tag for name, tag in tags.items() if not wanted or name in wanted}
    counted = list(tally(universe, crowds, shared, chosen))
    values = [judge.values(one) for one in counted]
    contrasts = judge.corrected(
        [row for one, rows in zip(counted, values, strict=True) for row in judge.contrasts(one, rows)]
    )
    by_tag: dict[str, list[Contrast]] = {name: [] for name in chosen}
    for row in contrasts:
        by_tag[row.tag].append(row)
    likeness = Likeness({one.scale.tag.name: one.sketch for one in counted if one.sketch is not None})
    found = Comparison(
        sides=_sides(universe, sides, crowds, judge, tags),
        overlaps=tuple(
            Overlap(i, j, None if too_small(both.size, threshold) else both.size) for (i, j), both in shared.items()
        ),
        tags=ranked(
            [judge.tag_row(one, by_tag[one.scale.tag.name]) for one in counted],
            likeness,
            {name: tag.measured for name, tag in chosen.items()},
        ),
        values=tuple(row for rows in values for row in rows),
        contrasts=tuple(contrasts),
        correction=correction,
        tests=sum(row.p_value is not None for row in contrasts),
        threshold=threshold,
        dimensions=dimension_scores(counted, judge),
    )
    return told(found, {one.scale.tag.name: one.scale for one in counted}, currency)


def _sides(
    universe: Universe, sides: Sequence[Side], crowds: Sequence[Crowd], judge: Judge, tags: Mapping[str, Tag]
) -> tuple[SideFigures, ...]:
    """Size, share and part of revenue of each side, as far as they may be shown."""
    import numpy as np

    revenue = next((tags[name] for name in REVENUE if name in tags and skipped(tags[name]) is None), None)
    worth = None if revenue is None else next(universe.placed([revenue])).column.numbers.astype(np.float64, copy=False)
    found = []
    for i, (side, crowd) in enumerate(zip(sides, crowds, strict=True)):
        named = SideFigures(side.name, side.label, str(side.occasion.moment))
        if i not in judge.shown:
            found.append(replace(named, hidden=True, thin=True))
            continue
        there = universe.at(side.occasion)
        total = 0.0 if worth is None else float(np.nansum(worth[there]))
        found.append(
            replace(
                named,
                size=crowd.size,
                share=crowd.size / (there.stop - there.start) if there.stop > there.start else None,
                revenue_share=rounded(float(np.nansum(worth[crowd.places])) / total)
                if worth is not None and total
                else None,
                thin=crowd.size < THIN,
            )
        )
    return tuple(found)
