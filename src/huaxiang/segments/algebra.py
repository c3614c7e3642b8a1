"""Set algebra over segments: who is in `champions and not night_owls`, and how much any two segments overlap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from huaxiang.core.spec import EVERYONE
from huaxiang.core.types import Type
from huaxiang.expressions import Expression, Scope, compile_expression

if TYPE_CHECKING:
    import ibis

    from huaxiang.core.engine import Engine
    from huaxiang.core.moments import Moment

_WORD = 62
"""Segments per integer column: a membership is one bit."""


@dataclass(frozen=True)
class Overlap:
    """How much two segments overlap. Figures are None where fewer people than the threshold are in both.

    `share_of_a` is the share of the members of `a` that are also in `b`; `jaccard` is both ÷ either. Nobody in both
    is shown as 0.
    """

    a: str
    b: str
    both: int | None
    share_of_a: float | None
    share_of_b: float | None
    jaccard: float | None
    hidden: bool


def read(text: str, segments: Iterable[str]) -> Expression:
    """Check an expression over names of segments: and, or, not, brackets. "Minus" is `and not`.

    Raises:
        ProjectError: a name is no segment, or the expression is no condition.
    """
    scope = Scope(dict.fromkeys((*segments, EVERYONE), Type.BOOLEAN), owner=f"'{text}'", kind="segment")
    return compile_expression(text, scope, wanted=frozenset({Type.BOOLEAN}))


def members(expression: Expression, segments: ibis.Table, customers: ibis.Table, moment: Moment) -> ibis.Table:
    """The customers of whom an expression over segments holds: `customer_id`, `customer_no`.

    `segments` is the table of memberships, `customers` has everyone (any table with both columns).
    """
    import ibis

    everyone = customers.select("customer_id", "customer_no")
    names = expression.columns
    if not names:
        return everyone.filter(expression.ibis({}, moment))
    rows = segments.filter(segments.segment.isin(names))
    flags = rows.group_by("customer_no").aggregate(**{name: (rows.segment == name).any() for name in names})
    joined = everyone.left_join(flags, "customer_no")
    values = {name: ibis.literal(True) if name == EVERYONE else joined[name].fill_null(False) for name in names}
    return joined.filter(expression.ibis(values, moment)).select("customer_id", "customer_no")


def count(engine: Engine, text: str, moment: Moment) -> int:
    """The number of customers of whom the expression `text` over segments holds, from the tables of a build.

    Raises:
        ProjectError: the expression holds a mistake.
    """
    catalog = engine.table("segment_catalog").select("name")
    names = [row["name"] for row in engine.rows(catalog, step="segments: names")]
    found = members(read(text, names), engine.table("segments"), engine.table("customers"), moment)
    return int(engine.rows(found.aggregate(size=found.count()), step=f"segments: count {text}")[0]["size"])


def overlaps(engine: Engine, segments: ibis.Table, names: Sequence[str], threshold: int) -> list[Overlap]:
    """The overlap of every two of `names`, from one query that gathers customers by the set of their segments."""
    sets = _sets(engine, segments, names)
    sizes = [sum(size for members, size in sets if i in members) for i in range(len(names))]
    both: dict[tuple[int, int], int] = {}
    for positions, size in sets:
        for pair in combinations(positions, 2):
            both[pair] = both.get(pair, 0) + size
    return [
        _overlap(names[i], names[j], both.get((i, j), 0), sizes[i], sizes[j], threshold)
        for i, j in combinations(range(len(names)), 2)
    ]


def _sets(engine: Engine, segments: ibis.Table, names: Sequence[str]) -> list[tuple[tuple[int, ...], int]]:
    """Each set of positions in `names` that occurs together, with the number of customers who are in just these."""
    import ibis

    if not names:
        return []
    rows = segments.filter(segments.segment.isin(list(names)))
    words: dict[str, Any] = {}
    for start in range(0, len(names), _WORD):
        part = names[start : start + _WORD]
        bits: Any = ibis.cases(*((rows.segment == name, 1 << i) for i, name in enumerate(part)), else_=0)
        words[f"word_{start}"] = bits.cast("int64").sum().cast("int64")
    masks = rows.group_by("customer_no").aggregate(**words)
    found = engine.rows(masks.group_by(list(words)).aggregate(size=masks.count()), step="segments: overlaps")
    return [
        (
            tuple(
                int(word.removeprefix("word_")) + bit for word in words for bit in range(_WORD) if row[word] >> bit & 1
            ),
            row["size"],
        )
        for row in found
    ]


def _overlap(a: str, b: str, both: int, size_a: int, size_b: int, threshold: int) -> Overlap:
    if 0 < both < threshold:
        return Overlap(a, b, None, None, None, None, hidden=True)
    either = size_a + size_b - both
    return Overlap(
        a,
        b,
        both,
        both / size_a if size_a else None,
        both / size_b if size_b else None,
        both / either if either else None,
        hidden=False,
    )
