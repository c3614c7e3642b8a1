"""Groups of bounded size: members that share a value belong together, the strongest values first, up to a limit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from huaxiang.identity.graph import resolve

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Integers = npt.NDArray[np.int64]


def grouped(members: int, member: Integers, value: Integers, limit: int) -> tuple[Integers, set[int]]:
    """The group of each member 0 … n−1, named by one of its members, and the values that were refused.

    Row i says that `member[i]` has `value[i]`; values are numbered by strength, 0 first. Where members that hang
    together are more than `limit`, their values are taken one by one; one that would make a larger group is refused.
    """
    import numpy as np

    values = int(value.max(initial=-1)) + 1
    labels = resolve(members + values, member, value + members)
    groups, inverse, sizes = np.unique(labels[:members], return_inverse=True, return_counts=True)
    first = np.full(len(groups), members, np.int64)
    np.minimum.at(first, inverse, np.arange(members))
    found = first[inverse]
    crowded = sizes[inverse] > limit
    if not crowded.any():
        return found, set()
    rows = crowded[member]
    order = np.lexsort((member[rows], value[rows]))
    holders = zip(value[rows][order].tolist(), member[rows][order].tolist(), strict=True)
    roots, refused = _one_by_one(np.flatnonzero(crowded).tolist(), holders, limit)
    for vertex, root in roots.items():
        found[vertex] = root
    return found, refused


def _one_by_one(
    members: Sequence[int], holders: Iterable[tuple[int, int]], limit: int
) -> tuple[dict[int, int], set[int]]:
    """The smallest member of each member's group, and the refused values; `holders` are ordered by value."""
    parent = {member: member for member in members}
    size = dict.fromkeys(members, 1)
    by_value: dict[int, list[int]] = {}
    for value, member in holders:
        by_value.setdefault(value, []).append(member)

    def root(member: int) -> int:
        while parent[member] != member:
            parent[member] = parent[parent[member]]
            member = parent[member]
        return member

    refused = set()
    for value, those in by_value.items():
        roots = sorted({root(member) for member in those})
        total = sum(size[each] for each in roots)
        if total > limit:
            refused.add(value)
            continue
        for each in roots[1:]:
            parent[each] = roots[0]
        size[roots[0]] = total
    return {member: root(member) for member in members}, refused
