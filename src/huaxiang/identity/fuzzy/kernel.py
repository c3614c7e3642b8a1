"""The levels of `comparisons.py` as compiled loops over bytes: what SQL says of a pair, at a tenth of its cost.

Values lie one after the other in `data`, as UTF-8: value `v` is `data[offsets[v]:offsets[v + 1]]`, equal values of a
column are one value. Splink trains with the conditions in SQL; tests hold one against the other.
"""

from __future__ import annotations

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

TESTS = (
    "same", "key_same", "swapped",
    "alike", "key_close", "a_word",
    "words", "half_and_one", "half_and_two", "one_edit", "day_month_swapped", "two_of_day", "same_year", "same_user",
    "like_user",
)  # fmt: skip
"""The names of the tests, by which a level of `comparisons.py` says what decides it: of codes, of keys, of values."""

(
    _SAME, _KEY_SAME, _SWAPPED,
    _ALIKE, _KEY_CLOSE, _A_WORD,
    _WORDS, _HALF_AND_ONE, _HALF_AND_TWO, _ONE_EDIT, _DAY_MONTH_SWAPPED, _TWO_OF_DAY, _SAME_YEAR, _SAME_USER,
    _LIKE_USER,
) = range(len(TESTS))  # fmt: skip

_SPACE, _AT = 32, 64
_WORD = 64
"""Up to so many bytes the places that were matched are bits of one word."""


@intrinsic
def _fused(_, one, two, three):
    """`one * two + three`, rounded once."""
    real = types.float64
    return real(real, real, real), lambda context, builder, signature, given: builder.fma(*given)


@njit(nogil=True, cache=True)
def _digit(values, keys, swapped, data, offsets, tests, least, span, masks, fused):
    """The level of two values that are there, as a digit: 1 different, upwards."""
    a, b, c, d = offsets[values[0]], offsets[values[0] + 1], offsets[values[1]], offsets[values[1] + 1]
    alike = -1.0
    for at in range(span[0], span[1]):
        test = tests[at]
        if test <= _SWAPPED:
            met = _same(test, values, keys, swapped)
        elif test > _A_WORD:
            met = _values_meet(test, data, a, b, c, d, least[at], masks, fused)
        elif keys[0] < 0 or keys[1] < 0:
            met = False
        else:
            ka, kb, kc, kd = offsets[keys[0]], offsets[keys[0] + 1], offsets[keys[1]], offsets[keys[1] + 1]
            if alike < 0 and test != _A_WORD:
                alike = _jaro_winkler(data, ka, kb, kc, kd, masks, fused)
            met = _keys_meet(test, data, ka, kb, kc, kd, least[at], alike)
        if met:
            return span[1] - at + 1
    return 1


@njit(nogil=True, cache=True)
def _same(test, values, keys, swapped):
    if test == _SAME:
        return values[0] == values[1]
    if test == _KEY_SAME:
        return keys[0] == keys[1] and keys[0] >= 0
    return swapped


@njit(nogil=True, cache=True)
def _keys_meet(test, data, a, b, c, d, least, alike):
    if test == _A_WORD:
        return _any_word(data, a, b, c, d)
    return alike >= least or (test == _KEY_CLOSE and _one_edit(data, a, b, c, d))


@njit(nogil=True, cache=True)
def _values_meet(test, data, a, b, c, d, least, masks, fused):
    if test == _ONE_EDIT:
        return _one_edit(data, a, b, c, d)
    if test == _WORDS:
        return _all_words(data, a, b, c, d) or _all_words(data, c, d, a, b)
    if test == _HALF_AND_ONE:
        return _half_same(data, a, b, c, d) and _one_edit(data, a, b, c, d)
    if test == _HALF_AND_TWO:
        return _half_same(data, a, b, c, d) and _edits(data, a, b, c, d) <= 2
    if test == _SAME_USER:
        return _equal(data, a, _until(data, a, b, _AT), c, _until(data, c, d, _AT))
    if test == _LIKE_USER:
        return _jaro_winkler(data, a, _until(data, a, b, _AT), c, _until(data, c, d, _AT), masks, fused) >= least
    year_a, year_c = _after(data, a, b, 4), _after(data, c, d, 4)
    same_year = _equal(data, a, year_a, c, year_c)
    if test == _SAME_YEAR:
        return same_year
    month_a, month_c = _after(data, year_a, b, 2), _after(data, year_c, d, 2)
    day_a, day_c = _after(data, month_a, b, 2), _after(data, month_c, d, 2)
    if test == _DAY_MONTH_SWAPPED:
        return (
            same_year
            and _equal(data, year_a, month_a, month_c, day_c)
            and _equal(data, month_a, day_a, year_c, month_c)
        )
    same_month = _equal(data, year_a, month_a, year_c, month_c)
    return int(same_year) + int(same_month) + int(_equal(data, month_a, day_a, month_c, day_c)) >= 2


