"""The steps of the tag kernel: compiled loops over the facts of one customer after the other.

Facts lie in arrays sorted by customer and time. A *pair* is a customer at a moment; `low[p]` and `high[p]` bound the
facts of pair `p` that lie in the window. `keep[i]` is 1 for rows that pass the filter. Codes are dense integers in the
order of the values they stand for, so that ties go to the smaller value.

The steps are compiled once per installation, when this module is first imported (numba keeps them on disk), and not
once per set of definitions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit, types

# Arrow hands over arrays that can't be written; naming them so keeps one compiled form for all.
_INTEGERS = types.Array(types.int64, 1, "C", readonly=True)
_FLOATS = types.Array(types.float64, 1, "C", readonly=True)
_FLAGS = types.Array(types.uint8, 1, "C", readonly=True)
_WHOLE, _REAL, _TABLE = types.int64[::1], types.float64[::1], types.int64[:, ::1]
_SPAN = (_INTEGERS, _INTEGERS, _FLAGS)
"""`low`, `high`, `keep`: what every step begins with."""


def _compiled(*signatures: tuple[Any, ...]) -> Callable[[Callable[..., Any]], Any]:
    # Division by zero cannot happen in these loops; without its checks they compile faster and vectorise.
    forms = [types.void(*signature) for signature in signatures]
    return njit(forms or None, nogil=True, cache=True, error_model="numpy")


@_compiled()
def _quantile_of(values, share):
    values.sort()
    place = share * (values.shape[0] - 1)
    below = int(np.floor(place))
    above = min(below + 1, values.shape[0] - 1)
    return values[below] + (place - below) * (values[above] - values[below])


@_compiled()
def _active(low, high, keep, period, buffer):
    """Write the different periods of the kept rows into `buffer`, rising, and return their number."""
    found = 0
    rising = True
    for i in range(low, high):
        if keep[i] and (found == 0 or period[i] != buffer[found - 1]):
            # Clocks that go back over midnight make a day return: rare, so sorted only then.
            rising = rising and (found == 0 or period[i] > buffer[found - 1])
            buffer[found] = period[i]
            found += 1
    if rising or found < 2:
        return found
    ordered = np.unique(buffer[:found])
    buffer[: ordered.shape[0]] = ordered
    return ordered.shape[0]


@_compiled()
def _room(low, high):
    longest = 1
    for p in range(low.shape[0]):
        longest = max(longest, high[p] - low[p])
    return np.empty(longest, np.int64)


@_compiled((_INTEGERS, _INTEGERS, _INTEGERS, _INTEGERS, _WHOLE))
def first_at_or_after(starts, ends, time, wanted, out):
    """`out[p]`: the first row in `[starts[p], ends[p])` whose time is at least `wanted[p]`."""
    for p in range(starts.shape[0]):
        low, high = starts[p], ends[p]
        while low < high:
            middle = (low + high) // 2
            if time[middle] < wanted[p]:
                low = middle + 1
            else:
                high = middle
        out[p] = low


@_compiled((_INTEGERS, _INTEGERS, _INTEGERS, _INTEGERS, _WHOLE))
def later_than(low, high, arrival, moment, out):
    """The number of rows that arrived after `moment[p]`."""
    for p in range(low.shape[0]):
        late = 0
        for i in range(low[p], high[p]):
            if arrival[i] > moment[p]:
                late += 1
        out[p] = late


@_compiled((*_SPAN, _WHOLE))
def count(low, high, keep, out):
    """The number of rows."""
    for p in range(low.shape[0]):
        n = 0
        for i in range(low[p], high[p]):
            n += keep[i]
        out[p] = n


@_compiled((*_SPAN, _INTEGERS, _WHOLE, _WHOLE), (*_SPAN, _FLOATS, _REAL, _WHOLE))
def total(low, high, keep, values, out, n):
    """The sum of the values, in order of time, and how many there were."""
    for p in range(low.shape[0]):
        rows = 0
        result = values[0] * 0
        for i in range(low[p], high[p]):
            if keep[i]:
                result += values[i]
                rows += 1
        out[p] = result
        n[p] = rows


@_compiled((*_SPAN, _INTEGERS, _WHOLE, _WHOLE), (*_SPAN, _FLOATS, _REAL, _WHOLE))
def smallest(low, high, keep, values, out, n):
    """The smallest value."""
    for p in range(low.shape[0]):
        rows = 0
        result = values[0] * 0
        for i in range(low[p], high[p]):
            if keep[i]:
                if rows == 0 or values[i] < result:
                    result = values[i]
                rows += 1
        out[p] = result
        n[p] = rows


@_compiled((*_SPAN, _INTEGERS, _WHOLE, _WHOLE), (*_SPAN, _FLOATS, _REAL, _WHOLE))
def largest(low, high, keep, values, out, n):
    """The largest value."""
    for p in range(low.shape[0]):
        rows = 0
        result = values[0] * 0
        for i in range(low[p], high[p]):
            if keep[i]:
                if rows == 0 or values[i] > result:
                    result = values[i]
                rows += 1
        out[p] = result
        n[p] = rows


@_compiled((*_SPAN, _FLOATS, _REAL, _WHOLE))
def spread(low, high, keep, values, out, n):
    """The sample standard deviation, in two passes for accuracy."""
    for p in range(low.shape[0]):
        rows = 0
        mean = 0.0
        for i in range(low[p], high[p]):
            if keep[i]:
                mean += values[i]
                rows += 1
        n[p] = rows
        squares = 0.0
        if rows > 1:
            mean /= rows
            for i in range(low[p], high[p]):
                if keep[i]:
                    squares += (values[i] - mean) ** 2
            out[p] = np.sqrt(squares / (rows - 1))


@_compiled((*_SPAN, types.int64, _WHOLE))
def nth_row(low, high, keep, position, out):
    """The row of the `position`-th kept fact, counted from 1; -1 where there are fewer."""
    for p in range(low.shape[0]):
        seen = 0
        out[p] = -1
        for i in range(low[p], high[p]):
            if keep[i]:
                seen += 1
                if seen == position:
                    out[p] = i
                    break


@_compiled((*_SPAN, _WHOLE))
def last_row(low, high, keep, out):
    """The row of the last kept fact; -1 where there is none."""
    for p in range(low.shape[0]):
        out[p] = -1
        for i in range(high[p] - 1, low[p] - 1, -1):
            if keep[i]:
                out[p] = i
                break


@_compiled((*_SPAN, _FLOATS, types.float64, _REAL, _WHOLE))
def quantile(low, high, keep, values, share, out, n):
    """The quantile, interpolated linearly (Hyndman & Fan 1996, type 7)."""
    longest = 1
    for p in range(low.shape[0]):
        longest = max(longest, high[p] - low[p])
    buffer = np.empty(longest, np.float64)
    for p in range(low.shape[0]):
        rows = 0
        for i in range(low[p], high[p]):
            if keep[i]:
                buffer[rows] = values[i]
                rows += 1
        n[p] = rows
        if rows:
            out[p] = _quantile_of(buffer[:rows], share)


@_compiled((*_SPAN, _INTEGERS, types.int64, _WHOLE))
def distinct(low, high, keep, codes, size, out):
    """The number of different codes."""
    stamp = np.full(size, -1, np.int64)
    for p in range(low.shape[0]):
        found = 0
        for i in range(low[p], high[p]):
            if keep[i] and stamp[codes[i]] != p:
                stamp[codes[i]] = p
                found += 1
        out[p] = found


@_compiled(
    (*_SPAN, _INTEGERS, _INTEGERS, types.int64, types.int64, _TABLE, _REAL, _WHOLE),
    (*_SPAN, _INTEGERS, _FLOATS, types.int64, types.int64, _TABLE, _REAL, _WHOLE),
)
def top(low, high, keep, codes, weights, size, limit, best, share, n):
    """The codes with the largest weight, at most `limit`, strongest first and ties by code; -1 fills up.

    `share[p]` is the weight of the strongest over the weight of all, `n[p]` the number of different codes.
    """
    stamp = np.full(size, -1, np.int64)
    weight = np.zeros(size, weights.dtype)
    touched = np.empty(size, np.int64)
    for p in range(low.shape[0]):
        found = 0
        everything = 0.0
        for i in range(low[p], high[p]):
            if keep[i]:
                code = codes[i]
                if stamp[code] != p:
                    stamp[code] = p
                    weight[code] = 0
                    touched[found] = code
                    found += 1
                weight[code] += weights[i]
        n[p] = found
        for q in range(found):
            everything += weight[touched[q]]
        for place in range(limit):
            best[p, place] = -1
            if place >= found:
                continue
            chosen = place
            for q in range(place + 1, found):
                here, there = touched[q], touched[chosen]
                if weight[here] > weight[there] or (weight[here] == weight[there] and here < there):
                    chosen = q
            touched[place], touched[chosen] = touched[chosen], touched[place]
            best[p, place] = touched[place]
        share[p] = np.nan
        if found and everything != 0:
            share[p] = weight[best[p, 0]] / everything


@_compiled((*_SPAN, _INTEGERS, types.int64, _REAL, _WHOLE))
def entropy(low, high, keep, codes, size, out, n):
    """Shannon entropy in bits."""
    stamp = np.full(size, -1, np.int64)
    tally = np.zeros(size, np.int64)
    touched = np.empty(size, np.int64)
    for p in range(low.shape[0]):
        found = 0
        rows = 0
        for i in range(low[p], high[p]):
            if keep[i]:
                code = codes[i]
                rows += 1
                if stamp[code] != p:
                    stamp[code] = p
                    tally[code] = 0
                    touched[found] = code
                    found += 1
                tally[code] += 1
        n[p] = rows
        bits = 0.0
        for q in range(found):
            part = tally[touched[q]] / rows
            bits -= part * np.log2(part)
        out[p] = max(bits, 0.0)


@_compiled((*_SPAN, _INTEGERS, _WHOLE))
def active_periods(low, high, keep, period, out):
    """The number of different periods."""
    buffer = _room(low, high)
    for p in range(low.shape[0]):
        out[p] = _active(low[p], high[p], keep, period, buffer)


@_compiled((*_SPAN, _INTEGERS, _REAL, _REAL, _WHOLE))
def gaps(low, high, keep, period, middle, variation, n):
    """The median gap between successive periods, its coefficient of variation, and the number of gaps."""
    buffer = _room(low, high)
    between = np.empty(buffer.shape[0], np.float64)
    for p in range(low.shape[0]):
        found = _active(low[p], high[p], keep, period, buffer)
        n[p] = max(found - 1, 0)
        mean = 0.0
        for q in range(found - 1):
            between[q] = buffer[q + 1] - buffer[q]
            mean += between[q]
        if found > 1:
            mean /= found - 1
            squares = 0.0
            for q in range(found - 1):
                squares += (between[q] - mean) ** 2
            if found > 2:
                variation[p] = np.sqrt(squares / (found - 2)) / mean
            middle[p] = _quantile_of(between[: found - 1], 0.5)


@_compiled((*_SPAN, _INTEGERS, _INTEGERS, _WHOLE, _WHOLE))
def streaks(low, high, keep, period, alive_from, longest, current):
    """The longest run of successive periods, and the run that ends at `alive_from[p]` or later."""
    buffer = _room(low, high)
    for p in range(low.shape[0]):
        found = _active(low[p], high[p], keep, period, buffer)
        best = 0
        run = 0
        for q in range(found):
            run = run + 1 if q > 0 and buffer[q] == buffer[q - 1] + 1 else 1
            best = max(best, run)
        longest[p] = best
        current[p] = run if found and buffer[found - 1] >= alive_from[p] else 0
