"""Tags as codes, one for each customer: as small as they can be without loss, and fast to count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from huaxiang.personas.codes import narrowest
from huaxiang.personas.placed import Coded, PlacedColumn

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def coded(placed: PlacedColumn | Coded) -> Coded:
    """A tag, whose values are no lists, as codes: its own, else those of the rows of its scale, with numbers beside."""
    import numpy as np

    if isinstance(placed, Coded):
        return placed
    positions = placed.positions
    count = len(placed.scale.values)
    rows = np.append(np.arange(count), -1)
    # A position of −1 is the last code.
    codes = narrowest(np.where(positions < 0, count, positions), count)
    single = _narrow(placed.column.numbers) if placed.scale.tag.type.is_numeric else None
    return Coded(placed.scale, codes, rows, np.empty(0, np.float64), single, placed.totals, placed.sketch)


def _narrow(numbers: NDArray[np.float64]) -> NDArray[Any]:
    """Numbers in single precision, where that loses nothing: whole ones up to 16 million do not."""
    import numpy as np

    with np.errstate(over="ignore"):
        narrow = numbers.astype(np.float32)
    return narrow if np.array_equal(narrow, numbers, equal_nan=True) else numbers
