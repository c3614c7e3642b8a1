"""Which dimensions matter to the question that is asked of a persona: those go on the first page, others behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from huaxiang.core.text import Text
from huaxiang.personas.aspects.tables import AspectRow
from huaxiang.personas.columns import read_columns
from huaxiang.personas.measure import rounded
from huaxiang.personas.portrait import TagRow
from huaxiang.personas.scales import Scale
from huaxiang.personas.statistics import information_gain
from huaxiang.personas.tags import Tag

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from huaxiang.core.engine import Engine
    from huaxiang.core.moments import Moment
    from huaxiang.personas.crowds import Crowd

FRONT_SHARE = 0.8
"""The first page holds the fewest dimensions that give this share of all that is to be learnt, …"""

FRONT_MOST = 4
"""… but no more than so many."""


@dataclass(frozen=True)
class DimensionRow(AspectRow):
    """One dimension of one persona. `gain`: that of its most telling tag in bits; `share` of the sum over dimensions.

    `front`: it belongs on the first page.
    """

    table: ClassVar[str] = "portrait_dimensions"

    persona: str
    dimension: str
    label: Text
    tag: str
    gain: float | None
    share: float | None
    rank: int
    front: bool


def dimensions(persona: str, tags: Mapping[str, Tag], gains: Mapping[str, float]) -> list[DimensionRow]:
    """The dimensions of the tags that `gains` knows the information gain of, the most telling first."""
    best: dict[str, tuple[float, str]] = {}
    for name, gain in gains.items():
        dimension = tags[name].dimension
        best[dimension] = max(best.get(dimension, (-1.0, "")), (gain, name))
    order = sorted(best, key=lambda dimension: (-best[dimension][0], dimension))
    total = sum(gain for gain, _ in best.values())
    rows, told = [], 0.0
    for rank, dimension in enumerate(order, 1):
        gain, name = best[dimension]
        front = gain > 0 and told < FRONT_SHARE * total and rank <= FRONT_MOST
        told += gain
        share = rounded(gain / total) if total else None
        label = tags[name].dimension_label
        rows.append(DimensionRow(persona, dimension, label, name, rounded(gain), share, rank, front))
    return rows


def membership_gains(rows: Iterable[TagRow]) -> dict[str, float]:
    """What each tag tells about who is a member, of those that tell something new."""
    return {row.tag: row.gain for row in rows if row.gain is not None and row.is_fresh}


def outcome_gains(
    engine: Engine, size: int, scales: Sequence[Scale], outcome: Scale, crowd: Crowd, moment: Moment
) -> dict[str, float]:
    """What each tag tells, among the members, about the value of the tag `outcome`: bits per member.

    Members without an outcome don't count; those without a value of a tag learn nothing from it.
    """
    profiles = engine.table("profiles")
    step = "personas: outcome"
    wanted = [scale for scale in scales if scale.kind in ("values", "ranges") and scale.tag.name != outcome.tag.name]
    (column,) = read_columns(engine, profiles, size, [outcome.tag], moment, step=step)
    results = outcome.positions(column)[crowd.places]
    by_name = {scale.tag.name: scale for scale in wanted}
    found = {}
    for column in read_columns(engine, profiles, size, [scale.tag for scale in wanted], moment, step=step):
        scale = by_name[column.tag.name]
        found[scale.tag.name] = _gain(scale.positions(column)[crowd.places], results, len(outcome.values))
    return found


def _gain(positions: NDArray[np.int64], results: NDArray[Any], width: int) -> float:
    """Information gain about a result of several values: about each value of it against the others, the largest."""
    import numpy as np

    both = (positions >= 0) & (results >= 0)
    size = int((results >= 0).sum())
    if not both.any():
        return 0.0
    joint = np.bincount(positions[both] * width + results[both])
    joint = np.pad(joint, (0, -len(joint) % width)).reshape(-1, width)
    rows = joint.sum(axis=1)
    tables = ([(int(a), int(b)) for a, b in zip(joint[:, i], rows - joint[:, i], strict=True)] for i in range(width))
    return rounded(max(information_gain(table) for table in tables) * float(both.sum()) / size)
