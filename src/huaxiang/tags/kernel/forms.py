"""How the loops of the kernel are compiled, and the forms of the arrays that they take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit, types

# Arrow hands over arrays that can't be written; naming them so keeps one compiled form for all.
INTEGERS = types.Array(types.int64, 1, "C", readonly=True)
FLOATS = types.Array(types.float64, 1, "C", readonly=True)
FLAGS = types.Array(types.uint8, 1, "C", readonly=True)
CODES = types.Array(types.int32, 1, "C", readonly=True)
OUT, OUT_CODES, OUT_REAL = types.int64[::1], types.int32[::1], types.float64[::1]
OUT_TABLE = types.int64[:, ::1]


def compiled(*signatures: tuple[Any, ...]) -> Callable[[Callable[..., Any]], Any]:
    """Compile a function ahead for each of `signatures`, without any when it is used; numba keeps it on disk."""
    # Division by zero cannot happen in these loops; without its checks they compile faster and vectorise.
    forms = [types.void(*signature) for signature in signatures]
    return njit(forms or None, nogil=True, cache=True, error_model="numpy")