@njit(nogil=True, cache=True)
def _is_swapped(one, other, swaps, data, offsets):
    """Whether the two keys of `swaps` are exchanged between the records, and not the same."""
    if swaps[0] < 0:
        return False
    a, b, c, d = one[swaps[0]], one[swaps[1]], other[swaps[0]], other[swaps[1]]
    if a < 0 or b < 0 or c < 0 or d < 0:
        return False
    return (
        _equal(data, offsets[a], offsets[a + 1], offsets[d], offsets[d + 1])
        and _equal(data, offsets[b], offsets[b + 1], offsets[c], offsets[c + 1])
        and a != c
    )


# -- pieces of a value ------------------------------------------------------------------------------------------


@njit(nogil=True, cache=True)
def _equal(data, a, b, c, d):
    if b - a != d - c:
        return False
    while a < b and data[a] == data[c]:
        a, c = a + 1, c + 1
    return a == b


@njit(nogil=True, cache=True)
def _after(data, a, b, characters):
    """Where the first so many characters of `data[a:b]` end."""
    while characters > 0 and a < b:
        a += 1
        while a < b and (data[a] & 0xC0) == 0x80:
            a += 1
        characters -= 1
    return a


@njit(nogil=True, cache=True)
def _length(data, a, b):
    found = 0
    for i in range(a, b):
        found += (data[i] & 0xC0) != 0x80
    return found


@njit(nogil=True, cache=True)
def _until(data, a, b, sign):
    while a < b and data[a] != sign:
        a += 1
    return a


@njit(nogil=True, cache=True)
def _half_same(data, a, b, c, d):
    """Whether both begin or both end with the same half of the first."""
    one, other = _length(data, a, b), _length(data, c, d)
    half = one // 2
    if _equal(data, a, _after(data, a, b, half), c, _after(data, c, d, half)):
        return True
    return _equal(data, _after(data, a, b, one - half), b, _after(data, c, d, max(other - half, 0)), d)


@njit(nogil=True, cache=True)
def _all_words(data, a, b, c, d):
    """Whether every word of `data[c:d]` is one of `data[a:b]`."""
    while True:
        end = _until(data, c, d, _SPACE)
        if not _has_word(data, a, b, c, end):
            return False
        if end == d:
            return True
        c = end + 1


@njit(nogil=True, cache=True)
def _any_word(data, a, b, c, d):
    while True:
        end = _until(data, c, d, _SPACE)
        if _has_word(data, a, b, c, end):
            return True
        if end == d:
            return False
        c = end + 1


@njit(nogil=True, cache=True)
def _has_word(data, a, b, c, d):
    while True:
        end = _until(data, a, b, _SPACE)
        if _equal(data, a, end, c, d):
            return True
        if end == b:
            return False
        a = end + 1


# -- distances --------------------------------------------------------------------------------------------------


@njit(nogil=True, cache=True)
def _one_edit(data, a, b, c, d):
    """Whether one edit or none leads from `data[a:b]` to `data[c:d]`; two neighbours that change places are one."""
    if abs((b - a) - (d - c)) > 1:
        return False
    while a < b and c < d and data[a] == data[c]:
        a, c = a + 1, c + 1
    while a < b and c < d and data[b - 1] == data[d - 1]:
        b, d = b - 1, d - 1
    if b - a <= 1 and d - c <= 1:
        return True
    return b - a == 2 and d - c == 2 and data[a] == data[c + 1] and data[a + 1] == data[c]


@njit(nogil=True, cache=True)
def _edits(data, a, b, c, d):
    """The edits from `data[a:b]` to `data[c:d]`, exchanged neighbours counted as one (Damerau 1964).

    The distance without the restriction that nothing is edited twice (Lowrance and Wagner 1975).
    """
    rows, columns = b - a, d - c
    beyond = rows + columns
    cost = np.empty((rows + 2, columns + 2), np.int64)
    last_row = np.zeros(256, np.int64)
    cost[0, 0] = beyond
    for i in range(rows + 1):
        cost[i + 1, 0], cost[i + 1, 1] = beyond, i
    for j in range(columns + 1):
        cost[0, j + 1], cost[1, j + 1] = beyond, j
    for i in range(1, rows + 1):
        last_column = 0
        for j in range(1, columns + 1):
            row, column = last_row[data[c + j - 1]], last_column
            differ = 1
            if data[a + i - 1] == data[c + j - 1]:
                differ, last_column = 0, j
            cost[i + 1, j + 1] = min(
                cost[i, j] + differ,
                cost[i + 1, j] + 1,
                cost[i, j + 1] + 1,
                cost[row, column] + (i - row - 1) + 1 + (j - column - 1),
            )
        last_row[data[a + i - 1]] = i
    return cost[rows + 1, columns + 1]


