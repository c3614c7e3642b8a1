"""Stretches of equal numbers in sorted ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Integers = npt.NDArray[np.integer]


def begins_of(sorted_: Integers) -> Integers:
    """Where in sorted numbers another one begins."""
    import numpy as np

    changes = np.ones(len(sorted_), bool)
    changes[1:] = sorted_[1:] != sorted_[:-1]
    return np.flatnonzero(changes)
