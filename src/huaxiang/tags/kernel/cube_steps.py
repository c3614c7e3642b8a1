"""The compiled loops of cubes: each row of a customer goes into the cell of its class and its stretch of time.

`edges[p]` are rows, rising: stretch `j` of pair `p` is `[edges[p, j], edges[p, j + 1])`. `classes[i]` is the class of
row `i`, one of `size`. Result `a` takes the stretches from `first[which[p], a]` to before `last[which[p], a]`, and of
these the classes `members[begin[a] : begin[a + 1]]`. Results begin as zeros.
"""

from __future__ import annotations

import numpy as np
from numba import types

from huaxiang.tags.kernel.forms import CODES, FLAGS, INTEGERS, OUT_TABLE, compiled

_TABLE = types.Array(types.int64, 2, "C", readonly=True)
_CLASSES = types.Array(types.uint16, 1, "C", readonly=True)
_LOOK = (_TABLE, INTEGERS, _CLASSES)
_FLAGS = types.Array(types.uint8, 2, "C", readonly=True)
_CELLS = (types.int64, _TABLE, _TABLE, INTEGERS, INTEGERS, OUT_TABLE)


@compiled(*((codes, _CLASSES, types.uint16[::1]) for codes in (CODES, FLAGS, _CLASSES)))
def look_up(codes, of_code, classes):
    """The class of each row from that of its code."""
    for i in range(codes.shape[0]):
        classes[i] = of_code[codes[i]]


@compiled()
def _differences(before, first, last, begin, members, out, p):
    for a in range(first.shape[0]):
        if first[a] < last[a]:
            result = 0
            for q in range(begin[a], begin[a + 1]):
                result += before[last[a], members[q]] - before[first[a], members[q]]
            out[a, p] = result


@compiled((*_LOOK, *_CELLS))
def counts(edges, which, classes, size, first, last, begin, members, out):
    """The number of rows."""
    borders = edges.shape[1]
    before = np.zeros((borders, size), np.int64)
    for p in range(edges.shape[0]):
        if edges[p, 0] == edges[p, borders - 1]:
            continue
        for j in range(borders - 1):
            # Each line holds what lies before its border, so that a stretch is the difference of two lines.
            before[j + 1] = before[j]
            for i in range(edges[p, j], edges[p, j + 1]):
                before[j + 1, classes[i]] += 1
        _differences(before, first[which[p]], last[which[p]], begin, members, out, p)


@compiled((*_LOOK, INTEGERS, *_CELLS))
def sums(edges, which, classes, values, size, first, last, begin, members, out):
    """The sum of the values of the rows."""
    borders = edges.shape[1]
    before = np.zeros((borders, size), np.int64)
    for p in range(edges.shape[0]):
        if edges[p, 0] == edges[p, borders - 1]:
            continue
        for j in range(borders - 1):
            before[j + 1] = before[j]
            for i in range(edges[p, j], edges[p, j + 1]):
                before[j + 1, classes[i]] += values[i]
        _differences(before, first[which[p]], last[which[p]], begin, members, out, p)


@compiled((*_LOOK, types.boolean, *_CELLS))
def ends(edges, which, classes, last_row, size, first, last, begin, members, out):
    """The last row, or the first; -1 where there is no row."""
    stretches = edges.shape[1] - 1
    found = np.empty((stretches, size), np.int64)
    for p in range(edges.shape[0]):
        if edges[p, 0] == edges[p, stretches]:
            out[:, p] = -1
            continue
        for j in range(stretches):
            found[j] = -1
            low, high = edges[p, j], edges[p, j + 1]
            for i in range(low, high):
                # What is written last stays.
                row = i if last_row else low + high - 1 - i
                found[j, classes[row]] = row
        for a in range(out.shape[0]):
            result = -1
            for j in range(first[which[p], a], last[which[p], a]):
                for q in range(begin[a], begin[a + 1]):
                    row = found[j, members[q]]
                    if row >= 0 and (result < 0 or (row > result) == last_row):
                        result = row
            out[a, p] = result


@compiled((*_LOOK, INTEGERS, types.boolean, *_CELLS))
def extremes(edges, which, classes, values, largest, size, first, last, begin, members, out):
    """A row with the largest value, or the smallest; -1 where there is no row."""
    stretches = edges.shape[1] - 1
    found = np.empty((stretches, size), np.int64)
    best = np.empty((stretches, size), np.int64)
    for p in range(edges.shape[0]):
        if edges[p, 0] == edges[p, stretches]:
            out[:, p] = -1
            continue
        for j in range(stretches):
            found[j] = -1
            for i in range(edges[p, j], edges[p, j + 1]):
                k = classes[i]
                if found[j, k] < 0 or (values[i] > best[j, k] if largest else values[i] < best[j, k]):
                    found[j, k] = i
                    best[j, k] = values[i]
        for a in range(out.shape[0]):
            row = -1
            for j in range(first[which[p], a], last[which[p], a]):
                for q in range(begin[a], begin[a + 1]):
                    other = found[j, members[q]]
                    if other < 0:
                        continue
                    if row < 0 or (values[other] > values[row] if largest else values[other] < values[row]):
                        row = other
            out[a, p] = row


COUNT, SUM, FIRST, LAST, LARGEST, SMALLEST = range(6)
"""What `each` finds: a number, a sum, or a row."""


@compiled()
def _meets(holds, members, low, high, i):
    meets = True
    for q in range(low, high):
        meets &= holds[members[q], i] != 0
    return meets


@compiled((*[INTEGERS] * 6, _TABLE, _FLAGS, _TABLE, OUT_TABLE))
def each(kinds, begin, members, start, until, column, edges, holds, values, out):
    """Without cubes: result `m` of pair `p` by its own look at the rows `edges[start[m], p] : edges[until[m], p]`.

    They count where all of `holds[members[begin[m] : begin[m + 1]]]` are 1; `values[column[m]]` are summed or compared.
    """
    for m in range(out.shape[0]):
        kind = kinds[m]
        value = values[column[m]]
        for p in range(out.shape[1]):
            result = 0 if kind in (COUNT, SUM) else -1
            for i in range(edges[start[m], p], edges[until[m], p]):
                if not _meets(holds, members, begin[m], begin[m + 1], i):
                    continue
                if kind == COUNT:
                    result += 1
                elif kind == SUM:
                    result += value[i]
                elif (
                    result < 0
                    or kind == LAST
                    or (kind == LARGEST and value[i] > value[result])
                    or (kind == SMALLEST and value[i] < value[result])
                ):
                    result = i
            out[m, p] = result
