"""Pairs of records that agree on a rule, and on none before it, as a compiled loop."""

from __future__ import annotations

from numba import njit, types


def _given(kind, dimensions=1):
    """An array that is only read, whether or not it may be written."""
    return types.Array(kind, dimensions, "C", readonly=True)


_IDS, _NUMBERS, _CODES = _given(types.int32), _given(types.int64), _given(types.int32, 2)


@njit(nogil=True, cache=True, inline="always")
def _agree(codes, left, right, one, other, low, high):
    for at in range(low, high):  # noqa: SIM110 - a generator is no compiled loop
        if codes[left, one[at]] != codes[right, other[at]]:
            return False
    return True


@njit(
    types.int64(
        _IDS, _NUMBERS, _NUMBERS, _IDS, _CODES, _NUMBERS, _NUMBERS, _NUMBERS, types.int64, _NUMBERS,
        types.int64[::1], types.int32[::1], types.int32[::1], types.uint8[::1],
    ),
    nogil=True, cache=True,
)  # fmt: skip
def find_pairs(
    left, low, high, right, codes, one, other, first, rule, asked, state, found_left, found_right, found_agree
):  # fmt: skip
    """Write the next pairs of `left[p]` with a larger one of `right[low[p]:high[p]]`; returns how many there were.

    `codes`, `one`, `other` and `first` are those of `candidates.Keys`; pairs that agree on a rule before `rule` are
    left out. Bit `i` of `found_agree` says whether a pair agrees on rule `asked[i]`. `state` is where to go on: a place
    in `left` and one in `right`, at first zero; when it is behind `left` there are no more.
    """
    found, p, q = 0, state[0], state[1]
    while p < left.shape[0]:
        record = left[p]
        q = max(q, low[p])
        while q < high[p]:
            if found == found_left.shape[0]:
                state[0], state[1] = p, q
                return found
            mate = right[q]
            q += 1
            if mate <= record:
                continue
            known = False
            for before in range(rule):
                if _agree(codes, record, mate, one, other, first[before], first[before + 1]):
                    known = True
                    break
            if known:
                continue
            bits = 0
            for at in range(asked.shape[0]):
                if _agree(codes, record, mate, one, other, first[asked[at]], first[asked[at] + 1]):
                    bits |= 1 << at
            found_left[found], found_right[found], found_agree[found] = record, mate, bits
            found += 1
        p, q = p + 1, 0
    state[0], state[1] = p, 0
    return found
