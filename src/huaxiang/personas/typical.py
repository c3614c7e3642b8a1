"""Typical members: real customers who are most like the segment as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from huaxiang.core.spec import EVERYONE
from huaxiang.personas.columns import read_columns
from huaxiang.personas.crowds import Crowd, Population
from huaxiang.personas.measure import Measures
from huaxiang.personas.placed import Placed
from huaxiang.personas.scales import Scale

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from huaxiang.core.engine import Engine
    from huaxiang.core.moments import Moment

TAGS = 8
"""How many of the most telling tags decide."""

MEMBERS = 3


@dataclass(frozen=True)
class Sought:
    """A crowd whose typical members are looked for, what was counted about it, and the scales that decide, by tag.

    `kept` are those of these tags whose values need not be read.
    """

    segment: str
    crowd: Crowd
    inside: Measures
    scales: Mapping[str, Scale]
    kept: Mapping[str, Placed]


def sought(
    segment: str, crowd: Crowd, inside: Measures, telling: Iterable[Scale], kept: Mapping[str, Placed]
) -> Sought:
    """Look for typical members by the first of `telling`, the most telling scales first. Lists don't count."""
    usable = [scale for scale in telling if scale.kind in ("values", "ranges")] if crowd.size else []
    scales = {scale.tag.name: scale for scale in usable[:TAGS]}
    return Sought(segment, crowd, inside, scales, {name: kept[name] for name in scales if name in kept})


def typical_members(
    engine: Engine, population: Population, all_sought: Sequence[Sought], moment: Moment
) -> list[list[dict[str, Any]]]:
    """Up to three members of each, most typical first: `customer_id`, and `tags` with their values that decided.

    Where names are known, `name` holds no more than the first character: names are personal (class L3).

    Each member scores the sum over the tags of the logarithm of how common their value is within the segment – the
    likelihood of a member, were the tags independent. Missing values score as one person would. The lower
    `customer_no` wins a tie. One pass over the tags that decide anywhere and are not kept.
    """
    import numpy as np

    profiles = engine.table("profiles")
    tags = {name: scale.tag for one in all_sought for name, scale in one.scales.items()}
    if not tags:
        return [[] for _ in all_sought]
    scores = [np.zeros(one.crowd.size) for one in all_sought]
    for one, score in zip(all_sought, scores, strict=True):
        for name, placed in one.kept.items():
            np.add(score, _likelihood(one, name, placed.at(one.crowd.places)), out=score)
    step = "personas: typical members"
    unread = {name: tags[name] for one in all_sought for name in one.scales if name not in one.kept}
    if unread:
        part = population.part(
            [frozenset({one.segment}) - {EVERYONE} for one in all_sought], [one.crowd for one in all_sought]
        )
        for column in read_columns(engine, part.rows, part.size, unread.values(), moment, step=step):
            name = column.tag.name
            for one, crowd, score in zip(all_sought, part.crowds, scores, strict=True):
                if name in one.scales and name not in one.kept:
                    positions = one.scales[name].positions(column)
                    np.add(score, _likelihood(one, name, positions[crowd.places]), out=score)
    best = [_best(one, score, population) for one, score in zip(all_sought, scores, strict=True)]
    shown = profiles.filter(profiles.customer_no.isin(sorted(set().union(*best))))
    rows = engine.rows(shown.select("customer_id", "customer_no", *tags), step=step)
    found = {row["customer_no"]: row for row in rows}
    called = _names(engine, sorted(found))
    return [
        [_member(found[n], called.get(n), one.scales) for n in numbers]
        for one, numbers in zip(all_sought, best, strict=True)
    ]


def _likelihood(one: Sought, tag: str, positions: NDArray[Any]) -> NDArray[np.float64]:
    """How likely the members' values of a tag are; `positions` are those on its scale."""
    import numpy as np

    # The last one is for those without a value, whose position is −1.
    counts = np.array([*one.inside.counts[tag], 1])
    weights: NDArray[np.float64] = np.log(np.maximum(counts, 1) / one.inside.size)
    return weights[positions]


def _best(one: Sought, score: NDArray[np.float64], population: Population) -> list[int]:
    """The `customer_no` of the most typical members."""
    import numpy as np

    if not one.scales:
        return []
    # Rounded, so that equal members stay equal in whatever order logarithms are added.
    left, order = score.round(9), []
    for _ in range(min(MEMBERS, len(left))):
        order.append(int(left.argmax()))
        left[order[-1]] = -np.inf
    numbers: list[int] = population.numbers[one.crowd.places[order]].tolist()
    return numbers


def _member(row: Mapping[str, Any], name: str | None, tags: Iterable[str]) -> dict[str, Any]:
    named = {"name": masked_name(name)} if name else {}
    return {"customer_id": row["customer_id"], **named, "tags": {name: _plain(row[name]) for name in tags}}


def masked_name(name: str) -> str:
    """A name of which only the first character is told: `王**` – the same length for all."""
    return f"{name.strip()[:1]}**"


def _names(engine: Engine, customers: Sequence[int]) -> dict[int, str]:
    """The names of some customers, as far as they are known."""
    if not customers or not engine.has("attributes"):
        return {}
    attributes = engine.table("attributes")
    if "name" not in attributes.columns:
        return {}
    wanted = attributes.filter(attributes.customer_no.isin(customers), attributes.name.notnull())
    rows = engine.rows(wanted.select("customer_no", "name"), step="personas: names of typical members")
    return {row["customer_no"]: row["name"] for row in rows if row["name"].strip()}


def _plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value
