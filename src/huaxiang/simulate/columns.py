"""Whole columns at a time: text, ids and choices for millions of rows without a loop over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Array = np.ndarray[Any, Any]

_TENS = 10 ** np.arange(19, dtype=np.int64)
_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)


def mixed(values: Array, salt: int) -> Array:
    """A one-to-one scramble of 64-bit integers (splitmix64: Steele, Lea & Flood 2014, figure 17)."""
    x = values.astype(np.uint64) + np.uint64((salt * 0x9E3779B97F4A7C15) % 2**64)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def scattered(values: Array, salt: int, prime: int) -> Array:
    """A one-to-one scramble of integers below `prime`, so that neighbours are no longer neighbours."""
    factor = 410_000_033 + 7_919 * (salt % 50_021)
    return (values.astype(np.int64) * factor + (salt + 1) * 2_654_435_761 % prime) % prime


def digits(values: Array, width: int) -> pa.Array:
    """Non-negative integers as text with leading zeros."""
    places = (values.astype(np.int64)[:, None] // _TENS[:width][::-1]) % 10
    return fixed_width((places + ord("0")).astype(np.uint8))


def hexadecimal(values: Array) -> pa.Array:
    """64-bit integers as 16 hexadecimal digits."""
    octets = values.astype(">u8").view(np.uint8).reshape(-1, 8)
    return fixed_width(np.stack((_HEX[octets >> 4], _HEX[octets & 15]), axis=2).reshape(-1, 16))


def fixed_width(characters: Array) -> pa.Array:
    """A text column out of a matrix of ASCII codes, one row per text."""
    rows, width = characters.shape
    offsets = np.arange(rows + 1, dtype=np.int32) * width
    data = np.ascontiguousarray(characters)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(data))


def pick(words: Sequence[str | None], index: Array) -> pa.Array:
    """The word at each index."""
    return pa.array(words, pa.string()).take(pa.array(index))


def labelled(words: Sequence[str], index: Array) -> pa.Array:
    """Like `pick`, as a dictionary column, small in memory and in Parquet; an index below 0 is missing."""
    # A dictionary that holds a word twice makes the bytes of a Parquet file vary from run to run.
    unique = {word: code for code, word in enumerate(dict.fromkeys(words))}
    codes = np.array([unique[word] for word in words], np.int32)[index]
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=index < 0), pa.array(list(unique), pa.string()))


def join(*parts: Any) -> pa.Array:
    """Texts put together row by row; missing wherever a part is missing."""
    return pc.binary_join_element_wise(*parts, "")


def where(mask: Array, yes: Any, no: Any) -> pa.Array:
    """`yes` where the mask holds, `no` elsewhere."""
    return pc.if_else(pa.array(mask), yes, no)


def blank(values: pa.Array, mask: Array) -> pa.Array:
    """The values with nothing left where the mask holds."""
    return pc.if_else(pa.array(mask), pa.scalar(None, values.type), values)


def text_of(values: Any) -> pa.Array:
    """Numbers as text."""
    return pa.array(values).cast(pa.string())


def moment_text(seconds: Array) -> pa.Array:
    """Civil seconds as `2025-06-18 20:03:11`."""
    return pa.array(seconds.astype("datetime64[s]")).cast(pa.string())


def day_text(seconds: Array) -> pa.Array:
    """The civil day of civil seconds as `2025-06-18`."""
    return pa.array((seconds // 86_400).astype("datetime64[D]")).cast(pa.string())


def utc(seconds: Array) -> pa.Array:
    """Civil seconds in China as a moment in UTC (no summer time in China since 1991)."""
    shifted = (seconds.astype(np.int64) - 8 * 3600) * 1000
    return pa.array(shifted).cast(pa.timestamp("ms", "UTC"))


def money(values: Array) -> pa.Array:
    """Amounts as text with two decimals."""
    cents = np.rint(values * 100).astype(np.int64)
    sign = pick(["", "-"], (cents < 0).astype(np.int8))
    whole, rest = np.divmod(np.abs(cents), 100)
    return join(sign, text_of(whole), ".", digits(rest, 2))


def cents(values: Array) -> Array:
    """Amounts rounded to whole cents."""
    return np.rint(values * 100) / 100


def cumulative(weights: Any) -> Array:
    """Rows of weights as rows of cumulative shares, for `choose`."""
    table = np.asarray(weights, dtype=np.float64)
    return np.cumsum(table / table.sum(axis=-1, keepdims=True), axis=-1)


def choose(random: np.random.Generator, shares: Array, rows: Array | int) -> Array:
    """One column of `shares` (cumulative) at random: for each of `rows`, or `rows` times from a single row."""
    if isinstance(rows, int | np.integer):
        return np.minimum(np.searchsorted(shares, random.random(rows), side="right"), len(shares) - 1)
    drawn = random.random(len(rows))
    return np.minimum((shares[rows] <= drawn[:, None]).sum(axis=1), shares.shape[1] - 1)


def chance(random: np.random.Generator, probability: Array | float, size: int) -> Array:
    """A coin for each row."""
    return random.random(size) < probability


def within_groups(counts: Array) -> Array:
    """0, 1, 2 … within each group of the given sizes."""
    starts = np.cumsum(counts) - counts
    return np.arange(counts.sum()) - np.repeat(starts, counts)


def decimal(values: Array) -> pa.Array:
    """Amounts as exact decimals with two places."""
    whole = np.rint(values * 100).astype(np.int64)
    words = np.ascontiguousarray(np.column_stack((whole, whole >> 63)))  # 128 bits, the lower half first
    return pa.Array.from_buffers(pa.decimal128(12, 2), len(whole), [None, pa.py_buffer(words)])
