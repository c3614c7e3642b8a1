"""Small cells of a table of counts are hidden, and so many others that no subtraction brings them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def hidden_cells(
    counts: npt.NDArray[np.int64], threshold: int, *, columns_add_up: bool = True
) -> npt.NDArray[np.bool_]:
    """Which cells of a table of counts (rows × columns) are not to be shown.

    Cells from 1 to `threshold` − 1 are hidden. The sums of rows are known, and those of columns where these add up: a
    line with one hidden cell would give it away, so its smallest shown cell is hidden as well, until no such line is
    left (complementary suppression: Willenborg and de Waal, Elements of Statistical Disclosure Control, 2001,
    chapter 6). An empty cell hides nothing, so one that is not empty is taken where there is one.
    """
    import numpy as np

    hidden = (counts > 0) & (counts < threshold)
    lines = [(counts, hidden), (counts.T, hidden.T)] if columns_add_up else [(counts, hidden)]
    again = True
    while again:
        again = False
        for table, marks in lines:
            for line in np.flatnonzero(marks.sum(axis=1) == 1):
                shown: Any = np.flatnonzero(~marks[line])
                if len(shown):
                    cells = table[line, shown]
                    marks[line, shown[np.argmin(np.where(cells == 0, np.iinfo(np.int64).max, cells))]] = True
                    again = True
    return hidden