@njit(nogil=True, cache=True)
def _jaro_winkler(data, a, b, c, d, masks, fused):
    """The likeness of `data[a:b]` and `data[c:d]`, from 0 to 1 (Winkler 1990).

    Values that are exactly as alike as a level asks for are on the side to which the last digit falls. With `fused` the
    last product and sum are rounded once, as by an engine that was compiled so.
    """
    one, other = b - a, d - c
    if one == 0 or other == 0:
        return 0.0
    if one <= _WORD and other <= _WORD:
        common, exchanged = _common_of_words(data, a, b, c, d, masks)
    else:
        common, exchanged = _common(data, a, b, c, d)
    if common == 0:
        return 0.0
    jaro = (common / one + common / other + (common - exchanged // 2) / common) / 3.0
    if jaro > 0.7:
        prefix = 0
        while prefix < min(4, one, other) and data[a + prefix] == data[c + prefix]:
            prefix += 1
        if fused:
            return _fused(prefix * 0.1, 1.0 - jaro, jaro)
        jaro += prefix * 0.1 * (1.0 - jaro)
    return jaro


@njit(nogil=True, cache=True)
def _common_of_words(data, a, b, c, d, masks):
    """How many bytes both have at nearly the same place, and how many of these stand in another order.

    `masks` is zero for every byte, and is so again afterwards.
    """
    unit, everything = np.uint64(1), ~np.uint64(0)
    one, other = b - a, d - c
    reach = max(max(one, other) // 2 - 1, 0)
    for i in range(one):
        masks[data[a + i]] |= unit << np.uint64(i)
    of_one, of_other = np.uint64(0), np.uint64(0)
    for j in range(min(other, one + reach)):
        window = everything << np.uint64(max(j - reach, 0))
        if j + reach + 1 < _WORD:
            window &= (unit << np.uint64(j + reach + 1)) - unit
        free = masks[data[c + j]] & window & ~of_one
        if free != 0:
            of_one |= free & (~free + unit)
            of_other |= unit << np.uint64(j)
    for i in range(one):
        masks[data[a + i]] = 0
    common, exchanged, j = 0, 0, 0
    for i in range(one):
        if of_one >> np.uint64(i) & unit:
            while not of_other >> np.uint64(j) & unit:
                j += 1
            common += 1
            exchanged += data[a + i] != data[c + j]
            j += 1
    return common, exchanged


@njit(nogil=True, cache=True)
def _common(data, a, b, c, d):
    """The same of values of any length."""
    one, other = b - a, d - c
    reach = max(max(one, other) // 2 - 1, 0)
    of_one, of_other = np.zeros(one, np.bool_), np.zeros(other, np.bool_)
    for j in range(other):
        for i in range(max(j - reach, 0), min(j + reach + 1, one)):
            if not of_one[i] and data[a + i] == data[c + j]:
                of_one[i] = of_other[j] = True
                break
    common, exchanged, j = 0, 0, 0
    for i in range(one):
        if of_one[i]:
            while not of_other[j]:
                j += 1
            common += 1
            exchanged += data[a + i] != data[c + j]
            j += 1
    return common, exchanged


# -- what the others use, compiled as soon as this is loaded: numba wants what they call before them --


def _given(kind, dimensions=1):
    """An array that is only read. Arrow hands over arrays that can't be written; this is one form for all."""
    return types.Array(kind, dimensions, "C", readonly=True)


_IDS, _CODES, _BYTES, _NUMBERS = _given(types.int32), _given(types.int32, 2), _given(types.uint8), _given(types.int64)
_REALS, _FLAGS, _BITS = _given(types.float64), _given(types.boolean), _given(types.float32)


@njit(
    types.void(
        _IDS, _IDS, _CODES, _BYTES, _NUMBERS, _NUMBERS, _NUMBERS, _FLAGS, _NUMBERS, _NUMBERS, _REALS, _NUMBERS,
        _NUMBERS, types.boolean, types.int64[::1],
    ),
    nogil=True, cache=True,
)  # fmt: skip
def patterns_of(left, right, codes, data, offsets, value, key, hides, first, tests, least, worth, swaps, fused, found):
    """Write the pattern of each pair of rows `left[i]`, `right[i]` into `found`.

    `codes[row, column]` is the value of a record, −1 where it has none. Comparison `c` is of column `value[c]`, its
    key of column `key[c]`; its tests are `tests[first[c]:first[c + 1]]`, the closest first, `least` says from where on
    values are alike, `worth` what its digit counts. Where the columns `swaps` are exchanged between the two records, a
    comparison that `hides` counts as missing. `fused`: see `_jaro_winkler`.
    """
    masks = np.zeros(256, np.uint64)
    for pair in range(left.shape[0]):
        one, other = codes[left[pair]], codes[right[pair]]
        swapped = _is_swapped(one, other, swaps, data, offsets)
        pattern = 0
        for c in range(value.shape[0]):
            values, keys = (one[value[c]], other[value[c]]), (one[key[c]], other[key[c]])
            if values[0] >= 0 and values[1] >= 0 and not (swapped and hides[c]):
                span = first[c], first[c + 1]
                pattern += worth[c] * _digit(values, keys, swapped, data, offsets, tests, least, span, masks, fused)
        found[pair] = pattern


@njit(types.void(_IDS, _IDS, _CODES, _BITS, _NUMBERS, types.float32[::1]), nogil=True, cache=True)
def rarities_of(left, right, codes, rarity, columns, found):
    """Write into `found` what the rarity of the values adds on which the pairs agree in `columns`."""
    for pair in range(left.shape[0]):
        total = np.float32(0)
        for column in columns:
            a = codes[left[pair], column]
            if a >= 0 and a == codes[right[pair], column]:
                total += rarity[a]
        found[pair] = total
