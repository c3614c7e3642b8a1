"""The pairs of records that are compared: those that agree on any of the rules, each pair once.

Whether two records agree is asked of every pair that a rule brings together, once per rule before it. So what rules
look at are whole numbers, side by side for each record.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from huaxiang.identity.fuzzy.encoded import NOTHING, Encoded, in_common
from huaxiang.identity.stretches import begins_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Integers = npt.NDArray[np.integer]

Agreeing = Sequence[tuple[str, str]]
"""What a pair must agree on: expressions over the prepared columns, of the one record and of the other."""

_AT_ONCE = 1 << 20


class Found(NamedTuple):
    """Pairs of records: the smaller and the larger `unique_id`, and on which of the asked rules they agree, as bits."""

    left: Integers
    right: Integers
    agree: Integers


@dataclass(frozen=True)
class Keys:
    """What rules look at: `codes[record, place]`, where a missing value is like no other.

    Rule `r` asks that places `one[i]` of the one record and `other[i]` of the other are equal, for each `i` from
    `first[r]` up to `first[r + 1]`.
    """

    codes: npt.NDArray[np.int32]
    one: Integers
    other: Integers
    first: Integers


def keys_of(encoded: Encoded, rules: Sequence[Agreeing]) -> Keys:
    """What the rules look at, of all records."""
    import numpy as np

    groups = _in_common(rules)
    place = {expression: at for at, expression in enumerate(chain.from_iterable(groups))}
    codes = None
    for expressions in groups:
        for expression, found in zip(expressions, in_common([encoded.key(each) for each in expressions]), strict=True):
            if codes is None:
                codes = np.empty((len(found), len(place)), np.int32)
            missing = -1 - np.arange(len(found), dtype=np.int32)
            codes[:, place[expression]] = np.where(found == NOTHING, missing, found)
    sides = [[*dict.fromkeys(rule)] for rule in rules]
    return Keys(
        np.empty((0, 0), np.int32) if codes is None else codes,
        np.array([place[one] for rule in sides for one, _ in rule], np.int64),
        np.array([place[other] for rule in sides for _, other in rule], np.int64),
        np.cumsum([0, *map(len, sides)]),
    )


def candidates(keys: Keys, asked: Sequence[int] = ()) -> Iterator[Found]:
    """The pairs of each rule that none before it has, part by part; `asked` are the rules told of by `Found.agree`."""
    import numpy as np

    from huaxiang.identity.fuzzy.finding import find_pairs

    of_rules = np.array(asked, np.int64)
    for rule in range(len(keys.first) - 1):
        left, low, high, right = _together(keys, rule)
        state = np.zeros(2, np.int64)
        while state[0] < len(left):
            found = Found(np.empty(_AT_ONCE, np.int32), np.empty(_AT_ONCE, np.int32), np.empty(_AT_ONCE, np.uint8))
            many = find_pairs(
                left, low, high, right, keys.codes, keys.one, keys.other, keys.first, rule, of_rules, state, *found
            )
            yield Found(*(part[:many] for part in found))


def count_pairs(codes: Sequence[Integers]) -> int:
    """How many pairs of records agree on all of some keys, of which each has one array of codes."""
    import numpy as np

    key = _combined(codes, max(int(each.max(initial=0)) for each in codes) + 1)
    key = np.sort(key[key >= 0])
    sizes = np.diff(np.append(begins_of(key), len(key)))
    return int((sizes * (sizes - 1) // 2).sum())


def _together(keys: Keys, rule: int) -> tuple[Integers, Integers, Integers, Integers]:
    """Records, and of each where in the last array those begin and end with which it agrees, by rising id."""
    import numpy as np

    places = slice(keys.first[rule], keys.first[rule + 1])
    one, other = keys.one[places], keys.other[places]
    columns = [keys.codes[:, place] for place in other], [keys.codes[:, place] for place in one]
    width = max(int(column.max(initial=0)) for side in columns for column in side) + 1
    theirs = _combined(columns[0], width)
    right, held = _in_order(theirs)
    if (one == other).all():
        # Each is with those behind it that have the same key.
        begins = begins_of(held)
        ends = np.append(begins, len(held))[1:]
        high = np.repeat(ends, ends - begins)
        low = np.arange(1, len(held) + 1)
        several = high > low
        return right[several], low[several], high[several], right
    own = _combined(columns[1], width)
    left = np.flatnonzero(own >= 0).astype(np.int32)
    low, high = (np.searchsorted(held, own[left], side) for side in ("left", "right"))
    return left, low, high, right


def _combined(codes: Sequence[Integers], width: int) -> Integers:
    """One number for what some keys, all below `width`, say together; below zero where one of them is missing."""
    import numpy as np

    key = codes[0].astype(np.int64)
    for more in codes[1:]:
        key = np.where((key >= 0) & (more >= 0), key * width + more, NOTHING)
    return key


def _in_order(key: Integers) -> tuple[Integers, Integers]:
    """The records that have a key, by key and id, and their keys."""
    import numpy as np

    records, held = len(key), np.flatnonzero(key >= 0)
    if int(key.max(initial=0)) < np.iinfo(np.int64).max // max(records, 1):
        # Sorted as one number: four times as fast as asking for an order.
        both = np.sort(key[held] * records + held)
        return (both % records).astype(np.int32), both // records
    order = held[np.argsort(key[held], kind="stable")]
    return order.astype(np.int32), key[order]


def _in_common(rules: Sequence[Agreeing]) -> list[list[str]]:
    """The expressions of the rules; those that are held against each other together."""
    groups: list[set[str]] = []
    for sides in chain.from_iterable(rules):
        touched = [group for group in groups if group.intersection(sides)]
        groups = [group for group in groups if group not in touched] + [set(sides).union(*touched)]
    return sorted(map(sorted, groups))
