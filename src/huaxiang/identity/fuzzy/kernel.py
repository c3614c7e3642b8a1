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
def _digit(a, b, ka, kb, swapped, data, offsets, tests, least, low, high, masks, fused):
    """The level of the values `a` and `b` with the keys `ka` and `kb`, as a digit: 1 different, upwards."""
    for at in range(low, high):
        test = tests[at]
        if test <= _SWAPPED:
            met = _same(test, a, b, ka, kb, swapped)
        elif test > _A_WORD:
            met = _values_meet(
                test, data, offsets[a], offsets[a + 1], offsets[b], offsets[b + 1], least[at], masks, fused
            )
        elif ka < 0 or kb < 0:
            met = False
        else:
            met = _keys_meet(
                test, data, offsets[ka], offsets[ka + 1], offsets[kb], offsets[kb + 1], least[at], masks, fused
            )
        if met:
            return high - at + 1
    return 1


@njit(nogil=True, cache=True)
def _same(test, a, b, ka, kb, swapped):
    if test == _SAME:
        return a == b
    if test == _KEY_SAME:
        return ka == kb and ka >= 0
    return swapped


@njit(nogil=True, cache=True)
def _keys_meet(test, data, a, b, c, d, least, masks, fused):
    if test == _A_WORD:
        return _any_word(data, a, b, c, d)
    return (test == _KEY_CLOSE and _one_edit(data, a, b, c, d)) or _alike(data, a, b, c, d, least, masks, fused)


@njit(nogil=True, cache=True)
def _values_meet(test, data, a, b, c, d, least, masks, fused):
    if test == _ONE_EDIT:
        return _one_edit(data, a, b, c, d)
    if test == _WORDS:
        return _all_words(data, a, b, c, d) or _all_words(data, c, d, a, b)
    if test == _HALF_AND_ONE:
        return _one_edit(data, a, b, c, d) and _half_same(data, a, b, c, d)
    if test == _HALF_AND_TWO:
        return abs((b - a) - (d - c)) <= 2 and _half_same(data, a, b, c, d) and _edits(data, a, b, c, d) <= 2
    if test == _SAME_USER:
        return _equal(data, a, _until(data, a, b, _AT), c, _until(data, c, d, _AT))
    if test == _LIKE_USER:
        return _alike(data, a, _until(data, a, b, _AT), c, _until(data, c, d, _AT), least, masks, fused)
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
def _is_swapped(a, b, c, d, data, offsets):
    """Whether the keys `a`, `b` of the one record are `d`, `c` of the other, and not the same."""
    if a < 0 or b < 0 or c < 0 or d < 0 or a == c:
        return False
    return _equal(data, offsets[a], offsets[a + 1], offsets[d], offsets[d + 1]) and _equal(
        data, offsets[b], offsets[b + 1], offsets[c], offsets[c + 1]
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
def _alike(data, a, b, c, d, least, masks, fused):
    """Whether the likeness of `data[a:b]` and `data[c:d]`, from 0 to 1 (Winkler 1990), is at least `least`.

    Values that are exactly as alike as a level asks for are on the side to which the last digit falls. With `fused` the
    last product and sum are rounded once, as by an engine that was compiled so.
    """
    one, other = b - a, d - c
    if one == 0 or other == 0:
        return False
    prefix = 0
    while prefix < min(4, one, other) and data[a + prefix] == data[c + prefix]:
        prefix += 1
    # With fewer bytes in common than these, no order of them is alike enough.
    jaro = (least - prefix * 0.1) / (1.0 - prefix * 0.1)
    fewest = (3.0 * jaro - 1.0) * one * other / (one + other) - 1e-6
    if min(one, other) < fewest:
        return False
    if one <= _WORD and other <= _WORD:
        common, exchanged = _common_of_words(data, a, b, c, d, fewest, masks)
    else:
        common, exchanged = _common(data, a, b, c, d)
    if common == 0:
        return False
    jaro = (common / one + common / other + (common - exchanged // 2) / common) / 3.0
    if jaro > 0.7:
        if fused:
            jaro = _fused(prefix * 0.1, 1.0 - jaro, jaro)
        else:
            jaro += prefix * 0.1 * (1.0 - jaro)
    return jaro >= least


@njit(nogil=True, cache=True)
def _common_of_words(data, a, b, c, d, fewest, masks):
    """How many bytes both have at nearly the same place, and how many of these stand in another order.

    None where they are fewer than `fewest`. `masks` is zero for every byte, and is so again afterwards.
    """
    unit, everything = np.uint64(1), ~np.uint64(0)
    one, other = b - a, d - c
    reach = max(max(one, other) // 2 - 1, 0)
    for i in range(one):
        masks[data[a + i]] |= unit << np.uint64(i)
    of_one, of_other = np.uint64(0), np.uint64(0)
    missed = 0
    for j in range(other):
        if other - missed < fewest:
            break
        window = everything << np.uint64(max(j - reach, 0)) if j - reach < _WORD else np.uint64(0)
        if j + reach + 1 < _WORD:
            window &= (unit << np.uint64(j + reach + 1)) - unit
        free = masks[data[c + j]] & window & ~of_one
        if free != 0:
            of_one |= free & (~free + unit)
            of_other |= unit << np.uint64(j)
        else:
            missed += 1
    for i in range(one):
        masks[data[a + i]] = 0
    if other - missed < fewest:
        return 0, 0
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
        _IDS, _IDS, _CODES, _BYTES, _NUMBERS, _BITS, _NUMBERS, _NUMBERS, _FLAGS, _FLAGS, _NUMBERS, _NUMBERS, _REALS,
        _NUMBERS, _NUMBERS, types.boolean, types.int64[::1], types.float32[::1],
    ),
    nogil=True, cache=True,
)  # fmt: skip
def compare_pairs(
    left, right, codes, data, offsets, rarity, value, key, rare, hides, first, tests, least, worth, swaps, fused,
    patterns, bits,
):  # fmt: skip
    """Write the pattern of each pair of records `left[i]`, `right[i]`, and in `bits` what rare values add.

    `codes[record, column]` is a value, −1 where there is none. Comparison `c` is of column `value[c]`, its key of
    column `key[c]`; where it is `rare`, equal values add their `rarity`. Its tests are `tests[first[c]:first[c + 1]]`,
    the closest first, `least` says from where on values are alike, `worth` what its digit counts. Where the columns
    `swaps` are exchanged between the two records, a comparison that `hides` counts as missing. `fused`: see `_alike`.
    """
    masks = np.zeros(256, np.uint64)
    given, family = swaps[0], swaps[1]
    for pair in range(left.shape[0]):
        one, other = left[pair], right[pair]
        swapped = given >= 0 and _is_swapped(
            codes[one, given], codes[one, family], codes[other, given], codes[other, family], data, offsets
        )
        pattern, added = 0, np.float32(0)
        for c in range(value.shape[0]):
            a, b = codes[one, value[c]], codes[other, value[c]]
            if a < 0 or b < 0:
                continue
            if rare[c] and a == b:
                added += rarity[a]
            if not (swapped and hides[c]):
                ka, kb = codes[one, key[c]], codes[other, key[c]]
                pattern += worth[c] * _digit(
                    a, b, ka, kb, swapped, data, offsets, tests, least, first[c], first[c + 1], masks, fused
                )
        patterns[pair], bits[pair] = pattern, added
