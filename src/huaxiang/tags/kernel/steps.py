"""The steps of the tag kernel: compiled loops over the facts of one customer after the other.

Facts lie in arrays sorted by customer and time. A *pair* is a customer at a moment; `low[p]` and `high[p]` bound the
facts of pair `p` that lie in the window. `keep[i]` is 1 for rows that pass the filter. Codes are dense integers in the
order of the values they stand for, so that ties go to the smaller value.

The steps are compiled once per installation, when this module is first imported (numba keeps them on disk), and not
once per set of definitions.
"""

from __future__ import annotations

import numpy as np
from numba import types

from huaxiang.tags.kernel.forms import CODES, FLAGS, FLOATS, INTEGERS, OUT, OUT_CODES, OUT_REAL, OUT_TABLE, compiled

_SPAN = (INTEGERS, INTEGERS, FLAGS)
"""`low`, `high`, `keep`: what every step begins with."""


@compiled()
def _quantile_of(values, share):
    values.sort()
    place = share * (values.shape[0] - 1)
    below = int(np.floor(place))
    above = min(below + 1, values.shape[0] - 1)
    return values[below] + (place - below) * (values[above] - values[below])


@compiled()
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


@compiled()
def _room(low, high):
    longest = 1
    for p in range(low.shape[0]):
        longest = max(longest, high[p] - low[p])
    return np.empty(longest, np.int64)


@compiled((INTEGERS, INTEGERS, INTEGERS, INTEGERS, OUT))
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


@compiled((INTEGERS, CODES, FLAGS, OUT_CODES))
def first_alike(starts, offsets, text, out):
    """For each row the first row of the same customer with the same text: codes that need no dictionary of all.

    Row `i` holds the bytes `text[offsets[i] : offsets[i + 1]]`.
    """
    longest = 1
    for c in range(starts.shape[0] - 1):
        longest = max(longest, starts[c + 1] - starts[c])
    room = 2
    while room < 2 * longest:
        room *= 2
    row = np.empty(room, np.int64)
    owner = np.full(room, -1, np.int64)
    for c in range(starts.shape[0] - 1):
        mask = 1
        while mask < 2 * (starts[c + 1] - starts[c]):
            mask *= 2
        mask -= 1
        for i in range(starts[c], starts[c + 1]):
            size = offsets[i + 1] - offsets[i]
            # FNV-1a (Fowler, Noll, Vo), its upper bits folded into those that are taken.
            mixed = np.uint64(14695981039346656037)
            for q in range(offsets[i], offsets[i + 1]):
                mixed = (mixed ^ np.uint64(text[q])) * np.uint64(1099511628211)
            place = np.int64((mixed ^ (mixed >> np.uint64(32))) & np.uint64(mask))
            out[i] = i
            while owner[place] == c:
                other = row[place]
                same = offsets[other + 1] - offsets[other] == size
                for q in range(size if same else 0):
                    if text[offsets[other] + q] != text[offsets[i] + q]:
                        same = False
                        break
                if same:
                    out[i] = other
                    break
                place = (place + 1) & mask
            if out[i] == i:
                owner[place] = c
                row[place] = i


@compiled((INTEGERS, INTEGERS, INTEGERS, INTEGERS, OUT))
def later_than(low, high, arrival, moment, out):
    """The number of rows that arrived after `moment[p]`."""
    for p in range(low.shape[0]):
        late = 0
        for i in range(low[p], high[p]):
            if arrival[i] > moment[p]:
                late += 1
        out[p] = late


@compiled((*_SPAN, FLOATS, OUT_REAL, OUT))
def total(low, high, keep, values, out, n):
    """The sum of the values, in order of time, and how many there were."""
    for p in range(low.shape[0]):
        rows = 0
        result = 0.0
        for i in range(low[p], high[p]):
            if keep[i]:
                result += values[i]
                rows += 1
        out[p] = result
        n[p] = rows


@compiled((*_SPAN, FLOATS, OUT_REAL, OUT))
def smallest(low, high, keep, values, out, n):
    """The smallest value."""
    for p in range(low.shape[0]):
        rows = 0
        result = 0.0
        for i in range(low[p], high[p]):
            if keep[i]:
                if rows == 0 or values[i] < result:
                    result = values[i]
                rows += 1
        out[p] = result
        n[p] = rows


@compiled((*_SPAN, FLOATS, OUT_REAL, OUT))
def largest(low, high, keep, values, out, n):
    """The largest value."""
    for p in range(low.shape[0]):
        rows = 0
        result = 0.0
        for i in range(low[p], high[p]):
            if keep[i]:
                if rows == 0 or values[i] > result:
                    result = values[i]
                rows += 1
        out[p] = result
        n[p] = rows


@compiled((*_SPAN, FLOATS, OUT_REAL, OUT))
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


@compiled((*_SPAN, types.int64, OUT))
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


@compiled((*_SPAN, FLOATS, types.float64, OUT_REAL, OUT))
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


@compiled((*_SPAN, CODES, types.int64, OUT))
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


@compiled(
    (*_SPAN, CODES, INTEGERS, types.int64, types.int64, OUT_TABLE, OUT_REAL, OUT),
    (*_SPAN, CODES, FLOATS, types.int64, types.int64, OUT_TABLE, OUT_REAL, OUT),
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


@compiled((*_SPAN, CODES, types.int64, OUT_REAL, OUT))
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


@compiled((*_SPAN, INTEGERS, OUT))
def active_periods(low, high, keep, period, out):
    """The number of different periods."""
    buffer = _room(low, high)
    for p in range(low.shape[0]):
        out[p] = _active(low[p], high[p], keep, period, buffer)


@compiled((*_SPAN, INTEGERS, OUT_REAL, OUT_REAL, OUT))
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


@compiled((*_SPAN, INTEGERS, INTEGERS, OUT, OUT))
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
