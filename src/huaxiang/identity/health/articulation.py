"""What one vertex holds together: the parts of a graph that fall asunder when it is taken away.

Depth-first search with low points (Hopcroft and Tarjan 1973, "Algorithm 447"), written as a loop, because chains of
records are longer than Python's stack. Each vertex and each edge is looked at once or twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

if TYPE_CHECKING:
    import numpy.typing as npt

    Integers = npt.NDArray[np.int64]

COMPILED_FROM = 20_000
"""From so many edges on the loop runs compiled: loading the compiled form takes longer than a small graph does."""


def two_parts(vertices: int, left: Integers, right: Integers, weight: Integers) -> tuple[Integers, Integers]:
    """For each vertex the weights of the two heaviest parts that its component leaves when the vertex is taken away.

    The graph is undirected, its edges join `left[i]` to `right[i]`; `weight` is that of each vertex. A vertex that
    holds nothing together leaves one part, the second is 0. Takes about 100 bytes per edge.
    """
    from scipy.sparse import coo_array

    if vertices == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    ends, others = np.concatenate([left, right]), np.concatenate([right, left])
    graph = coo_array((np.ones(len(ends), np.int8), (ends, others)), shape=(vertices, vertices)).tocsr()
    walk: Any = _walk if len(left) >= COMPILED_FROM else _walk.py_func
    parent, root, below, alone = walk(graph.indptr.astype(np.int64), graph.indices.astype(np.int64), weight)

    # The parts of a vertex: what hangs on it alone, and the rest of its component.
    hanging = np.flatnonzero(alone)
    apart = np.zeros(vertices, np.int64)
    np.add.at(apart, parent[hanging], below[hanging])
    owner = np.concatenate([parent[hanging], np.arange(vertices)])
    part = np.concatenate([below[hanging], below[root] - weight - apart])
    order = np.lexsort((-part, owner))
    owner, part = owner[order], np.append(part[order], 0)
    first = np.searchsorted(owner, np.arange(vertices))
    several = np.append(owner, vertices)[first + 1] == np.arange(vertices)
    return part[first], np.where(several, part[first + 1], 0)


@njit(nogil=True, cache=True)
def _walk(start, neighbours, weight):
    """Walk through the graph in depth; the neighbours of `v` are `neighbours[start[v]:start[v + 1]]`.

    For each vertex: the one it was found from (-1: none), the first one of its component, the weight of it and all
    that was found through it, and whether these hang on the one it was found from alone.
    """
    count = weight.shape[0]
    place, parent = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    low, root, below = np.zeros(count, np.int64), np.zeros(count, np.int64), weight.copy()
    alone, upcoming = np.zeros(count, np.bool_), start[:-1].copy()
    found = 0
    for first in range(count):
        vertex = first if place[first] < 0 else -1
        while vertex >= 0:
            if place[vertex] < 0:
                place[vertex] = low[vertex] = found
                root[vertex] = first
                found += 1
            above = parent[vertex]
            if upcoming[vertex] < start[vertex + 1]:
                other = neighbours[upcoming[vertex]]
                upcoming[vertex] += 1
                if place[other] < 0:
                    parent[other] = vertex
                    vertex = other
                elif other != above:
                    low[vertex] = min(low[vertex], place[other])
                continue
            if above >= 0:
                low[above] = min(low[above], low[vertex])
                below[above] += below[vertex]
                alone[vertex] = low[vertex] >= place[above]
            vertex = above
    return parent, root, below, alone
