"""Fewer walks of the garbage collector while millions of small objects are made that live on."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 100_000
"""Objects made between two collections. Expressions are trees of small objects without cycles: with the few hundred
that Python begins with, a twentieth of a small build goes into looking for garbage that is not there."""


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Let the garbage collector run seldom within the block; what it was set to comes back afterwards."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], YOUNG), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
