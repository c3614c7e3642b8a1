"""Many aggregates in one look at each row: cubes of classes of rows × stretches of time.

Aggregates that add up or compare whole numbers, and whose conditions read the same columns, share a cube. What the
conditions say of a row is its *class*, looked up once per row; the borders of all windows cut the time of a customer
into stretches. A row goes into one cell; each aggregate is put together from the cells of its classes and stretches. So
the cost of a row does not grow with the number of tags. Floating numbers take no part: their sums hang on their order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from huaxiang.core.moments import Window
from huaxiang.tags.kernel import cube_steps
from huaxiang.tags.kernel.batch import Array, Facts
from huaxiang.tags.kernel.pairs import NOW, Pairs

_MOST_CLASSES = 4096
_SPARE_CLASSES = 16


@dataclass(frozen=True, order=True)
class Condition:
    """What must hold of a row: its boolean `column` is true or, where `known`, `column` has any value."""

    column: str
    known: bool = False


Kind = Literal["count", "sum", "first", "last", "largest", "smallest"]


@dataclass(frozen=True)
class Measure:
    """A whole number per pair, over the rows within `window` for which all `conditions` hold.

    It is their number (`count`), the sum of `values`, or a row (−1: there is none): the first, the last, or one with
    the largest or smallest of `values`.
    """

    kind: Kind
    conditions: frozenset[Condition]
    window: Window
    values: str | None = None


def measured(measures: Collection[Measure], facts: Facts, pairs: Pairs) -> dict[Measure, Array]:
    """Each of `measures` (p,) for `pairs`."""
    together: dict[Any, list[Measure]] = defaultdict(list)
    for measure in measures:
        bases = frozenset(_codes(facts, condition)[0] for condition in measure.conditions)
        together[measure.kind, measure.values, bases].append(measure)
    found: dict[Measure, Array] = {}
    for group in together.values():
        wanted = list(dict.fromkeys(measure.conditions for measure in group))
        classes = _classes(wanted, facts)
        if classes is None:
            # Conditions that overlap in too many ways: a cube for each.
            for each in wanted:
                found |= _cube([measure for measure in group if measure.conditions == each], [each], facts, pairs)
        else:
            found |= _cube(group, wanted, facts, pairs, classes)
    return found


@dataclass(frozen=True)
class _Classes:
    """The class of each row (n,), and for each set of conditions which classes meet it, [classes, sets]."""

    of_row: Array
    meet: Array


def _cube(
    group: Sequence[Measure],
    wanted: Sequence[frozenset[Condition]],
    facts: Facts,
    pairs: Pairs,
    classes: _Classes | None = None,
) -> dict[Measure, Array]:
    classes = classes or _two_classes(wanted[0], facts)
    borders = _numbered(border for measure in group for border in _borders(measure.window))
    # Borders are sorted for each moment: when clocks are changed, 26 hours may reach less far back than a day.
    order = np.argsort(np.stack([pairs.before(border) for border in borders], axis=1), axis=1, kind="stable")
    edges = _edges([pairs.first_rows(facts, border) for border in borders], order, pairs)
    place = np.argsort(order, axis=1)
    first, last = (
        np.ascontiguousarray(place[:, [borders[_borders(measure.window)[side]] for measure in group]])
        for side in (0, 1)
    )
    sets = _numbered(wanted)
    members = [np.flatnonzero(classes.meet[:, sets[measure.conditions]]) for measure in group]
    begin = np.append(0, np.cumsum([len(each) for each in members]))
    cells = (len(classes.meet), first, last, begin, np.concatenate(members))
    out = np.zeros((len(group), len(pairs.customer)), np.int64)
    look = (edges, pairs.which, classes.of_row)
    match group[0]:
        case Measure(kind="count"):
            cube_steps.counts(*look, *cells, out)
        case Measure(kind="first" | "last" as kind):
            cube_steps.ends(*look, kind == "last", *cells, out)
        case Measure(kind="sum", values=str(column)):
            cube_steps.sums(*look, _whole(facts, column), *cells, out)
        case Measure(kind=kind, values=str(column)):
            cube_steps.extremes(*look, _whole(facts, column), kind == "largest", *cells, out)
    return dict(zip(group, out, strict=True))


def _edges(rows: Sequence[Array], order: Array, pairs: Pairs) -> Array:
    """The first rows of each pair from the borders on, (p, borders), in the `order` of its moment."""
    if len(order) == 1:
        return np.stack([rows[border] for border in order[0]], axis=1)
    return np.take_along_axis(np.stack(rows, axis=1), order[pairs.which], axis=1)


def _numbered(things: Iterable[Any]) -> dict[Any, int]:
    """The different ones of `things`, in order, each with its number."""
    return {each: number for number, each in enumerate(dict.fromkeys(things))}


def _borders(window: Window) -> tuple[Any, Any]:
    return window.start, window.end or NOW


def _whole(facts: Facts, column: str) -> Array:
    return facts.by_row(column).data.astype(np.int64, copy=False)


def _codes(facts: Facts, condition: Condition) -> tuple[Any, Array, Array]:
    """The codes of rows that `condition` hangs on: what names them, the codes, and whether it holds for each code."""
    values = facts.columns[condition.column]
    holds = values.valid if condition.known else values.data & values.valid
    if values.codes is None:
        return condition, holds, np.arange(2)
    # Conditions on the same column of texts share its codes.
    return values.codes.__array_interface__["data"][0], values.codes, holds


def _classes(wanted: Sequence[frozenset[Condition]], facts: Facts) -> _Classes | None:
    """The classes that the sets of conditions `wanted` make, None where there would be too many."""
    conditions = sorted({condition for each in wanted for condition in each})
    by_base: dict[Any, list[Condition]] = defaultdict(list)
    codes: dict[Any, Array] = {}
    holds: dict[Condition, Array] = {}
    for condition in conditions:
        base, codes_of_rows, holds[condition] = _codes(facts, condition)
        by_base[base].append(condition)
        codes[base] = codes_of_rows
    # Per base the classes of its codes; then all combinations of these; then those that meet the same sets are one.
    size = 1
    of_code: dict[Any, Array] = {}
    met = np.ones((1, 0), bool)
    for base, own in by_base.items():
        patterns, of_code[base] = _distinct(np.stack([holds[condition].astype(bool) for condition in own], axis=1))
        size *= len(patterns)
        if size > _MOST_CLASSES:
            return None
        met = np.hstack([np.repeat(met, len(patterns), axis=0), np.tile(patterns, (len(met), 1))])
    column = _numbered(condition for own in by_base.values() for condition in own)
    meet = np.stack([met[:, [column[condition] for condition in each]].all(axis=1) for each in wanted], axis=1)
    meet, of_combination = _distinct(meet)
    if len(meet) > 2 * len(wanted) + _SPARE_CLASSES:
        return None
    return _Classes(_rows(len(facts.time), [(codes[base], of_code[base]) for base in by_base], of_combination), meet)


def _rows(number: int, bases: Sequence[tuple[Array, Array]], of_combination: Array) -> Array:
    """The class of each row, from its codes by the classes of codes and those of their combinations."""
    if not bases:
        return np.zeros(number, np.uint16)
    if len(bases) == 1:
        return _looked_up(bases[0][0], of_combination[bases[0][1]])
    combined = np.zeros(number, np.uint16)
    for codes, of_code in bases:
        combined = combined * np.uint16(of_code.max(initial=0) + 1) + _looked_up(codes, of_code)
    return _looked_up(combined, of_combination)


def _looked_up(codes: Array, of_code: Array) -> Array:
    classes = np.empty(len(codes), np.uint16)
    cube_steps.look_up(codes, of_code.astype(np.uint16), classes)
    return classes


def _two_classes(conditions: Iterable[Condition], facts: Facts) -> _Classes:
    """The rows that meet `conditions`, and the others."""
    keep = np.ones(len(facts.time), np.uint8)
    for condition in conditions:
        _, codes, holds = _codes(facts, condition)
        keep &= holds.astype(np.uint8)[codes]
    return _Classes(keep.astype(np.uint16), np.array([[False], [True]]))


def _distinct(bits: Array) -> tuple[Array, Array]:
    """The different rows of a matrix of booleans, and which of them each row is."""
    if bits.shape[1] == 0:
        return np.ones((min(len(bits), 1), 0), bool), np.zeros(len(bits), np.int64)
    packed = np.packbits(bits, axis=1)
    _, first, which = np.unique(
        np.ascontiguousarray(packed).view([("", np.uint8)] * packed.shape[1]), return_index=True, return_inverse=True
    )
    return bits[first], which.reshape(-1)
