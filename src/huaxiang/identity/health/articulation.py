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

    The graph is undirected, its edges join `left[i]` to `right[i]`; `weight` is that of each vertex. A vertex that holds
    nothing together leaves one part, the second is 0. Takes about 100 bytes per edge.
    """
    from scipy.sparse import coo_array

    if vertices == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    ends, others = np.concatenate([left, right]), np.concatenate([right, left])
    graph = coo_array((np.ones(len(ends), np.int8), (ends, others)), shape=(vertices, vertices)).tocsr()
    walk: Any = _walk if len(left) >= COMPILED_FROM else _walk.py_func
    heaviest, second = np.zeros(vertices, np.int64), np.zeros(vertices, np.int64)
    walk(graph.indptr.astype(np.int64), graph.indices.astype(np.int64), weight, heaviest, second)
    return heaviest, second


@njit(nogil=True, cache=True)
def _walk(start, neighbours, weight, heaviest, second):
    """Fill `heaviest` and `second`. The neighbours of `v` are `neighbours[start[v]:start[v + 1]]`."""
    count = weight.shape[0]
    place = np.full(count, -1, np.int64)  # in order of discovery
    low = np.zeros(count, np.int64)
    parent = np.full(count, -1, np.int64)
    below = weight.copy()  # of the vertex and everything found through it
    apart = np.zeros(count, np.int64)  # of the parts that hang on the vertex alone
    upcoming = start[:-1].copy()
    order = np.zeros(count, np.int64)
    found = 0
    for root in range(count):
        if place[root] >= 0:
            continue
        first = found
        place[root] = low[root] = found
        order[found] = root
        found += 1
        vertex = root
        while vertex >= 0:
            if upcoming[vertex] < start[vertex + 1]:
                other = neighbours[upcoming[vertex]]
                upcoming[vertex] += 1
                if place[other] < 0:
                    parent[other] = vertex
                    place[other] = low[other] = found
                    order[found] = other
                    found += 1
                    vertex = other
                elif other != parent[vertex]:
                    low[vertex] = min(low[vertex], place[other])
            else:
                above = parent[vertex]
                if above >= 0:
                    low[above] = min(low[above], low[vertex])
                    below[above] += below[vertex]
                    if low[vertex] >= place[above]:
                        apart[above] += below[vertex]
                        if below[vertex] > heaviest[above]:
                            second[above] = heaviest[above]
                            heaviest[above] = below[vertex]
                        elif below[vertex] > second[above]:
                            second[above] = below[vertex]
                vertex = above
        for position in range(first, found):
            vertex = order[position]
            rest = below[root] - weight[vertex] - apart[vertex]
            if rest > heaviest[vertex]:
                second[vertex] = heaviest[vertex]
                heaviest[vertex] = rest
            elif rest > second[vertex]:
                second[vertex] = rest
